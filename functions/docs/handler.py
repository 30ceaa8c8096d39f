"""GET /api/docs: this contract, for people.

One page with every REST route, every procedure and every event that we send, which needs nothing from elsewhere.
"""

from pathlib import Path

from kernel.auth import Anyone
from kernel.files import Page
from kernel.http import endpoint

PAGE = Page(Path(__file__).with_name("page.html").read_text())


@endpoint("GET /api/docs", caller=Anyone)
def handler() -> Page:
    return PAGE
