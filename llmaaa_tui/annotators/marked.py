"""One label of a pair: the text with head and tail between marks that the text itself cannot hold."""

from __future__ import annotations

from itertools import count
from typing import Any

from .choice import Choice
from .ground import Part, View


class PairChoice(Choice):
    """`{"text":"… <e1>Ada</e1> … <e2>Oslo</e2>","e1":"PER: <e1>Ada</e1>","e2":"<e2>Oslo</e2>"}` is a line.

    The text is foreign, the marks are ours: where it holds `e1>` or `e2>` itself, the marks get a number
    (`<e1-2>`) that it does not hold. The two keys beside the text say which marks count, and the types where known.
    """

    def line(self, view: View) -> Any:
        """The text with its marks, and under `e1` and `e2` each part between its mark.

        Raises:
            ValueError: the document names no pair.
        """
        if view.pair is None:
            raise ValueError("this document asks about no pair")
        marks = _marks(view.text)
        said = {"text": _between(view.text, view.pair, marks)}
        for key, part, mark in zip(("e1", "e2"), view.pair, marks, strict=True):
            words = f"<{mark}>{view.text[part.start : part.end]}</{mark}>"
            said[key] = f"{part.type}: {words}" if part.type else words
        return said


def _marks(text: str) -> tuple[str, str]:
    """Names for the marks of head and tail, the simplest that the text does not hold."""
    folded = text.casefold()
    for number in count(1):
        head, tail = (f"{name}-{number}" if number > 1 else name for name in ("e1", "e2"))
        if f"{head}>" not in folded and f"{tail}>" not in folded:
            return head, tail
    raise AssertionError("every text ends")


def _between(text: str, pair: tuple[Part, Part], marks: tuple[str, str]) -> str:
    """The text with both parts between their marks; of nested parts the inner marks stand inside."""
    signs: list[tuple[int, int, int, str]] = []
    for part, mark in zip(pair, marks, strict=True):
        length = part.end - part.start
        if length:
            signs += [(part.end, 0, length, f"</{mark}>"), (part.start, 1, -length, f"<{mark}>")]
        else:  # a part of characters that nobody sees
            signs.append((part.start, 1, 0, f"<{mark}></{mark}>"))
    parts, at = [], 0
    for place, _, _, sign in sorted(signs):
        parts += [text[at:place], sign]
        at = place
    return "".join([*parts, text[at:]])
