"""An image from somebody's disk as one that may be published: whole, of a sensible size, and only what can be seen.

What it is, its bytes alone tell. It is always written anew: what else a file carries (where a photo was taken, a
thumbnail of what was cut away, a script behind the last byte) stays behind. Of an animation the first frame is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import (
    Image,
    ImageOps,
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - Pillow knows WebP from now on, and need not load all formats there are to find it
)

MOST_PIXELS = 25_000_000
"""What a good telephone takes; while a WebP of so many is decoded, it is held four times, in 100 MB each."""
HEAVIEST_DRAWING = 1024**2
"""Bytes of a PNG, as it is shown; beyond that it is a photo, which a JPEG holds in a tenth."""


@dataclass(frozen=True)
class Picture:
    media_type: str
    content: bytes


@dataclass(frozen=True)
class _Format:
    media_type: str
    modes: frozenset[str]
    """In which colours it is written."""
    options: Mapping[str, Any] = field(default_factory=dict)


_FORMATS = {
    "PNG": _Format("image/png", frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})),
    "JPEG": _Format("image/jpeg", frozenset({"L", "RGB"}), {"quality": 88, "optimize": True, "progressive": True}),
    "WEBP": _Format("image/webp", frozenset({"RGB", "RGBA"}), {"quality": 90}),
    "GIF": _Format("image/gif", frozenset({"1", "L", "P", "RGB", "RGBA"})),
}
_SMOOTHLY_SCALED = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}


class Unpublishable(ValueError):
    """The rule that the file breaks."""


def publishable(file: bytes, longest_side: int) -> Picture:
    """The picture, scaled down to the longest side where it is larger."""
    if not file:
        raise Unpublishable("is empty; send the bytes of an image")
    try:
        return _written_anew(file, longest_side)
    except Unpublishable:
        raise
    except UnidentifiedImageError:
        raise Unpublishable(
            "must be a PNG, JPEG, WebP or GIF image; by its bytes it is none of them (SVG is not taken)"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many() from None
    except Exception as error:  # noqa: BLE001 - what a broken file makes a decoder raise is anybody's guess
        raise Unpublishable(f"cannot be decoded to its end; it may be cut off or damaged ({error})") from None


def _written_anew(file: bytes, longest_side: int) -> Picture:
    with Image.open(BytesIO(file), formats=tuple(_FORMATS)) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_many(opened)
        name = "JPEG" if opened.format == "MPO" else str(opened.format)  # several in one file, the photo comes first
        as_file = _FORMATS[name]
        picture = _in_srgb(_upright(_scaled(opened, longest_side)))
    if picture.mode not in as_file.modes:
        picture = picture.convert("RGBA" if picture.has_transparency_data and "RGBA" in as_file.modes else "RGB")
    picture.info = {name: value for name, value in picture.info.items() if name == "transparency"}
    written = _saved(picture, name)
    if name == "PNG" and len(written.content) > HEAVIEST_DRAWING and _is_opaque(picture):
        return _saved(picture.convert("RGB"), "JPEG")
    return written


def _is_opaque(picture: Image.Image) -> bool:
    """Many programs write a channel for what is transparent where nothing is."""
    if picture.mode in {"LA", "RGBA"}:
        least, _ = picture.getchannel("A").getextrema()
        return least == 255
    return not picture.has_transparency_data


def _saved(picture: Image.Image, name: str) -> Picture:
    written = BytesIO()
    picture.save(written, name, **_FORMATS[name].options)
    return Picture(_FORMATS[name].media_type, written.getvalue())


def _too_many(image: Image.Image | None = None) -> Unpublishable:
    has = f"has {image.width} × {image.height} pixels" if image else "has too many pixels"
    return Unpublishable(f"{has}; {MOST_PIXELS // 1_000_000} million are the most, so make it smaller first")


def _scaled(image: Image.Image, longest_side: int) -> Image.Image:
    """Decoded; a large JPEG is at once decoded to a fraction of its size."""
    if max(image.size) > longest_side:
        if image.mode not in _SMOOTHLY_SCALED:
            image = _in_plain_colours(image)
        image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image.load()
    return _in_plain_colours(image) if image.mode.startswith(("I", "F")) else image


def _in_plain_colours(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")  # without this, all but the darkest is white
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upright(image: Image.Image) -> Image.Image:
    """As the camera was held; a note about it that cannot be read is none."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - as above; what can be seen is whole by now
        return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """In the colours that are meant where nothing is said; a profile that does not fit its image says nothing."""
    profile = image.info.get("icc_profile")
    if profile and image.mode == "P":
        image = _in_plain_colours(image)
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK"}:
        return image
    from PIL import ImageCms

    try:
        meant = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode=target)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image
