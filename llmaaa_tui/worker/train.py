"""Step 3: train the student on every label in force, and keep its best epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.seeds import derive
from ..core.states import Phase, Role
from ..errors import SettingsError, WaitingError
from ..store import items, rounds, training
from ..store.suspicion import lowest
from ..student.checkpoint import is_complete, read_record
from ..student.examples import Example, TrainProgress
from ..student.train import train
from .context import Context
from .progress import Meter

PRIOR = 1.0
"""What every label counts before any reweighting, whoever gave it and however sure its vote was."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a training of a round sees: its labelled sentences by item, dev, and meta where labels are reweighted."""

    examples: list[Example]
    dev: list[Example]
    meta: list[Example]


def train_student(context: Context, number: int) -> bool:
    """Train on the round's labels; False where a stop came first (nothing is kept then).

    Raises:
        WaitingError: people rejected every label.
        LlmaaaError: the encoder cannot be had.
    """
    meter = context.meter(number, Phase.TRAIN)
    store, folder = context.store, context.model_folder(number)
    labels = items.labels_in_force(store)
    if not labels and not rounds.training_set(store, number):
        raise WaitingError(
            "people rejected every label, so there is nothing to train on: accept or mend some with llmaaa review DIR, "
            "then go on with llmaaa run"
        )
    rounds.write_training_set(store, number, ((label.item, label.annotation, PRIOR) for label in labels))
    if not ensure_model(context, number, meter):
        return False
    record = read_record(folder)
    rounds.write_model(
        store,
        number,
        str(folder.relative_to(context.paths.folder)),
        {**record["settings"], "warm": record.get("warm")},
        record["best_epoch"],
        record["dev_loss"],
        meter.seconds,
        record.get("temperature"),
        _weighed(context, number, record.get("weights")),
    )
    rows = rounds.training_set(store, number)
    flat = _flattened(context, rows)
    left_out = f"; {flat} {'span' if flat == 1 else 'spans'} left out, for a word has one tag" if flat else ""
    context.event("trained", _sentence(context.task.count(len(rows)), record) + left_out, number)
    return True


def ensure_model(context: Context, number: int, meter: Meter) -> bool:
    """Train the round's student unless its checkpoint is there; False where a stop came first.

    The stored training set and the project's seed give the same student again, so a project that was moved
    without its models goes on. A student that went on from an earlier one is the same again only where that one is
    still there; it is trained afresh else, and the log says so.
    """
    store, folder = context.store, context.model_folder(number)
    meter.tell(0, 0, f"{len(rounds.training_set(store, number))} {context.task.units}")
    if is_complete(folder):
        return True
    given = material(context, number)

    def report(progress: TrainProgress) -> None:
        loss = f"loss {progress.loss:.3f}"
        if progress.dev_f1 is not None:
            loss += f", dev F1 {progress.dev_f1:.2f}, best epoch {progress.best_epoch}"
        meter.tell(progress.step, progress.steps, f"epoch {progress.epoch} of {progress.epochs}, {loss}")

    result = train(
        context.student,
        context.project.task,
        context.labels,
        given.examples,
        given.dev,
        folder,
        derive(context.settings.project.seed, number, "train"),
        report,
        context.control.should_stop,
        meta=given.meta,
        warm=_warm(context, number),
    )
    if result.folder is None:
        return False
    folder.chmod(0o700)
    return True


def material(context: Context, number: int) -> Material:
    """What the training of a round sees, as it was written when that began.

    Raises:
        SettingsError: labels are to be reweighted, and there are no gold sentences to do it by.
    """
    store = context.store
    rows = rounds.training_set(store, number)
    documents = items.documents(store, [item for item, _, _ in rows])
    trusted = training.trusted(store, number)
    answers = training.samples(store, number) if context.student.soft_labels else {}
    labels = items.labels_of(
        store, [*(annotation for _, annotation, _ in rows), *(one for said in answers.values() for one in said)]
    )
    examples = [
        context.example(
            documents[item],
            labels[annotation],
            weight,
            trusted=item in trusted,
            answers=[labels[one] for one in answers.get(item, ())],
        )
        for item, annotation, weight in rows
    ]
    meta: list[Example] = []
    if context.student.reweight != "none":
        meta = context.gold(Role.META).examples
        if not meta:
            raise SettingsError(
                "student.reweight looks at gold sentences that serve as meta, and this project has none; make it with "
                "--meta FILE or --gold FILE, or set student.reweight = none"
            )
    return Material(examples, context.gold(Role.DEV).examples, meta)


def _flattened(context: Context, rows: Sequence[tuple[int, int, float]]) -> int:
    """How many spans of the labels a student cannot hold, which gives each word one tag."""
    documents = items.documents(context.store, [item for item, _, _ in rows])
    labels = items.labels_of(context.store, [annotation for _, annotation, _ in rows])
    return sum(context.learner.dropped(documents[item], labels[annotation]) for item, annotation, _ in rows)


def _warm(context: Context, number: int) -> Path | None:
    """The student to go on from: the one it went on from before, else the last round's where `student.warm` says so."""
    before = training.model_settings(context.store, number)
    if before is not None:
        name = before.get("warm")
        folder = context.paths.models / name if name else None
    else:
        folder = context.model_folder(number - 1) if context.settings.student.warm and number > 1 else None
    if folder is None or is_complete(folder):
        return folder
    text = f"{folder.name} is not there to go on from, so the student of round {number} is trained afresh"
    context.event("warm", text, number)
    return None


def _weighed(context: Context, number: int, weights: Sequence[float | None] | None) -> list[tuple[int, float, bool]]:
    """(item, weight, distrusted) of a training that reweighted, from its checkpoint's record.

    Distrusted are the lowest 5 %, but never a label that a person confirmed.
    """
    if weights is None:
        return []
    found = [
        (item, weight)
        for (item, _, _), weight in zip(rounds.training_set(context.store, number), weights, strict=True)
        if weight is not None
    ]
    mark = lowest(sorted(weight for _, weight in found))
    trusted = training.trusted(context.store, number)
    return [(item, weight, mark is not None and weight <= mark and item not in trusted) for item, weight in found]


def _sentence(what: str, record: dict[str, Any]) -> str:
    text = f"trained on {what}"
    if record.get("warm"):
        text += f", going on from {record['warm']}"
    text += f": best epoch {record['best_epoch']}"
    if record["dev_f1"] is not None:
        text += f", dev F1 {record['dev_f1']:.3f} on the stopping sample"
    if record.get("skipped"):
        text += (
            f"; {record['skipped']} of {record['steps']} steps were left out, no label of their batch helped on meta"
        )
    return text
