"""`llmaaa annotators`: annotators held against gold, and what their figures are worth."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--recorded",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Recorded answers (JSONL: tokens, gold_tags, answers); may be given again. Asks nobody and needs no project.",
)
@click.option(
    "--labels", metavar="A,B,…", default="", help="With --recorded: the labels; without it those of each file's gold."
)
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON with stable keys.")
def command(recorded: tuple[Path, ...], labels: str, as_json: bool) -> int:
    """How well, how steadily and how usably annotators answer."""
    if not recorded:
        raise click.UsageError("name a file of recorded answers with --recorded")
    from .annotators_recorded import report

    names = tuple(name for part in labels.split(",") if (name := part.strip()))
    print(report(recorded, names, as_json=as_json))
    return 0
