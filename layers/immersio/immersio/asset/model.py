"""Images for a landing page: which there are, how large they come in, and how large they are shown."""

from enum import StrEnum

LARGEST_SENT = 4 * 1024**2
"""Bytes of a file that comes with the call; what Lambda takes leaves room for no more, in base64."""
LARGEST_UPLOADED = 20 * 1024**2
"""Bytes of one that is uploaded beside it."""


class AssetType(StrEnum):
    LOGO = "logo"
    HERO = "hero"
    TEACHER_AVATAR = "teacher_avatar"

    @property
    def longest_side(self) -> int:
        """Pixels, twice as many as a page shows it with; a larger one is only slower to load."""
        return 2560 if self is AssetType.HERO else 1024
