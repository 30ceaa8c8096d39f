"""Images as they come from cameras, drawing programs and people who mean us no good."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


def picture(name: str = "PNG", size: tuple[int, int] = (64, 48), color: Any = "#0066FF", **options: Any) -> bytes:
    """One plain colour, as a file of this format."""
    return saved(Image.new("RGB", size, color), name, **options)


def noise(size: tuple[int, int]) -> Image.Image:
    """What no compression makes small."""
    return Image.effect_noise(size, 100).convert("RGB")


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def animation(name: str, *colors: Any) -> bytes:
    """One frame of each colour."""
    first, *others = (Image.new("RGB", (40, 20), color) for color in colors)
    return saved(first, name, save_all=True, append_images=others, duration=100)


def of_size(bytes_wanted: int) -> bytes:
    """A photo of exactly so many bytes: what is missing is a comment in it, as programs leave them."""
    file = saved(noise((1600, 1200)), "JPEG", quality=90)
    while (missing := bytes_wanted - len(file)) > 0:
        length = min(missing - 4, 60_000) if missing >= 8 else missing - 4
        if 0 < missing - 4 - length < 5:
            length -= 10
        file = file[:2] + b"\xff\xfe" + struct.pack(">H", length + 2) + b" " * length + file[2:]
    assert len(file) == bytes_wanted
    return file


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that would fill gigabytes."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 1000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
