"""`llmaaa watch DIR`: follow a run that is under way without touching it; `--plain` as lines instead of a screen."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..errors import SettingsError
from ..launch import live_worker
from . import view
from .run import Printer, attach
from .status import in_words


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--plain", is_flag=True, help="Lines on stderr instead of a screen: for scripts and screen readers.")
@click.option("--json", "as_json", is_flag=True, help="With --plain: the final status as JSON on stdout.")
def command(folder: Path, plain: bool, as_json: bool) -> int:
    """Look on until the worker of DIR ends; changes nothing. ctrl-c stops looking, not the worker."""
    if as_json and not plain:
        raise SettingsError("--json: goes with --plain; for figures alone use: llmaaa status DIR --json")
    if not plain:
        if not sys.stdout.isatty():
            raise SettingsError("llmaaa watch: this is no terminal; add --plain for lines instead of a screen")
        return attach(folder, (), "", readonly=True)
    paths, settings, reader = view.open_reader(folder)
    database = paths.database(settings)
    snapshot = reader.snapshot()
    view.say(in_words(snapshot))
    worker = live_worker(database)
    if worker is None:
        view.say("no worker runs now; start one with: llmaaa run " + str(folder))
    else:
        try:
            snapshot = view.follow(reader, database, worker, Printer(snapshot.seq).show)
        except KeyboardInterrupt:
            view.say("no longer looking; the worker goes on")
    if as_json:
        view.print_json(snapshot)
    return 0
