"""Failures on demand, the same way in every sandbox.

    POST   /_faults  {"path"?, "status"?, "body"?, "delaySeconds"?, "afterEffect"?, "times"?}
    DELETE /_faults  all is well again

The next `times` answers of paths that contain `path` fail with `status` (503 if neither it nor a delay is given),
before the request took effect, or after it. A delay without a status is an answer that is right but late. A `body` is
what is answered instead, as JSON: with 200, unless a status is given.
"""

import json
import threading
import time
from typing import Any, TypeVar

from flask import Flask, Response, g, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class Fault(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    path: str = ""
    status: int | None = Field(default=None, ge=300, le=599)
    body: dict[str, Any] | None = None
    delay_seconds: float = Field(default=0, ge=0, le=60, alias="delaySeconds")
    after_effect: bool = Field(default=False, alias="afterEffect")
    times: int = Field(default=1, ge=1, le=10_000)

    @property
    def answers(self) -> int | None:
        """The status to fail with; None where the answer is only late."""
        return self.status or (200 if self.body is not None else None if self.delay_seconds else 503)


class Faults:
    """What shall go wrong next; each answer takes the oldest fault that names its path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def pending(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.model_dump(by_alias=True) for fault in self._pending]

    def take(self, path: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self._pending if fault.path in path), None)
            if fault:
                fault.times -= 1
                self._pending = [fault for fault in self._pending if fault.times]
            return fault


def install(app: Flask, methods: frozenset[str] | None = None) -> Faults:
    """Give a sandbox its `/_faults`; paths that start with `/_` are controls, and never fail.

    Where some methods are named, requests by others do not fail either.
    """
    faults = Faults()

    @app.before_request
    def _before() -> Response | None:
        is_spared = request.path.startswith("/_") or request.method not in (methods or {request.method})
        g.fault = None if is_spared else faults.take(request.path)
        return _act(g.fault) if g.fault and not g.fault.after_effect else None

    @app.after_request
    def _after(response: Response) -> Response:
        fault: Fault | None = g.get("fault")
        return (_act(fault) if fault and fault.after_effect else None) or response

    @app.post("/_faults")
    def _add() -> tuple[dict[str, Any], int]:
        faults.add(control_input(Fault))
        return {"faults": faults.pending()}, 201

    @app.get("/_faults")
    def _list() -> dict[str, Any]:
        return {"faults": faults.pending()}

    @app.delete("/_faults")
    def _clear() -> dict[str, Any]:
        faults.clear()
        return {"faults": faults.pending()}

    @app.errorhandler(ControlRefused)
    def _refused(refusal: ControlRefused) -> tuple[dict[str, str], int]:
        return {"error": str(refusal)}, refusal.status

    return faults


class ControlRefused(Exception):
    """A control of a sandbox was used wrongly."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def control_input(model: type[Model]) -> Model:
    """The request's JSON as this model, or a 400 that names the field."""
    try:
        return model.model_validate_json(request.get_data() or b"{}")
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        raise ControlRefused("; ".join(problems)) from None


def _act(fault: Fault) -> Response | None:
    time.sleep(fault.delay_seconds)
    status = fault.answers
    if status is None:
        return None
    if fault.body is not None:
        return Response(json.dumps(fault.body), status, content_type="application/json")
    page = f"<html><body><h1>{status}</h1><p>A fault that was asked for.</p></body></html>"
    return Response(page, status, content_type="text/html; charset=utf-8")
