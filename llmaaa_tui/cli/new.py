"""`llmaaa new DIR`: make a project from files."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ..config import parse_settings
from ..core.tasks import NER, TASKS
from ..errors import ProjectError
from . import view

FILE = click.Path(path_type=Path)
FILES = ("pool", "gold", "demos", "meta", "dev", "test")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--task", metavar="NAME", help=f"What is labelled: {', '.join(TASKS)}, or one of a package.  [default: {NER.name}]"
)
@click.option("--pool", type=FILE, help="The texts to choose from; labels in it are kept aside as hidden gold.")
@click.option("--gold", type=FILE, help="Labelled texts, split for you into dev, demonstrations and meta.")
@click.option("--demos", type=FILE, help="Demonstrations shown to the annotator.")
@click.option("--meta", type=FILE, help="Gold for the reweighting.")
@click.option("--dev", type=FILE, help="Gold for early stopping and goals.")
@click.option("--test", type=FILE, help="Gold for reporting only.")
@click.option(
    "--mode",
    type=click.Choice(["strict", "paper"]),
    help="strict: roles are disjoint; paper: one gold set serves as demonstrations, dev and meta.  [default: strict]",
)
@click.option("--labels", default="", metavar="A,B,…", help="Label names in order; else those of the gold.")
@click.option(
    "--negative",
    metavar="NAME",
    help="The label that says no other holds; it counts for no F1.  [default: no_relation, Other, … where it occurs]",
)
@click.option(
    "--negatives",
    "ratio",
    type=click.FloatRange(0, min_open=True),
    metavar="RATIO",
    help="Keep at most RATIO items with the negative label for each other one, in pool, demos and meta.",
)
@click.option(
    "--negatives-everywhere", "everywhere", is_flag=True, help="… in dev and test too, whose F1 is another one then."
)
@click.option("--language", help="Named in the prompt.  [default: English]")
@click.option("--domain", help="What kind of text it is; named in the prompt.")
@click.option("--name", help="Shown on every screen; else the folder's name.")
@click.option("--seed", type=click.IntRange(0), help="Every random choice follows from it.  [default: 1]")
@click.option(
    "--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Write another setting into llmaaa.toml."
)
@click.option("--preview", is_flag=True, help="Only say, as JSON on stdout, what would go where; nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="What was made, as JSON on stdout.")
def command(
    folder: Path,
    labels: str,
    ratio: float | None,
    everywhere: bool,
    overrides: tuple[str, ...],
    preview: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Make the project DIR from files: JSONL, CoNLL, TACRED JSON, SemEval text, CSV or text lines, as the task has;
    what is in a file tells which it is. --set labels.NAME=WORDS says a label in words, a relation as a template:
    --set "labels.org:founded_by={e1} was founded by {e2}"."""
    from ..formats.tasks import of
    from .making import make_project, preview_project, refuse_taken
    from .negatives import Negatives

    files: dict[str, Path] = {flag: given[flag] for flag in FILES if given[flag] is not None}
    if "pool" not in files:
        files["pool"] = _ask("--pool", "File with the texts to choose from")
        if not any(flag in files for flag in ("gold", "dev")):
            files["gold"] = _ask("--gold", "File with labelled texts (gold)")
    settings = parse_settings("", "llmaaa new", view.with_whole_paths(overrides))
    said = {name: value for name, value in given.items() if name not in FILES and value is not None}
    said.setdefault("name", settings.project.name or folder.resolve().name)
    wanted = tuple(one.strip() for one in labels.split(",") if one.strip())
    settings = replace(settings, project=replace(settings.project, **said))
    of(settings.project.task)
    negatives = Negatives(ratio, everywhere)
    if preview:
        refuse_taken(folder)
        print(json.dumps(preview_project(files, settings, wanted, negatives), ensure_ascii=False, indent=2))
        return 0
    made = make_project(folder, files, settings, wanted, negatives)
    for line in made.lines:
        view.say(line)
    if made.warning:
        view.say(f"warning: {made.warning}")
    if settings.annotator.provider == "simulator" and not made.simulable:
        view.say(
            "warning: the pool has items without gold, so the simulator cannot answer; "
            f"say who annotates in {folder / 'llmaaa.toml'}, section [annotator]"
        )
    if as_json:
        made_of = {"folder": str(folder.resolve()), "lines": list(made.lines), "warning": made.warning}
        print(json.dumps(made_of, ensure_ascii=False, indent=2))
    view.say(f"made {folder}; settings are in {folder / 'llmaaa.toml'}; start with: llmaaa run {folder}")
    return 0


def _ask(flag: str, question: str) -> Path:
    if not sys.stdin.isatty():
        raise ProjectError(f"llmaaa new: {flag} FILE is missing; see llmaaa new --help")
    return Path(click.prompt(question, type=str, err=True))
