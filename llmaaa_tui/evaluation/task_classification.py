"""Classes of whole texts, one or several each."""

from __future__ import annotations

from .classes import Classes

SINGLE = Classes()
SEVERAL = Classes()
