"""What AWS answers in place of the sandbox, as its client gets it from the network."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def response(status: int, body: str, media_type: str) -> AWSResponse:
    headers = HTTPHeaders()
    headers["content-type"] = media_type
    return AWSResponse("https://aws.test/", status, headers, _Raw(body.encode()))


@contextmanager
def answering(client: Any, operation: str, answer: AWSResponse | Exception) -> Iterator[list[int]]:
    """For a while this client's requests come to this; the list has one entry for each attempt."""
    attempts: list[int] = []

    def instead(**_: Any) -> AWSResponse:
        attempts.append(1)
        if isinstance(answer, Exception):
            raise answer
        answer.raw.seek(0)
        return answer

    name = f"before-send.{client.meta.service_model.service_name}.{operation}"
    client.meta.events.register_first(name, instead)
    try:
        yield attempts
    finally:
        client.meta.events.unregister(name, instead)
