"""By hand: send the dead letters of a queue again, once their cause is mended."""

from kernel import dead_letters
from kernel.dead_letters import Replayed, ReplayMessages
from kernel.operator import operator_command


@operator_command
def handler(request: ReplayMessages) -> Replayed:
    return dead_letters.replay(request)
