"""immersio.webhook.replay: tell Immersio again."""

from immersio.access.callers import Manager
from immersio.webhook import managing
from immersio.webhook.schemas import Replayed, ReplayInput
from kernel.errors import ImmersioNotConnected, NotFound
from kernel.trpc import mutation


@mutation("immersio.webhook.replay", caller=Manager, errors=(ImmersioNotConnected, NotFound))
def handler(input: ReplayInput, caller: Manager) -> Replayed:
    return managing.replay(caller, input)
