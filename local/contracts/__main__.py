"""`python -m local.contracts`: write down anew what clients may rely on."""

from local.contracts.files import write

write()
