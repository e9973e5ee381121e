"""Read a project as one frozen snapshot, now or as of any earlier `seq`. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..core.crossing import of_rounds
from ..core.human_cost import human_cost
from ..core.snapshot import Ended, EventLine, Progress, Snapshot, WorkerMark
from ..core.states import Phase
from ..core.tasks import shown_as
from ..process import ProcessIdentity, is_alive
from .assumed import assumed
from .billing import manner, prices, unconfirmed
from .last_words import answered, reads_again
from .reader_batch import batch
from .reader_rounds import baselines, review_wait, rounds
from .reading import Reading, later
from .spending import FOREVER, Spending

LATE_S = 10.0
LOST_S = 60.0
EVENTS = 50


@dataclass(frozen=True, slots=True)
class Facts:
    """What the settings say before any run has: shown until a run's own row says it. `words` are those of labels."""

    annotator: str
    encoder: str
    simulated: str | None
    cap_nanousd: int
    rounds: int
    words: Mapping[str, str] = field(default_factory=dict)


class Reader(Reading):
    """The project as snapshots.

    Args:
        database: the project's SQLite file.
        ledger: the ledger's file (the same by default).
        facts: what the settings say.

    Raises:
        ProjectError: the file cannot be read.
    """

    def __init__(self, database: Path, ledger: Path, facts: Facts) -> None:
        super().__init__(database, ledger)
        self._facts = facts

    def settings_cap(self, nanousd: int) -> None:
        """The settings' cap was changed; it is the one shown until a run has begun."""
        self._facts = replace(self._facts, cap_nanousd=nanousd)

    def has_answers_of(self, annotator: str) -> bool:
        """Whether this annotator has ever answered about this project's items."""
        return bool(self.value("SELECT 1 FROM annotation WHERE annotator = ? AND kind = 'llm' LIMIT 1", annotator))

    def has_items(self, role: str) -> bool:
        """Whether the project has a visible item of this role."""
        return bool(self.value("SELECT 1 FROM visible_item WHERE role = ? LIMIT 1", role))

    def seq_of_round(self, number: int) -> int | None:
        """The last seq before the next round began, to see a round as it was left; None for the newest round."""
        began = self.value("SELECT seq FROM round WHERE number > ? ORDER BY number LIMIT 1", number)
        return None if began is None else int(began) - 1

    def snapshot(self, as_of: int | None = None) -> Snapshot:
        """Everything the first screen shows, in one read transaction; `as_of` goes back to an earlier seq."""
        with self.still():
            return self._snapshot(as_of)

    def _snapshot(self, as_of: int | None) -> Snapshot:
        seq = int(self.value("SELECT seq FROM counter"))
        limit = FOREVER if as_of is None else as_of
        project = self.rows("SELECT * FROM project")[0]
        run = self.one("SELECT * FROM run WHERE seq <= ? ORDER BY id DESC LIMIT 1", limit)
        settings: dict[str, Any] = json.loads(run["settings"]) if run else {}
        spending = Spending(self, project["uuid"], self._facts.cap_nanousd)
        paid = spending.until(limit)
        all_rounds = rounds(self, limit, spending.by_round(limit, paid))
        budget = replace(
            spending.budget(paid, run),
            prices=prices(run),
            unconfirmed_attempts=unconfirmed(self, project["uuid"], paid),
        )
        sentences, words = answered(self, limit)
        figures = assumed(self.rows, limit, shown_as(project["task"]).unit) if self.has_table("assumption") else None
        check = self.one("SELECT * FROM encoder_check WHERE seq <= ? ORDER BY id DESC LIMIT 1", limit)
        return Snapshot(
            seq=min(seq, limit),
            project=project["name"],
            task=project["task"],
            labels=tuple(json.loads(project["labels"])),
            mode=project["mode"],
            simulated=self._simulated(run, limit),
            annotator=settings.get("annotator_name", self._facts.annotator),
            encoder=settings.get("student", {}).get("encoder", self._facts.encoder),
            encoder_warning=check["warning"] if check else "",
            pool=self.value(
                "SELECT COALESCE(SUM(import_end.documents), 0) FROM import_end"
                " JOIN import ON import.id = import_end.import_id WHERE import.role = 'pool' AND import_end.seq <= ?",
                limit,
            ),
            worker=self._worker() if as_of is None else WorkerMark("none"),
            ended=self._ended(run, limit),
            rounds=all_rounds,
            batch=batch(self, all_rounds[-1].round, limit) if all_rounds else (),
            progress=self._progress() if as_of is None else None,
            budget=budget,
            fits=spending.fits(budget, limit, paid, settings.get("annotator", {}).get("samples", 1)),
            human=human_cost(words, budget.spent_nanousd, assumed=figures, items=sentences),
            events=tuple(
                EventLine(row["seq"], row["created_utc"], row["kind"], row["text"])
                for row in reversed(
                    self.rows("SELECT * FROM event WHERE seq <= ? ORDER BY id DESC LIMIT ?", limit, EVENTS)
                )
            ),
            manner=manner(settings),
            past=as_of is not None,
            project_uuid=project["uuid"],
            review=review_wait(self, limit),
            goals=tuple(json.loads(run["goals"])) if run else (),
            baselines=baselines(self, limit),
            crossing=of_rounds(all_rounds),
            words=settings.get("labels", self._facts.words),
            negative=later(project, "negative"),
        )

    def _simulated(self, run: sqlite3.Row | None, limit: int) -> str | None:
        """The newest run's word; else that of any answer so far, for figures rest on it."""
        word: str | None = run["simulated"] if run else self._facts.simulated
        asked = "request_key IS NOT NULL" + (" AND replaces IS NULL" if reads_again(self) else "")  # as its index says
        for other in ("simulated", "recorded"):
            word = word or self.value(
                f"SELECT ? FROM annotation WHERE {asked} AND annotator LIKE ? || '-%' AND seq <= ? LIMIT 1",
                other,
                other,
                limit,
            )
        return word

    def _ended(self, run: sqlite3.Row | None, limit: int) -> Ended | None:
        if run is None:
            return None
        end = self.one("SELECT * FROM run_end WHERE run_id = ? AND seq <= ?", run["id"], limit)
        return Ended(end["code"], end["reason"], end["seq"]) if end else None

    def _worker(self) -> WorkerMark:
        row = self.one("SELECT * FROM lease WHERE id = 1")
        if row is None:
            return WorkerMark("none")
        age = (datetime.now(UTC) - datetime.fromisoformat(row["heartbeat_utc"])).total_seconds()
        process = ProcessIdentity(row["pid"], row["process_start"], row["boot_id"], row["host"])
        if age > LOST_S or not is_alive(process):
            state = "lost"
        else:
            state = "late" if age > LATE_S else "alive"
        return WorkerMark(state, row["pid"], row["phase"] or None, age, bool(row["paused"]))

    def _progress(self) -> Progress | None:
        row = self.one("SELECT progress FROM lease WHERE id = 1")
        data = json.loads(row["progress"]) if row else {}
        if not data:
            return None
        return Progress(
            round=data["round"],
            rounds=data.get("rounds"),
            phase=Phase(data["phase"]),
            done=data["done"],
            total=data["total"],
            eta_s=data.get("eta_s"),
            then=data.get("then", ""),
            note=data.get("note", ""),
            waiting=data.get("waiting", ""),
            batch=data.get("batch", ""),
            since_utc=data.get("since", ""),
        )
