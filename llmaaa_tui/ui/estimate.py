"""What `llmaaa estimate --json` says, as values the screens can draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.snapshot import Budget, Fits, Prices
from ..errors import LlmaaaError


@dataclass(frozen=True, slots=True)
class Part:
    """One round, or the rest: `number` is the round's own number, or how many rounds the rest has."""

    number: int
    items: int
    requests: int
    input: int
    output: int
    expected_nanousd: int
    worst_nanousd: int

    def __add__(self, other: Part) -> Part:
        return Part(
            self.number,
            self.items + other.items,
            self.requests + other.requests,
            self.input + other.input,
            self.output + other.output,
            self.expected_nanousd + other.expected_nanousd,
            self.worst_nanousd + other.worst_nanousd,
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate before anything is sent.

    Attributes:
        task: what kind of labelling it is, by name.
        host: who receives text; None where it stays on this machine.
        simulated: "simulated" or "recorded", else "".
        age_days: of the prices; None where they carry no date.
        warning: about the prices, or "".
        sent, never, retention: what leaves the machine, what never does, what is asked of the provider.
        consent: whether sending was allowed in the settings already, or is not needed.
    """

    task: str
    model: str
    provider: str
    host: str | None
    simulated: str
    per_request: int
    per_request_why: str
    samples: int
    k: int
    economy: bool
    prices: Prices
    age_days: int | None
    warning: str
    this_round: Part
    rest: Part
    budget: Budget
    fits: Fits
    human_low_nanousd: int
    human_high_nanousd: int
    human_basis: str
    sent: tuple[str, ...]
    never: tuple[str, ...]
    retention: tuple[str, ...]
    consent: bool
    notes: tuple[str, ...]


def _part(data: Mapping[str, Any], number: str) -> Part:
    tokens = data["tokens"]
    return Part(
        number=data[number],
        items=data["items"],
        requests=data["requests"],
        input=tokens["input"],
        output=tokens["output"],
        expected_nanousd=data["expected_nanousd"],
        worst_nanousd=data["worst_nanousd"],
    )


def read(data: Mapping[str, Any]) -> Estimate:
    """The values of one estimate.

    Raises:
        LlmaaaError: it is not what this version's `llmaaa estimate` prints.
    """
    try:
        return _read(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise LlmaaaError(
            f"llmaaa estimate printed what this screen cannot read ({type(error).__name__}: {error}); "
            "is another version of llmaaa first in PATH?"
        ) from None


def _read(data: Mapping[str, Any]) -> Estimate:
    rates, budget, sent = data["prices"], data["budget"], data["sent"]
    return Estimate(
        task=data["task"],
        model=data["model"],
        provider=data["provider"],
        host=data["host"],
        simulated=data["simulated"] or "",
        per_request=data["per_request"],
        per_request_why=data["per_request_why"],
        samples=data["samples"],
        k=data["k"],
        economy=data["economy"],
        prices=Prices(
            input=rates["input_nanousd"],
            cached=rates["cached_nanousd"],
            cache_write=rates["cache_write_nanousd"],
            output=rates["output_nanousd"],
            source=rates["source"],
            as_of=rates["as_of"],
            declared_free=rates["declared_free"],
        ),
        age_days=rates["age_days"],
        warning=rates["warning"],
        this_round=_part(data["this_round"], "round"),
        rest=_part(data["rest"], "rounds"),
        budget=Budget(
            cap_nanousd=budget["cap_nanousd"],
            spent_nanousd=budget["spent_nanousd"],
            held_nanousd=budget["held_nanousd"],
            unconfirmed_nanousd=budget["unconfirmed_nanousd"],
        ),
        fits=Fits(data["fits"]["surely"], data["fits"]["probably"]),
        human_low_nanousd=data["human"]["cost_nanousd_low"],
        human_high_nanousd=data["human"]["cost_nanousd_high"],
        human_basis=data["human"].get("basis", ""),
        sent=tuple(sent["what"]),
        never=tuple(sent["never"]),
        retention=tuple(sent["retention"]),
        consent=data["consent"],
        notes=tuple(data["notes"]),
    )
