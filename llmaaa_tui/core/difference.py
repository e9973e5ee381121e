"""Where two answers about one text agree, and where not."""

from __future__ import annotations

from collections.abc import Sequence

from .document import Span


def difference(a: Sequence[Span], b: Sequence[Span]) -> tuple[tuple[Span, ...], tuple[Span, ...], tuple[Span, ...]]:
    """Spans that both have, those of `a` alone and those of `b` alone, each in text order.

    Two spans are the same when start, end and label are.
    """
    one, other = set(a), set(b)
    return tuple(sorted(one & other)), tuple(sorted(one - other)), tuple(sorted(other - one))
