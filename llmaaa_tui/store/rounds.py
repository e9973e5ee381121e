"""Write and read the steps of a round: selection, answers, training set, model, metrics."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.drift import Occasion
from ..core.groups import Grouped
from ..core.snapshot import Measure, Score
from ..core.states import Phase
from .database import Store, now
from .doubts import Doubt, write_doubts
from .group_rows import write_drift, write_groups
from .replies import write_student


@dataclass(frozen=True, slots=True)
class Picked:
    """One selected item with the request it shares and the demonstrations that request shows.

    Attributes:
        bundle: items of one number share a request.
        neighbours: demonstration items, most similar last.
    """

    item: int
    rank: int
    score: float | None
    neighbours: tuple[int, ...]
    bundle: int


@dataclass(frozen=True, slots=True)
class RoundPosition:
    """The newest round and which of its steps are done; number 0 before the first.

    `training` is True once what its training sees is written: decisions count from the next round on.
    """

    number: int
    strategy: str
    done: frozenset[Phase]
    training: bool = False

    @property
    def complete(self) -> bool:
        return self.number == 0 or Phase.EVALUATE in self.done


def position(store: Store) -> RoundPosition:
    """Where the loop stands, read from rows alone."""
    rows = store.rows("SELECT number, strategy FROM round ORDER BY number DESC LIMIT 1")
    if not rows:
        return RoundPosition(0, "", frozenset())
    number = rows[0]["number"]
    done = store.rows("SELECT name FROM phase WHERE round = ? AND state = 'done'", number)
    training = bool(store.value("SELECT 1 FROM training_example WHERE round = ? LIMIT 1", number))
    strategy = phase_detail(store, number, Phase.SELECT, "started").get("strategy", rows[0]["strategy"])
    return RoundPosition(number, strategy, frozenset(Phase(row["name"]) for row in done), training)


def start_round(store: Store, number: int, strategy: str, target: int) -> None:
    """Open a round."""
    with store.transaction() as seq:
        store.insert("round", number=number, strategy=strategy, target=target, created_utc=now(), seq=seq)


def change_strategy(store: Store, number: int, strategy: str) -> None:
    """Have a round that nothing was picked for yet picked by another strategy than it was opened with."""
    start_phase(store, number, Phase.SELECT, {"strategy": strategy})


def target_of(store: Store, number: int) -> int:
    """How many items the round was opened for."""
    return int(store.value("SELECT target FROM round WHERE number = ?", number))


def start_phase(store: Store, number: int, phase: Phase, detail: Mapping[str, Any] | None = None) -> None:
    """Note that a step begins (again)."""
    with store.transaction() as seq:
        store.insert(
            "phase",
            round=number,
            name=phase,
            state="started",
            detail=json.dumps(detail or {}),
            created_utc=now(),
            seq=seq,
        )


def _finish(store: Store, number: int, phase: Phase, seconds: float, detail: Mapping[str, Any], seq: int) -> None:
    store.insert(
        "phase",
        round=number,
        name=phase,
        state="done",
        seconds=seconds,
        detail=json.dumps(detail),
        created_utc=now(),
        seq=seq,
    )


def finish_phase(store: Store, number: int, phase: Phase, seconds: float, detail: Mapping[str, Any]) -> None:
    """Note that a step is done, with its seconds."""
    with store.transaction() as seq:
        _finish(store, number, phase, seconds, detail, seq)


def phase_detail(store: Store, number: int, phase: Phase, state: str = "done") -> dict[str, Any]:
    """What was noted when a round's step was done (or last "started"); {} before."""
    value = store.value(
        "SELECT detail FROM phase WHERE round = ? AND name = ? AND state = ? ORDER BY id DESC LIMIT 1",
        number,
        phase,
        state,
    )
    found: dict[str, Any] = json.loads(value) if value else {}
    return found


def phase_seconds(store: Store, phase: Phase) -> float | None:
    """How long this step took in the newest round that finished it."""
    value = store.value("SELECT seconds FROM phase WHERE name = ? AND state = 'done' ORDER BY id DESC LIMIT 1", phase)
    return None if value is None else float(value)


def write_selection(
    store: Store,
    number: int,
    strategy: str,
    picked: Sequence[Picked],
    seconds: float,
    said: Mapping[int, ItemAnswer] | None = None,
    doubts: Sequence[Doubt] = (),
    as_of: int | None = None,
) -> None:
    """The batch and its demonstrations in one transaction that also ends the step.

    Args:
        said: what the student of the round before says of the items picked.
        doubts: labelled items that the round asks once more.
        as_of: the seq up to which labels on demonstrations count, where that is not this transaction's.
    """
    with store.transaction() as seq:
        write_student(store, said or {}, number - 1, number, seq)
        write_doubts(store, number, doubts, seq)
        for one in picked:
            store.insert(
                "selection",
                round=number,
                item_id=one.item,
                strategy=strategy,
                score=one.score,
                rank=one.rank,
                neighbours=json.dumps(one.neighbours),
                bundle=one.bundle,
                seq=seq,
            )
        _finish(store, number, Phase.SELECT, seconds, {} if as_of is None else {"as_of": as_of}, seq)


def selection(store: Store, number: int) -> list[Picked]:
    """The round's batch by rank."""
    return [
        Picked(
            row["item_id"],
            row["rank"],
            row["score"],
            tuple(json.loads(row["neighbours"])),
            row["rank"] if row["bundle"] is None else row["bundle"],
        )
        for row in store.rows("SELECT * FROM selection WHERE round = ? ORDER BY rank", number)
    ]


