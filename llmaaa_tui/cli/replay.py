"""`llmaaa replay DIR`: read every stored answer again, without a request."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..errors import LlmaaaError
from ..paths import open_project, private_opener
from . import view

SHOWN = 20


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--apply", "change", is_flag=True, help="Store the labels as they read now; without it they are shown.")
@click.option("--all", "everything", is_flag=True, help="Show every difference, not the first 20.")
@click.option(
    "--record", "recording", type=click.Path(path_type=Path), help="Write the answers to a file for provider recorded."
)
@click.option(
    "--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting, e.g. labels.PER=person."
)
@click.option("--json", "as_json", is_flag=True, help="The figures and all differences as JSON on stdout.")
def command(
    folder: Path, change: bool, everything: bool, recording: Path | None, overrides: tuple[str, ...], as_json: bool
) -> int:
    """Derive every label again from the stored answers: no request, no cost. Shows what a new parser or new label
    words would change; --apply stores it beside what was there before."""
    from ..core.tasks import get
    from ..store import items
    from ..store.database import Store
    from ..store.lease import Lease
    from ..store.ledger import LedgerStore
    from ..store.purged import refuse_purged
    from ..worker import replay

    paths, settings = open_project(folder, overrides)
    database = paths.database(settings)
    refuse_purged(database)
    lease = Lease(paths.lock, database) if change else None  # a worker's training set must not change under it
    store = Store(database)
    try:
        project = items.project(store)
        ledger = LedgerStore(paths.ledger(settings), project.uuid)
        try:
            if recording is not None:
                view.say(f"{_record(paths.ledger(settings), recording)} answers recorded in {recording}")
            replayed = replay.replay(store, ledger, project.label_set(dict(settings.labels)), get(project.task).shape)
        finally:
            ledger.close()
        stored = replay.apply(store, replayed) if change else 0
    finally:
        store.close()
        if lease is not None:
            lease.end()
    if as_json:
        print(json.dumps({**replay.record(replayed), "applied": stored}, ensure_ascii=False, indent=2))
    every = list(replay.lines(replayed))
    for line in every if everything else every[:SHOWN]:
        view.say(line)
    if len(every) > SHOWN and not everything:
        view.say(f"… and {len(every) - SHOWN} more; see them with --all")
    view.say(_summary(replayed, stored))
    return 0


def _record(ledger: Path, recording: Path) -> int:
    """Write the answers for provider recorded; gives how many they are."""
    from ..annotators.recorded import write_recording

    if recording.exists():
        raise LlmaaaError(f"{recording}: is there already; name another file")
    try:
        with open(recording, "w", encoding="utf-8", opener=private_opener) as out:
            return write_recording(ledger, out)
    except OSError as error:
        raise LlmaaaError(f"{recording}: cannot be written ({error.strerror}); name a file elsewhere") from None


def _summary(replayed: object, stored: int) -> str:
    from ..worker.replay import Replayed

    assert isinstance(replayed, Replayed)
    text = f"{replayed.answers} answers of {replayed.requests} stored requests read again, 0 requests sent: "
    if not replayed.differences:
        text += "every label is the same"
    elif stored:
        text += f"{len(replayed.differences)} answers changed; the next round trains on them"
    else:
        text += f"{len(replayed.differences)} answers would change; store them with --apply"
    if replayed.missing:
        text += f"; {replayed.missing} answers are no longer stored and stay as they are"
    return text
