"""`llmaaa purge DIR`: delete texts and answers, keep the money trail."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click
from platformdirs import user_state_path

from ..config import Settings
from ..errors import ProjectError
from ..paths import ProjectPaths, open_project
from . import baseline_loops, view
from .baseline_loops import BaselineLoop

DELETED = "texts, labels, prompts, raw answers, models and logs"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(folder: Path, yes: bool) -> int:
    """Delete the texts of DIR and all that was said about them, so that no byte of them stays in its files.

    What every request cost, its tokens and its name stay. This cannot be undone; files you exported are yours to
    delete.
    """
    from ..simulator.find import stop
    from ..store.lease import Lease
    from ..store.purge import purge

    paths, settings = open_project(folder)
    database = paths.database(settings)
    if not yes and not sys.stdin.isatty():
        raise ProjectError("llmaaa purge: nothing was deleted, for nobody can be asked here; add --yes")
    lease = Lease(paths.lock, database)  # no worker lives, and none can start before this is over
    loops: list[BaselineLoop] = []
    try:
        if not yes and not click.confirm(f"Delete {DELETED} of {folder} for ever?", default=False, err=True):
            raise ProjectError(f"{folder}: nothing was deleted")
        for state in paths.folder.glob("simulator*.db"):  # the second's too, and those of profiles that were compared
            stop(state)  # it holds the gold in its memory, and batches in its file
        loops = baseline_loops.held(paths)
        report = purge(database, paths.ledger(settings), [loop.uuid for loop in loops])
        files = _delete_files(paths)
        baseline_loops.remove(paths, loops)
        (user_state_path("llmaaa") / "clipboard.txt").unlink(missing_ok=True)  # what was copied from a screen last
    finally:
        for loop in loops:
            loop.lease.end()
        lease.end()
    view.say(
        f"{folder}: purged {report['documents']} documents, {report['requests']} requests, {report['answers']} answers "
        f"and {files} files; what they cost is kept: llmaaa status {folder}"
    )
    if report["kept for others"]:
        view.say(f"{report['kept for others']} requests stay in the ledger, for another project asked them too")
    others = _left(paths, settings)
    if others:
        view.say(f"not touched, for llmaaa did not make them: {', '.join(others)}")
    return 0


def _delete_files(paths: ProjectPaths) -> int:
    """Remove models, logs and what the simulator knew; how many files that were."""
    count = 0
    if paths.models.is_dir():
        count += sum(one.is_file() for one in paths.models.rglob("*"))
        for one in paths.models.iterdir():
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
    for file in (*paths.folder.glob("*.log"), *paths.folder.glob("simulator*")):
        if file.exists():
            file.unlink()
            count += 1
    return count


def _left(paths: ProjectPaths, settings: Settings) -> list[str]:
    """Names in the folder that are none of a project's own files."""
    ours = [paths.settings, paths.prices, paths.lock, paths.models, paths.database(settings), paths.ledger(settings)]
    names = {path.name for path in ours}
    prefixes = tuple(f"{path.name}-" for path in (paths.database(settings), paths.ledger(settings)))
    return sorted(
        path.name for path in paths.folder.iterdir() if path.name not in names and not path.name.startswith(prefixes)
    )
