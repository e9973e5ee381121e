"""`llmaaa annotators`: annotators held against gold, and what their figures are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import SettingsError
from . import view
from .flags import login


@click.command(
    epilog="DIR alone shows what is known and asks nobody. --with, --sample, --draw, --repeats or --split measure: the "
    "project's own annotator is always compared, and its best student where there is one. Exit codes as of llmaaa run."
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--with",
    "others",
    multiple=True,
    metavar="annotator.KEY=VALUE,…",
    help="Compare with an annotator that differs in these settings; may be given again.",
)
@click.option("--sample", type=click.IntRange(min=1), help="How many items are asked about.  [default: 50]")
@click.option(
    "--draw",
    type=click.Choice(("random", "paper")),
    help="How they are drawn; paper: sentences with 5 to 50 % entity tokens, bell-shaped over the rank of their number "
    "of entities.  [default: random]",
)
@click.option("--repeats", type=click.IntRange(min=1), help="Answers of each.  [default: 3]")
@click.option(
    "--split", type=click.Choice(("dev", "meta", "test")), help="Of which gold split they are.  [default: dev]"
)
@click.option("--estimate", is_flag=True, help="Only say what is asked and what it can cost.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting for all.")
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
def command(
    folder: Path | None,
    others: tuple[str, ...],
    sample: int | None,
    draw: str | None,
    repeats: int | None,
    split: str | None,
    estimate: bool,
    overrides: tuple[str, ...],
    recorded: tuple[Path, ...],
    labels: str,
    as_json: bool,
) -> int:
    """How well, how steadily and how usably annotators answer, and what they cost."""
    given = {"sample": sample, "draw": draw, "repeats": repeats, "split": split}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if others:
        wanted["with"] = list(view.with_whole_paths(others))
    if recorded:
        if folder is not None or wanted or estimate or overrides:
            raise SettingsError("--recorded: needs no project and asks nobody; leave out DIR and what measures")
        from .annotators_recorded import report as recorded_report

        names = tuple(name for part in labels.split(",") if (name := part.strip()))
        print(recorded_report(recorded, names, as_json=as_json))
        return 0
    if folder is None:
        raise click.UsageError("name a project, or a file of recorded answers with --recorded")
    if labels:
        raise SettingsError("--labels: goes with --recorded; a project knows its labels")
    from . import annotators_project

    overrides = view.with_whole_paths(overrides)
    if estimate:
        print(annotators_project.estimate(folder, wanted, overrides, as_values=as_json))
        return 0
    if overrides and not wanted:
        raise SettingsError("--set: goes with what measures, or with --estimate; DIR alone shows what was measured")
    if wanted:
        return annotators_project.measure(folder, wanted, overrides, login(), as_values=as_json)
    print(annotators_project.report(folder, as_values=as_json))
    return 0
