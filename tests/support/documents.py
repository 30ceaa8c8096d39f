"""What is served of our contract, asked for as a browser does."""

import json
from pathlib import Path

from tests.support.house import ROOT
from tests.support.workers import Context, function
from tests.support.world import Reply


def fetch(folder: str, **headers: str) -> Reply:
    """By the sample event of the function."""
    event = json.loads((ROOT / "events" / Path(folder).with_suffix(".json")).read_text())
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    answer = function(folder)(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])
