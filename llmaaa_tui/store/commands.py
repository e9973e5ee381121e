"""What commands and screens write: jobs for the worker, the cap. Plain sqlite3, one short connection each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from .writing import Writing, moment


def ask(database: Path, kind: str, arguments: Mapping[str, Any] | None = None, requested_by: str = "") -> int:
    """Write a job (`loop`, `pause`, `resume` or `stop`) for the worker; gives its id.

    Raises:
        ProjectError: the file cannot be written, or is no project's database.
    """
    return _insert(database, "job", kind=kind, arguments=json.dumps(arguments or {}), requested_by=requested_by)


def last_loop(database: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Goals and overrides that the newest loop was asked for with; what was dropped was never asked for.

    Raises:
        ProjectError: the file cannot be written, or is no project's database.
    """
    with closing(Writing(database)) as writing:
        row = writing.connection.execute(
            "SELECT arguments FROM job WHERE kind = 'loop' AND id NOT IN"
            " (SELECT job_id FROM job_state WHERE state = 'dropped') ORDER BY id DESC LIMIT 1"
        ).fetchone()
    arguments = json.loads(row["arguments"]) if row else {}
    return tuple(arguments.get("goals", ())), tuple(arguments.get("set", ()))


def withdraw(database: Path, job: int, why: str) -> None:
    """Drop a job whose worker was refused, so that nobody takes it later.

    Raises:
        ProjectError: the file cannot be written, or is no project's database.
    """
    _insert(database, "job_state", job_id=job, state="dropped", detail=why)


def set_cap(ledger: Path, project_uuid: str, nanousd: int) -> None:
    """Raise or lower the cap of a ledger in the name of a project; what is spent stays spent.

    Of several projects on a ledger the last to say counts.

    Raises:
        ProjectError: the cap is negative, or the file cannot be written, or is no ledger.
    """
    if nanousd < 0:
        raise ProjectError("a cap cannot be less than nothing")
    with closing(Writing(ledger)) as writing, writing.transaction() as seq:
        writing.insert("cap", cap_nanousd=nanousd, project=project_uuid, created_utc=moment(), seq=seq)
        writing.connection.execute("UPDATE budget SET cap_nanousd = ? WHERE id = 1", (nanousd,))


def _insert(database: Path, table: str, **values: Any) -> int:
    """One row in a transaction of its own; gives its id."""
    with closing(Writing(database)) as writing, writing.transaction() as seq:
        return writing.insert(table, **values, created_utc=moment(), seq=seq)
