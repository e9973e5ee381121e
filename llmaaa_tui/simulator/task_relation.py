"""Relations: pairs of a text, one label each.

A data line shows a pair as `{"text":"<e1>Ada Novak</e1> left <e2>Oslo</e2> .","e1":"PER: <e1>Ada Novak</e1>","e2":…}`,
or as the string of such a text alone. e1 is the head. Marks may nest and cross; those at the ends of the members `e1`
and `e2` count, for a text that holds such marks itself is shown with others (`<e1-2>`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.document import Document, Offsets, Record
from ..core.tasks import RELATION
from .classes import Classes, Line, with_classes
from .classes_errors import Classed, in_gold
from .gold import LONE_SURROGATES, data_lines
from .shown import bare

_PARTS = ("e1", "e2")
_LAST_MARK = re.compile(r"</(e[12](?:-\d+)?)>\s*\Z")

Place = tuple[str, Offsets, Offsets]
"""A text as `bare` has it, and where in it head and tail are; of a text without a pair both are (0, 0)."""


class Pairs:
    """Finds pairs by their marked text, spaces and invisible characters apart; of two alike the first counts."""

    wants = (
        "a data line with a pair of its gold files, the head between <e1> and </e1>, the tail between <e2> and </e2>,"
    )

    def __init__(self, items: Iterable[Classed]) -> None:
        self._items: dict[Place, Classed] = {}
        for item in items:
            self._items.setdefault(place_of(item.sentence.document), item)

    def asked_about(self, content: str) -> list[Line]:
        """The numbered lines that show a pair of the gold; others are passed over."""
        found = []
        for number, value in data_lines(content):
            place = place_shown(value)
            if place in self._items:
                found.append(Line(number, self._items[place], _shown(value)[0]))
        return found


def unmarked(text: str, marks: Sequence[str] = _PARTS) -> Place | None:
    """The pair that a text shows between marks of these names, head first; None where a mark is not there once."""
    kept, ends, at = "", dict[str, int](), 0
    for mark in re.finditer(f"</?(?:{'|'.join(map(re.escape, marks))})>", text):
        kept += bare(text[at : mark.start()])
        if mark[0] in ends:
            return None
        ends[mark[0]] = len(kept)
        at = mark.end()
    try:
        head, tail = ((ends[f"<{name}>"], ends[f"</{name}>"]) for name in marks)
    except KeyError:
        return None
    return kept + bare(text[at:]), head, tail


def place_shown(value: Any) -> Place | None:
    """The pair that a data line's value shows; None where it shows none."""
    text, marks = _shown(value)
    return unmarked(text, marks) if text else None


def _shown(value: Any) -> tuple[str, tuple[str, ...]]:
    """The marked text of a data line and the names of its marks; ("", ()) where it shows no pair."""
    if isinstance(value, str):
        return value, _PARTS
    parts = [value.get(name) for name in ("text", *_PARTS)] if isinstance(value, dict) else []
    marks = [found[1] for part in parts[1:] if isinstance(part, str) and (found := _LAST_MARK.search(part))]
    return (str(parts[0]), tuple(marks)) if len(marks) == len(_PARTS) else ("", ())


def place_of(document: Document) -> Place:
    """The place of a document's pair."""
    text, pair = document.text.translate(LONE_SURROGATES), document.pair
    if pair is None:
        return bare(text), (0, 0), (0, 0)
    (start, end), (first, last) = (tuple(len(bare(text[:place])) for place in part) for part in (pair.head, pair.tail))
    return bare(text), (start, end), (first, last)


@dataclass(frozen=True, slots=True)
class Relations:
    """See `SimulatorTask`.

    Attributes:
        negatives: names that mean "none of these"; the first that the gold has is taken.
    """

    negatives: tuple[str, ...]

    def simulate(self, records: Sequence[Record], profile: str, seed: int) -> Classes:
        items = with_classes(records)
        counts = in_gold(items)
        negative = next((name for name in self.negatives if name in counts), None)
        return Classes(items, Pairs(items), False, negative, profile, seed)


TASK = Relations(RELATION.negatives)
