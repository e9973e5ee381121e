"""Open the screen on a real project: the store's reader behind it, jobs for the worker before it."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_state_path

from ..config import Settings
from ..launch import estimate, live_worker, start_worker
from ..paths import ProjectPaths
from ..store.commands import ask
from ..store.reader import Reader
from .app import LoopApp
from .cells import safe
from .doors import Doors
from .env import asked
from .shell import preferences

ALLOW_REMOTE = "annotator.allow_remote=true"


class ProjectControls:
    """Turns the keys' words into jobs of the store; starts a worker where none lives."""

    def __init__(
        self, paths: ProjectPaths, database: Path, reviewer: str, goals: Sequence[str], overrides: Sequence[str]
    ):
        self._paths = paths
        self._database = database
        self._reviewer = reviewer
        self._goals = goals
        self._overrides = overrides

    def pause(self) -> None:
        ask(self._database, "pause", requested_by=self._reviewer)

    def resume(self) -> None:
        ask(self._database, "resume", requested_by=self._reviewer)

    def stop(self) -> None:
        ask(self._database, "stop", requested_by=self._reviewer)

    def start(self, allow_remote: bool = False, rounds: int | None = None) -> None:
        if allow_remote:
            self._overrides = (*self._overrides, ALLOW_REMOTE)
        if live_worker(self._database) is None:
            start_worker(
                self._paths,
                self._database,
                goals=self._goals if rounds is None else [f"rounds={rounds}"],
                overrides=self._overrides,
                requested_by=self._reviewer,
                wait=False,
            )


def run_screen(
    paths: ProjectPaths,
    settings: Settings,
    reader: Reader,
    *,
    reviewer: str,
    readonly: bool,
    goals: Sequence[str] = (),
    overrides: Sequence[str] = (),
    start: bool = False,
    preflight: bool = False,
    place: str = "loop",
) -> str:
    """Run the app until it is left; gives "detach" or "stop".

    Args:
        place: the screen to begin with.
        start: start a worker at once (the screen does not wait for it).
        preflight: before this screen starts a worker for the first time, show what it will cost and what is sent,
            and ask; a person who agrees has agreed to `annotator.allow_remote` too.
    """
    database = paths.database(settings)
    likes = preferences.from_environment(preferences.read(user_config_path("llmaaa") / "config.toml"))
    controls = ProjectControls(paths, database, reviewer, goals, overrides)

    async def estimator() -> Mapping[str, Any]:
        return await estimate(paths, overrides, goals)

    if start and not preflight:
        controls.start()
    app = LoopApp(
        reader,
        controls,
        reviewer=reviewer,
        readonly=readonly,
        estimator=estimator,
        preflight=preflight,
        start=start and preflight and live_worker(database) is None,
        folder=_short(paths.folder),
        doors=Doors(
            paths,
            database,
            paths.ledger(settings),
            reviewer,
            f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
            order=settings.review.order,
            sample=settings.review.sample,
        ),
        preferences=likes,
        state=user_state_path("llmaaa"),
        log=paths.log,
        place=place,
    )
    for problem in app.problems:
        sys.stderr.write(f"llmaaa: {safe(problem)}\n")
    return app.run(mouse=not asked(os.environ, "LLMAAA_NO_MOUSE")) or "detach"


def _short(folder: Path) -> str:
    """The folder as one would type it here."""
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
