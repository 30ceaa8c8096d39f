"""kernel.forms"""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import Request

from kernel import forms
from kernel.errors import InvalidInput


def encoded(files: list[tuple[str, tuple[str | None, bytes]]]) -> tuple[bytes, str]:
    prepared = Request("POST", "https://api.example", files=files).prepare()
    assert isinstance(prepared.body, bytes)
    return prepared.body, prepared.headers["content-type"]


@given(content=st.binary(max_size=3000), text=st.text(max_size=300))
def test_any_file_and_any_text_arrive_as_they_are(content: bytes, text: str) -> None:
    body, content_type = encoded([("file", ("photo.png", content)), ("name", (None, text.encode(errors="replace")))])
    assert forms.fields(body, content_type) == {"file": content, "name": text.encode(errors="replace").decode()}


@given(body=st.binary(max_size=500))
def test_any_other_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        forms.fields(body, "multipart/form-data; boundary=somewhere")


def test_a_file_is_told_from_text_by_its_name_even_an_empty_one() -> None:
    body, content_type = encoded([("file", ("photo.png", b""))])
    assert forms.fields(body, content_type) == {"file": b""}


def test_a_field_that_is_given_twice_is_refused() -> None:
    body, content_type = encoded([("file", ("a.png", b"1")), ("file", ("b.png", b"2"))])
    with pytest.raises(InvalidInput, match="file: is given more than once"):
        forms.fields(body, content_type)


def test_text_that_is_none_is_refused() -> None:
    body, content_type = encoded([("file", (None, b"\xff\xfe"))])
    with pytest.raises(InvalidInput, match="file: is no text in its charset; a file is sent with a filename"):
        forms.fields(body, content_type)


@pytest.mark.parametrize("charset", ["nope", "hex", "undefined", "idna", "a\0b", "utf-8\0", '"', ""])
def test_a_charset_that_is_none_is_refused_too(charset: str) -> None:
    body, content_type = encoded([("name", (None, b"logo\xff"))])
    spoilt = body.replace(b'name="name"', f'name="name"\r\nContent-Type: text/plain; charset={charset}'.encode())
    with pytest.raises(InvalidInput):
        forms.fields(spoilt, content_type)


@given(headers=st.text(max_size=60), boundary=st.text(max_size=20), name=st.text(max_size=10))
def test_whatever_is_said_of_a_form_it_is_read_or_refused(headers: str, boundary: str, name: str) -> None:
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n{headers}\r\n\r\nlogo\r\n--{boundary}--'
    with suppress(InvalidInput):
        forms.fields(body.encode(), f'multipart/form-data; boundary="{boundary}"')


def test_what_was_cut_off_is_refused() -> None:
    body, content_type = encoded([("file", ("a.png", b"1" * 100))])
    with pytest.raises(InvalidInput):
        forms.fields(body[:-20], content_type)
