"""A worker's life in the store: runs, jobs, events and the check of the encoder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .database import Store, now


@dataclass(frozen=True, slots=True)
class Job:
    """Something asked of the worker."""

    id: int
    kind: str
    arguments: Mapping[str, Any]


def waiting_jobs(store: Store, kinds: tuple[str, ...]) -> list[Job]:
    """Jobs of these kinds that nobody has taken, oldest first."""
    rows = store.rows(
        "SELECT id, kind, arguments FROM job WHERE id NOT IN (SELECT job_id FROM job_state)"
        " AND kind IN (SELECT value FROM json_each(?)) ORDER BY id",
        json.dumps(kinds),
    )
    return [Job(row["id"], row["kind"], json.loads(row["arguments"])) for row in rows]


def started_job(store: Store, job: int) -> Job | None:
    """The job of this id that a worker is started for, a loop or an errand, unless it is over."""
    rows = store.rows(
        "SELECT id, kind, arguments FROM job WHERE id = ? AND kind NOT IN ('pause', 'resume', 'stop') AND id NOT IN"
        " (SELECT job_id FROM job_state WHERE state IN ('done', 'failed'))",
        job,
    )
    return Job(rows[0]["id"], rows[0]["kind"], json.loads(rows[0]["arguments"])) if rows else None


def unfinished_loop(store: Store) -> Job | None:
    """The newest loop job that was taken by a worker which died, or was never taken."""
    rows = store.rows(
        "SELECT id, kind, arguments FROM job WHERE kind = 'loop' AND id NOT IN"
        " (SELECT job_id FROM job_state WHERE state IN ('done', 'failed', 'dropped')) ORDER BY id DESC LIMIT 1"
    )
    return Job(rows[0]["id"], rows[0]["kind"], json.loads(rows[0]["arguments"])) if rows else None


def mark_job(store: Store, job: int, state: str, detail: str = "") -> None:
    """Note that a job was taken, done, failed or dropped."""
    with store.transaction() as seq:
        store.insert("job_state", job_id=job, state=state, detail=detail, created_utc=now(), seq=seq)


def drop_stale_jobs(store: Store, before: int) -> None:
    """Controls and loops asked for before this loop job do not concern it."""
    with store.transaction() as seq:
        for row in store.rows(
            "SELECT id FROM job WHERE id < ? AND id NOT IN"
            " (SELECT job_id FROM job_state WHERE state IN ('done', 'failed', 'dropped'))",
            before,
        ):
            store.insert("job_state", job_id=row["id"], state="dropped", created_utc=now(), seq=seq)


def start_run(
    store: Store,
    *,
    version: str,
    settings: Mapping[str, Any],
    goals: list[str],
    rates: Mapping[str, Any],
    simulated: str | None,
) -> int:
    """Open a run with everything that is in force for it."""
    with store.transaction() as seq:
        return store.insert(
            "run",
            version=version,
            settings=json.dumps(settings, ensure_ascii=False),
            goals=json.dumps(goals),
            rates=json.dumps(rates),
            simulated=simulated,
            started_utc=now(),
            seq=seq,
        )


def last_rates(store: Store, until: str) -> dict[str, Any]:
    """The prices of the newest run that began before a time (UTC ISO text); {} before the first."""
    value = store.value("SELECT rates FROM run WHERE started_utc <= ? ORDER BY id DESC LIMIT 1", until)
    found: dict[str, Any] = json.loads(value) if value else {}
    return found


def end_run(store: Store, run: int, code: int, reason: str) -> None:
    """Close a run with its exit code and reason."""
    with store.transaction() as seq:
        store.insert("run_end", run_id=run, code=code, reason=reason, ended_utc=now(), seq=seq)
        store.insert("event", kind="ended", text=reason, body=json.dumps({"code": code}), created_utc=now(), seq=seq)


def last_event(store: Store, kind: str) -> int:
    """The seq of the newest event of a kind; 0 before the first."""
    return int(store.value("SELECT COALESCE(MAX(seq), 0) FROM event WHERE kind = ?", kind))


def log_event(store: Store, kind: str, text: str, round_number: int | None = None, **body: Any) -> None:
    """One line of the event log, a sentence for a person."""
    with store.transaction() as seq:
        store.insert(
            "event",
            round=round_number,
            kind=kind,
            text=text,
            body=json.dumps(body, ensure_ascii=False),
            created_utc=now(),
            seq=seq,
        )


def write_encoder_check(store: Store, encoder: str, report: Mapping[str, Any], warning: str) -> None:
    """What the encoder makes of this project's texts; the newest row counts."""
    with store.transaction() as seq:
        store.insert(
            "encoder_check", encoder=encoder, report=json.dumps(report), warning=warning, created_utc=now(), seq=seq
        )


def checked_encoder(store: Store) -> str | None:
    """The encoder that was checked last."""
    value = store.value("SELECT encoder FROM encoder_check ORDER BY id DESC LIMIT 1")
    return None if value is None else str(value)
