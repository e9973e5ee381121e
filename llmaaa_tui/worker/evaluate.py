"""Step 4: measure the student on dev and test, and the bought labels on the sentences picked."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..core.crossing import sentence
from ..core.document import Document, Span
from ..core.seeds import derive
from ..core.snapshot import Measure
from ..core.states import Phase, Role
from ..core.tokens import to_tags, words_of
from ..evaluation.annotator import picked_score
from ..evaluation.bootstrap import evaluate
from ..store import items, replies, rounds
from ..store.learnt import passed
from ..store.rounds import Figure, MetricSet
from ..student.calibrate import Calibration, recorded
from ..student.checkpoint import read_record
from ..student.examples import Example
from ..student.predict import predict
from .context import Context, words_by_item
from .second_look import as_answer, believed
from .stop_set import figures, stop_set


def evaluate_round(context: Context, number: int) -> None:
    """Write the round's scores in the transaction that ends it."""
    meter = context.meter(number, Phase.EVALUATE)
    meter.tell(0, 0)
    seed = derive(context.settings.project.seed, number, "bootstrap")
    splits: list[tuple[str, list[Example]]] = []
    for role in (Role.DEV, Role.TEST):
        _, examples = context.gold_examples(role)
        if examples:
            splits.append((role, examples))
    looked_at, stopping = _unseen(context, number), stop_set(context)
    sentences = [
        *words_by_item(looked_at),
        *words_by_item(stopping),
        *(one.words for _, examples in splits for one in examples),
    ]
    student = predict(context.student, context.model_folder(number), sentences, progress=meter.tell)
    stop = slice(len(looked_at), len(looked_at) + len(stopping))
    predicted = student.tags[stop.stop :]
    metrics: list[MetricSet] = []
    for split, examples in splits:
        said, predicted = predicted[: len(examples)], predicted[len(examples) :]
        result = evaluate([list(one.tags) for one in examples], said, seed=seed)
        metrics.append(MetricSet("student", split, result.overall, result.labels))
    picked = _picked(context, number, seed)
    if picked is not None:
        metrics.append(picked)
    folder = context.model_folder(number)
    sure = believed(folder, student.probabilities[: stop.stop])
    in_sample = {
        item: as_answer(document, tags, probabilities, student.labels)
        for (item, document), tags, probabilities in zip(looked_at.items(), student.tags, sure, strict=False)
    }
    errors = _errors(recorded(read_record(folder)))
    further = [*figures(context, number, stopping, student.tags[stop], sure[stop]), *errors]
    rounds.finish_evaluation(context.store, number, metrics, meter.seconds, in_sample, further)
    context.event("evaluated", _sentence(metrics, further), number)
    found = passed(context.store)
    if found is not None and found.passed is not None and found.passed[0] == number:
        context.event("teacher", sentence(found), number)
    _prune(context, number)


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


def _sentence(metrics: Sequence[MetricSet], further: Sequence[Figure]) -> str:
    parts = []
    for one in metrics:
        score = one.overall
        name = "annotator on the sentences picked" if one.split == "picked" else f"{one.split} F1"
        parts.append(f"{name} {score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}")
    names = {"agreement": "agreement with the student before", "uncertainty": "uncertainty", "ece": "ECE"}
    parts += [f"{names[one.name]} {_measured(one.measure)}" for one in further if one.name in names]
    return "; ".join(parts)


def _measured(one: Measure) -> str:
    between = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}{between} n={one.n} words"


def _picked(context: Context, number: int, seed: int) -> MetricSet | None:
    """The round's bought labels against hidden gold, where the pool file had any."""
    store = context.store
    chosen = [one.item for one in rounds.selection(store, number)]
    gold = items.gold_of(store, chosen)
    if not gold:
        return None
    bought = replies.bought_spans(store, number)
    documents = items.documents(store, chosen)
    scored = picked_score(
        [gold.get(item) for item in chosen],
        [bought.get(item) for item in chosen],
        [words_of(documents[item]) for item in chosen],
        seed=seed,
    )
    return None if scored.answered is None else MetricSet("annotator", "picked", scored.answered, {})


def measure_teacher(context: Context, role: Role, bought: dict[int, tuple[Span, ...] | None]) -> None:
    """The annotator's F1 on a gold split it was asked about; an item it failed on counts as nothing found."""
    documents = items.documents(context.store, list(bought))
    gold = items.gold_of(context.store, list(bought))
    wanted = [_tags(documents[item], gold[item]) for item in bought]
    said = [_tags(documents[item], spans or ()) for item, spans in bought.items()]
    result = evaluate(wanted, said, seed=derive(context.settings.project.seed, 0, "bootstrap teacher"))
    rounds.write_metrics(context.store, None, [MetricSet("annotator", role, result.overall, result.labels)])
    failed = sum(spans is None for spans in bought.values())
    text = f"annotator on {role}: F1 {result.overall.f1:.3f} over {len(bought)} sentences, {failed} of them failed"
    context.event("teacher", text)
    found = passed(context.store)
    if found is not None and found.passed is not None:
        context.event("teacher", sentence(found))


def _tags(document: Document, spans: Sequence[Span]) -> list[str]:
    return to_tags(spans, words_of(document))


def _prune(context: Context, number: int) -> None:
    """Keep the newest checkpoint and the one best on dev; test is not asked."""
    scored = [(rounds.f1_of(context.store, one, Role.DEV) or 0.0, one) for one in range(1, number + 1)]
    keep = {number, max(scored)[1]}
    for one in range(1, number):
        if one not in keep:
            shutil.rmtree(context.model_folder(one), ignore_errors=True)
