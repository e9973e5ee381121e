"""What a simulated LLM says of an item that is labelled as a whole: its errors are assumed, not measured.

The recordings that the error table is counted from are of named entities. How often a model gives a wrong class, and
which, is not in them: the rates in `ASSUMED` are invented, plausible and no more, and a score on such labels says
nothing about a real model. From the recordings come only how steadily a model repeats itself and how often its JSON
breaks, on the assumption that both are the model's and not the task's.

As with entities errors persist: the usual answer belongs to (seed, item), the sample decides whether it is given.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.seeds import generator
from .errors_model import TRIES, Sentence, fault
from .table import Profile, Weights

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Assumed:
    """Invented rates of one profile.

    Attributes:
        right: of items whose class is something, the share that gets it.
        negative: of items whose class is the negative one, the share that gets it; the others get any other class, the
            frequent ones more often.
        to_negative: of wrong answers about something, the share that says the negative label.
        to_neighbour: of the other wrong ones, the share that goes to the labels whose names are most alike (the same
            relation the other way round); the others go anywhere, to the frequent ones more often.
        kept: of several labels an item, the share that is said.
        added: wrong labels an item gets beside them, on average.
    """

    right: float
    negative: float
    to_negative: float
    to_neighbour: float
    kept: float
    added: float


ASSUMED: Mapping[str, Assumed] = {
    "gpt-4-turbo": Assumed(right=0.80, negative=0.75, to_negative=0.40, to_neighbour=0.50, kept=0.85, added=0.15),
    "llama-2-70b": Assumed(right=0.65, negative=0.60, to_negative=0.30, to_neighbour=0.50, kept=0.70, added=0.30),
}
"""By the profile's name; `exact` has none and never errs."""


class ClassNames:
    """The labels of the gold, how frequent they are, and which are alike.

    Args:
        counts: how often each stands in the gold.
        negative: the one that means "none of these", where there is one.
    """

    def __init__(self, counts: Mapping[str, int], negative: str | None) -> None:
        self.counts = counts
        self.negative = negative
        self._words = {name: frozenset(map(str.lower, _WORD.findall(name))) for name in counts}

    def draw(self, rng: random.Random, but: str) -> str:
        """Another label that is not the negative one, by frequency; `but` itself where there is no other."""
        return _drawn({name: n for name, n in self.counts.items() if name not in (but, self.negative)}, rng) or but

    def neighbour(self, rng: random.Random, name: str) -> str | None:
        """Of the labels whose names share most words with this one, one by frequency; None where none shares any."""
        mine = self._words[name]
        alike = {
            other: len(mine & words) / len(mine | words)
            for other, words in self._words.items()
            if other not in (name, self.negative) and mine & words
        }
        best = max(alike.values(), default=0.0)
        return _drawn({other: self.counts[other] for other, share in alike.items() if share == best}, rng)


@dataclass(frozen=True)
class Classed:
    """A gold item that is labelled as a whole."""

    sentence: Sentence
    classes: tuple[str, ...]

    @property
    def key(self) -> str:
        """What its randomness is named by: its text and its pair."""
        return self.sentence.key


@dataclass(frozen=True, slots=True)
class Errors:
    """How one profile errs about classes: assumed rates, and the recordings' row for repeats and broken JSON."""

    assumed: Assumed
    recorded: Profile

    def one(self, names: ClassNames, item: Classed, seed: int, sample: int) -> str:
        """The class that is said of an item that has exactly one."""
        gold = item.classes[0]
        lasting = generator(seed, 0, "simulator class", item.key)
        usual = self._drawn(names, gold, lasting)
        steady = int(self.recorded.stability["right" if usual == gold else "wrong"].draw(lasting)) / 10
        passing = generator(seed, sample, "simulator class in sample", item.key)
        if passing.random() < steady:
            return usual
        other = usual
        for _ in range(TRIES):
            other = self._drawn(names, gold, passing)
            if other != usual:
                break
        return other

    def several(self, names: ClassNames, item: Classed, seed: int, sample: int) -> list[str]:
        """The classes that are said of an item that has any number of them, in the order of the gold's labels."""
        among = sum(names.counts.values()) or 1
        said = []
        for name, count in names.counts.items():
            here = f"{item.key}:{name}"
            is_gold = name in item.classes
            lasting = generator(seed, 0, "simulator class", here)
            usual = lasting.random() < (self.assumed.kept if is_gold else self.assumed.added * count / among)
            # What neither gold nor the usual answer has stays unsaid: of a hundred labels one would always slip in.
            if not is_gold and not usual:
                continue
            steady = int(self.recorded.stability["right" if usual == is_gold else "wrong"].draw(lasting)) / 10
            kept = generator(seed, sample, "simulator class in sample", here).random() < steady
            if usual == kept:
                said.append(name)
        return said

    def fault(self, item: Classed, seed: int, sample: int) -> str:
        """Whether an answer about this item comes out as "broken" or "cut_off" JSON; mostly ""."""
        return fault(self.recorded, item.sentence, seed, sample)

    def _drawn(self, names: ClassNames, gold: str, rng: random.Random) -> str:
        if gold == names.negative:
            return gold if rng.random() < self.assumed.negative else names.draw(rng, gold)
        if rng.random() < self.assumed.right:
            return gold
        if names.negative is not None and rng.random() < self.assumed.to_negative:
            return names.negative
        near = names.neighbour(rng, gold) if rng.random() < self.assumed.to_neighbour else None
        return near or names.draw(rng, gold)


def _drawn(counts: Mapping[str, int], rng: random.Random) -> str | None:
    return Weights(counts).draw(rng) if counts else None


def in_gold(items: Sequence[Classed]) -> dict[str, int]:
    """How often each label stands in the gold, as first seen."""
    counts: dict[str, int] = {}
    for item in items:
        for name in item.classes:
            counts[name] = counts.get(name, 0) + 1
    return counts
