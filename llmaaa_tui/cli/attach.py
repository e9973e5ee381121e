"""`llmaaa attach DIR`: the screen on a run that is under way, or on how it ended."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..errors import SettingsError
from .flags import screen_flags
from .run import attach


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@screen_flags
def command(folder: Path, readonly: bool, reviewer: str) -> int:
    """Look at the project in DIR, live."""
    if not sys.stdout.isatty():
        raise SettingsError(f"llmaaa attach: this is no terminal; for figures use: llmaaa status {folder}")
    return attach(folder, (), reviewer, readonly=readonly)
