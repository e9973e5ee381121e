"""`llmaaa run DIR`: start or resume the loop, then attach the screen or print progress lines."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from ..config import Settings
from ..consent import AT_HOME, remote_host
from ..core.money import format_usd
from ..core.snapshot import Snapshot
from ..core.strategies import STRATEGIES
from ..errors import SettingsError
from ..launch import live_worker, start_worker
from ..paths import open_project
from ..store.commands import ask, last_loop
from ..store.purged import refuse_purged
from ..store.reader import Reader
from ..worker.goals import Goals
from . import baseline_loops, view
from .flags import login, screen_flags
from .status import baseline_list

INTERRUPTED = 130
MEASURED = ("prompting", "supervised")


@click.command(
    epilog="Exit codes: 0 a goal was reached, the pool is used up, or detached; 1 unexpected; 2 wrong usage; "
    "3 budget used up; 4 the annotator keeps failing; 5 another worker holds the project; 6 waits for a provider's "
    "batch, for your word on requests of unknown outcome, or for your review (loop.review); 7 stopped by a person; "
    "130 interrupted. "
    f"Strategies: {', '.join(STRATEGIES)}, and those of installed packages."
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--headless", is_flag=True, help="No screen: one line a step on stderr, until the run ends.")
@click.option("--detach", is_flag=True, help="Start the worker and come back at once.")
@click.option(
    "--until",
    "goals",
    multiple=True,
    metavar="GOAL",
    help="rounds=N, labels=N, usd=X, f1=X (dev: its lower bound, or twice in a row), plateau[=3] (rounds without "
    "a gain on dev), stable[=0.99] (mean kappa of successive students) or certain[=0.05] (mean token entropy). "
    "Looked at after a whole round; repeatable: the first reached ends the run. "
    "What may never be spent is budget.cap_usd.",
)
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Choice((*MEASURED, *baseline_loops.LOOPS)),
    help="Measure what the loop is held against instead of running it: prompting (the annotator asked about test "
    "itself), supervised (a student of the gold alone), gold or random (the same loop on gold labels, or with random "
    "picks, as a project of its own in DIR/baselines); repeatable. Prints progress lines, as --headless.",
)
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting for this run.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: print the final status as JSON on stdout.")
@screen_flags
def command(
    folder: Path,
    headless: bool,
    detach: bool,
    goals: tuple[str, ...],
    baselines: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    readonly: bool,
    reviewer: str,
) -> int:
    """Start or resume the loop of the project in DIR."""
    if baselines:
        headless = True
        if detach:
            raise SettingsError("--detach: goes with the loop; a baseline prints its lines until it is measured")
        if goals and not set(baselines) & set(baseline_loops.LOOPS):
            raise SettingsError("--until: says when a loop ends, and these baselines run none; leave it out")
    if as_json and not headless:
        raise SettingsError("--json: goes with --headless; for a run under way use: llmaaa status DIR --json")
    if any(text.strip().startswith("store.path") for text in overrides):
        raise SettingsError("--set store.path: a project has one database; write store.path into its llmaaa.toml")
    overrides = view.with_whole_paths(overrides)
    paths, settings, reader = view.open_reader(folder, overrides)
    database = paths.database(settings)
    refuse_purged(database)
    wanted = Goals.parse(goals, settings.loop.rounds)  # refused here, before anything starts
    wanted.check(dev=reader.has_items("dev"), pool=reader.has_items("pool"))
    if not baselines:
        _refuse_broken_strategy(settings)
    if not headless and not detach and not sys.stdout.isatty():
        raise SettingsError("llmaaa run: this is no terminal; add --headless to print progress lines instead")
    if not headless and not detach:
        reader.close()
        return attach(folder, overrides, reviewer, goals=goals, readonly=readonly, start=True)
    if baselines:
        reader.close()
        return _measure(folder, overrides, baselines, goals, reviewer, as_json=as_json)
    before = reader.snapshot().seq
    try:  # around all of it: an interrupt between two steps would leave the worker running
        worker = start_worker(paths, database, goals=goals, overrides=overrides, requested_by=reviewer)
        if detach:
            return _detached(folder, reader, database, worker, before, paths.log)
        snapshot = view.follow(reader, database, worker, Printer(before).show)
    except KeyboardInterrupt:
        return interrupted(database)
    if as_json:
        view.print_json(snapshot)
    return view.outcome(snapshot, before, paths.log)


def _measure(
    folder: Path,
    overrides: tuple[str, ...],
    baselines: tuple[str, ...],
    goals: tuple[str, ...],
    reviewer: str,
    *,
    as_json: bool,
) -> int:
    """Measure baselines, then run those that are loops; gives the first exit code that is not 0."""
    paths, settings, reader = view.open_reader(folder, overrides)
    database = paths.database(settings)
    measured = tuple(dict.fromkeys(name for name in baselines if name in MEASURED))
    code, before = 0, reader.snapshot().seq
    if measured:
        try:
            worker = start_worker(
                paths,
                database,
                overrides=overrides,
                errand="baseline",
                wanted={"baselines": measured},
                requested_by=reviewer,
            )
            snapshot = view.follow(reader, database, worker, Printer(before).show)
        except KeyboardInterrupt:
            return interrupted(database)
        code = view.outcome(snapshot, before, paths.log)
    for name in baseline_loops.LOOPS:
        if name in baselines and not code:
            code = baseline_loops.run(paths, settings, name, goals, reviewer)
    if as_json:
        snapshot = reader.snapshot()
        view.print_json(snapshot, baselines=baseline_list(snapshot, paths))
    reader.close()
    return code


def _refuse_broken_strategy(settings: Settings) -> None:
    """A strategy that a package brings is imported and looked at; ours need neither that nor numpy here."""
    if settings.loop.strategy not in STRATEGIES:
        from ..acquisition.registry import get

        get(settings.loop.strategy)


def _asks_first(settings: Settings, reader: Reader) -> bool:
    """Whether the screen says what it will cost before it starts a worker: where text leaves this machine unasked,
    and before this annotator's first paid call here. The simulator, recordings and gold cost nothing."""
    if remote_host(settings) is not None and not settings.annotator.allow_remote:
        return True
    if settings.annotator.provider in AT_HOME:
        return False
    return not reader.has_answers_of(settings.annotator.model)


