"""What people would cost, by a stated formula with a low and a high end.

By the price list: Wang et al. 2021 (arXiv 2108.13487) pay $0.11 per 50 input tokens and label. Or by the hour: a wage
times the seconds an item takes. One annotator is the low end, three independent ones the high end. All of it can be
assumed otherwise; a figure carries the sentence that says what it was made of. The ratio 42.45 of arXiv 2404.02261 has
no public derivation and is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .money import NANO, format_usd, parse_usd

RATE_NANOUSD_PER_50_TOKENS = 110_000_000
SOURCE = "arXiv 2108.13487"
MOST_ANNOTATORS = 99

NAMES = {
    "human.usd_per_50_words": "USD per 50 words",
    "human.annotators_low": "annotators, low end",
    "human.annotators_high": "annotators, high end",
    "human.usd_per_hour": "wage, USD an hour",
    "human.seconds_per_item": "seconds a {unit}",
}
"""What can be assumed, by the name it is stored under, with its words; `{unit}` is what an item is called."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What people are assumed to cost.

    With a wage and seconds an item they are paid by the hour, else by the word. `own` are the names that a person
    has set; `measured_seconds` is the median of this project's people, over `measured_items` reviewed items; `unit` is
    what an item is called.
    """

    nanousd_per_50_words: int = RATE_NANOUSD_PER_50_TOKENS
    annotators_low: int = 1
    annotators_high: int = 3
    nanousd_per_hour: int | None = None
    seconds_per_item: float | None = None
    measured_seconds: float | None = None
    measured_items: int = 0
    own: frozenset[str] = field(default_factory=frozenset)
    unit: str = "sentence"

    @property
    def seconds(self) -> float | None:
        """Seconds an item: assumed, else measured, else unknown."""
        return self.measured_seconds if self.seconds_per_item is None else self.seconds_per_item

    @property
    def by_hour(self) -> bool:
        """Whether people are paid by the hour here."""
        return self.nanousd_per_hour is not None and self.seconds is not None

    @property
    def sentence(self) -> str:
        """What the figures are made of, and where that comes from."""
        low, high = self.annotators_low, self.annotators_high
        heads = f"{low} to {high} annotators" if low != high else "1 annotator" if low == 1 else f"{low} annotators"
        if self.by_hour:
            assert self.nanousd_per_hour is not None
            assert self.seconds is not None
            wage = format_usd(self.nanousd_per_hour, 2)
            origin = (
                "assumed here"
                if self.seconds_per_item is not None
                else f"the median measured here, n {self.measured_items}"
            )
            return f"${wage} an hour (assumed here), {self.seconds:.1f} s a {self.unit} ({origin}), {heads}"
        changed = "human.usd_per_50_words" in self.own
        rate = format_usd(self.nanousd_per_50_words, 3 if self.nanousd_per_50_words % (NANO // 100) else 2)
        words = f"${rate} per 50 words ({'assumed here' if changed else SOURCE}), {heads}"
        if self.nanousd_per_hour is not None:
            words += f"; the wage waits for the seconds a {self.unit} takes: nobody has reviewed here, none are assumed"
        return words


@dataclass(frozen=True, slots=True)
class HumanCost:
    """Nano-USD for the fewest and the most annotators, and how many times the spend that is (None: nothing spent).

    `basis` says what it was made of."""

    low_nanousd: int
    high_nanousd: int
    ratio_low: float | None
    ratio_high: float | None
    basis: str = ""


def human_cost(
    words: int,
    spent_nanousd: int,
    low_annotators: int = 1,
    high_annotators: int = 3,
    *,
    assumed: Assumptions | None = None,
    items: int = 0,
) -> HumanCost:
    """What people would be paid for labelling `items` items, beside what was spent on the model.

    Args:
        words: of the texts that the items are in, each text once: a person reads a sentence once, however many of its
            pairs are asked about.
        assumed: takes the place of the numbers of annotators.
    """
    if assumed is None:
        assumed = Assumptions(annotators_low=low_annotators, annotators_high=high_annotators)
    base = assumed.nanousd_per_50_words * words // 50
    if assumed.by_hour:
        assert assumed.nanousd_per_hour is not None
        assert assumed.seconds is not None
        # In whole milliseconds: no float holds an amount.
        base = assumed.nanousd_per_hour * items * round(assumed.seconds * 1000) // 3_600_000
    low, high = base * assumed.annotators_low, base * assumed.annotators_high
    if spent_nanousd <= 0:
        return HumanCost(low, high, None, None, assumed.sentence)
    return HumanCost(low, high, low / spent_nanousd, high / spent_nanousd, assumed.sentence)


def assumptions(
    stored: Mapping[str, str], measured_seconds: float | None = None, measured_items: int = 0, unit: str = "sentence"
) -> Assumptions:
    """The stored figures by name; what is empty, or cannot be read, stands at its default."""
    values: dict[str, str] = {}
    for name, text in stored.items():
        try:
            values[name] = checked(name, text)
        except ValueError:
            continue
    own = {name: value for name, value in values.items() if value}
    plain = Assumptions()

    def money(name: str) -> int | None:
        return parse_usd(own[name]) if name in own else None

    low = int(own.get("human.annotators_low", plain.annotators_low))
    high = int(own.get("human.annotators_high", plain.annotators_high))
    rate = money("human.usd_per_50_words")
    seconds = own.get("human.seconds_per_item")
    return Assumptions(
        nanousd_per_50_words=plain.nanousd_per_50_words if rate is None else rate,
        annotators_low=min(low, high),
        annotators_high=max(low, high),
        nanousd_per_hour=money("human.usd_per_hour"),
        seconds_per_item=None if seconds is None else float(seconds),
        measured_seconds=measured_seconds,
        measured_items=measured_items,
        own=frozenset(own),
        unit=unit,
    )


def checked(name: str, text: str) -> str:
    """The text as it is stored; "" puts the default back.

    Raises:
        ValueError: it is no such figure, in one sentence.
    """
    if name not in NAMES:
        raise ValueError(f"{name!r} is nothing that can be assumed here")
    text = text.strip()
    if not text:
        return ""
    if "annotators" in name:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_ANNOTATORS):
            raise ValueError(f"{text!r} is not a number of people from 1 to {MOST_ANNOTATORS}")
        return str(int(text))
    if name == "human.seconds_per_item":
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 86_400:
            raise ValueError(f"{text!r} is not a number of seconds above 0 and at most a day, such as 12.5")
        return text
    parse_usd(text)
    return text.removeprefix("$").strip()
