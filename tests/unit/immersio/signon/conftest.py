"""The schools and Immersio's sandbox, as the tests of functions have them."""

from tests.functions.conftest import immersio, schools

__all__ = ["immersio", "schools"]
