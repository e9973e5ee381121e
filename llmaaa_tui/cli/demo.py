"""`llmaaa demo`: the whole loop on a shipped example project, with the local simulator and the real encoder.

Each folder of `example/` that has a `demo.toml` is such a project: that file names its task and says its labels in
words, beside it lie pool, gold and test.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from ..config import parse_settings
from ..core.snapshot import Snapshot
from ..core.states import Phase
from ..resources import data_root
from ..sections import ProjectSettings
from . import view
from .flags import screen_flags

ROUNDS = 5
CAP_USD = "5.00"
SETTINGS = "demo.toml"


def examples() -> dict[str, Path]:
    """The folder of the shipped example of each task that has one.

    Raises:
        SettingsError: a `demo.toml` cannot be used (a broken install).
    """
    found: dict[str, Path] = {}
    for file in sorted((data_root() / "example").rglob(SETTINGS)):
        settings = parse_settings(file.read_text(encoding="utf-8"), str(file), ())
        found[settings.project.task] = file.parent
    return found


EXAMPLES = examples()


@click.command()
@click.option(
    "--task",
    type=click.Choice(tuple(EXAMPLES)),
    default=ProjectSettings.task,
    show_default=True,
    help="What is labelled.",
)
@click.option("--headless", is_flag=True, help="No screen: progress lines on stderr.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: the final status as JSON on stdout.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="Where to make it; else a new folder of its own."
)
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="How many rounds.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
@screen_flags
def command(
    task: str,
    headless: bool,
    as_json: bool,
    folder: Path | None,
    rounds: int,
    overrides: tuple[str, ...],
    readonly: bool,
    reviewer: str,
) -> int:
    """Run five rounds on the example of a task: no key, no download, no GPU, no cost. SIMULATED throughout."""
    began = time.time()
    from platformdirs import user_data_path

    from ..launch import start_worker
    from .making import make_project
    from .run import Printer, attach, interrupted

    example = EXAMPLES[task]
    headless = headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    if folder is None:
        folder = user_data_path("llmaaa") / "demo" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    chosen = (f"loop.rounds={rounds}", f"budget.cap_usd={CAP_USD}", *overrides)
    settings = parse_settings((example / SETTINGS).read_text(encoding="utf-8"), str(example / SETTINGS), chosen)
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
