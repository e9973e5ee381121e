"""`llmaaa predict DIR`: label new text with the trained student."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..config import Settings
from ..paths import ProjectPaths, open_project
from . import view
from .labelled import refuse_existing, write_file

if TYPE_CHECKING:
    from ..core.document import Record
    from ..formats.write import LabelledDocument


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--input", "source", type=click.Path(path_type=Path), required=True, help="Sentences: JSONL, CoNLL, or .txt lines."
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; it must not exist. Without it: stdout.")
@click.option("--format", "format_name", type=click.Choice(["jsonl", "conll"]), default="jsonl", show_default=True)
@click.option("--round", "number", type=int, help="Whose student; without it the best on dev.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
def command(
    folder: Path, source: Path, out: Path | None, format_name: str, number: int | None, overrides: tuple[str, ...]
) -> int:
    """Label the sentences of a file with the student of DIR. Asks nobody, costs nothing; where the file has gold
    labels, says how well they agree."""
    from ..formats.read import read_ner
    from ..formats.write import write_conll, write_jsonl
    from ..store.database import Store
    from ..store.purged import refuse_purged
    from ..store.students import label_sources, student_of

    paths, settings = open_project(folder, view.with_whole_paths(overrides))
    refuse_purged(paths.database(settings))
    if out is not None:
        refuse_existing(out)
    records = read_ner(source).records
    store = Store(paths.database(settings))
    try:
        number = student_of(store, paths.folder, number)
        simulated = (
            " and ".join(sorted({one.simulated for one in label_sources(store, number) if one.simulated})) or None
        )
    finally:
        store.close()
    rows = label(paths, settings, records, number, simulated)
    if out is not None:
        report = write_file(rows, format_name, out)
    else:
        report = (write_conll if format_name == "conll" else write_jsonl)(rows, sys.stdout)
    mark = f" (trained on {simulated.upper()} labels)" if simulated else ""
    view.say(f"{out or 'stdout'}: {report}; by the student of round {number}{mark}")
    agreement = measured(records, rows, settings.project.seed)
    if agreement:
        view.say(agreement)
    return 0


def label(
    paths: ProjectPaths, settings: Settings, records: Sequence[Record], number: int, simulated: str | None
) -> list[LabelledDocument]:
    """Each record's document with the student's spans; `span_confidence` has one number a span, calibrated where a
    temperature was fitted."""
    from ..formats.write import LabelledDocument
    from ..student.predict import predict
    from ..worker.context import words
    from ..worker.second_look import as_answer
    from ..worker.session import student_settings

    said = predict(
        student_settings(settings),
        paths.models / f"round-{number:03}",
        [words(record.document) for record in records],
        calibrated=True,
    )
    rows = []
    for record, tags, probabilities in zip(records, said.tags, said.probabilities, strict=True):
        answer = as_answer(record.document, tags, probabilities, said.labels)
        provenance = {
            "annotator": f"student-round-{number:03}",
            "simulated": simulated,
            "span_confidence": [round(one.confidence or 0.0, 4) for one in answer.spans],
        }
        rows.append(LabelledDocument(record.document, tuple(one.span for one in answer.spans), provenance))
    return rows


def measured(records: Sequence[Record], rows: Sequence[LabelledDocument], seed: int) -> str:
    """How well the student does where the file has gold labels; "" where it has none."""
    from ..core.tokens import to_tags, words_of
    from ..evaluation.bootstrap import score

    known = [
        (to_tags(record.gold, words_of(record.document)), to_tags(row.spans, words_of(row.document)))
        for record, row in zip(records, rows, strict=True)
        if record.gold is not None
    ]
    if not known:
        return ""
    found = score([gold for gold, _ in known], [mine for _, mine in known], seed)
    return f"against the gold of the file: span F1 {found.f1:.3f} [{found.low:.3f}, {found.high:.3f}] n={found.n}"
