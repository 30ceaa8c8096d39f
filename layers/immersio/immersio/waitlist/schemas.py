"""What is told to who joins a waitlist; they send what who books sends."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from kernel.clock import Instant


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class WaitingView(_Told):
    id: int
    position: int = Field(description="1 is who is offered the next seat")
    status: Literal["waiting"]
    start_time: Instant


class Joined(_Told):
    waitlist: WaitingView
