"""What is published of an image: all that can be seen in it, and nothing else."""

from typing import Any

import pytest
from PIL import Image, ImageCms

from immersio.asset import images
from immersio.asset.images import Picture, Unpublishable, publishable
from tests.support.pictures import MEDIA_TYPES, animation, noise, opened, picture, saved

RED, BLUE = (255, 0, 0), (0, 0, 255)
SECRET = b"49.2827 N, 123.1207 W"
CAMERA, ORIENTATION, PLACE = 0x010F, 0x0112, 0x8825


def half_and_half(**options: Any) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image


def told_by_a_camera(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[CAMERA] = SECRET.decode()
    exif[ORIENTATION] = orientation
    exif[PLACE] = {1: "N", 2: (49.0, 16.0, 57.0)}
    return exif


def is_near(color: Any, wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 24 for one, other in zip(color, wanted, strict=True))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_where_a_photo_was_taken_is_nobodys_business(name: str) -> None:
    """A teacher's home stood in the picture of a landing page, to the metre."""
    file = saved(half_and_half(), name, exif=told_by_a_camera())
    assert SECRET in file
    published = publishable(file, 100)
    assert SECRET not in published.content
    assert dict(opened(published.content).getexif()) == {}


def test_no_other_note_is_published_either() -> None:
    png = Image.Image.copy(half_and_half())
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Author", SECRET.decode(), zip=False)
    for file in (
        saved(png, "PNG", pnginfo=notes),
        saved(png, "JPEG", comment=SECRET),
        saved(png, "GIF", comment=SECRET),
        saved(png, "JPEG", xmp=SECRET),
        saved(png, "PNG") + SECRET,
        saved(png, "JPEG") + SECRET,
    ):
        assert SECRET in file
        assert SECRET not in publishable(file, 100).content


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("longest_side", [100, 20])
def test_a_photo_stands_upright(name: str, longest_side: int) -> None:
    """Orientation 6: the camera was turned, and the top of the picture is on its left."""
    file = saved(half_and_half(), name, exif=told_by_a_camera(orientation=6))
    shown = opened(publishable(file, longest_side).content).convert("RGB")
    assert shown.height == 2 * shown.width
    assert is_near(shown.getpixel((shown.width // 2, 2)), RED)
    assert is_near(shown.getpixel((shown.width // 2, shown.height - 3)), BLUE)


@pytest.mark.parametrize(("size", "shown"), [((3000, 1500), (1024, 512)), ((500, 2000), (256, 1024)), ((9, 7), (9, 7))])
@pytest.mark.parametrize("name", list(MEDIA_TYPES))
def test_a_large_image_is_scaled_down_and_a_small_one_left(
    name: str, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert opened(publishable(picture(name, size), 1024).content).size == shown


@pytest.mark.parametrize(
    ("mode", "name"),
    [(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [(mode, "JPEG") for mode in ("L", "RGB", "CMYK")]
    + [(mode, "WEBP") for mode in ("RGB", "RGBA")]
    + [(mode, "GIF") for mode in ("1", "L", "P")],
)
@pytest.mark.parametrize("longest_side", [100, 20])
def test_colours_stay_what_they_are(mode: str, name: str, longest_side: int) -> None:
    """Light grey, in each way to write it down, scaled or not."""
    grey = Image.new("I;16", (40, 40), 200 * 256) if mode == "I;16" else Image.new("RGB", (40, 40), (200,) * 3)
    grey = grey if mode == "I;16" else grey.convert(mode, dither=Image.Dither.NONE)
    wanted = (255,) * 3 if mode == "1" else (200,) * 3
    published = publishable(saved(grey, name), longest_side)
    shown = opened(published.content)
    assert shown.format == name
    assert is_near(shown.convert("RGB").getpixel((5, 5)), wanted)


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("longest_side", [100, 20])
def test_what_is_transparent_stays_so(name: str, longest_side: int) -> None:
    logo = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    logo.paste((255, 0, 0, 255), (20, 0, 40, 40))
    shown = opened(publishable(saved(logo, name), longest_side).content).convert("RGBA")
    assert shown.getpixel((2, 2))[3] == 0  # type: ignore[index]
    assert is_near(shown.getpixel((shown.width - 3, 5)), (*RED, 255))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_photo_that_was_saved_as_a_drawing_is_published_as_a_photo(mode: str) -> None:
    """As a PNG it would take ten times as long to load; a channel without anything transparent does not matter."""
    file = saved(noise((1300, 1000)).convert(mode), "PNG")
    published = publishable(file, 2560)
    assert (published.media_type, opened(published.content).format) == ("image/jpeg", "JPEG")
    assert len(published.content) < len(file)


def test_a_heavy_drawing_keeps_what_is_transparent() -> None:
    drawing = noise((1300, 1000)).convert("RGBA")
    drawing.putpixel((0, 0), (0, 0, 0, 0))
    published = publishable(saved(drawing, "PNG"), 2560)
    assert (published.media_type, opened(published.content).getpixel((0, 0))) == ("image/png", (0, 0, 0, 0))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_of_colours_is_followed_and_left_out(mode: str) -> None:
    """In this profile, what is called red is the blue of the web."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    file = saved(Image.new("RGB", (20, 20), RED).convert(mode), "PNG", icc_profile=swapped)
    shown = opened(publishable(file, 100).content)
    assert "icc_profile" not in shown.info
    assert is_near(shown.convert("RGB").getpixel((5, 5)), BLUE)


def test_a_profile_that_is_broken_says_nothing() -> None:
    file = saved(Image.new("RGB", (20, 20), (60, 60, 60)), "PNG", icc_profile=b"no profile at all")
    shown = opened(publishable(file, 100).content)
    assert "icc_profile" not in shown.info
    assert shown.getpixel((5, 5)) == (60, 60, 60)


@pytest.mark.filterwarnings("ignore:.*EXIF")
def test_a_note_about_the_camera_that_is_broken_says_nothing() -> None:
    file = saved(half_and_half(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert opened(publishable(file, 100).content).size == (40, 20)


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_kept(name: str) -> None:
    file = animation(name, RED, BLUE)
    assert getattr(opened(file), "n_frames", 1) == 2
    shown = opened(publishable(file, 100).content)
    assert getattr(shown, "n_frames", 1) == 1
    assert is_near(shown.convert("RGB").getpixel((5, 5)), RED)


def test_a_photo_with_others_in_its_file_is_that_photo() -> None:
    """Telephones put a second picture, for bright screens, into the same JPEG; its format then has another name."""
    first, second = Image.new("RGB", (40, 20), RED), Image.new("RGB", (40, 20), BLUE)
    file = saved(first, "MPO", save_all=True, append_images=[second])
    assert opened(file).format == "MPO"
    published = publishable(file, 100)
    assert published.media_type == "image/jpeg"
    assert is_near(opened(published.content).getpixel((5, 5)), RED)


@pytest.mark.parametrize("name", list(MEDIA_TYPES))
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_what_was_cut_off_is_refused(name: str, part: float) -> None:
    file = saved(noise((300, 200)), name)
    with pytest.raises(Unpublishable):
        publishable(file[: int(len(file) * part)], 100)


def test_what_is_too_large_is_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first bytes say how large it is; the others were not looked at."""
    monkeypatch.setattr(images, "MOST_PIXELS", 63)
    for name in MEDIA_TYPES:
        cut_off = picture(name, (8, 8))
        with pytest.raises(Unpublishable, match="has 8 × 8 pixels"):
            publishable(cut_off, 100)
    monkeypatch.setattr(images, "MOST_PIXELS", 64)
    assert isinstance(publishable(picture(size=(8, 8)), 100), Picture)


def test_a_single_pixel_is_an_image() -> None:
    assert opened(publishable(picture(size=(1, 1)), 100).content).size == (1, 1)


@pytest.mark.parametrize("name", ["BMP", "TIFF", "ICO", "PPM", "AVIF"])
def test_other_formats_are_not_taken(name: str) -> None:
    """Pillow could read them; each one more is one more that somebody finds a hole in."""
    with pytest.raises(Unpublishable, match="must be a PNG, JPEG, WebP or GIF"):
        publishable(picture(name), 100)
