"""What people's cost is made of: named figures, each with a low and a high end, its unit and where it comes from.

All of them can be set by the person, as one figure or as a figure with its two ends; a figure without ends of its own
is its own low and high. What nobody has set stands at a published figure, or at what was measured in this project's
own review, or is unknown. The ratio 42.45 of arXiv 2404.02261 has no public derivation and is not used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .money import NANO, format_usd, parse_usd

MOST_ANNOTATORS = 99
BLIND = 5
"""From so many items on that people labelled without seeing an answer, these alone say how long labelling takes."""
WORDS, ITEM, HOUR = "words", "item", "hour"
"""How people are paid."""

PAID_BY, RATE, EACH, WAGE, SECONDS, ANNOTATORS, REVIEW, TARGET = (
    "human.paid_by",
    "human.usd_per_50_words",
    "human.usd_per_item",
    "human.usd_per_hour",
    "human.seconds_per_item",
    "human.annotators",
    "human.review_seconds",
    "forecast.f1",
)
NAMES = {
    PAID_BY: "paid by",
    RATE: "USD per 50 words",
    EACH: "USD a {unit}",
    WAGE: "USD an hour",
    SECONDS: "seconds a {unit}",
    ANNOTATORS: "annotators each",
    REVIEW: "seconds a review",
    TARGET: "target dev F1",
}
"""What can be assumed, by the name it is stored under, with its words; {unit} is what an item is called."""
USED = {WORDS: (RATE, ANNOTATORS), ITEM: (EACH, ANNOTATORS), HOUR: (WAGE, SECONDS, ANNOTATORS)}
"""The inputs of people's pay, by how they are paid."""
_OLD = ("human.annotators_low", "human.annotators_high")
"""Names that earlier versions stored the two ends under."""
_UNITS = {
    RATE: "nano-USD per 50 words and annotator",
    EACH: "nano-USD per {unit} and annotator",
    WAGE: "nano-USD per hour",
    SECONDS: "seconds per {unit} and annotator",
    ANNOTATORS: "annotators per {unit}",
    REVIEW: "seconds per review",
}


@dataclass(frozen=True, slots=True)
class Timed:
    """The median of `n` measured times in seconds, with its 95 % interval by order statistics."""

    median: float
    low: float
    high: float
    n: int


def timed(seconds: Sequence[float]) -> Timed | None:
    """The median of these and how far it is known (of few: from the smallest to the largest); None of nothing."""
    if not seconds:
        return None
    ordered, n = sorted(seconds), len(seconds)
    edge = max(0, math.floor((n - 1.96 * math.sqrt(n)) / 2))
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return Timed(middle, ordered[edge], ordered[n - 1 - edge], n)


