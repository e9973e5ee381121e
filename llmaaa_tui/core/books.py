"""What the Budget and Run screens draw beside the snapshot: spend by model, its pace, the forecast's data, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .schedule import Plan


@dataclass(frozen=True, slots=True)
class ModelSpend:
    """One model's calls, tokens and nano-USD (this project's attempts alone). `cached` is a part of `input`.

    A call that ended without an answer has `failed`; `seconds_mean` is over the settled ones."""

    provider: str
    model: str
    calls: int
    settled: int
    failed: int
    in_flight: int
    input: int
    cached: int
    output: int
    confirmed_nanousd: int
    unconfirmed_nanousd: int
    held_nanousd: int
    seconds_mean: float | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """Nano-USD the newest run settled in its last `minutes` minutes in which anything was settled at all (pauses of
    over a minute, as for a training, do not count), and over the whole run by the clock."""

    minutes: float
    nanousd: int
    total_minutes: float
    total_nanousd: int

    @property
    def nanousd_per_hour(self) -> int | None:
        """The burn rate; None where nothing was settled."""
        return round(self.nanousd / self.minutes * 60) if self.minutes > 0 else None


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap that was set: by whom (a project), when."""

    cap_nanousd: int
    created_utc: str
    mine: bool = True


@dataclass(frozen=True, slots=True)
class Books:
    """Everything the Budget screen shows beside the snapshot's budget.

    `goals` are the newest run's (`["f1=0.8"]`); `review_seconds` the measured seconds a reviewed item over
    `review_items` items (None where nobody has reviewed); `assumptions` the newest value of each name; `words` and
    `labels` what the annotator has answered usably (words of the texts, each text once, and items).
    `everybody_nanousd` is the confirmed spend of all projects on this ledger; `rounds_goal` how many rounds the newest
    run makes, where that is its goal; `plan` how large its rounds are."""

    models: tuple[ModelSpend, ...] = ()
    pace: Pace | None = None
    caps: tuple[CapRow, ...] = ()
    goals: tuple[str, ...] = ()
    rounds_goal: int | None = None
    plan: Plan | None = None
    assumptions: Mapping[str, str] = field(default_factory=dict)
    review_seconds: float | None = None
    review_items: int = 0
    words: int = 0
    labels: int = 0
    everybody_nanousd: int = 0


@dataclass(frozen=True, slots=True)
class RunRow:
    """One worker's life: what it was started with and how it ended (code None: it still runs, or died)."""

    id: int
    version: str
    started_utc: str
    ended_utc: str
    code: int | None
    reason: str
    simulated: str
    goals: tuple[str, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
