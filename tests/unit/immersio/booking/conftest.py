"""Bookings live in the world that functions have: two schools, and Stripe."""

from tests.functions.conftest import money, schools

__all__ = ["money", "schools"]
