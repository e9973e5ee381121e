"""`llmaaa try DIR`: one question before a run: what the annotator says about a gold sentence, and its price."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.document import Span
from ..core.money import format_usd
from ..paths import open_project
from . import view

if TYPE_CHECKING:
    from ..worker.trial import Trial


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
@click.option("--json", "as_json", is_flag=True, help="What came of it as JSON on stdout.")
def command(folder: Path, overrides: tuple[str, ...], as_json: bool) -> int:
    """Ask the annotator of DIR about one gold sentence: what it says, what gold says, what it cost. The budget, the
    consent and "never twice" hold as in a run; asked again, it costs nothing."""
    from ..store.purged import refuse_purged
    from ..worker.trial import try_one

    paths, settings = open_project(folder, view.with_whole_paths(overrides))
    refuse_purged(paths.database(settings))
    result = as_dict(try_one(paths, settings))
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for line in lines(result):
            print(line)
    return 0


def as_dict(trial: Trial) -> dict[str, Any]:
    """The trial as plain JSON values."""
    answer = trial.answer
    said = answer.labels if answer is not None else trial.gold
    pair = trial.document.pair
    return {
        "annotator": trial.annotator,
        "simulated": trial.simulated,
        "text": trial.document.text,
        "pair": None if pair is None else {"head": list(pair.head), "tail": list(pair.tail)},
        "gold": _spans(trial.gold.spans),
        "gold_classes": list(trial.gold.classes),
        "answer": _spans(said.spans),
        "answer_classes": list(said.classes),
        "state": str(answer.state) if answer is not None else "labelled",
        "failure": str(answer.failure) if answer is not None and answer.failure else None,
        "detail": answer.detail if answer is not None else "",
        "cost_nanousd": trial.cost_nanousd,
        "seconds": round(trial.seconds, 3),
    }


def _spans(spans: Iterable[Span]) -> list[dict[str, Any]]:
    return [{"start": span.start, "end": span.end, "label": span.label} for span in spans]


def lines(result: dict[str, Any]) -> list[str]:
    """The trial in words."""
    word = f" ({result['simulated'].upper()})" if result["simulated"] else ""

    def cut(at: list[int]) -> str:
        return str(result["text"][slice(*at)])

    def named(whose: str) -> str:
        spans = [f"{cut([s['start'], s['end']])} {s['label']}" for s in result[whose]]
        return ", ".join([*result[f"{whose}_classes"], *spans]) or "nothing in it"

    failed = f"failed: {result['failure'].replace('_', ' ')}" if result["failure"] else ""
    pair = result["pair"]
    asked = [f"pair        {cut(pair['head'])} and {cut(pair['tail'])}"] if pair else []
    return [
        f"annotator   {result['annotator']}{word}",
        f"sentence    {result['text']}",
        *asked,
        f"it says     {failed or named('answer')}" + (f" ({result['detail']})" if result["detail"] else ""),
        f"gold says   {named('gold')}",
        f"cost        ${format_usd(result['cost_nanousd'], 6)} in {result['seconds']:.1f} s",
    ]
