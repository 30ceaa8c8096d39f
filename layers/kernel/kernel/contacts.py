"""Somebody who can be written to."""

from typing import NamedTuple
from urllib.parse import quote


class Contact(NamedTuple):
    name: str
    email: str

    @property
    def mailto(self) -> str:
        return f"mailto:{quote(self.email, safe='@+')}"
