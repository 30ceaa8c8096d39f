"""Letters: e-mails in two forms from two templates, times as people say them, and colours that stay readable.

A letter's subject stands in its text template, beside the words it announces.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from kernel.mail import one_line

INK = "#1D2428"
READABLE = 4.5
"""WCAG 2.2 AA: the least contrast between small text and its ground."""


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


def environment(package: str, folder: str) -> Environment:
    """The templates of a package's folder, which extend our frame; HTML is escaped, what is missing is an error."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, folder), PackageLoader("kernel", "templates")]),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write(templates: Environment, name: str, facts: Mapping[str, Any]) -> Letter:
    """The letter whose templates are `name`.txt, with the block `subject`, and `name`.html."""
    template = templates.get_template(f"{name}.txt")
    subject = one_line("".join(template.blocks["subject"](template.new_context(dict(facts)))))
    html = templates.get_template(f"{name}.html").render(facts, subject=subject)
    return Letter(subject, tidy(template.render(facts)), html)


def in_words(local: datetime) -> str:
    """`Tuesday, December 1, 2026 at 2:00 PM CST`."""
    return f"{local:%A, %B} {local.day}, {local.year} at {_clock_time(local)}"


def briefly(local: datetime) -> str:
    """`Tue, Dec 1 at 2:00 PM CST`, for subjects and texts."""
    return f"{local:%a, %b} {local.day} at {_clock_time(local)}"


def palette(colour: str) -> dict[str, str]:
    """The colours of a letter that is written in somebody's own colour, whichever that is."""
    return {
        "accent": colour,
        "on_accent": readable_on(colour),
        "link_colour": colour if contrast(colour, "#FFFFFF") >= READABLE else INK,
        "ink": INK,
    }


def readable_on(ground: str) -> str:
    """Black or white, whichever stands out more."""
    return max("#FFFFFF", "#000000", key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2), from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def tidy(text: str) -> str:
    """Text without the blank lines that left-out parts of a template leave behind."""
    return "\n\n".join(_paragraphs(text.splitlines())) + "\n"


def _clock_time(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'} {_zone_name(local)}"


def _zone_name(local: datetime) -> str:
    """`CST`; zones without letters of their own are shown as `UTC-03`."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _paragraphs(lines: Iterable[str]) -> Iterable[str]:
    paragraph: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            paragraph.append(line.rstrip())
        elif paragraph:
            yield "\n".join(paragraph)
            paragraph = []
