"""What several commands share: open a project's reader, follow a run, end the process's view of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..config import Settings
from ..core.snapshot import Snapshot
from ..core.status import status
from ..errors import LlmaaaError
from ..launch import last_line, live_worker
from ..paths import ProjectPaths, open_project
from ..store.reader import Facts, Reader
from ..store.upgrade import upgrade

FOLLOW_S = 0.25
WORDS = {"simulator": "simulated", "recorded": "recorded"}
"""What every screen and report says of an annotator that is no live model, by its provider."""
UNEXPECTED = 1


def annotator_name(settings: Settings) -> str:
    """How the annotator of these settings is called before a run has named it."""
    annotator = settings.annotator
    if annotator.provider == "simulator":
        return f"simulated-{annotator.profile}"
    if annotator.provider == "recorded":
        return f"recorded-{annotator.model}"
    return annotator.model or annotator.provider


def with_whole_paths(overrides: tuple[str, ...]) -> tuple[str, ...]:
    """`--set student.encoder=FOLDER` with the whole path: the worker runs in the project's folder, not here."""

    def whole(text: str) -> str:
        key, _, value = text.partition("=")
        folder = Path(value.strip()).expanduser()
        named = key.strip() in ("student.encoder", "annotator.retrieval_encoder") and value.strip()
        return f"{key}={folder.absolute()}" if named and value != "embedded" and folder.is_dir() else text

    return tuple(whole(text) for text in overrides)


def open_reader(
    folder: Path, overrides: tuple[str, ...] = (), *, writes: bool = False
) -> tuple[ProjectPaths, Settings, Reader]:
    """The project's paths, settings and a reader on its store.

    Args:
        writes: the caller may write to this project: files of an earlier version are upgraded first. Without it
            nothing is written, and what an earlier version had no place for is shown as empty.
    """
    paths, settings = open_project(folder, overrides)
    facts = Facts(
        annotator=annotator_name(settings),
        encoder=settings.student.encoder,
        simulated=WORDS.get(settings.annotator.provider),
        cap_nanousd=settings.cap_nanousd,
        rounds=settings.loop.rounds,
        words=dict(settings.labels),
    )
    database, ledger = paths.database(settings), paths.ledger(settings)
    if writes:
        upgrade(database, ledger)
    return paths, settings, Reader(database, ledger, facts)


def print_json(snapshot: Snapshot, **extra: object) -> None:
    """The stable keys of `status --json` on stdout."""
    print(json.dumps({**status(snapshot), **extra}, ensure_ascii=False, indent=2))


def price_date(as_of: str) -> str:
    """The day of the prices in words: `as of 2026-11-01`; prices without a day say what they are themselves."""
    return f"as of {as_of}" if as_of[:1].isdigit() else as_of


def say(text: str) -> None:
    """A message for a person, on stderr."""
    print(text, file=sys.stderr, flush=True)


def follow(reader: Reader, database: Path, worker: int, on_change: Callable[[Snapshot], None]) -> Snapshot:
    """Call `on_change` with each new snapshot until this worker is gone; gives the last one."""
    version: int | None = None
    while True:
        alive = live_worker(database) == worker  # asked first: what it wrote before it went is read after
        now = reader.version()
        if now != version or not alive:
            version = now
            snapshot = reader.snapshot()
            on_change(snapshot)
        if not alive:
            return snapshot
        time.sleep(FOLLOW_S)


def outcome(snapshot: Snapshot, before: int, log: Path) -> int:
    """The exit code of the run that began after seq `before`.

    Raises:
        LlmaaaError: its worker died without saying how it ended.
    """
    if snapshot.ended is None or snapshot.ended.seq <= before:
        words = last_line(log)
        why = f"its last words: {words}" if words else "without saying why"
        error = LlmaaaError(
            f"the worker died, {why} (log: {log}); what was paid is kept, so give the same command again"
        )
        error.exit_code = UNEXPECTED
        raise error
    return snapshot.ended.code
