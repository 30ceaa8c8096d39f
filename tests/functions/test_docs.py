"""GET /api/docs"""

import base64
import hashlib
import re

from tests.support.documents import fetch
from tests.support.pages import Page
from tests.support.schools import Schools


def test_the_page_is_served_to_everybody_and_kept_a_while(schools: Schools) -> None:
    reply = fetch("docs")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "POST /api/resman/tours/book" in Page(reply.body).shown
    assert reply.headers["cache-control"] == "public, max-age=300"
    again = fetch("docs", if_none_match=reply.headers["etag"])
    assert (again.status, again.body) == (304, "")


def test_a_browser_is_told_to_run_nothing_and_takes_the_page_s_own_style_only(schools: Schools) -> None:
    """Somebody found a way to get a word of theirs into the page, and it ran in the browser of whoever read it."""
    reply = fetch("docs")
    (style,) = re.findall(r"<style>(.*?)</style>", reply.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in reply.headers["content-security-policy"].split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert reply.headers["x-content-type-options"] == "nosniff"