def _detached(folder: Path, reader: Reader, database: Path, worker: int, before: int, log: Path) -> int:
    """Come back once the worker works, or with its own words where it could not begin."""
    while live_worker(database) == worker:
        if any(event.kind == "started" and event.seq > before for event in reader.snapshot().events):
            view.say(f"the worker goes on by itself; look at it with: llmaaa attach {folder}")
            return 0
        time.sleep(view.FOLLOW_S)
    snapshot = reader.snapshot()
    code = view.outcome(snapshot, before, log)
    if snapshot.ended is not None:
        view.say(snapshot.ended.reason)
    return code


def attach(
    folder: Path,
    overrides: tuple[str, ...],
    reviewer: str,
    *,
    readonly: bool,
    goals: tuple[str, ...] = (),
    start: bool = False,
    place: str = "loop",
) -> int:
    """Open the screen on a project; `start` starts a worker where none lives. Read-only, nothing of it is written."""
    from ..recent import remember
    from ..ui.run import run_screen

    paths, settings, reader = view.open_reader(folder, overrides, writes=start or not readonly)
    database = paths.database(settings)
    if not start and not readonly:
        goals, overrides, settings = _as_last_asked(folder, database, settings)
    preflight = _asks_first(settings, reader)
    if start and readonly and preflight and live_worker(database) is None:
        raise SettingsError(
            "--readonly: the first paid call needs your word on the screen; start it without --readonly"
        )
    remember(folder, settings.project.name)
    choice = run_screen(
        paths,
        settings,
        reader,
        reviewer=reviewer or login(),
        readonly=readonly,
        goals=goals,
        overrides=overrides,
        start=start,
        preflight=preflight,
        place=place,
    )
    if choice == "detach" and live_worker(database) is not None:
        view.say(f"detached; the worker goes on. Come back with: llmaaa attach {folder}")
        return 0
    worker = live_worker(database) if choice == "stop" else None
    if worker is not None:
        view.say("the worker finishes what is paid for; ctrl-c leaves it to that")
        try:
            while live_worker(database) == worker:
                time.sleep(view.FOLLOW_S)
        except KeyboardInterrupt:
            return INTERRUPTED
    ended = view.open_reader(folder, overrides)[2].snapshot().ended
    if ended is not None:
        view.say(ended.reason)
    return ended.code if ended is not None else 0


def _as_last_asked(
    folder: Path, database: Path, settings: Settings
) -> tuple[tuple[str, ...], tuple[str, ...], Settings]:
    """Goals, overrides and settings of the run that a key would go on with: the estimate is made of the same ones.

    Overrides that are refused by now are left out, for a screen that only looks must open.
    """
    goals, overrides = last_loop(database)
    try:
        return goals, overrides, open_project(folder, overrides)[1]
    except SettingsError:
        return goals, (), settings


def interrupted(database: Path) -> int:
    """Ask the worker to end cleanly; gives the exit code."""
    ask(database, "stop", requested_by="interrupt")
    view.say("interrupted: the worker finishes what is paid for, then stops; go on with llmaaa run")
    return INTERRUPTED


class Printer:
    """Progress lines: every new event, and each step's start with its ETA."""

    def __init__(self, after: int) -> None:
        self._after = after
        self._step: tuple[int, str] | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Print what is new."""
        for event in snapshot.events:
            if event.seq > self._after:
                self._after = event.seq
                mark = f"{snapshot.simulated.upper()} " if snapshot.simulated else ""
                spent = format_usd(snapshot.budget.spent_nanousd)
                view.say(f"{event.created_utc[11:19]} {mark}${spent} {event.text}")
        progress = snapshot.progress
        if progress is None or (progress.round, progress.phase) == self._step:
            return
        if progress.eta_s is None and progress.done == 0:
            return  # the line waits for its estimate
        self._step = (progress.round, progress.phase)
        of = f" of {progress.rounds}" if progress.rounds else ""
        where = f"round {progress.round}{of}" if progress.round else "measuring"
        eta = "" if progress.eta_s is None else f", eta {round(progress.eta_s)} s"
        then = f", then {progress.then}" if progress.then else ""
        view.say(f"         {where} · {progress.phase}{eta}{then}")
