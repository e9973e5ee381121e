"""Toy items of the tasks that label whole items, which the tiny encoder learns in a second or two."""

from __future__ import annotations

import random

from toy_corpus import toy

from llmaaa_tui.core.document import Document, Labels, Pair, from_words
from llmaaa_tui.core.labels import LabelSet

RELATIONS = LabelSet.of(("moved_to", "home_of", "no_relation"), negative="no_relation")
TOPICS = LabelSet.of(("people", "places", "nothing"))
SEVERAL = LabelSet.of(("person", "place"))


def pairs(count: int, seed: int = 0) -> list[tuple[Document, Labels]]:
    """Pairs of names: a person before a place moved there, a place before a person is home to it, else nothing."""
    found: list[tuple[Document, Labels]] = []
    draw = random.Random(seed)
    for example in toy(count * 3, seed):
        names = [at for at, tag in enumerate(example.targets) if tag.startswith("B-")]
        if len(names) < 2:
            continue
        text, tokens = from_words(list(example.text.words))
        head, tail = draw.sample(names, 2)
        kinds = example.targets[head][2:], example.targets[tail][2:]
        label = {("PER", "LOC"): "moved_to", ("LOC", "PER"): "home_of"}.get(kinds, "no_relation")
        found.append((Document(text, tokens, pair=Pair(tokens[head], tokens[tail])), Labels(classes=(label,))))
    return found[:count]


def topics(count: int, seed: int = 0) -> list[tuple[Document, Labels]]:
    """Texts that name a place, else people, else nobody."""
    found = []
    for example in toy(count, seed):
        said = " ".join(example.targets)
        label = "places" if "LOC" in said else "people" if "PER" in said else "nothing"
        found.append((Document(*from_words(list(example.text.words))), Labels(classes=(label,))))
    return found


def several(count: int, seed: int = 0) -> list[tuple[Document, Labels]]:
    """Texts with what they name: a person, a place, both or neither."""
    found = []
    for example in toy(count, seed):
        said = " ".join(example.targets)
        classes = tuple(name for name, tag in (("person", "PER"), ("place", "LOC")) if tag in said)
        found.append((Document(*from_words(list(example.text.words))), Labels(classes=classes)))
    return found
