"""`llmaaa demo`: the whole loop on the shipped example project, with the local simulator and the real encoder."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from ..core.snapshot import Snapshot
from ..core.states import Phase
from . import view
from .flags import screen_flags

ROUNDS = 5
CAP_USD = "5.00"


@click.command()
@click.option("--headless", is_flag=True, help="No screen: progress lines on stderr.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: the final status as JSON on stdout.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="Where to make it; else a new folder of its own."
)
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="How many rounds.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
@screen_flags
def command(
    headless: bool,
    as_json: bool,
    folder: Path | None,
    rounds: int,
    overrides: tuple[str, ...],
    readonly: bool,
    reviewer: str,
) -> int:
    """Run five rounds on the example project: no key, no download, no GPU, no cost. SIMULATED throughout."""
    began = time.time()
    from platformdirs import user_data_path

    from ..config import parse_settings
    from ..launch import start_worker
    from ..resources import data_root
    from .making import make_project
    from .run import Printer, attach, interrupted

    headless = headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    if folder is None:
        folder = user_data_path("llmaaa") / "demo" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    example = data_root() / "example"
    chosen = ("project.name=example", "project.domain=news", f"loop.rounds={rounds}", f"budget.cap_usd={CAP_USD}")
    settings = parse_settings("", "llmaaa demo", (*chosen, *overrides))
    files = {flag: example / f"{flag}.jsonl" for flag in ("pool", "gold", "test")}
    made = make_project(folder, files, settings)
    view.say(f"example project in {folder} (SIMULATED annotator: no key, no cost)")
    if headless:
        for line in made.lines:
            view.say(line)
    goals = (f"rounds={rounds}",)
    if not headless:
        return attach(folder, (), reviewer, readonly=readonly, goals=goals, start=True)
    paths, settings, reader = view.open_reader(folder)
    before = reader.snapshot().seq
    database = paths.database(settings)
    first_f1: list[float] = []
    printer = Printer(before)

    def on_change(snapshot: Snapshot) -> None:
        printer.show(snapshot)
        if not first_f1 and snapshot.rounds and Phase.EVALUATE in snapshot.rounds[0].seconds:
            first_f1.append(time.time() - began)

    try:
        worker = start_worker(paths, database, goals=goals, requested_by="demo")
        snapshot = view.follow(reader, database, worker, on_change)
    except KeyboardInterrupt:
        return interrupted(database)
    if as_json:
        from ..simulator.find import bill, find

        address = find(paths.simulator_state)
        view.print_json(
            snapshot,
            simulator=bill(address) if address else None,
            seconds_to_first_f1=round(first_f1[0], 1) if first_f1 else None,
        )
    view.say(f"done; look at it with: llmaaa attach {folder}")
    return view.outcome(snapshot, before, paths.log)
