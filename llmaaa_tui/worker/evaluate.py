"""Step 4: measure the student on dev and test, and the bought labels on the sentences picked."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..core.crossing import sentence
from ..core.document import Document, Labels
from ..core.groups import Grouped
from ..core.seeds import of_interval
from ..core.snapshot import Measure
from ..core.states import Phase, Role
from ..evaluation import tasks as evaluation_tasks
from ..evaluation.annotator import picked_score
from ..evaluation.bootstrap import Evaluation
from ..store import items, replies, rounds
from ..store.learnt import passed
from ..store.rounds import Figure, MetricSet
from ..student.calibrate import Calibration, recorded
from ..student.checkpoint import read_record
from ..student.predict import predict
from .context import Context, Gold
from .groups import annotator_so_far, grouped
from .second_look import believed
from .stop_set import figures, stop_set


def evaluate_round(context: Context, number: int) -> None:
    """Write the round's scores in the transaction that ends it."""
    meter = context.meter(number, Phase.EVALUATE)
    meter.tell(0, 0)
    seed = of_interval(context.settings.project.seed, number)
    splits: list[tuple[str, Gold]] = []
    for role in (Role.DEV, Role.TEST):
        gold = context.gold(role)
        if gold.examples:
            splits.append((role, gold))
    looked_at, stopping = _unseen(context, number), stop_set(context)
    texts = [
        *context.texts(looked_at),
        *context.texts(stopping),
        *(one.text for _, gold in splits for one in gold.examples),
    ]
    student = predict(context.student, context.model_folder(number), texts, progress=meter.tell)
    stop = slice(len(looked_at), len(looked_at) + len(stopping))
    predicted = student.targets[stop.stop :]
    metrics: list[MetricSet] = []
    accurate: list[Figure] = []
    by_group: list[Grouped] = []
    for split, gold in splits:
        said, predicted = predicted[: len(gold.examples)], predicted[len(gold.examples) :]
        answers = answers_of(context, gold, said)
        result = _evaluate(context, gold, answers, seed)
        metrics.append(MetricSet("student", split, result.overall, result.labels))
        by_group += grouped(context, "student", split, number, gold.labels, answers, gold.documents, result, seed)
        if result.accuracy is not None:
            accurate.append(Figure(split, "accuracy", result.accuracy))
    picked = _picked(context, number, seed)
    if picked is not None:
        metrics.append(picked)
    by_group += annotator_so_far(context, number, seed)
    folder = context.model_folder(number)
    sure = believed(folder, student.probabilities[: stop.stop])
    in_sample = {
        item: context.learner.answer(document, targets, probabilities, context.labels)
        for (item, document), targets, probabilities in zip(looked_at.items(), student.targets, sure, strict=False)
    }
    errors = _errors(recorded(read_record(folder)))
    further = [*accurate, *figures(context, number, stopping, student.targets[stop], sure[stop]), *errors]
    rounds.finish_evaluation(context.store, number, metrics, meter.seconds, in_sample, further, by_group)
    context.event("evaluated", _sentence(context.task.units, metrics, further), number)
    found = passed(context.store)
    if found is not None and found.passed is not None and found.passed[0] == number:
        context.event("teacher", sentence(found), number)
    _prune(context, number)


def scored(context: Context, gold: Gold, targets: Sequence[Sequence[str]], seed: int) -> Evaluation:
    """A student's targets of gold items against what is true of them."""
    return _evaluate(context, gold, answers_of(context, gold, targets), seed)


def answers_of(context: Context, gold: Gold, targets: Sequence[Sequence[str]]) -> list[Labels]:
    """What a student's targets of gold items say."""
    return [
        context.learner.answer(document, one, None, context.labels).labels
        for document, one in zip(gold.documents, targets, strict=True)
    ]


def _evaluate(context: Context, gold: Gold, said: Sequence[Labels], seed: int) -> Evaluation:
    task = evaluation_tasks.of(context.project.task)
    return task.evaluate(gold.labels, said, gold.documents, context.labels, seed=seed)


def _unseen(context: Context, number: int) -> dict[int, Document]:
    """The round's items where no earlier student said what it makes of them, as in round 1: its own will, in sample."""
    if replies.asked_student(context.store, number):
        return {}
    return items.documents(context.store, [one.item for one in rounds.selection(context.store, number)])


def _errors(found: Calibration | None) -> list[Figure]:
    """What the training found out about the student's confidence on dev, where it could."""
    if found is None:
        return []
    errors = {"ece": found.ece, "ece_raw": found.ece_raw}
    return [Figure("dev", name, Measure(error, found.words)) for name, error in errors.items()]


def _sentence(units: str, metrics: Sequence[MetricSet], further: Sequence[Figure]) -> str:
    parts = []
    for one in metrics:
        score = one.overall
        name = f"annotator on the {units} picked" if one.split == "picked" else f"{one.split} F1"
        parts.append(f"{name} {score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}")
    names = {
        "accuracy": "accuracy",
        "agreement": "agreement with the student before",
        "uncertainty": "uncertainty",
        "ece": "ECE",
    }
    parts += [
        f"{one.split + ' ' if one.name == 'accuracy' else ''}{names[one.name]} {_measured(one.measure)}"
        for one in further
        if one.name in names
    ]
    return "; ".join(parts)


def _measured(one: Measure) -> str:
    between = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}{between} n={one.n}"


def _picked(context: Context, number: int, seed: int) -> MetricSet | None:
    """The round's bought labels against hidden gold, where the pool file had any."""
    store = context.store
    chosen = [one.item for one in rounds.selection(store, number)]
    gold = items.gold_of(store, chosen)
    if not gold:
        return None
    bought = replies.bought(store, number)
    documents = items.documents(store, chosen)
    found = picked_score(
        evaluation_tasks.of(context.project.task),
        [gold.get(item) for item in chosen],
        [bought.get(item) for item in chosen],
        [documents[item] for item in chosen],
        context.labels,
        seed=seed,
    )
    return None if found.answered is None else MetricSet("annotator", "picked", found.answered, {})


def measure_teacher(context: Context, role: Role, bought: dict[int, Labels | None]) -> None:
    """The annotator's F1 on a gold split it was asked about; an item it failed on counts as nothing found."""
    documents = items.documents(context.store, list(bought))
    gold = items.gold_of(context.store, list(bought))
    truth, said, texts = (
        [gold[item] for item in bought],
        list(bought.values()),
        [documents[item] for item in bought],
    )
    seed = of_interval(context.settings.project.seed, 0, "teacher")
    result = evaluation_tasks.of(context.project.task).evaluate(truth, said, texts, context.labels, seed=seed)
    by_group = grouped(context, "annotator", role, None, truth, said, texts, result, seed)
    rounds.write_metrics(context.store, None, [MetricSet("annotator", role, result.overall, result.labels)], by_group)
    failed = sum(said is None for said in bought.values())
    units = context.task.units
    text = f"annotator on {role}: F1 {result.overall.f1:.3f} over {len(bought)} {units}, {failed} of them failed"
    context.event("teacher", text)
    found = passed(context.store)
    if found is not None and found.passed is not None:
        context.event("teacher", sentence(found))


def _prune(context: Context, number: int) -> None:
    """Keep the newest checkpoint and the one best on dev; test is not asked."""
    scored = [(rounds.f1_of(context.store, one, Role.DEV) or 0.0, one) for one in range(1, number + 1)]
    keep = {number, max(scored)[1]}
    for one in range(1, number):
        if one not in keep:
            shutil.rmtree(context.model_folder(one), ignore_errors=True)
