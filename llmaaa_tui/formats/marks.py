"""A pair as signs in its text, as SemEval-2010 Task 8 writes it: `The <e1>author</e1> uses a <e2>tool</e2>.`"""

from __future__ import annotations

import re

from ..core.document import Offsets, Pair
from .lines import BadLine

_MARK = re.compile(r"</?e[12]>")
_EVERY = ("<e1>", "</e1>", "<e2>", "</e2>")


def is_marked(text: str) -> bool:
    """Whether head and tail are marked in it, each once."""
    return sorted(_MARK.findall(text)) == sorted(_EVERY)


def unmark(text: str) -> tuple[str, Offsets, Offsets]:
    """The text without its marks, and where head and tail stand in it; blanks at their borders are not of them.

    Where a mark stands between two blanks (`a <e1> b </e1> c`) one of them came with it and goes with it.

    Raises:
        BadLine: a mark is missing or stands twice, or nothing stands between two of them.
    """
    found = _MARK.findall(text)
    for mark in _EVERY:
        if found.count(mark) != 1:
            raise BadLine(f"{mark} stands {found.count(mark)} times in the sentence: expected each of {_EVERY} once")
    plain, places, position = "", {}, 0
    for match in _MARK.finditer(text):
        plain += text[position : match.start()]
        position = match.end()
        after = text[position : position + 1]
        if match[0].startswith("</"):
            if plain.endswith(" ") and not after.isalnum():
                plain = plain.rstrip(" ")
        elif not plain or plain.endswith(" "):
            position += len(text[position:]) - len(text[position:].lstrip(" "))
        places[match[0]] = len(plain)
    plain += text[position:]
    return plain, _trimmed(plain, places, "e1"), _trimmed(plain, places, "e2")


def _trimmed(text: str, places: dict[str, int], name: str) -> Offsets:
    start, end = places[f"<{name}>"], places[f"</{name}>"]
    said = text[start:end]
    if not said.strip():
        raise BadLine(f"nothing stands between <{name}> and </{name}>: mark the words that the relation is about")
    return start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())


def marked(text: str, pair: Pair) -> str:
    """The text with its pair marked; one mark inside the other where head and tail overlap."""
    marks = []
    for (start, end), name in ((pair.head, "e1"), (pair.tail, "e2")):
        marks += [(start, 1, f"<{name}>"), (end, 0, f"</{name}>")]
    for place, _, mark in sorted(marks, reverse=True):  # where one ends and one begins, the end stands first
        text = text[:place] + mark + text[place:]
    return text
