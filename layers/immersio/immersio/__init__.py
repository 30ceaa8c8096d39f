"""Workshops and live classes sold by schools on Immersio."""
