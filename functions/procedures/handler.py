"""ANY /api/trpc/{procedures+}: batches, and Cal.com's spelling of addresses; one invocation however many calls."""

from pathlib import Path

from kernel.trpc import router
from kernel.trpc_folders import in_folders

FUNCTIONS = Path(__file__).parents[1]

handler = router(in_folders(immersio=FUNCTIONS / "immersio", viewer=FUNCTIONS / "viewer"))
