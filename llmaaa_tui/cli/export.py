"""`llmaaa export DIR`: the labels in force as a file, or the trained student as a transformers folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from ..errors import SettingsError
from ..paths import open_project
from . import view
from .labelled import refuse_existing, write_file

TRIED = 16
"""Texts on which an exported student is compared with the one it was made of."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    required=True,
    help="jsonl: labels with provenance, nothing is lost; conll of entities, tacred or semeval of relations, csv of "
    "classes; or transformers: the trained student as a folder.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="File or folder to make; it must not exist."
)
@click.option("--round", "number", type=int, help="transformers: whose student; without it the best on dev.")
def command(folder: Path, format_name: str, out: Path, number: int | None) -> int:
    """Write every label in force of DIR; the JSONL says annotator, round, decision and whether it is simulated. Or
    write the student with its tokenizer, label map and a model card."""
    if format_name == "transformers":
        return _student(folder, out, number)
    if number is not None:
        raise SettingsError("--round: goes with --format transformers; the labels in force are of no round")
    from ..formats.tasks import LabelledDocument
    from ..formats.write import refuse_misfit
    from ..store import items
    from ..store.database import Store
    from ..store.purged import refuse_purged
    from ..student.tasks import of as learner

    paths, settings = open_project(folder)
    refuse_purged(paths.database(settings))
    refuse_existing(out)
    store = Store(paths.database(settings))
    try:
        task = items.project(store).task
        refuse_misfit(task, format_name, *(("transformers",) if learner(task).plain else ()))
        rows = [LabelledDocument(document, labels, said) for document, labels, said in items.exported(store)]
    finally:
        store.close()
    report = write_file(rows, task, format_name, out)
    words = Counter(row.provenance["simulated"] for row in rows)
    marks = "".join(f"; {count} of them {word.upper()}" for word, count in words.items() if word)
    view.say(f"{out}: {report}{marks}")
    return 0


def _student(folder: Path, out: Path, number: int | None) -> int:
    """The student of a round as a folder that `transformers` reads."""
    from ..core.card import model_card
    from ..core.states import Role
    from ..store import items
    from ..store.database import Store
    from ..store.purged import refuse_purged
    from ..store.students import label_sources, people_decided, student_of
    from ..student.checkpoint import read_record
    from ..student.export import export_model
    from ..student.tasks import of

    paths, settings, reader = view.open_reader(folder)
    refuse_purged(paths.database(settings))
    snapshot = reader.snapshot()
    reader.close()
    store = Store(paths.database(settings))
    try:
        number = student_of(store, paths.folder, number)
        decided, sources = people_decided(store, number), label_sources(store, number)
        some = [item for role in (Role.DEV, Role.TEST, Role.POOL) for item in items.items_of(store, role)[:TRIED]]
        learner = of(items.project(store).task)
        texts = [learner.text(document) for document in items.documents(store, some[:TRIED]).values()]
    finally:
        store.close()
    model = paths.models / f"round-{number:03}"
    row = next(row for row in snapshot.rounds if row.round == number)
    record = read_record(model)
    card = model_card(
        snapshot,
        row,
        sources,
        encoder="" if record["encoder"]["kind"] == "local" else record["encoder"]["name"],
        temperature=record.get("temperature"),
        decided=decided,
    )
    tried = export_model(model, out, card, texts)
    marks = sorted({one.simulated.upper() for one in sources if one.simulated})
    mark = f", trained on {' and '.join(marks)} labels" if marks else ""
    view.say(f"{out}: the student of round {number}{mark}; tried on {tried} texts, it says what the student says")
    return 0
