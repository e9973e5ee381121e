"""What the store already knows of each annotator, the student and the people. Plain sqlite3, read only."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from ..core.league import LeagueRow, pooled_accuracy, pooled_score
from ..core.snapshot import Measure, Score
from ..core.tasks import Shape, UnknownTaskError, get
from .last_words import answers_by_annotator, answers_of_split, standing_decisions
from .reading import Reading
from .spending import FOREVER, Spending

Spans = dict[int, set[tuple[int, int, str]]]


class _Compared(NamedTuple):
    """An answer beside the gold of its item; the label that says "none of these" is in neither."""

    document: int
    said: set[tuple[int, int, str]]
    gold: set[tuple[int, int, str]]
    failed: bool


class _OnGold(NamedTuple):
    """The figures of a gold split, over all its items; `failed` of them have no usable answer."""

    split: str
    score: Score | None = None
    accuracy: Measure | None = None
    failed: int = 0


class League(Reading):
    """The annotators side by side."""

    def table(self, as_of: int | None = None) -> tuple[LeagueRow, ...]:
        """Annotators by what they answered, then the student, then people; `as_of` goes back to an earlier seq."""
        with self.still():
            limit = FOREVER if as_of is None else as_of
            annotators = self._annotators(limit)
            compared = next((row.split for row in annotators if row.split), "dev")
            return (*annotators, *self._student(compared, limit), *self._people(limit))

    # -- annotators -------------------------------------------------------------------------------

    def _annotators(self, limit: int) -> list[LeagueRow]:
        answers = answers_by_annotator(self)
        at = {"limit": limit}
        states: dict[str, Counter[tuple[str, str | None]]] = defaultdict(Counter)
        for row in self.rows(
            f"SELECT annotator, state, failure, COUNT(*) AS n FROM ({answers}) GROUP BY 1, 2, 3 ORDER BY 1", at
        ):
            states[row["annotator"]][row["state"], row["failure"]] = row["n"]
        flagged: dict[str, dict[str, int]] = defaultdict(dict)
        sure: dict[str, tuple[float, int]] = {}
        if self.has_column("annotation", "flags"):
            for row in self.rows(
                f"SELECT annotator, flag.value AS flag, COUNT(*) AS n FROM ({answers}) AS answer,"
                " json_each(answer.flags) AS flag GROUP BY 1, 2 ORDER BY 1, 3 DESC",
                at,
            ):
                flagged[row["annotator"]][str(row["flag"])] = row["n"]
            sure = {
                row["annotator"]: (row["mean"], row["n"])
                for row in self.rows(
                    f"SELECT annotator, AVG(confidence) AS mean, COUNT(confidence) AS n FROM ({answers})"
                    " WHERE confidence IS NOT NULL GROUP BY 1",
                    at,
                )
            }
        picked, measured = self._picked(answers, limit), self._measured(limit)
        paid, judged = self._paid(limit), self._judged(limit)
        rows = []
        for name in {**states, **measured}:
            counts = states[name]
            cost, seconds, requests = paid.get(name, (None, None, 0))
            of_pool, accuracy = picked.get(name, (None, None))
            on_gold = measured.get(name, _OnGold(""))
            rows.append(
                LeagueRow(
                    name,
                    "annotator",
                    labelled=counts["labelled", None],
                    empty=counts["empty", None],
                    failed={str(failure): n for (state, failure), n in counts.items() if state == "failed"},
                    flagged=flagged[name],
                    picked=of_pool,
                    accuracy=accuracy,
                    measured=on_gold.score,
                    measured_accuracy=on_gold.accuracy,
                    measured_failed=on_gold.failed,
                    split=on_gold.split,
                    confidence=sure[name][0] if name in sure else None,
                    confident=sure[name][1] if name in sure else 0,
                    cost_nanousd=cost,
                    seconds=seconds,
                    requests=requests,
                    **judged.get(name, {}),
                )
            )
        return sorted(rows, key=lambda row: (-row.usable, row.name))

    def _picked(self, answers: str, limit: int) -> dict[str, tuple[Score | None, Measure | None]]:
        """Usable answers against hidden gold of the pool, by annotator: label by label, and as wholes. Items of one
        sentence count together, for sentences were drawn; the label that says "none of these" counts for no F1."""
        found: dict[str, tuple[Score | None, Measure | None]] = {}
        for name, compared in self._against_gold(answers, {"limit": limit}).items():
            usable = [one for one in compared if not one.failed]
            counts: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
            for one in usable:
                right, wrong, missed = counts[one.document]
                hit = len(one.said & one.gold)
                counts[one.document] = right + hit, wrong + len(one.said) - hit, missed + len(one.gold) - hit
            found[name] = pooled_score(counts.values(), len(usable)), self._accuracy(usable)
        return found

    def _accuracy(self, compared: Sequence[_Compared]) -> Measure | None:
        """The share of items labelled exactly; None where labels are stretches of the text."""
        if self._shape() is Shape.SPANS:
            return None
        counts: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for one in compared:
            right, items = counts[one.document]
            counts[one.document] = right + (not one.failed and one.said == one.gold), items + 1
        return pooled_accuracy(counts.values())

    def _shape(self) -> Shape:
        try:
            return get(self.value("SELECT task FROM project")).shape
        except UnknownTaskError:
            return Shape.SPANS  # its package is not installed here

    def _against_gold(self, answers: str, at: Mapping[str, Any]) -> dict[str, list[_Compared]]:
        """What each annotator said, beside what is true of it, where the file said that."""
        pairs = self.rows(
            "SELECT answer.annotator, answer.id AS said, answer.state = 'failed' AS failed, gold.id AS gold,"
            f" item.document_id AS document FROM ({answers}) AS answer JOIN item ON item.id = answer.item_id"
            " JOIN annotation AS gold ON gold.item_id = answer.item_id AND gold.kind = 'gold' AND gold.round IS NULL"
            " AND gold.seq <= :limit WHERE answer.kind <> 'gold'",
            at,
        )
        if not pairs:
            return {}
        said = self._labels(f"SELECT id FROM ({answers}) WHERE state <> 'failed' AND kind <> 'gold'", at)
        gold = self._labels(
            "SELECT id FROM annotation WHERE kind = 'gold' AND round IS NULL AND item_id IN"
            f" (SELECT item_id FROM ({answers}))",
            at,
        )
        found: dict[str, list[_Compared]] = defaultdict(list)
        nothing: set[tuple[int, int, str]] = set()
        for row in pairs:
            mine, true = said.get(row["said"], nothing), gold.get(row["gold"], nothing)
            found[row["annotator"]].append(_Compared(row["document"], mine, true, bool(row["failed"])))
        return found

    def _labels(self, annotations: str, at: Mapping[str, Any]) -> Spans:
        """The spans of annotations, by annotation; a class of the whole item as a span without a place."""
        found: Spans = defaultdict(set)
        negative = "COALESCE((SELECT negative FROM project), '')" if self.has_column("project", "negative") else "''"
        for row in self.rows(
            f'SELECT annotation_id, start, "end", label FROM span WHERE annotation_id IN ({annotations})'
            " UNION ALL SELECT annotation_id, -1, -1, label FROM class_label"
            f" WHERE annotation_id IN ({annotations}) AND label <> {negative}",
            at,
        ):
            found[row["annotation_id"]].add((row["start"], row["end"], row["label"]))
        return found

    def _measured(self, limit: int) -> dict[str, _OnGold]:
        """The scores on a gold split, where one annotator alone was asked about that split."""
        found: dict[str, _OnGold] = {}
        for split in ("dev", "test"):
            score = self._score("annotator", split, limit)
            if score is None:
                continue
            names = self.rows(
                "SELECT DISTINCT annotator FROM annotation JOIN item ON item.id = annotation.item_id"
                " WHERE item.role = ? AND annotation.kind IN ('llm', 'vote') AND annotation.seq <= ?",
                split,
                limit,
            )
            if len(names) == 1:
                [name] = (row["annotator"] for row in names)
                answers = self._against_gold(answers_of_split(), {"limit": limit, "split": split}).get(name, [])
                failed = sum(one.failed for one in answers)
                found[name] = _OnGold(split, score, self._accuracy(answers), failed)
        return found

    def _newest(self, subject: str, split: str, limit: int) -> dict[str, sqlite3.Row]:
        """The newest figures over all labels, by name."""
        return {
            row["name"]: row
            for row in self.rows(
                "SELECT * FROM metric WHERE subject = ? AND split = ? AND label = '' AND seq <= ? ORDER BY id",
                subject,
                split,
                limit,
            )
        }

    def _score(self, subject: str, split: str, limit: int) -> Score | None:
        newest = self._newest(subject, split, limit)
        if not {"f1", "precision", "recall"} <= newest.keys():
            return None
        f1 = newest["f1"]
        return Score(
            f1["value"], newest["precision"]["value"], newest["recall"]["value"], f1["n"], f1["low"], f1["high"]
        )

    def _paid(self, limit: int) -> dict[str, tuple[int | None, float | None, int]]:
        """Nano-USD, mean seconds and number of this project's settled requests about the pool, by annotator."""
        if not self.has_table("cap", self.ledger):
            return {}
        project = self.value("SELECT uuid FROM project")
        again = " OR item_id IN (SELECT item_id FROM reask)" if self.has_table("reask") else ""
        return {
            row["annotator"]: (row["cost"], row["seconds"], row["requests"])
            for row in self.rows(
                "SELECT asked.annotator, SUM(done.cost_nanousd) AS cost, AVG(done.seconds) AS seconds,"
                " COUNT(*) AS requests FROM (SELECT DISTINCT annotator, request_key FROM annotation"
                f" WHERE request_key IS NOT NULL AND (round IS NOT NULL{again}) AND kind = 'llm' AND seq <= :limit)"
                " AS asked"
                f" JOIN {self.ledger}.attempt AS attempt ON attempt.request_key = asked.request_key"
                f" JOIN {self.ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
                " AND done.seq <= :paid WHERE attempt.project = :project GROUP BY asked.annotator",
                {"limit": limit, "paid": Spending(self, project, 0).until(limit), "project": project},
            )
        }

    def _judged(self, limit: int) -> dict[str, dict[str, int]]:
        """What people said of each annotator's answers: one by one having seen them, and many at once.

        The last word on each answer: a rejection that a later answer has overtaken was one of the answer before.
        A failed answer says nothing, so what people did about it is no word on an answer.
        """
        blind = "COALESCE(decision.blind, 0)" if self.has_column("decision", "blind") else "0"
        judged: dict[str, dict[str, int]] = defaultdict(dict)
        words = {"accept": "accepted", "mend": "mended", "reject": "rejected"}
        for row in self.rows(
            "SELECT annotation.annotator, decision.verdict, COALESCE(decision.bulk_id, '') <> '' AS bulk,"
            " COUNT(*) AS n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY annotation_id ORDER BY id DESC) AS age"
            " FROM decision WHERE verdict <> 'undo' AND annotation_id IS NOT NULL AND seq <= :limit AND id NOT IN"
            " (SELECT undoes FROM decision WHERE undoes IS NOT NULL AND seq <= :limit)) AS decision"
            " JOIN annotation ON annotation.id = decision.annotation_id"
            f" WHERE decision.age = 1 AND decision.verdict IN ('accept', 'mend', 'reject') AND {blind} = 0"
            " AND annotation.kind IN ('llm', 'vote', 'gold') AND annotation.state <> 'failed' GROUP BY 1, 2, 3",
            {"limit": limit},
        ):
            name = "in_bulk" if row["bulk"] else words[row["verdict"]]
            judged[row["annotator"]][name] = judged[row["annotator"]].get(name, 0) + row["n"]
        return judged

    # -- the student and people -------------------------------------------------------------------

    def _student(self, split: str, limit: int) -> list[LeagueRow]:
        """The newest student on that split, the one the annotator was measured on; else on dev."""
        split = split if self._score("student", split, limit) else "dev"
        score = self._score("student", split, limit)
        if score is None:
            return []
        encoder = self.value(
            "SELECT json_extract(settings, '$.student.encoder') FROM run WHERE seq <= ? ORDER BY id DESC LIMIT 1", limit
        )
        row = self._newest("student", split, limit).get("accuracy")
        accuracy = Measure(row["value"], row["n"], row["low"], row["high"]) if row else None
        return [
            LeagueRow(str(encoder or "student"), "student", measured=score, measured_accuracy=accuracy, split=split)
        ]

    def _people(self, limit: int) -> list[LeagueRow]:
        """Each reviewer: sentences by verdict, and the median seconds of those judged one by one."""
        verdicts: dict[str, Counter[str]] = defaultdict(Counter)
        seconds: dict[str, list[float]] = defaultdict(list)
        for row in self.rows(
            f"SELECT reviewer, verdict, seconds, COALESCE(bulk_id, '') AS bulk FROM ({standing_decisions(self)})"
            " WHERE verdict IN ('accept', 'mend', 'reject')",
            {"limit": limit},
        ):
            verdicts[row["reviewer"]]["in_bulk" if row["bulk"] and row["verdict"] == "accept" else row["verdict"]] += 1
            if row["seconds"] is not None and not row["bulk"]:
                seconds[row["reviewer"]].append(row["seconds"])
        return [
            LeagueRow(
                name,
                "people",
                accepted=counts["accept"],
                mended=counts["mend"],
                rejected=counts["reject"],
                in_bulk=counts["in_bulk"],
                **_pace(seconds[name]),
            )
            for name, counts in sorted(verdicts.items())
        ]


def _pace(seconds: list[float]) -> Mapping[str, Any]:
    return {"seconds": median(seconds), "requests": len(seconds)} if seconds else {}
