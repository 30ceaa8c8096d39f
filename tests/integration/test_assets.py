"""Images on the running stack: sent in each of the three ways, and loaded as a browser loads them."""

import base64
from typing import Any

import pytest
import requests

from tests.support.local_stack import LocalStack
from tests.support.pictures import noise, opened, picture, saved

PATH = "/api/trpc/immersio.landing.uploadAsset"


def test_an_image_in_json_can_be_loaded_by_anybody(stack: LocalStack) -> None:
    file = "data:image/png;base64," + base64.b64encode(picture(size=(40, 30))).decode()
    told = upload(stack, json={"json": {"assetType": "logo", "file": file}})
    loaded = requests.get(told["url"], timeout=60)
    assert loaded.status_code == 200
    assert loaded.headers["content-type"] == "image/png"
    assert loaded.headers["cache-control"] == "public, max-age=31536000, s-maxage=86400, immutable"
    assert loaded.headers["x-content-type-options"] == "nosniff"
    assert opened(loaded.content).size == (40, 30)


def test_an_image_in_a_form(stack: LocalStack) -> None:
    file = saved(noise((1500, 1000)), "JPEG", quality=95)
    told = upload(stack, data={"assetType": "hero"}, files={"file": ("me.svg", file, "image/svg+xml")})
    assert requests.get(told["url"], timeout=60).headers["content-type"] == "image/jpeg"


def test_a_larger_image_is_uploaded_beside_the_call(stack: LocalStack) -> None:
    """What was uploaded is seen by nobody before it was looked at."""
    file = saved(noise((2400, 1800)), "PNG")
    assert len(file) > 6 * 1024**2
    announced = upload(stack, json={"json": {"assetType": "hero", "file": {"size": len(file), "type": "image/png"}}})
    form = announced["upload"]
    assert requests.get(announced["url"], timeout=60).status_code == 403
    sent = requests.post(form["url"], data=form["fields"], files={"file": file}, timeout=60)
    assert sent.status_code == 204
    assert requests.get(announced["url"], timeout=60).status_code == 403
    told = upload(stack, json={"json": {"assetType": "hero", "file": {"assetId": announced["assetId"]}}})
    assert told == {"success": True, "url": announced["url"], "assetId": announced["assetId"]}
    assert max(opened(requests.get(told["url"], timeout=60).content).size) == 2400


@pytest.mark.parametrize("change", [{"Content-Type": "image/svg+xml"}, {"key": "assets/1/asset_mine"}, {}])
def test_the_form_takes_what_was_announced_and_nothing_else(stack: LocalStack, change: dict[str, str]) -> None:
    """Another type, another place, or one byte more."""
    file = picture()
    announced = upload(
        stack,
        json={"json": {"assetType": "logo", "file": {"size": len(file), "type": "image/png"}}},
        school="otherOwner",
    )
    form = announced["upload"]
    larger = file if change else file + b"!"
    sent = requests.post(form["url"], data={**form["fields"], **change}, files={"file": larger}, timeout=60)
    assert sent.status_code in {400, 403}


def upload(stack: LocalStack, *, school: str = "owner", **sent: Any) -> dict[str, Any]:
    headers = {"cookie": stack.description["cookies"][school]}
    answer = requests.post(f"{stack.url}{PATH}", headers=headers, timeout=60, **sent)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["result"]["data"]["json"]
    return told
