"""When a run is over: the first goal reached ends it. Test is never looked at. The rules are those of core.stopping."""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.money import format_usd, parse_usd
from ..core.stopping import DEFAULTS, Learnt, rules
from ..core.tasks import NER, Task
from ..errors import SettingsError

FORMS = {
    "rounds": "rounds=N",
    "labels": "labels=N",
    "f1": "f1=X",
    "usd": "usd=X",
    "plateau": "plateau[=ROUNDS]",
    "stable": "stable[=KAPPA]",
    "certain": "certain[=ENTROPY]",
}
ON_DEV = ("f1", "plateau")
"""Goals that look at dev; the rest needs no gold."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been reached between two rounds; `learnt` holds every whole round, `task` names what it counts."""

    round: int
    labels: int
    spent_nanousd: int
    learnt: Sequence[Learnt] = ()
    task: Task = NER


def _whole(name: str, text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {text!r}")
    return int(text)


def _number(name: str, text: str, most: float, example: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= most or math.isinf(value):
        upper = "" if math.isinf(most) else f" and at most {most:g}"
        raise ValueError(f"{name} must be a number above 0{upper}, such as {example:g}, not {text!r}")
    return value


_READ: dict[str, Callable[[str], float]] = {
    "rounds": lambda text: _whole("rounds", text),
    "labels": lambda text: _whole("labels", text),
    "f1": lambda text: _number("f1", text, 1.0, 0.8),
    "usd": parse_usd,
    "plateau": lambda text: _whole("plateau", text),
    "stable": lambda text: _number("stable", text, 1.0, 0.99),
    "certain": lambda text: _number("certain", text, math.inf, 0.05),
}
_EASIEST: dict[str, Callable[[list[Any]], Any]] = {name: max if name == "certain" else min for name in FORMS}


@dataclass(frozen=True, slots=True)
class Goals:
    """The first goal reached ends the run. None where one was not asked for.

    Attributes:
        f1: lower bound of dev F1, or dev F1 in two rounds in a row.
        plateau: rounds without a gain on dev.
        stable: mean kappa between successive students.
        certain: mean token entropy, in nats.
    """

    rounds: int | None = None
    labels: int | None = None
    f1: float | None = None
    usd_nanousd: int | None = None
    plateau: int | None = None
    stable: float | None = None
    certain: float | None = None

    @classmethod
    def parse(cls, texts: Sequence[str], default_rounds: int) -> Goals:
        """`["rounds=5", "f1=0.8", "plateau"]`; without any, `loop.rounds` is the goal.

        Of one goal asked for twice the one that is reached first counts.

        Raises:
            SettingsError: an unknown goal, or a value that is none of its kind.
        """
        if not texts:
            return cls(rounds=default_rounds)
        asked: dict[str, list[Any]] = defaultdict(list)
        where = f"--until {' --until '.join(texts)}"
        for text in texts:
            name, equals, value = text.strip().partition("=")
            if name not in FORMS or not (equals or name in DEFAULTS):
                close = difflib.get_close_matches(name, FORMS, 1)
                hint = f"; did you mean {FORMS[close[0]]}?" if close else ""
                *forms, last = FORMS.values()
                raise SettingsError(f"--until {text}: write {', '.join(forms)} or {last}{hint}")
            try:
                asked[name].append(_READ[name](value if equals else DEFAULTS[name]))
            except ValueError as error:
                raise SettingsError(f"{where}: {error}") from None
        found = {name: _EASIEST[name](values) for name, values in asked.items()}
        if "usd" in found:
            found["usd_nanousd"] = found.pop("usd")
        return cls(**found)

    @property
    def open_ended(self) -> tuple[str, ...]:
        """The goals asked for of which nobody knows the round before."""
        spent = ("usd",) if self.usd_nanousd is not None else ()
        return (*(name for name in rules() if getattr(self, name) is not None), *spent)

    def check(self, *, dev: bool, pool: bool) -> None:
        """Refuse goals that this project can never reach, before anything is bought.

        Args:
            dev: whether there is gold to measure on.
            pool: whether there are items to compare students on.

        Raises:
            SettingsError: a goal looks at what is not there.
        """
        blind = [name for name in ON_DEV if getattr(self, name) is not None]
        if blind and not dev:
            raise SettingsError(
                f"--until {blind[0]}: looks at the dev split, and this project has none; make it anew with --gold or "
                "--dev, or use a goal that needs no gold: rounds, labels, usd, stable or certain"
            )
        blind = [name for name in ("stable", "certain") if getattr(self, name) is not None]
        if blind and not pool:
            raise SettingsError(
                f"--until {blind[0]}: compares students on items of the pool, and this project has none; "
                "use rounds, labels, usd, f1 or plateau"
            )

    def reached(self, standing: Standing) -> str | None:
        """The sentence of the first goal reached, with its figures, or None."""
        if self.rounds is not None and standing.round >= self.rounds:
            if standing.round > self.rounds:
                asked = "1 round was" if self.rounds == 1 else f"{self.rounds} rounds were"
                return f"goal reached: {asked} asked for, {standing.round} are done"
            return f"goal reached: {standing.round} of {self.rounds} rounds"
        if self.labels is not None and standing.labels >= self.labels:
            return f"goal reached: {standing.labels} labels of {self.labels}"
        if self.usd_nanousd is not None and standing.spent_nanousd >= self.usd_nanousd:
            return f"goal reached: ${format_usd(standing.spent_nanousd)} of ${format_usd(self.usd_nanousd)} spent"
        for name, rule in rules(standing.task).items():
            value = getattr(self, name)
            seen = None if value is None else rule(standing.learnt, value)
            if seen is not None and seen.reached:
                return f"goal reached: {seen.words}"
        return None
