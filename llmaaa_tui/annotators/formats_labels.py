"""The ways a model spells a label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from ..core.labels import LabelSet

_FORGIVEN = re.compile(r"[\s_\-‐‑‒–—{}]+")


class Spellings:
    """Finds the label meant by `PER`, `per`, `Person`, `person (PER)` or `place_name`.

    The exact name comes first, then the name without regard to case, spaces, hyphens and underscores, then what the
    name is in words. What could be two labels is none.
    """

    def __init__(self, labels: LabelSet) -> None:
        self._exact = frozenset(labels.names)
        self._tiers = _unique((name, name) for name in labels.names), _unique(_words(labels))

    def find(self, said: str) -> str | None:
        """The label's name, or None where no label, or more than one, is spelt so."""
        if said in self._exact:
            return said
        folded = _folded(said)
        return next((tier[folded] for tier in self._tiers if folded in tier), None)


def _unique(ways: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for way, name in ways:
        folded = _folded(way)
        if not folded:  # a label of nothing but signs has its exact name alone
            continue
        found[folded] = name if found.get(folded, name) == name else None
    return found


def _words(labels: LabelSet) -> Iterator[tuple[str, str]]:
    for name, words in zip(labels.names, labels.verbalised, strict=True):
        yield f"{words} ({name})", name
        yield f"{name} ({words})", name
        yield words, name


def _folded(label: str) -> str:
    return _FORGIVEN.sub("", unicodedata.normalize("NFKC", label).casefold())
