"""The rounds of a snapshot: counts, scores and money of each. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping

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
                dev=scores.get((number, "student", "dev")),
                test=scores.get((number, "student", "test")),
                teacher=teacher[0],
                teacher_split=teacher[1],
                picked=scores.get((number, "annotator", "picked")),
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
    for row in reading.rows("SELECT * FROM baseline WHERE seq <= ? ORDER BY id", limit):
        score = Score(row["f1"], row["precision"], row["recall"], row["n"], row["low"], row["high"])
        newest[row["name"], row["split"]] = Baseline(row["name"], row["split"], score, row["train_size"], row["failed"])
    return tuple(newest.values())


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
