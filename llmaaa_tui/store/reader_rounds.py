"""The rounds of a snapshot: counts, scores and money of each. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from ..core.snapshot import Baseline, Calibration, Measure, ReviewWait, RoundRow, Score, Tokens
from ..core.states import State
from .last_words import last_words, standing_decisions
from .reading import Reading

_Metrics = dict[tuple[int | None, str, str], dict[str, dict[str, sqlite3.Row]]]


def rounds(reading: Reading, limit: int, spend: Mapping[int, tuple[Tokens, int]]) -> tuple[RoundRow, ...]:
    """All rounds as of `limit`; `spend` is each round's tokens and nano-USD."""
    heads = reading.rows(
        "SELECT number, COALESCE((SELECT strategy FROM selection WHERE selection.round = round.number AND seq <= :limit"
        " LIMIT 1), strategy) AS strategy FROM round WHERE seq <= :limit ORDER BY number",
        {"limit": limit},
    )
    selected = reading.count_by("SELECT round, COUNT(*) FROM selection WHERE seq <= ? GROUP BY round", limit)
    standing = standing_decisions(reading)
    reviewed = reading.count_by(
        "SELECT selection.round, COUNT(DISTINCT selection.item_id) FROM selection"
        f" JOIN ({standing}) AS decision ON decision.item_id = selection.item_id"
        " WHERE selection.seq <= :limit GROUP BY selection.round",
        {"limit": limit},
    )
    trained = reading.count_by("SELECT round, COUNT(*) FROM training_example WHERE seq <= ? GROUP BY round", limit)
    states: dict[int, Counter[tuple[str, str | None]]] = defaultdict(Counter)
    last = last_words(reading)
    # What a round asks once more is none of those it picked.
    mine = " WHERE (round, item_id) NOT IN (SELECT round, item_id FROM doubt)" if reading.has_table("doubt") else ""
    for row in reading.rows(
        f"SELECT round, state, failure, COUNT(*) AS n FROM ({last}){mine} GROUP BY 1, 2, 3", {"limit": limit}
    ):
        states[row["round"]][row["state"], row["failure"]] = row["n"]
    seconds: dict[int, dict[str, float]] = defaultdict(dict)
    skipped: Counter[int] = Counter()
    for row in reading.rows("SELECT round, name, seconds, detail FROM phase WHERE state = 'done' AND seq <= ?", limit):
        seconds[row["round"]][row["name"]] = row["seconds"] or 0.0
        skipped[row["round"]] += int(json.loads(row["detail"]).get("budget_skipped", 0))
    metrics = _metrics(reading, limit)
    measured = _scores(metrics)
    scores = {key: labels[""] for key, labels in measured.items() if "" in labels}
    temperatures = _temperatures(reading, limit)
    held, held_picked = _held_in(reading), _picked_in(reading, last, limit)
    result = []
    for head in heads:
        number = head["number"]
        failed = {str(name): n for (state, name), n in states[number].items() if state == State.FAILED}
        if skipped[number]:
            failed["budget_skipped"] = skipped[number]
        teacher = next(
            (
                (score, split)
                for (_, subject, split), score in scores.items()
                if subject == "annotator" and split in ("dev", "test")
            ),
            (None, None),
        )
        result.append(
            RoundRow(
                round=number,
                strategy=head["strategy"],
                selected=selected[number],
                labelled=states[number][State.LABELLED, None],
                empty=states[number][State.EMPTY, None],
                failed=failed,
                reviewed=reviewed[number],
                train_size=trained[number],
                dev=_counted(scores.get((number, "student", "dev")), held.get("dev")),
                test=_counted(scores.get((number, "student", "test")), held.get("test")),
                teacher=_counted(teacher[0], held.get(teacher[1] or "")),
                teacher_split=teacher[1],
                picked=_counted(scores.get((number, "annotator", "picked")), held_picked.get(number)),
                tokens=spend.get(number, (Tokens(), 0))[0],
                cost_nanousd=spend.get(number, (Tokens(), 0))[1],
                seconds=seconds[number],
                by_label={
                    split: {label: score for label, score in labels.items() if label}
                    for (measured_round, subject, split), labels in measured.items()
                    if measured_round == number and subject == "student"
                },
                agreement=_measure(metrics, number, "pool", "agreement"),
                uncertainty=_measure(metrics, number, "pool", "uncertainty"),
                calibration=_calibration(metrics, number, temperatures.get(number)),
                accuracy={
                    split: measure
                    for split in ("dev", "test")
                    if (measure := _measure(metrics, number, split, "accuracy")) is not None
                },
            )
        )
    return tuple(result)


def _metrics(reading: Reading, limit: int) -> _Metrics:
    """Rows by (round, subject, split), label and name; the label "" is over all."""
    found: _Metrics = {}
    for row in reading.rows("SELECT * FROM metric WHERE seq <= ? ORDER BY id", limit):
        labels = found.setdefault((row["round"], row["subject"], row["split"]), {})
        labels.setdefault(row["label"], {})[row["name"]] = row
    return found