@dataclass(frozen=True, slots=True)
class Input:
    """One figure: None where nobody knows it. Money is whole nano-USD.

    Attributes:
        words: what it is called.
        source: where it comes from, or why it is not known.
        own: whether a person has set it; `stored` is what they wrote.
        used: whether the cost at hand is made of it.
    """

    name: str
    words: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    source: str
    own: bool = False
    stored: str = ""
    used: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high; of an unknown figure nothing."""
        return (0, 0) if self.low is None or self.high is None else (self.low, self.high)

    @property
    def said(self) -> str:
        """The figure with its ends, in plain signs: `$0.11`, `1 to 3`, `12.4 (9 to 15)`."""
        if self.value is None:
            return "not known"
        middle, low, high = (self._figure(one) for one in (self.value, *self.ends))
        if low == high:
            return middle
        return f"{low} to {high}" if middle in (low, high) else f"{middle} ({low} to {high})"

    def _figure(self, value: float) -> str:
        if self.name == ANNOTATORS:
            return f"{value:.0f}"
        return figure(int(value)) if self.name in (RATE, EACH, WAGE) else f"{value:.1f}"


def figure(nanousd: int) -> str:
    """`$0.11`, `$0.012`: whole cents where they say it all, else three places or as many as it takes."""
    places = next((places for places in (2, 3, 4, 6) if nanousd % (NANO // 10**places) == 0), 9)
    return f"${format_usd(nanousd, places)}"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All inputs, in the order of `NAMES`.

    Attributes:
        paid_by: how people are paid: words, item or hour; `why` says it where that is not what was asked for.
        reviewed: items that people have reviewed here one by one, by the clock.
        unit, units: what an item is called.
        chosen: the way of paying that a person has set; "" for none.
        target: the dev F1 that the forecast is asked for; None where nobody has set one.
    """

    inputs: tuple[Input, ...]
    paid_by: str = WORDS
    why: str = ""
    reviewed: int = 0
    unit: str = "sentence"
    units: str = "sentences"
    chosen: str = ""
    target: float | None = None

    def __getitem__(self, name: str) -> Input:
        """The input of that name."""
        return next(one for one in self.inputs if one.name == name)

    @property
    def stored(self) -> dict[str, str]:
        """What a person has set, by name, as it is stored."""
        mine = {one.name: one.stored for one in self.inputs if one.own}
        mine |= {PAID_BY: self.chosen} if self.chosen else {}
        return mine | ({TARGET: f"{self.target:g}"} if self.target is not None else {})

    @property
    def sentence(self) -> str:
        """What people's cost is made of, and where that comes from."""
        parts = [self._part(name) for name in USED[self.paid_by]]
        return ", ".join(parts) + (f"; {self.why}" if self.why else "")

    def _part(self, name: str) -> str:
        one = self[name]
        match name:
            case "human.annotators":
                return "1 annotator" if one.ends == (1, 1) else f"{one.said} annotators"
            case "human.usd_per_50_words":
                words = f"{one.said} per 50 words"
            case "human.usd_per_item":
                words = f"{one.said} a {self.unit}"
            case "human.usd_per_hour":
                words = f"{one.said} an hour"
            case _:
                words = f"{one.said} s a {self.unit}"
        return f"{words} ({one.source})"


def assumptions(
    stored: Mapping[str, str],
    labelled: Timed | None = None,
    reviewed: Timed | None = None,
    *,
    unit: str = "sentence",
    units: str = "sentences",
) -> Assumptions:
    """The stored figures by name; what is empty, or cannot be read, stands at its default.

    Args:
        labelled: how long people took for items whose answer they did not see.
        reviewed: how long they took for any item in the review.
    """
    own: dict[str, str] = {}
    for name, text in stored.items():
        try:
            own[name] = checked(name, text)
        except ValueError:
            continue
    if ANNOTATORS not in own and any(own.get(name) for name in _OLD):
        own[ANNOTATORS] = _two_ends(own)
    own = {name: text for name, text in own.items() if text}
    inputs = [_input(name, own.get(name, ""), labelled, reviewed, unit) for name in _UNITS]
    known = {one.name for one in inputs if one.value is not None}
    chosen = own.get(PAID_BY, "")
    paid_by, why = chosen or (HOUR if WAGE in own else ITEM if EACH in own else WORDS), ""
    if paid_by == HOUR and not {WAGE, SECONDS} <= known:
        paid_by, why = WORDS, _waits(known)
    if paid_by == ITEM and ANNOTATORS not in own:
        inputs = [_crowd(one) if one.name == ANNOTATORS else one for one in inputs]
    counts = {*USED[paid_by], *((REVIEW, WAGE) if WAGE in known and reviewed else ())}
    return Assumptions(
        tuple(replace(one, used=one.name in counts) for one in inputs),
        paid_by,
        why,
        reviewed.n if reviewed else 0,
        unit,
        units,
        chosen,
        float(own[TARGET]) if TARGET in own else None,
    )


def named(text: str) -> str:
    """The name that somebody means: with or without what stands before its dot.

    Raises:
        ValueError: there is none such, in one sentence.
    """
    for name in NAMES:
        if text in (name, name.partition(".")[2]):
            return name
    these = ", ".join(name.partition(".")[2] for name in NAMES)
    raise ValueError(f"{text!r} is nothing that can be assumed here; these can: {these}")


def _waits(known: set[str]) -> str:
    if WAGE not in known:
        return "to be paid by the hour waits for a wage: none is assumed"
    return "the wage waits for the seconds it takes: nobody has reviewed here, and none are assumed"


