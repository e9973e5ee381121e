"""Texts that are the same but for case and punctuation (exact copies), or nearly (near copies).

A *near* copy shares at least 80 % of its word trigrams (Jaccard, computed exactly).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from .document import Document
from .states import Role
from .tokens import is_unspaced

NEAR_JACCARD = 0.8
EXACT, NEAR = "exact", "near"
SHOWN = 5
"""Examples that are kept of each kind of copies."""

_ASCII = re.compile("[a-z0-9]+")

Shingles = frozenset[tuple[str, ...]]


def place_of(document: Document) -> str:
    """Where a text was read: the file's name and the line, and the source's own name of it where it has one."""
    place = f"{PurePath(document.file).name}:{document.line}"
    return f"{place} ({document.name})" if document.name else place


def _letters(text: str) -> list[str]:
    """Folded words; a text without any letter or digit (emoji, say) stands for itself."""
    if text.isascii():  # the same, at a multiple of the pace
        return _ASCII.findall(text.lower()) or text.lower().split()
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in folded)
    return kept.split() or folded.split()


def _characters(word: str) -> list[str]:
    return list(word) if not word.isascii() and any(map(is_unspaced, word)) else [word]


def _shingles(words: list[str]) -> Shingles:
    if len(words) == 1:
        words = list(words[0])
    else:  # in scripts without spaces, characters stand for words
        words = [part for word in words for part in _characters(word)]
    if len(words) < 3:
        return frozenset([tuple(words)])
    return frozenset(zip(words, words[1:], words[2:], strict=False))


class CopyFinder:
    """Finds exact and near copies of the texts added so far, in time linear in the text."""

    def __init__(self) -> None:
        self._exact: dict[str, dict[Role, str]] = defaultdict(dict)
        self._by_shingle: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._kept: list[tuple[Role, int, str]] = []

    def add(self, text: str, role: Role, where: str = "") -> None:
        """Remember a text that stays in `role`, read at `where`."""
        words = _letters(text)
        self._exact[" ".join(words)].setdefault(role, where)
        shingles = _shingles(words)
        for shingle in shingles:
            self._by_shingle[shingle].append(len(self._kept))
        self._kept.append((role, len(shingles), where))

    def find(self, text: str, beside: frozenset[Role] = frozenset()) -> tuple[Role, str] | None:
        """The role that holds a copy of `text`, and whether it is "exact" or "near"; None without a copy.

        Of several the one added first counts, so that the report is the same in every process.

        Args:
            beside: roles whose copies do not count; they must have been added after all others.
        """
        found = self.trace(text, beside)
        return None if found is None else found[:2]

    def trace(self, text: str, beside: frozenset[Role] = frozenset()) -> tuple[Role, str, str] | None:
        """The same, with where that copy was read."""
        words = _letters(text)
        role, where = next(iter(self._exact.get(" ".join(words), {}).items()), (None, ""))
        if role is not None and role not in beside:
            return role, EXACT, where
        near = (index for index in self._near(words) if self._kept[index][0] not in beside)
        first = min(near, default=None)
        return None if first is None else (self._kept[first][0], NEAR, self._kept[first][2])

    def everywhere(self, text: str) -> dict[Role, tuple[str, str]]:
        """By each role that holds a copy: "exact" or "near", and where it was read."""
        words = _letters(text)
        found = {role: (EXACT, where) for role, where in self._exact.get(" ".join(words), {}).items()}
        for index in sorted(self._near(words)):
            role, _, where = self._kept[index]
            found.setdefault(role, (NEAR, where))
        return found

    def _near(self, words: list[str]) -> Iterator[int]:
        """The texts kept that share enough shingles."""
        shingles = _shingles(words)
        shared: Counter[int] = Counter()
        for shingle in shingles:
            shared.update(self._by_shingle.get(shingle, ()))
        return (
            index
            for index, count in shared.items()
            if count >= NEAR_JACCARD * (len(shingles) + self._kept[index][1] - count)
        )


def every_pair(roles: Iterable[Role]) -> Iterator[tuple[Role, Role]]:
    """Every two of these roles, the earlier first."""
    listed = list(roles)
    return ((one, other) for place, one in enumerate(listed) for other in listed[place + 1 :])