def selected_at(store: Store, number: int) -> int:
    """The seq up to which labels on demonstrations count: when the round's batch was decided on; 0 before."""
    as_of: int | None = phase_detail(store, number, Phase.SELECT).get("as_of")
    if as_of is not None:
        return as_of
    return int(store.value("SELECT COALESCE(MAX(seq), 0) FROM selection WHERE round = ?", number))


def write_training_set(store: Store, number: int, examples: Iterable[tuple[int, int, float]]) -> None:
    """(item, annotation, weight) of everything the coming training sees; written once a round."""
    if store.value("SELECT 1 FROM training_example WHERE round = ?", number):
        return
    with store.transaction() as seq:
        for item, annotation, weight in examples:
            store.insert(
                "training_example", round=number, item_id=item, annotation_id=annotation, weight=weight, seq=seq
            )


def training_set(store: Store, number: int) -> list[tuple[int, int, float]]:
    """(item, annotation, weight) of a round's training, by item."""
    return [
        (row["item_id"], row["annotation_id"], row["weight"])
        for row in store.rows("SELECT * FROM training_example WHERE round = ? ORDER BY item_id", number)
    ]


def write_model(
    store: Store,
    number: int,
    folder: str,
    settings: Mapping[str, Any],
    best_epoch: int,
    dev_loss: float | None,
    seconds: float,
    temperature: float | None = None,
    weights: Iterable[tuple[int, float, bool]] = (),
) -> None:
    """The checkpoint of a round, in the transaction that ends its training.

    Args:
        temperature: that makes its confidence true, None where dev was too small to tell.
        weights: of reweighting: (item, how far it was trusted, whether the trainer distrusts its label).
    """
    with store.transaction() as seq:
        store.insert(
            "model",
            round=number,
            folder=folder,
            settings=json.dumps(settings),
            best_epoch=best_epoch,
            dev_loss=dev_loss,
            temperature=temperature,
            created_utc=now(),
            seq=seq,
        )
        for item, weight, low in weights:
            store.insert("example_weight", round=number, item_id=item, weight=weight, low=int(low), seq=seq)
        _finish(store, number, Phase.TRAIN, seconds, {"best_epoch": best_epoch}, seq)


def model_folder(store: Store, number: int) -> str | None:
    """Where a round's checkpoint lies, relative to the project."""
    value = store.value("SELECT folder FROM model WHERE round = ? ORDER BY id DESC LIMIT 1", number)
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class MetricSet:
    """Scores of one subject on one split: over all labels and for each."""

    subject: str
    split: str
    overall: Score
    labels: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on a split that is no F1; `name` is agreement, disagreement, uncertainty, ece or ece_raw; of a label,
    or of all."""

    split: str
    name: str
    measure: Measure
    label: str = ""
    subject: str = "student"


def _write_metrics(store: Store, number: int | None, metrics: MetricSet, seq: int) -> None:
    for label, score in (("", metrics.overall), *metrics.labels.items()):
        for name, value, low, high in (
            ("f1", score.f1, score.low, score.high),
            ("precision", score.precision, None, None),
            ("recall", score.recall, None, None),
        ):
            store.insert(
                "metric",
                round=number,
                subject=metrics.subject,
                split=metrics.split,
                name=name,
                label=label,
                value=value,
                n=score.n,
                low=low,
                high=high,
                created_utc=now(),
                seq=seq,
            )


def write_metrics(
    store: Store,
    number: int | None,
    metrics: Iterable[MetricSet],
    groups: Iterable[Grouped] = (),
    figures: Iterable[Figure] = (),
    drift: Occasion | None = None,
) -> None:
    """Scores that belong to no step's end, in one transaction."""
    with store.transaction() as seq:
        for one in metrics:
            _write_metrics(store, number, one, seq)
        _write_figures(store, number, figures, seq)
        write_groups(store, groups, seq)
        if drift is not None:
            write_drift(store, drift, seq)


def _write_figures(store: Store, number: int | None, figures: Iterable[Figure], seq: int) -> None:
    for figure in figures:
        measure = figure.measure
        store.insert(
            "metric",
            round=number,
            subject=figure.subject,
            split=figure.split,
            name=figure.name,
            label=figure.label,
            value=measure.value,
            n=measure.n,
            low=measure.low,
            high=measure.high,
            created_utc=now(),
            seq=seq,
        )


def finish_evaluation(
    store: Store,
    number: int,
    metrics: Iterable[MetricSet],
    seconds: float,
    said: Mapping[int, ItemAnswer] | None = None,
    figures: Iterable[Figure] = (),
    groups: Iterable[Grouped] = (),
) -> None:
    """A round's scores, in the transaction that ends the round.

    Args:
        figures: what else was measured of the student.
        groups: the scores by label, language and metadata.
        said: what the round's own student says of the items it was trained on, where no earlier one was asked.
    """
    with store.transaction() as seq:
        write_student(store, said or {}, number, number, seq)
        for one in metrics:
            _write_metrics(store, number, one, seq)
        _write_figures(store, number, figures, seq)
        write_groups(store, groups, seq)
        _finish(store, number, Phase.EVALUATE, seconds, {}, seq)


def has_metric(store: Store, subject: str, split: str) -> bool:
    """Whether the subject was ever measured on the split."""
    return bool(store.value("SELECT 1 FROM metric WHERE subject = ? AND split = ? LIMIT 1", subject, split))


def f1_of(store: Store, number: int, split: str) -> float | None:
    """The student's F1 of a round on a split."""
    value = store.value(
        "SELECT value FROM metric WHERE round = ? AND subject = 'student' AND split = ? AND name = 'f1' AND label = ''",
        number,
        split,
    )
    return None if value is None else float(value)
