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
    from ..core.labels import LabelSet
    from ..formats.tasks import LabelledDocument


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    help="Any file llmaaa new takes as a pool.",
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; it must not exist. Without it: stdout.")
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    default="jsonl",
    show_default=True,
    help="jsonl, or another one that holds the labels of this task, see llmaaa export.",
)
@click.option("--round", "number", type=int, help="Whose student; without it the best on dev.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override a setting.")
def command(
    folder: Path, source: Path, out: Path | None, format_name: str, number: int | None, overrides: tuple[str, ...]
) -> int:
    """Label the items of a file with the student of DIR. Asks nobody, costs nothing; where the file has gold labels,
    says how well they agree."""
    from ..core.seeds import of_interval
    from ..formats.tasks import of
    from ..formats.write import refuse_misfit, write
    from ..store import items
    from ..store.database import Store
    from ..store.purged import refuse_purged
    from ..store.students import label_sources, student_of

    paths, settings = open_project(folder, view.with_whole_paths(overrides))
    refuse_purged(paths.database(settings))
    if out is not None:
        refuse_existing(out)
    store = Store(paths.database(settings))
    try:
        project = items.project(store)
        number = student_of(store, paths.folder, number)
        simulated = (
            " and ".join(sorted({one.simulated for one in label_sources(store, number) if one.simulated})) or None
        )
    finally:
        store.close()
    refuse_misfit(project.task, format_name)
    labels = project.label_set(dict(settings.labels))
    records = of(project.task).read(source, labels.negative or "").records
    rows = label(paths, settings, records, project.task, labels, number, simulated)
    if out is not None:
        report = write_file(rows, project.task, format_name, out)
    else:
        report = write(project.task, format_name, rows, sys.stdout)
    mark = f" (trained on {simulated.upper()} labels)" if simulated else ""
    view.say(f"{out or 'stdout'}: {report}; by the student of round {number}{mark}")
    agreement = measured(records, rows, project.task, labels, of_interval(settings.project.seed, number))
    if agreement:
        view.say(agreement)
    return 0


def label(
    paths: ProjectPaths,
    settings: Settings,
    records: Sequence[Record],
    task: str,
    labels: LabelSet,
    number: int,
    simulated: str | None,
) -> list[LabelledDocument]:
    """Each record's document with the student's labels; `span_confidence`, of other tasks `label_confidence`, has one
    number a label, calibrated where a temperature was fitted."""
    from ..core.tasks import Shape, get
    from ..formats.tasks import LabelledDocument
    from ..student.predict import predict
    from ..student.tasks import of
    from ..worker.session import student_settings

    learner = of(task)
    said = predict(
        student_settings(settings),
        paths.models / f"round-{number:03}",
        [learner.text(record.document) for record in records],
        calibrated=True,
    )
    key = "span_confidence" if get(task).shape is Shape.SPANS else "label_confidence"
    rows = []
    for record, targets, probabilities in zip(records, said.targets, said.probabilities, strict=True):
        answer = learner.answer(record.document, targets, probabilities, labels)
        provenance = {
            "annotator": f"student-round-{number:03}",
            "simulated": simulated,
            key: [
                round(sure or 0.0, 4)
                for sure in (*(s.confidence for s in answer.spans), *(c.confidence for c in answer.classes))
            ],
        }
        rows.append(LabelledDocument(record.document, answer.labels, provenance))
    return rows


def measured(
    records: Sequence[Record], rows: Sequence[LabelledDocument], task: str, labels: LabelSet, seed: int
) -> str:
    """How well the student does where the file has gold labels; "" where it has none. By the seed of its round, a
    file that was the test split has the very interval that `status` shows.

    Labels of the file that the project does not have count as missed: the student cannot say them.
    """
    from ..core.tasks import Shape, get
    from ..evaluation.tasks import of

    known = [(record, row) for record, row in zip(records, rows, strict=True) if record.gold is not None]
    if not known:
        return ""
    gold = [record.gold for record, _ in known if record.gold is not None]
    found = of(task).evaluate(
        gold,
        [row.labels for _, row in known],
        [record.document for record, _ in known],
        labels,
        seed=seed,
    )
    what = "span F1" if get(task).shape is Shape.SPANS else "F1"
    best = found.overall
    said = f"against the gold of the file: {what} {best.f1:.3f} [{best.low:.3f}, {best.high:.3f}] n={best.n}"
    if found.accuracy is not None:
        right = found.accuracy
        said += f", accuracy {right.value:.3f} [{right.low:.3f}, {right.high:.3f}]"
    return said
