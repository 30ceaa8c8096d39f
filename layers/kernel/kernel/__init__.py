"""The platform both halves of the product stand on. It knows no tour and no workshop."""
