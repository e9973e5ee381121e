"""`llmaaa budget DIR assume`: what people's cost is made of, listed and set."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..core.human_cost import HumanCost, checked
from ..core.human_inputs import NAMES, PAID_BY, TARGET, named
from ..core.status import human_json
from ..errors import LlmaaaError
from ..store.gold_curve import gold_curve
from . import status, view

DEFAULT = "default"


def assume(folder: Path, values: Sequence[str], as_json: bool) -> int:
    """List the figures, or set one, then say what people would cost by them.

    Raises:
        LlmaaaError: there is no such figure, or what was said is none.
    """
    paths, settings, reader = view.open_reader(folder, writes=bool(values))
    try:
        if values:
            _write(paths.database(settings), values)
        snapshot = reader.snapshot()
    finally:
        reader.close()
    if as_json:
        print(json.dumps({"schema": 1, "human": human_json(snapshot.human)}, ensure_ascii=False, indent=2))
        return 0
    lines = _inputs(snapshot.human) if not values else []
    for line in [*lines, *status.of_people(snapshot, gold_curve(paths.baselines))]:
        print(line)
    return 0


def _write(database: Path, values: Sequence[str]) -> None:
    from ..store.decisions import Decisions

    try:
        name = named(values[0])
        text = " ".join(values[1:])
        if not text:
            raise ValueError(f"{values[0]!r} wants a figure, or {DEFAULT}")
        value = checked(name, "" if text == DEFAULT else text)
    except ValueError as error:
        raise LlmaaaError(f"assume: {error}") from None
    decisions = Decisions(database, getpass.getuser(), f"command-{os.getpid()}")
    try:
        decisions.assume(name, value)
    finally:
        decisions.close()


def _inputs(human: HumanCost) -> list[str]:
    """One line a figure: name, value with its ends, whether it counts now, where it comes from."""
    assumed = human.assumed
    chosen = f"{assumed.paid_by:<24}  {'assumed here' if assumed.chosen else 'by what is set'}"
    target = "not set" if assumed.target is None else f"{assumed.target:g}"
    said = {PAID_BY: f"* {_short(PAID_BY)}{chosen}", TARGET: f"  {_short(TARGET)}{target}"}
    for one in assumed.inputs:
        said[one.name] = f"{'*' if one.used else ' '} {_short(one.name)}{one.said:<24}  {one.source}"
    return [*(said[name] for name in NAMES), "  (* counts now; another: assume NAME FIGURE)"]


def _short(name: str) -> str:
    return f"{name.partition('.')[2]:<20}"
