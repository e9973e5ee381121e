"""Relations: one label a pair, micro F1 without the negative label; the pairs of a sentence are drawn together."""

from __future__ import annotations

from .classes import Classes

TASK = Classes()
