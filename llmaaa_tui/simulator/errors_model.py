"""The two-level error model: what a simulated LLM answers about one gold sentence.

Real errors persist: asked again, a model mostly makes the same mistake. So what happens to a gold span (right,
wrong type, wrong boundary, both, missed), at which words a spurious span may stand, and with what share of
answers each is unstable, is drawn once per (seed, sentence, span). The sample index decides only which of the
span's two answers is given, and whether an unstable spurious span is there.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..core.document import Document, Offsets, Span
from ..core.seeds import derive, generator
from ..core.tokens import snap, words_of
from .shapes import NAME_LIKE, length_bucket, run_length, sentence_bucket, shapes
from .table import Profile, Weights

TRIES = 8
"""How often another answer is drawn when it must differ from the usual one; where none can, it is the usual one."""

Words = tuple[int, int]
"""A range of words, end exclusive."""


@dataclass(frozen=True)
class Sentence:
    """A document with its gold spans; none where its gold is of the whole item."""

    document: Document
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        return self.document.text

    @cached_property
    def key(self) -> str:
        """What randomness is named by: the text alone, and of it the pair where it is about one."""
        pair = self.document.pair
        return self.document.sha256 if pair is None else f"{self.document.sha256}:{pair.head}:{pair.tail}"

    @cached_property
    def words(self) -> tuple[Offsets, ...]:
        return words_of(self.document)

    @cached_property
    def shapes(self) -> list[str]:
        return shapes(self.word_texts)

    @cached_property
    def word_texts(self) -> list[str]:
        return [self.text[start:end] for start, end in self.words]

    @cached_property
    def ranges(self) -> list[Words | None]:
        """The words each gold span touches; None for a span of no word, such as a lone blank."""
        return [snap(span, self.words) for span in self.spans]

    @cached_property
    def gold_words(self) -> list[bool]:
        """Whether each word is inside a gold span."""
        inside = [False] * len(self.words)
        for place in self.ranges:
            if place is not None:
                inside[place[0] : place[1]] = [True] * (place[1] - place[0])
        return inside

    def bucket(self, place: Words) -> str:
        """The kind of place a span stands in, as the table tells them apart.

        "left" or "right" where a name-like word that gold leaves alone stands beside it (nearly all of these come
        out with a wrong boundary), else the span's length bucket.
        """
        for side, beside in (("left", place[0] - 1), ("right", place[1])):
            if 0 <= beside < len(self.words) and not self.gold_words[beside] and self.shapes[beside] in NAME_LIKE:
                return side
        return length_bucket(place[1] - place[0])


class Labels:
    """The label names of the gold files, and how the table's own labels (PER, ORG, …) turn into them."""

    def __init__(self, counts: Mapping[str, int], measured: Iterable[str]) -> None:
        self._counts = dict(counts)
        self._unmeasured = {label: n for label, n in counts.items() if label not in set(measured)}

    def draw(self, rng: random.Random, weights: Weights, but: str | None = None) -> str | None:
        """A label by measured weights, never `but`; None where the gold knows no other.

        A drawn label that this gold does not have stands for the labels the recordings did not have, by their
        frequency in gold; without such labels it is drawn again among those that gold has.
        """
        known = {label: n for label, n in weights.counts.items() if label in self._counts and label != but}
        others = {label: n for label, n in self._unmeasured.items() if label != but}
        drawn = weights.draw(rng) if weights.counts else None
        if drawn in known:
            return drawn
        pool: Mapping[str, float] = others or known or {k: n for k, n in self._counts.items() if k != but}
        return Weights(pool).draw(rng) if pool else None


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the model says: spans in text order, and whether its JSON is "broken", "cut_off" or fine ("")."""

    spans: tuple[Span, ...]
    fault: str = ""


def answer(profile: Profile | None, labels: Labels, sentence: Sentence, seed: int, sample: int) -> Simulated:
    """Answer about one sentence; the same arguments give the same answer on every machine. Exact without a profile."""
    if profile is None:
        return Simulated(tuple(sorted(sentence.spans)))
    said = [
        found
        for index in range(len(sentence.spans))
        if (found := _gold_span(profile, labels, sentence, index, seed, sample)) is not None
    ]
    said += _spurious(profile, labels, sentence, said, seed, sample)
    return Simulated(tuple(sorted(set(said))), fault(profile, sentence, seed, sample))


def _gold_span(profile: Profile, labels: Labels, sentence: Sentence, index: int, seed: int, sample: int) -> Span | None:
    span, place = sentence.spans[index], sentence.ranges[index]
    if place is None:
        return span
    name = f"{sentence.key}:{span.start}:{span.end}:{span.label}"
    lasting = generator(seed, 0, "simulator span", name)
    usual = profile.outcome(span.label, sentence.bucket(place)).draw(lasting)
    quality = "right" if usual == "right" else "wrong"
    steady = int(profile.stability[quality].draw(lasting)) / 10
    passing = generator(seed, sample, "simulator span in sample", name)
    said = _realise(profile, labels, sentence, index, place, usual, lasting)
    if passing.random() < steady:
        return said
    other = said
    for _ in range(TRIES):
        kind = profile.alternatives[quality].draw(passing)
        other = _realise(profile, labels, sentence, index, place, kind, passing)
        if other != said:
            break
    return other


def _realise(
    profile: Profile, labels: Labels, sentence: Sentence, index: int, place: Words, kind: str, rng: random.Random
) -> Span | None:
    """A gold span as it comes out with this kind of error; an error that this span cannot have becomes a miss."""
    span = sentence.spans[index]
    start, end, label = span.start, span.end, span.label
    if kind == "missed":
        return None
    if kind in ("boundary", "both"):
        moved = _moved(profile, sentence, index, place, rng)
        if moved is None:
            return None
        start, end = sentence.words[moved[0]][0], sentence.words[moved[1] - 1][1]
    if kind in ("type", "both"):
        label = labels.draw(rng, profile.confusion(span.label), but=span.label) or label
    return Span(start, end, label)


def _moved(profile: Profile, sentence: Sentence, index: int, place: Words, rng: random.Random) -> Words | None:
    """New word boundaries by the measured shifts, in the sentence and, where any shift allows it, off other spans."""
    taken = {word for other in sentence.ranges if other for word in range(*other)} - set(range(*place))
    possible: dict[str, float] = {}
    clear: dict[str, float] = {}
    for shift, count in profile.boundary(sentence.bucket(place)).counts.items():
        first, last = _shifted(place, shift)
        if 0 <= first < last <= len(sentence.words) and first < place[1] and place[0] < last:
            possible[shift] = count
            if taken.isdisjoint(range(first, last)):
                clear[shift] = count
    return _shifted(place, Weights(clear or possible).draw(rng)) if possible else None


def _shifted(place: Words, shift: str) -> Words:
    start, end = shift.split(":")
    return place[0] + int(start), place[1] + int(end)


def _spurious(
    profile: Profile, labels: Labels, sentence: Sentence, said: Sequence[Span], seed: int, sample: int
) -> list[Span]:
    """Spans over words that gold leaves alone, left to right, never over what is already said."""
    closed = sentence.gold_words.copy()
    for span in said:
        if (words := snap(span, sentence.words)) is not None:
            closed[words[0] : words[1]] = [True] * (words[1] - words[0])
    found: list[Span] = []
    free_from = 0
    for index, shape in enumerate(sentence.shapes):
        row = profile.spurious.get(shape)
        if closed[index] or index < free_from or row is None or row.rate == 0:
            continue
        name = f"{sentence.key}:{index}"
        if _unit(seed, "simulator spurious here", name) >= row.rate:
            continue
        lasting = generator(seed, 0, "simulator spurious", name)
        present = int(row.presence.draw(lasting)) / 10
        passing = generator(seed, sample, "simulator spurious in sample", name)
        if passing.random() >= present:
            continue
        run = run_length(sentence.word_texts, sentence.shapes, index, closed)
        said_here = label, length = labels.draw(lasting, row.labels), row.length(run, lasting)
        if passing.random() >= row.kept:
            for _ in range(TRIES):
                label, length = labels.draw(passing, row.labels), row.length(run, passing)
                if (label, length) != said_here:
                    break
        last = next(
            (word for word in range(index, index + length) if word >= len(closed) or closed[word]), index + length
        )
        if label is not None:
            found.append(Span(sentence.words[index][0], sentence.words[last - 1][1], label))
            free_from = last
    return found


def _unit(seed: int, purpose: str, item: str) -> float:
    """A lasting number in [0, 1) without the price of a generator: most words come this far and no further."""
    return derive(seed, 0, purpose, item) / 2**63


def fault(profile: Profile, sentence: Sentence, seed: int, sample: int) -> str:
    """Whether an answer about this sentence comes out as "broken" or "cut_off" JSON; mostly "".

    Sentences are prone to it or not, for good; longer ones more often.
    """
    row = profile.faults.get(sentence_bucket(len(sentence.words)))
    if row is None:
        return ""
    lasting = generator(seed, 0, "simulator fault", sentence.key)
    if lasting.random() >= row.prone:
        return ""
    kind = row.kinds.draw(lasting)
    passing = generator(seed, sample, "simulator fault in sample", sentence.key)
    return kind if passing.random() < row.share else ""
