"""`llmaaa estimate DIR`: what the next round and the rest will cost, before a cent is spent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from ..config import Settings
from ..core.money import format_usd
from ..core.routes import Dollars, dollars, sentences, target_of
from ..core.routes import as_json as as_json_of
from ..core.schedule import Plan
from ..core.states import Role
from ..core.tasks import NER, Task, get
from ..paths import open_project
from ..worker.goals import Goals
from . import view


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--until",
    "goals",
    multiple=True,
    metavar="GOAL",
    help="A goal of llmaaa run: rounds=N and labels=N say how many rounds are counted, else loop.rounds does.",
)
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON on stdout.")
def command(folder: Path, goals: tuple[str, ...], overrides: tuple[str, ...], as_json: bool) -> int:
    """Say what this round and the rest will cost, expected and at worst, and what fits under the cap. Asks nobody."""
    from ..store import items
    from ..store.database import Store
    from ..store.ledger import LedgerStore
    from ..store.purged import refuse_purged
    from ..worker.estimate import estimate

    paths, settings = open_project(folder, view.with_whole_paths(overrides))
    wanted = Goals.parse(goals, settings.loop.rounds)
    counted = _rounds(settings, wanted)
    refuse_purged(paths.database(settings))
    store = Store(paths.database(settings))
    try:
        project = items.project(store)
        project.refuse_other(settings.project.task)
        wanted.check(dev=items.has(store, Role.DEV), pool=items.has(store, Role.POOL))
        if wanted.rounds:  # what the rounds' sizes are planned for; other goals end that plan early
            settings = replace(settings, loop=replace(settings.loop, rounds=wanted.rounds))
        ledger = LedgerStore(paths.ledger(settings), project.uuid)
        try:
            result = estimate(paths, settings, store, ledger, project.label_set(dict(settings.labels)), counted)
        finally:
            ledger.close()
        found = _forecast(folder, wanted.f1)
    finally:
        store.close()  # last: whoever only reads leaves files behind
    if wanted.open_ended:
        names = " and ".join(wanted.open_ended)
        result["notes"].append(f"in which round {names} is reached nobody can say before; {counted} in all are counted")
    result["forecast"] = as_json_of(found)
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for line in lines(result, get(settings.project.task)):
            print(line)
        for line in sentences(found):
            print(f"forecast    {line}")
    return 0


def _forecast(folder: Path, f1: float | None) -> Dollars:
    """What the target F1 takes by each route; that of `--until` before the one that a person has set."""
    from ..store.gold_curve import gold_curve

    paths, _, reader = view.open_reader(folder)
    try:
        snapshot = reader.snapshot()
    finally:
        reader.close()
    wanted = target_of(snapshot.goals, snapshot.human) if f1 is None else f1
    return dollars(wanted, snapshot.rounds, snapshot.human, gold_curve(paths.baselines))


def _rounds(settings: Settings, goals: Goals) -> int:
    """How many rounds in all the goals make, as far as they say it."""
    ends = [goals.rounds] if goals.rounds else []
    plan = Plan.of(asdict(settings.loop), goals.rounds)
    if goals.labels and plan is not None:
        ends.append(plan.rounds_for(goals.labels, 0))
    return min(ends, default=settings.loop.rounds)


def lines(result: Mapping[str, Any], task: Task = NER) -> list[str]:
    """The estimate in words."""
    word = f" ({result['simulated'].upper()})" if result["simulated"] else ""
    now, rest, prices, budget = result["this_round"], result["rest"], result["prices"], result["budget"]
    host = f", {result['host']}" if result["host"] else ", nothing leaves this machine"
    said = [f"annotator   {result['model']}{word}{host}"]
    said.append(
        f"asks        {task.count(result['per_request'])} a request ({result['per_request_why']}), "
        f"{_of(result['k'], 'demonstration')}, {_of(result['samples'], 'answer')} a {task.unit}"
    )
    said.append(f"round {now['round']:<5} {_cost(now, task)}")
    if rest["items"]:
        said.append(f"then {rest['rounds']:<6} {_cost(rest, task)}")
    probes = result["leakage"]
    if probes["requests"]:
        said.append(f"leakage     {task.count(probes['per_round'])} of each round are probed: {_cost(probes, task)}")
    said.append(
        f"budget      ${format_usd(max(0, budget['free_nanousd']), 6, left=True)} of "
        f"${format_usd(budget['cap_nanousd'], 6)} are free: "
        f"{_fits(result['fits'], task)}"
    )
    if prices["declared_free"]:
        said.append("prices      declared free")
    else:
        per_million = [format_usd(prices[name] * 1_000_000) for name in ("input_nanousd", "output_nanousd")]
        age = "" if prices["age_days"] is None else f", {prices['age_days']} days old"
        said.append(
            f"prices      ${per_million[0]} in, ${per_million[1]} out per million tokens; {prices['source']}, "
            f"{view.price_date(prices['as_of'])}{age}"
        )
    human = result["human"]
    said.append(
        f"by people   ${format_usd(human['cost_nanousd_low'])} – ${format_usd(human['cost_nanousd_high'])} "
        f"for the same {task.units}, at {human['basis']}"
    )
    return said + [f"note        {note}" for note in result["notes"]]


def _cost(part: Mapping[str, Any], task: Task) -> str:
    tokens = part["tokens"]
    return (
        f"{task.count(part['items'])} in {_of(part['requests'], 'request')}, "
        f"about {tokens['input']:,} + {tokens['output']:,} tokens: "
        f"${format_usd(part['expected_nanousd'], 4)} expected, ${format_usd(part['worst_nanousd'], 4)} at worst"
    )


def _of(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number:,} {name}s"


def _fits(fits: Mapping[str, Any], task: Task) -> str:
    if fits["surely"] is None:
        return "nothing is charged"
    return f"{task.count(fits['surely'])} surely, {fits['probably']:,} probably"
