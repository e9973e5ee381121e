"""The error table: what real LLMs got wrong, counted from recorded answers by benchmarks/simulator_profiles.py.

Every figure in `profiles.json` is a count, so it carries its own n. The file names its source and which
recordings each profile pools. Models err very differently from language to language, so each profile holds a row
of rates for every language that was recorded and a pooled row for all other text.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .shapes import length_bucket

EXACT = "exact"
PROFILES = (EXACT, "gpt-4-turbo", "llama-2-70b")
TABLE = Path(__file__).with_name("profiles.json")
POOLED = "*"
RUN = "run"
POOL = "pool"
SMALLEST_SHARE, DISTINCT = 0.05, 5
"""A text is in a recorded language where this share of its words is among the language's commonest, twice the share
of any other language's, and so many different ones occur: Zulu news has .11, English at most .03 of anything
recorded, and there a few words alone (`go`, `don`)."""
SMALLEST_ROW = 5
"""In the pooled row, counts of fewer observations than this say nothing of their own: wider ones are used. A
language's own row has some 100 spans in all; it is there to do as its recording did, so one observation counts."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Counts by name, to draw from."""

    counts: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.counts.values())

    def draw(self, rng: random.Random) -> str:
        """One name with probability proportional to its count."""
        return rng.choices(tuple(self.counts), tuple(self.counts.values()))[0]


@dataclass(frozen=True, slots=True)
class Spurious:
    """How words of one shape that gold leaves alone start a span.

    Attributes:
        rate: share of such words at which any of the repeated answers starts a span.
        presence: in how many tenths of the answers such a span is there, by count.
        labels: of these spans.
        lengths: their lengths in words, by how many words look like one name there ("1", "2", "3" or more, POOLED);
            RUN stands for all of these words.
        kept: share of its occurrences in which the span has its most frequent label and length.
    """

    rate: float
    presence: Weights
    labels: Weights
    lengths: Mapping[str, Weights]
    kept: float

    def length(self, run: int, rng: random.Random) -> int:
        """A length in words where `run` words look like one name."""
        drawn = self.lengths.get(length_bucket(run), self.lengths[POOLED]).draw(rng)
        return run if drawn == RUN else int(drawn)


@dataclass(frozen=True, slots=True)
class Fault:
    """Unreadable answers of sentences of one length: the share of sentences that ever give one, how often these
    do so, and whether the JSON is then broken or cut off."""

    prone: float
    share: float
    kinds: Weights


@dataclass(frozen=True, slots=True)
class Profile:
    """How one model errs.

    Attributes:
        outcomes: label, then kind of place (`Sentence.bucket`) → counts of right, type, boundary, both, missed
            (the usual answer).
        stability: right or wrong → in how many tenths of the answers the usual one is given.
        alternatives: right or wrong → what is answered instead, in the other answers.
        confusions: gold label → the wrong labels given for it.
        boundaries: kind of place → shifts "start:end" in words.
        spurious: word shape → spans that gold does not have.
        faults: sentence length → unreadable answers.
        smallest: observations that a row needs to count on its own.
    """

    name: str
    language: str
    smallest: float
    outcomes: Mapping[str, Mapping[str, Weights]]
    stability: Mapping[str, Weights]
    alternatives: Mapping[str, Weights]
    confusions: Mapping[str, Weights]
    boundaries: Mapping[str, Weights]
    spurious: Mapping[str, Spurious]
    faults: Mapping[str, Fault]

    def outcome(self, label: str, bucket: str) -> Weights:
        """The row of this label and kind of place, else of the place, else of the label, else of all spans."""
        ladder = ((label, bucket), (POOLED, bucket), (label, POOLED))
        rows = (self.outcomes.get(name, {}).get(place) for name, place in ladder)
        return next((row for row in rows if row and row.total >= self.smallest), self.outcomes[POOLED][POOLED])

    def boundary(self, bucket: str) -> Weights:
        """The shifts seen in this kind of place, else in any."""
        return self.boundaries.get(bucket) or self.boundaries[POOLED]

    def confusion(self, label: str) -> Weights:
        """The wrong labels given for this label, else for any."""
        row = self.confusions.get(label)
        return row if row and row.total >= self.smallest else self.confusions[POOLED]


def parse(name: str, raw: Mapping[str, Any], language: str = POOL) -> Profile:
    """One profile as the JSON holds it, with the row of this language, else the pooled row."""

    def weights(counts: Mapping[str, Mapping[str, float]]) -> dict[str, Weights]:
        return {key: Weights(row) for key, row in counts.items()}

    language = language if language in raw["rows"] else POOL
    row = raw["rows"][language]
    return Profile(
        name=name,
        language=language,
        smallest=SMALLEST_ROW if language == POOL else 1,
        outcomes={label: weights(rows) for label, rows in row["outcomes"].items()},
        stability=weights(row["stability"]),
        alternatives=weights(row["alternatives"]),
        confusions=weights(row["confusions"]),
        boundaries=weights(row["boundaries"]),
        spurious={
            shape: Spurious(
                rate=seen["starts"] / seen["words"],
                presence=Weights(seen["presence"]),
                labels=Weights(seen["labels"]),
                lengths=weights(seen["lengths"]),
                kept=seen["kept"] / seen["spans"],
            )
            for shape, seen in row["spurious"].items()
        },
        faults={
            bucket: Fault(
                prone=seen["prone"] / seen["sentences"],
                share=seen["failed"] / seen["answers_of_prone"],
                kinds=Weights(seen["kinds"]),
            )
            for bucket, seen in raw["faults"].items()
        },
    )


@cache
def shipped() -> Mapping[str, Any]:
    """The table as the package ships it."""
    table: Mapping[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def load(name: str, language: str = POOL) -> Profile | None:
    """The profile of this name from the shipped table; None for `exact`, which never errs.

    Raises:
        KeyError: no such profile.
    """
    return None if name == "exact" else parse(name, shipped()["profiles"][name], language)


def measured_labels() -> tuple[str, ...]:
    """The label names of the recordings: PER, ORG, LOC, DATE."""
    return tuple(shipped()["labels"])


def recorded_language(words: Iterable[str], common: Mapping[str, Sequence[str]] | None = None) -> str:
    """The recorded language these words are in ("bam", …), or "pool"."""
    common = shipped()["common_words"] if common is None else common
    counts = Counter(word for word in words if is_plain(word))
    shares = sorted(
        (sum(counts[word] for word in listed) / max(1, counts.total()), language) for language, listed in common.items()
    )
    (second, _), (best, language) = shares[-2:]
    seen = sum(word in counts for word in common[language])
    return language if best >= max(SMALLEST_SHARE, 2 * second) and seen >= DISTINCT else POOL


def is_plain(word: str) -> bool:
    """Whether a word can tell a language: lower-case letters, two at least."""
    return len(word) > 1 and word.isalpha() and word.islower()
