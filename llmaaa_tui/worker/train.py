"""Step 3: train the student on every label in force, and keep its best epoch."""

from __future__ import annotations

from ..core.seeds import derive
from ..core.states import Phase, Role
from ..errors import WaitingError
from ..store import items, rounds
from ..student.checkpoint import is_complete, read_record
from ..student.examples import TrainProgress
from ..student.train import train
from .context import Context, example
from .progress import Meter


def train_student(context: Context, number: int) -> bool:
    """Train afresh on the round's labels; False where a stop came first (nothing is kept then).

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
    rounds.write_training_set(store, number, ((label.item, label.annotation, 1.0) for label in labels))
    if not ensure_model(context, number, meter):
        return False
    record = read_record(folder)
    rounds.write_model(
        store,
        number,
        str(folder.relative_to(context.paths.folder)),
        record["settings"],
        record["best_epoch"],
        record["dev_loss"],
        meter.seconds,
    )
    size = len(rounds.training_set(store, number))
    text = f"trained on {size} sentences: best epoch {record['best_epoch']}"
    if record["dev_f1"] is not None:
        text += f", dev F1 {record['dev_f1']:.3f} on the stopping sample"
    context.event("trained", text, number)
    return True


def ensure_model(context: Context, number: int, meter: Meter) -> bool:
    """Train the round's student unless its checkpoint is there; False where a stop came first.

    The stored training set and the project's seed give the same student again, so a project that was moved
    without its models goes on.
    """
    store, folder = context.store, context.model_folder(number)
    rows = rounds.training_set(store, number)
    meter.tell(0, 0, f"{len(rows)} sentences")
    if is_complete(folder):
        return True
    documents = items.documents(store, [item for item, _, _ in rows])
    spans = items.spans_of(store, [annotation for _, annotation, _ in rows])
    examples = [example(documents[item], spans[annotation], weight) for item, annotation, weight in rows]
    _, dev = context.gold_examples(Role.DEV)

    def report(progress: TrainProgress) -> None:
        loss = f"loss {progress.loss:.3f}"
        if progress.dev_f1 is not None:
            loss += f", dev F1 {progress.dev_f1:.2f}, best epoch {progress.best_epoch}"
        meter.tell(progress.step, progress.steps, f"epoch {progress.epoch} of {progress.epochs}, {loss}")

    result = train(
        context.student,
        context.labels,
        examples,
        dev,
        folder,
        derive(context.settings.project.seed, number, "train"),
        report,
        context.control.should_stop,
    )
    if result.folder is None:
        return False
    folder.chmod(0o700)
    return True
