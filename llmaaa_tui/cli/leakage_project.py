"""`llmaaa leakage DIR`: what is known of a project's annotators, and the probes that find it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.leakage import Finding, Probe
from ..core.states import Role
from ..errors import BudgetError
from ..launch import start_worker
from ..paths import open_project
from ..store.leakage import findings
from ..store.purged import refuse_purged
from . import leakage, view
from .flags import login
from .run import Printer, interrupted


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be asked: probes, whose items, how many of them, answers a question."""

    probes: tuple[Probe, ...]
    split: str
    n: int
    repeats: int


def settings_of(overrides: Sequence[str], dataset: str | None, control: Path | None) -> tuple[str, ...]:
    """The overrides of the command, with those that have a flag of their own."""
    given = [*view.with_whole_paths(tuple(overrides))]
    if dataset is not None:
        given.append(f"leakage.dataset={dataset}")
    if control is not None:
        given.append(f"leakage.control={control.expanduser().absolute()}")  # the worker runs in the project's folder
    return tuple(given)


def known(folder: Path) -> tuple[Finding, ...]:
    """The newest finding of every probe that was asked."""
    _, _, reader = view.open_reader(folder)
    try:
        return findings(reader)
    finally:
        reader.close()


def probe(folder: Path, chosen: Chosen, overrides: tuple[str, ...], *, estimate: bool, as_json: bool) -> int:
    """Say what the probes cost, ask them as an errand of the worker, and tell what they came to; gives the exit code.

    Raises:
        SettingsError: the annotator cannot be asked, or consent is missing.
        ProjectError: none of the probes can be asked here.
    """
    from ..store import items
    from ..store.database import Store
    from ..store.ledger import LedgerStore
    from ..worker.leakage import consent, described
    from ..worker.probing import Wanted

    paths, settings = open_project(folder, overrides)
    database = paths.database(settings)
    refuse_purged(database)
    wanted = Wanted(chosen.probes, Role(chosen.split), chosen.n, chosen.repeats)
    store = Store(database)
    try:
        project = items.project(store)
        project.refuse_other(settings.project.task)
        ledger = LedgerStore(paths.ledger(settings), project.uuid)
        try:
            offered = described(paths, settings, store, ledger, project.label_set(dict(settings.labels)), wanted)
        finally:
            ledger.close()
    finally:
        store.close()
    if estimate:
        print(json.dumps(offered.as_dict(), ensure_ascii=False, indent=2) if as_json else "\n".join(offered.lines()))
        return 0
    for line in offered.lines():
        view.say(line)
    consent(settings, offered)
    paths, _, reader = view.open_reader(folder, overrides)
    try:
        before = reader.snapshot().seq
        try:
            worker = start_worker(
                paths,
                database,
                overrides=overrides,
                errand="leakage",
                wanted=wanted.as_json(),
                requested_by=login(),
            )
            snapshot = view.follow(reader, database, worker, Printer(before).show)
        except KeyboardInterrupt:
            return interrupted(database)
        code = view.outcome(snapshot, before, paths.log)
        if snapshot.ended is not None and code:
            view.say(snapshot.ended.reason)
        mine = [
            one
            for one in findings(reader)
            if (one.annotator, one.dataset) == (offered.annotator, offered.dataset) and one.round is None
        ]
    finally:
        reader.close()
    if code in (0, BudgetError.exit_code):
        leakage.tell([one for one in mine if one.probe in chosen.probes], as_json)
    return code
