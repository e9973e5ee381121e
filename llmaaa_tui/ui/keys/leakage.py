"""The keys of the page about leakage."""

from __future__ import annotations

from .common import COMMON
from .scrolls import SCROLLS

KEYS = (*SCROLLS, *COMMON)
