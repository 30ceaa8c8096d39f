"""Queue immersio-sync: what each kind of its messages asks for."""

from immersio.course import worker as courses
from immersio.sync import chain, starting
from kernel.outbox import Message

KINDS = {**courses.DUTIES, "school": starting.sync_school, "step": chain.step}


def deliver(message: Message) -> None:
    KINDS[message.kind](message)
