"""EventBridge schedules: `rate(…)` and what is due daily, in a thread, the first call soon after the start."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from local.events import EventSource
from local.functions import ACCOUNT, FunctionFailed, Functions
from local.infrastructure import REGION
from local.template import ScheduleSource

FIRST_CALL_SECONDS = 3.0


class Schedule(EventSource):
    def __init__(self, source: ScheduleSource, functions: Functions) -> None:
        super().__init__(f"schedule of {source.function.logical_id}")
        self._source, self._functions = source, functions
        self._wait_seconds = FIRST_CALL_SECONDS

    def poll(self) -> None:
        if self.stopping.wait(self._wait_seconds):
            return
        self._wait_seconds = self._source.every_seconds
        try:
            self._functions.invoke(self._source.function, _event(self._source))
        except FunctionFailed:
            return  # the traceback is on the terminal, and the next call comes in any case


def _event(source: ScheduleSource) -> Any:
    """What EventBridge Scheduler sends: the declared input, or its own description of the moment."""
    if source.input is not None:
        return json.loads(source.input)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{source.name}"],
        "detail": "{}",
    }
