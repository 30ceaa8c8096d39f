"""Apartment tours: the DomIQ chatbot on one side, the ResMan property system on the other."""
