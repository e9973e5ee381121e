"""A corpus of four frames that the tiny encoder learns in a second or two."""

from __future__ import annotations

import random
from collections.abc import Iterable

from llmaaa_tui.student.examples import Example, Text

PEOPLE = ("Ada Lovelace", "Bo", "Cleo Ruiz", "Dan", "Eve Stone")
PLACES = ("Rome", "New Haven", "Oslo", "Port Said", "Lima")
FRAMES = ("{p} moved to {l} in spring .", "in {l} we met {p} .", "{p} and {q} write .", "nothing happened at all .")


def toy(count: int, seed: int = 0) -> list[Example]:
    """Sentences of four frames with people and places."""
    draw = random.Random(seed)
    examples = []
    for _ in range(count):
        words: list[str] = []
        tags: list[str] = []
        for part in draw.choice(FRAMES).split():
            if part in ("{p}", "{q}", "{l}"):
                name = draw.choice(PLACES if part == "{l}" else PEOPLE).split()
                label = "LOC" if part == "{l}" else "PER"
                words += name
                tags += [f"B-{label}", *[f"I-{label}"] * (len(name) - 1)]
            else:
                words.append(part)
                tags.append("O")
        examples.append(Example(Text(tuple(words)), tuple(tags)))
    return examples


def texts(sentences: Iterable[tuple[str, ...]]) -> list[Text]:
    """Sentences' words as the student reads them."""
    return [Text(words) for words in sentences]
