"""What clients may rely on, written down from the same declarations that serve them: REST, procedures and events."""

import sys

from local.template import ROOT

sys.path[:0] = [str(ROOT / "layers" / layer) for layer in ("kernel", "resman", "immersio")]
