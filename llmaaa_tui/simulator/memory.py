"""What a simulated model has memorised of its gold: a share of the texts, which is told by hash and seed.

Nothing is indexed before something is asked: a simulator that nobody probes pays nothing for it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ..core.document import Record
from ..core.seeds import derive
from .gold import LONE_SURROGATES
from .shown import bare, seen
from .task_relation import Place, place_of, place_shown

_PREFIX = 8
_Row = tuple[Place, tuple[str, ...]]


class Memory:
    """The gold of a simulator, and which of it the model has seen before.

    Args:
        records: in the order of their file.
        share: of the texts, 0 to 1.
        dataset: the name it knows them under.
        seed: decides which.
    """

    def __init__(self, records: Sequence[Record], share: float, dataset: str, seed: int) -> None:
        self.share = share
        self.dataset = dataset
        self.seed = seed
        self._records = records

    def knows(self, text: str) -> bool:
        """Whether this is one of its texts, spaces and invisible characters apart, and memorised."""
        return bare(text) in self._texts and self._memorised(bare(text))

    def rest(self, piece: str) -> str | None:
        """How the memorised text goes on that begins with this piece; None where there is none."""
        begun = bare(piece)
        for whole in self._by_prefix.get(begun[:_PREFIX], ()):
            if whole.startswith(begun) and len(whole) > len(begun) and self._memorised(whole):
                text = self._texts[whole]
                return text[seen(text)[len(begun)] :].strip()
        return None

    def other_words(self, piece: str, rng: random.Random) -> str:
        """The second half of another of its texts; "" where it has no other."""
        others = list(self._texts.values())
        for _ in range(len(others)):
            text = rng.choice(others)
            if not bare(text).startswith(bare(piece)):
                return _second_half(text)
        return ""

    def labels_after(self, rows: Sequence[Any]) -> tuple[str, ...] | None:
        """The labels of the row that follows these in its file, where that one is memorised."""
        keys = [_key_shown(row) for row in rows]
        ends = [place for place, (key, _) in enumerate(self._rows) if key == keys[-1]]
        # A row may stand there more than once: after which of them the others stand says which is meant.
        before = [place for place in ends if self._rows[max(0, place + 1 - len(keys))][0] == keys[0]]
        for place in (before or ends)[:1]:
            if place + 1 < len(self._rows) and self._memorised(self._rows[place + 1][0][0]):
                return self._rows[place + 1][1]
        return None

    def any_labels(self, rng: random.Random) -> tuple[str, ...]:
        """The labels of a row drawn at random."""
        return rng.choice(self._rows)[1]

    def unit(self, purpose: str, text: str) -> float:
        """A lasting number in [0, 1) of one text."""
        return derive(self.seed, 0, f"simulator {purpose}", bare(text)) / 2**63

    def _memorised(self, key: str) -> bool:
        return self.unit("memorised", key) < self.share

    @cached_property
    def _rows(self) -> list[_Row]:
        return [(place_of(one.document), one.gold.names) for one in self._records if one.gold is not None]

    @cached_property
    def _texts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for record in self._records:
            text = record.document.text.translate(LONE_SURROGATES)
            found.setdefault(bare(text), text)
        return found

    @cached_property
    def _by_prefix(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for text in self._texts:
            found[text[:_PREFIX]].append(text)
        return found


def _key_shown(row: Any) -> Place | None:
    shown = row.get("row") if isinstance(row, dict) else None
    if isinstance(shown, str):
        return bare(shown), (0, 0), (0, 0)
    return place_shown(shown)


def _second_half(text: str) -> str:
    words = text.split()
    return " ".join(words[-(-len(words) // 2) :]) if len(words) > 1 else text[-(-len(text) // 2) :]
