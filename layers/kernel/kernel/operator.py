"""The edge of functions that operators invoke by hand: a JSON event in, a model out, errors in plain words."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from pydantic import BaseModel

from kernel.validation import parse

Input = TypeVar("Input", bound=BaseModel)


def operator_command(function: Callable[[Any], BaseModel]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Make a Lambda handler of a function from one model to another; a refusal fails the invocation, in plain words."""
    (parameter,) = inspect.signature(function, eval_str=True).parameters.values()

    @wraps(function)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        answer: dict[str, Any] = function(parse(parameter.annotation, event)).model_dump(mode="json")
        return answer

    return handler
