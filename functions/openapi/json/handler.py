"""GET /api/openapi.json: this contract, for programs.

An OpenAPI 3.1 document of every REST route. Code generators take it as it is.
"""

from pathlib import Path

from kernel.auth import Anyone
from kernel.files import JsonFile
from kernel.http import endpoint

CONTRACT = JsonFile(Path(__file__).with_name("openapi.json").read_text())


@endpoint("GET /api/openapi.json", caller=Anyone)
def handler() -> JsonFile:
    return CONTRACT
