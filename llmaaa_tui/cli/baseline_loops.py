"""`llmaaa run DIR --baseline gold|random`: loops to hold this one against, each a project of its own under DIR.

They have the same sentences under the same numbers, the same seed and settings but for what makes them a baseline; the
random loop buys through the ledger of DIR, under its cap, so that an answer that both need is bought once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import Settings, write_settings
from ..core.money import format_usd
from ..core.snapshot import Score, Snapshot
from ..core.status import status
from ..errors import BusyError, ProjectError
from ..launch import estimate, live_worker, start_worker
from ..paths import ProjectPaths, open_project
from ..store.commands import ask
from . import view

if TYPE_CHECKING:
    from ..store.lease import Lease

LOOPS = ("gold", "random")
INTERRUPTED = 130


def prepare(paths: ProjectPaths, settings: Settings, name: str) -> ProjectPaths:
    """The project of a baseline loop, made where it is missing; its settings follow those of the project as it is now.

    Raises:
        BusyError: a worker holds it.
        ProjectError: its database cannot be made, or no pool sentence has the gold that it would learn.
    """
    from ..store.copying import copy_sentences, has_pool_gold
    from ..store.database import Store
    from ..store.ledger import LedgerStore

    place = ProjectPaths(paths.baselines / name)
    chosen = _settings(paths, settings, name, place)
    database = place.database(chosen)
    if place.settings.is_file() and live_worker(database) is not None:
        raise BusyError(f"{place.folder}: a worker runs this baseline; look at it with: llmaaa attach {place.folder}")
    if not place.settings.is_file():
        if name == "gold" and not has_pool_gold(paths.database(settings)):
            raise ProjectError("--baseline gold: no sentence of the pool has gold labels, so there is no such loop")
        shutil.rmtree(place.folder, ignore_errors=True)
        database.unlink(missing_ok=True)  # left by one that was interrupted here
        place.models.mkdir(mode=0o700, parents=True)
        place.folder.chmod(0o700)
        store = Store(database)
        try:
            LedgerStore(
                place.ledger(chosen), copy_sentences(paths.database(settings), store, chosen.project.name)
            ).close()
        finally:
            store.close()
    if paths.prices.is_file():
        shutil.copyfile(paths.prices, place.prices)
    partial = place.settings.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(write_settings(chosen), encoding="utf-8")
    partial.replace(place.settings)  # what makes it a project, last
    return place


def _settings(paths: ProjectPaths, settings: Settings, name: str, place: ProjectPaths) -> Settings:
    """Those of the project, with what makes the baseline: gold answers, or random picks."""

    def from_there(path: Path) -> str:
        return os.path.relpath(path.resolve(), place.folder)

    def encoder(value: str) -> str:
        return str((paths.folder / value).resolve()) if value and (paths.folder / value).is_dir() else value

    annotator = settings.annotator
    recording = from_there(paths.folder / annotator.recording) if annotator.recording else ""
    annotator = replace(annotator, recording=recording, retrieval_encoder=encoder(annotator.retrieval_encoder))
    loop, budget = replace(settings.loop, source="pool", review="none"), settings.budget
    if name == "gold":
        annotator = replace(annotator, provider="gold", samples=1, escalate="", economy=False)
        loop, budget = replace(loop, reask=0), replace(budget, ledger="")
    else:
        loop = replace(loop, strategy="random", first="random")
        budget = replace(budget, ledger=from_there(paths.ledger(settings)))
    database = paths.database(settings)
    elsewhere = settings.store.path and str(database.with_name(f"{database.stem}-baseline-{name}.db"))
    return replace(
        settings,
        project=replace(settings.project, name=f"{settings.project.name} (baseline {name})"),
        loop=loop,
        budget=budget,
        annotator=annotator,
        teacher=replace(settings.teacher, measure="none"),
        student=replace(settings.student, encoder=encoder(settings.student.encoder)),
        store=replace(settings.store, path=elsewhere or ""),
    )


def run(paths: ProjectPaths, settings: Settings, name: str, goals: tuple[str, ...], reviewer: str) -> int:
    """Run a baseline loop to its end and print its lines; gives its exit code.

    Raises:
        LlmaaaError: it cannot be made, started or priced.
    """
    import asyncio  # 30 ms that status does not need

    from .run import Printer

    place = prepare(paths, settings, name)
    view.say(f"baseline {name} runs in {place.folder}")
    if name != "gold":
        view.say(_cost(asyncio.run(estimate(place, goals=goals))))
    _, chosen, reader = view.open_reader(place.folder, writes=True)
    database = place.database(chosen)
    before = reader.snapshot().seq
    try:
        worker = start_worker(place, database, goals=goals, requested_by=reviewer)
        snapshot = view.follow(reader, database, worker, Printer(before).show)
    except KeyboardInterrupt:
        ask(database, "stop", requested_by="interrupt")
        view.say("interrupted: the worker finishes what is paid for, then stops; ask for the baseline again to go on")
        return INTERRUPTED
    finally:
        reader.close()
    return view.outcome(snapshot, before, place.log)


def _cost(figures: dict[str, Any]) -> str:
    worst = figures["this_round"]["worst_nanousd"] + figures["rest"]["worst_nanousd"]
    likely = figures["this_round"]["expected_nanousd"] + figures["rest"]["expected_nanousd"]
    free = figures["budget"]["free_nanousd"]
    return (
        f"what is left of it costs ${format_usd(likely, 4)} by the estimate and ${format_usd(worst, 4)} at worst, less "
        f"where the project has bought the same answers; ${format_usd(free, 4)} is left under the cap of both"
    )


@dataclass(frozen=True, slots=True)
class BaselineLoop:
    """A baseline loop that nobody can run meanwhile: its database, its uuid, and the lease that holds it."""

    place: ProjectPaths
    database: Path
    uuid: str
    lease: Lease


def held(paths: ProjectPaths) -> list[BaselineLoop]:
    """The baseline loops of a project, each held until its lease ends.

    Raises:
        BusyError: a worker holds one.
    """
    from ..store import items
    from ..store.database import Store
    from ..store.lease import Lease

    found = []
    for name in LOOPS:
        place = ProjectPaths(paths.baselines / name)
        if place.settings.is_file():
            database = place.database(open_project(place.folder)[1])
            lease = Lease(place.lock, database)
            store = Store(database)
            found.append(BaselineLoop(place, database, items.project(store).uuid, lease))
            store.close()
    return found


def remove(paths: ProjectPaths, found: Sequence[BaselineLoop]) -> None:
    """Delete baseline loops with all their files."""
    from ..simulator.find import stop

    for loop in found:
        for state in (loop.place.simulator_state, loop.place.second_simulator_state):
            stop(state)
        for file in loop.database.parent.glob(f"{loop.database.name}*"):
            file.unlink(missing_ok=True)
    shutil.rmtree(paths.baselines, ignore_errors=True)


def loops(paths: ProjectPaths) -> Iterator[tuple[str, Snapshot]]:
    """The baseline loops of a project that were begun, by name."""
    for name in LOOPS:
        place = ProjectPaths(paths.baselines / name)
        if place.settings.is_file():
            reader = view.open_reader(place.folder)[2]
            try:
                yield name, reader.snapshot()
            finally:
                reader.close()


def as_json(paths: ProjectPaths) -> list[dict[str, Any]]:
    """The loops for the key `baselines` of `status --json`."""
    keys = ("round", "strategy", "selected", "train_size", "dev", "test", "picked", "cost_nanousd")
    return [
        {
            "name": name,
            "folder": f"{paths.baselines.name}/{name}",
            "simulated": snapshot.simulated or False,
            "ended": status(snapshot)["ended"],
            "rounds": [{key: row[key] for key in keys} for row in status(snapshot)["rounds"]],
        }
        for name, snapshot in loops(paths)
    ]


def lines(paths: ProjectPaths) -> list[str]:
    """The loops in words, a line a round."""

    def said(score: Score | None) -> str:
        return "–" if score is None else f"{score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}"

    return [
        f"baseline {name}, round {row.round}: {row.train_size} labels, dev F1 {said(row.dev)}, test F1 {said(row.test)}"
        + (f"  {snapshot.simulated.upper()}" if snapshot.simulated else "")
        for name, snapshot in loops(paths)
        for row in snapshot.rounds
    ]
