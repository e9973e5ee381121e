"""Start a detached worker, find a live one, ask what a run will cost. The UI and the commands go through here."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import BusyError, LlmaaaError
from .paths import ProjectPaths, private_opener
from .process import ProcessIdentity, is_alive
from .store.commands import ask

START_S = 60.0
ESTIMATE_S = 120.0


def live_worker(database: Path) -> int | None:
    """Process id of the worker that holds this project now, or None."""
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            row = connection.execute("SELECT pid, process_start, boot_id, host FROM lease WHERE id = 1").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return None
    if row is None or not is_alive(ProcessIdentity(*row)):
        return None
    return int(row[0])


def last_line(log: Path, start: int = 0) -> str:
    """The last line of a worker's log after a position in it, or ""."""
    with log.open("rb") as handle:
        handle.seek(start)
        lines = handle.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def start_worker(
    paths: ProjectPaths,
    database: Path,
    *,
    goals: Sequence[str] = (),
    overrides: Sequence[str] = (),
    errand: str = "",
    wanted: Mapping[str, Any] | None = None,
    requested_by: str = "",
    wait: bool = True,
) -> int:
    """Ask for the loop and start a detached worker; gives its process id once it holds the project.

    Args:
        errand: measure something instead of running the loop: a name of `worker.errands`.
        wanted: what the errand has to know.
        wait: False comes back at once; how the start went is then read from the store.

    Raises:
        BusyError: another worker holds the project.
        LlmaaaError: the worker ended before it began; its last words are in the message.
    """
    holder = live_worker(database)
    if holder is not None:
        raise BusyError(
            f"{paths.folder}: another worker (process {holder}) holds this project; "
            f"look at it with: llmaaa attach {paths.folder}, or end it with: llmaaa stop {paths.folder}"
        )
    arguments = dict(wanted or {}) if errand else {"goals": list(goals)}
    job = ask(database, errand or "loop", {**arguments, "set": list(overrides)}, requested_by)
    with open(paths.log, "ab", opener=private_opener) as log:
        position = log.tell()
        worker = subprocess.Popen(
            # -P: a stray torch.py in the project folder must not be imported in place of the real one.
            [sys.executable, "-P", "-m", "llmaaa_tui.worker", str(paths.folder), str(job)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=paths.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    if not wait:
        return worker.pid
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if live_worker(database) == worker.pid:
            return worker.pid
        code = worker.poll()
        if code is not None:
            words = last_line(paths.log, position) or f"it ended with code {code}"
            if code == BusyError.exit_code:
                raise BusyError(words)
            error = LlmaaaError(f"the worker did not start: {words} (log: {paths.log})")
            error.exit_code = code if code in (2, 3, 4, 6) else 1
            raise error
        time.sleep(0.02)
    raise LlmaaaError(f"the worker did not take hold of the project within {START_S:.0f} s; its log is {paths.log}")


async def estimate(paths: ProjectPaths, overrides: Sequence[str] = (), goals: Sequence[str] = ()) -> dict[str, Any]:
    """What this round and the rest will cost: what `llmaaa estimate DIR --json` prints.

    Raises:
        LlmaaaError: it could not be worked out; the sentence is the command's own.
    """
    sets = [part for text in overrides for part in ("--set", text)]
    until = [part for goal in goals for part in ("--until", goal)]
    return await answer_of("estimate", str(paths.folder), "--json", *sets, *until, folder=paths.folder)


async def answer_of(*arguments: str, folder: Path | None = None, timeout_s: float = ESTIMATE_S) -> dict[str, Any]:
    """The JSON that a command of `llmaaa` prints, run as a process of its own; cancelling ends that process.

    Raises:
        LlmaaaError: it ended with an error, whose sentence is in the message; or it took longer than `timeout_s`.
    """
    import asyncio  # 30 ms that starting a worker does not need

    name = f"llmaaa {arguments[0]}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "llmaaa_tui", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
    )
    try:
        out, words = await asyncio.wait_for(process.communicate(), timeout_s)
    except TimeoutError:
        raise LlmaaaError(f"{name} gave no answer within {timeout_s:.0f} s: try it by itself") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = words.decode("utf-8", "replace").strip().splitlines()
        sentence = said[-1].removeprefix("llmaaa: ") if said else f"{name} ended with code {process.returncode}"
        raise LlmaaaError(sentence)
    try:
        result: dict[str, Any] = json.loads(out)
    except ValueError:
        raise LlmaaaError(f"{name} printed no JSON: try it by itself") from None
    return result
