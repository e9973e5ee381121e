"""When a run is over: rounds, labels, dev F1 or dollars reached. Test is never looked at."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from ..core.money import format_usd, parse_usd
from ..errors import SettingsError

NAMES = ("rounds", "labels", "f1", "usd")


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been reached after a whole round."""

    round: int
    labels: int
    dev_f1: float | None
    spent_nanousd: int


def _whole(values: dict[str, str], name: str) -> int | None:
    if name not in values:
        return None
    if not values[name].strip().isdecimal() or int(values[name]) < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {values[name]!r}")
    return int(values[name])


def _f1(values: dict[str, str]) -> float | None:
    if "f1" not in values:
        return None
    try:
        value = float(values["f1"])
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise ValueError(f"f1 must be a number above 0 and at most 1, such as 0.8, not {values['f1']!r}")
    return value


@dataclass(frozen=True, slots=True)
class Goals:
    """The first goal reached ends the run."""

    rounds: int | None = None
    labels: int | None = None
    f1: float | None = None
    usd_nanousd: int | None = None

    @classmethod
    def parse(cls, texts: list[str], default_rounds: int) -> Goals:
        """`["rounds=5", "f1=0.8"]`; without any, `loop.rounds` is the goal.

        Raises:
            SettingsError: an unknown goal or a value that is no number.
        """
        if not texts:
            return cls(rounds=default_rounds)
        values: dict[str, str] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals or name not in NAMES:
                close = difflib.get_close_matches(name, NAMES, 1)
                hint = f"; did you mean {close[0]}=…?" if close else ""
                raise SettingsError(f"--until {text}: write {', '.join(f'{known}=N' for known in NAMES)}{hint}")
            values[name] = value
        where = f"--until {' --until '.join(texts)}"
        try:
            goals = cls(
                rounds=_whole(values, "rounds"),
                labels=_whole(values, "labels"),
                f1=_f1(values),
                usd_nanousd=parse_usd(values["usd"]) if "usd" in values else None,
            )
        except ValueError as error:
            raise SettingsError(f"{where}: {error}") from None
        return goals

    def reached(self, standing: Standing) -> str | None:
        """The sentence of the first goal reached, or None."""
        if self.rounds is not None and standing.round >= self.rounds:
            if standing.round > self.rounds:
                asked = "1 round was" if self.rounds == 1 else f"{self.rounds} rounds were"
                return f"goal reached: {asked} asked for, {standing.round} are done"
            return f"goal reached: {standing.round} of {self.rounds} rounds"
        if self.labels is not None and standing.labels >= self.labels:
            return f"goal reached: {standing.labels} labels of {self.labels}"
        if self.f1 is not None and standing.dev_f1 is not None and standing.dev_f1 >= self.f1:
            return f"goal reached: dev F1 {standing.dev_f1:.3f} of {self.f1:g}"
        if self.usd_nanousd is not None and standing.spent_nanousd >= self.usd_nanousd:
            return f"goal reached: ${format_usd(standing.spent_nanousd)} of ${format_usd(self.usd_nanousd)} spent"
        return None
