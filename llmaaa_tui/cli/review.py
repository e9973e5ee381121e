"""`llmaaa review DIR`: the review screen of a project, with or without a worker."""

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
    """Accept, reject or mend what the annotator of DIR said. Decisions count from the next training on."""
    if not sys.stdout.isatty():
        raise SettingsError("llmaaa review: this is no terminal, and a person has to look")
    attach(folder, (), reviewer, readonly=readonly, place="review")
    return 0
