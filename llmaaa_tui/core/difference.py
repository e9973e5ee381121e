"""Where two answers about one item agree, and where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from .document import Labels, Span

_Label = TypeVar("_Label", Span, str)


def difference(
    a: Sequence[_Label], b: Sequence[_Label]
) -> tuple[tuple[_Label, ...], tuple[_Label, ...], tuple[_Label, ...]]:
    """Labels that both have, those of `a` alone and those of `b` alone: spans in text order, classes by name.

    Two spans are the same when start, end and label are.
    """
    one, other = set(a), set(b)
    return tuple(sorted(one & other)), tuple(sorted(one - other)), tuple(sorted(other - one))


def differ(a: Labels, b: Labels) -> bool:
    """Whether two answers say anything otherwise; the order in which they say it does not count."""
    return set(a.spans) != set(b.spans) or set(a.classes) != set(b.classes)