def _crowd(annotators: Input) -> Input:
    return replace(annotators, value=3, low=3, high=5, source="SageMaker Ground Truth asks 3 to 5")


def _two_ends(own: Mapping[str, str]) -> str:
    low, high = (int(own.get(name) or plain) for name, plain in zip(_OLD, (1, 3), strict=True))
    low, high = sorted((low, high))
    return f"{low} {low} {high}"


def _input(name: str, text: str, labelled: Timed | None, reviewed: Timed | None, unit: str) -> Input:
    plain = Input(name, NAMES[name].format(unit=unit), _UNITS[name].format(unit=unit), None, None, None, "")
    if text:
        numbers = [parse_usd(one) if name in (RATE, EACH, WAGE) else float(one) for one in text.split()]
        value, low, high = numbers if len(numbers) == 3 else numbers * 3
        return replace(plain, value=value, low=low, high=high, source="assumed here", own=True, stored=text)
    match name:
        case "human.usd_per_50_words":
            cents = 110_000_000
            return replace(plain, value=cents, low=cents, high=cents, source="arXiv 2108.13487")
        case "human.usd_per_item":
            source = "SageMaker Ground Truth, NER (wring.co, 2026-03); high: a crowd at NetEase"
            return replace(plain, value=12_000_000, low=12_000_000, high=15_000_000, source=source)
        case "human.annotators":
            return replace(plain, value=1, low=1, high=3, source="one alone, or three")
        case "human.usd_per_hour":
            return replace(plain, source="not known here; Li et al. 2023 paid $15")
        case "human.seconds_per_item" if labelled is not None and labelled.n >= BLIND:
            return _measured(plain, labelled, f"the median of {labelled.n:,} labelled here unseen")
        case "human.seconds_per_item" if reviewed is not None:
            return _measured(plain, reviewed, f"the median of {reviewed.n:,} reviewed here; from nothing takes longer")
        case "human.review_seconds" if reviewed is not None:
            return _measured(plain, reviewed, f"the median of {reviewed.n:,} reviewed here")
    return replace(plain, source="nobody reviewed")


def _measured(plain: Input, found: Timed, source: str) -> Input:
    return replace(plain, value=found.median, low=found.low, high=found.high, source=source)


def checked(name: str, text: str) -> str:
    """The text as it is stored: a figure, or a figure with its low and high end; "" puts the default back.

    Raises:
        ValueError: it is no such figure, in one sentence.
    """
    if name not in NAMES and name not in _OLD:
        raise ValueError(f"{name!r} is nothing that can be assumed here; these can: {', '.join(NAMES)}")
    text = text.strip()
    if not text:
        return ""
    if name == PAID_BY:
        if text not in USED:
            raise ValueError(f"{text!r} is no way of paying: say one of {', '.join(USED)}")
        return text
    parts = text.split()
    if len(parts) not in ((1,) if name == TARGET or name in _OLD else (1, 3)):
        raise ValueError(f"{text!r} is neither one figure nor three: the figure, its low and its high end")
    kept = [_one(name, part) for part in parts]
    if len(kept) == 3:
        value, low, high = map(float, kept)
        if not low <= value <= high:
            raise ValueError(f"{text!r} does not lie between its ends: say the figure, its low and its high end")
    return " ".join(kept)


def _one(name: str, text: str) -> str:
    """One figure as it is stored."""
    if name == ANNOTATORS or name in _OLD:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_ANNOTATORS):
            raise ValueError(f"{text!r} is not a number of people from 1 to {MOST_ANNOTATORS}")
        return str(int(text))
    if name in (SECONDS, REVIEW, TARGET):
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if name == TARGET and not 0 < number < 1:
            raise ValueError(f"{text!r} is not an F1 above 0 and below 1, such as 0.8")
        if not 0 < number <= 86_400:
            raise ValueError(f"{text!r} is not a number of seconds above 0 and at most a day, such as 12.5")
        return text
    parse_usd(text)
    return text.removeprefix("$")
