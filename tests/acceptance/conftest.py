"""Stories are told over HTTP, on the stack as a developer runs it."""

import pytest

from tests.support.campus import Campus
from tests.support.chatbot import Chatbot
from tests.support.local_stack import LocalStack


@pytest.fixture
def chatbot(stack: LocalStack) -> Chatbot:
    return Chatbot(stack)


@pytest.fixture
def campus(stack: LocalStack) -> Campus:
    return Campus(stack)