def _scores(metrics: _Metrics) -> dict[tuple[int | None, str, str], dict[str, Score]]:
    """Scores by (round, subject, split) and label, of the splits that have any."""
    found = {
        key: {
            label: Score(
                f1=rows["f1"]["value"],
                precision=rows["precision"]["value"],
                recall=rows["recall"]["value"],
                n=rows["f1"]["n"],
                low=rows["f1"]["low"],
                high=rows["f1"]["high"],
            )
            for label, rows in labels.items()
            if {"f1", "precision", "recall"} <= rows.keys()
        }
        for key, labels in metrics.items()
    }
    return {key: labels for key, labels in found.items() if labels}


def _measure(metrics: _Metrics, number: int, split: str, name: str) -> Measure | None:
    row = metrics.get((number, "student", split), {}).get("", {}).get(name)
    return None if row is None else Measure(row["value"], row["n"], row["low"], row["high"])


def _calibration(metrics: _Metrics, number: int, temperature: float | None) -> Calibration | None:
    ece, raw = (_measure(metrics, number, "dev", name) for name in ("ece", "ece_raw"))
    return None if ece is None else Calibration(ece.value, raw.value if raw else None, ece.n, temperature)


def _temperatures(reading: Reading, limit: int) -> dict[int, float | None]:
    """Each round's temperature; a file of an earlier version has none."""
    if not reading.has_column("model", "temperature"):
        return {}
    rows = reading.rows("SELECT round, temperature FROM model WHERE seq <= ? ORDER BY id", limit)
    return {row["round"]: row["temperature"] for row in rows}


def baselines(reading: Reading, limit: int) -> tuple[Baseline, ...]:
    """The newest score of each baseline and split as of `limit`, in the order they were first measured."""
    if not reading.has_table("baseline"):
        return ()
    newest: dict[tuple[str, str], Baseline] = {}
    held = _held_in(reading)
    for row in reading.rows("SELECT * FROM baseline WHERE seq <= ? ORDER BY id", limit):
        score = Score(row["f1"], row["precision"], row["recall"], row["n"], row["low"], row["high"])
        counted = _counted(score, held.get(row["split"])) or score
        newest[row["name"], row["split"]] = Baseline(
            row["name"], row["split"], counted, row["train_size"], row["failed"]
        )
    return tuple(newest.values())


def _held_in(reading: Reading) -> dict[str, tuple[int, int]]:
    """Pairs of dev and test, and in how many sentences they are; {} where items are no pairs."""
    rows = reading.rows(
        "SELECT role, COUNT(*) AS items, COUNT(DISTINCT document.sha256) AS sentences FROM item"
        " JOIN document ON document.id = item.document_id"
        " WHERE role IN ('dev', 'test') AND head_start IS NOT NULL GROUP BY role"
    )
    return {row["role"]: (row["items"], row["sentences"]) for row in rows}


def _picked_in(reading: Reading, last: str, limit: int) -> dict[int, tuple[int, int]]:
    """The same of a round's usable answers about pairs that have hidden gold.

    Args:
        last: SQL of the last word on each item of a round.
    """
    if not reading.value("SELECT 1 FROM item WHERE id = (SELECT MIN(id) FROM item) AND head_start IS NOT NULL"):
        return {}
    rows = reading.rows(
        "SELECT said.round, COUNT(*) AS items, COUNT(DISTINCT document.sha256) AS sentences"
        f" FROM ({last}) AS said JOIN selection ON selection.round = said.round AND selection.item_id = said.item_id"
        " JOIN item ON item.id = said.item_id JOIN document ON document.id = item.document_id"
        " WHERE said.state <> 'failed' AND EXISTS (SELECT 1 FROM annotation AS gold WHERE gold.item_id = said.item_id"
        " AND gold.kind = 'gold' AND gold.round IS NULL) GROUP BY said.round",
        {"limit": limit},
    )
    return {row["round"]: (row["items"], row["sentences"]) for row in rows}


def _counted(score: Score | None, held: tuple[int, int] | None) -> Score | None:
    """The score with its sentences, where it is over just these items."""
    if score is None or held is None or score.n != held[0]:
        return score
    return replace(score, sentences=held[1])


def review_wait(reading: Reading, limit: int) -> ReviewWait | None:
    """The round whose review was begun and is not done, with how many of its items nobody has decided on yet."""
    begun = reading.one(
        "SELECT round, detail FROM phase WHERE name = 'review' AND state = 'started' AND seq <= :limit"
        " AND round NOT IN (SELECT round FROM phase WHERE name = 'review' AND state = 'done' AND seq <= :limit)"
        " ORDER BY id DESC LIMIT 1",
        {"limit": limit},
    )
    if begun is None:
        return None
    waiting = reading.value(
        "SELECT COUNT(*) FROM json_each(:detail, '$.items') WHERE value NOT IN"
        f" (SELECT item_id FROM ({standing_decisions(reading)}))",
        {"limit": limit, "detail": begun["detail"]},
    )
    return ReviewWait(begun["round"], waiting)
