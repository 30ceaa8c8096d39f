"""README.md and docs/*.md: what they lead to is there, and each can be reached."""

import re
from pathlib import Path

import pytest

from tests.support.house import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Of `docs/` only the README is above; a link that said so twice was a 404."""
    links = [(page.parent / path if path else page, anchor) for path, anchor in LINK.findall(_prose(page))]
    assert [str(target) for target, _ in links if not target.exists()] == []
    assert [anchor for target, anchor in links if anchor and anchor not in _anchors(target)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """How Immersio's API is understood stood in a page that nobody found."""
    known, found = set[Path](), {ROOT / "README.md"}
    while found - known:
        page = (found - known).pop()
        known.add(page)
        found |= {(page.parent / path).resolve() for path, _ in LINK.findall(_prose(page)) if path.endswith(".md")}
    assert set(PAGES) - known == set()


def _prose(page: Path) -> str:
    return FENCED.sub("", page.read_text())


def _anchors(page: Path) -> set[str]:
    """As GitHub spells them: small letters, hyphens for spaces, and no other signs."""
    words = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(_prose(page))]
    return {each.strip().replace(" ", "-") for each in words}
