"""Find, start and ask the simulator of a state file; cheap to import, for the worker and the commands."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from ..core.tasks import TASKS
from ..errors import BusyError, LlmaaaError
from .corpora import MEMORISED

HOST = "127.0.0.1"
IDLE_EXIT_S = 3600.0
"""A simulator that a worker started ends by itself: longer than any training between two rounds."""
START_S = 120.0
END_S = 10.0
ASK_S = 5.0


def find(state: Path) -> str | None:
    """Base URL of the live simulator that holds this state file, or None."""
    who = _live(state)
    return None if who is None else f"http://{HOST}:{who['port']}/v1"


def start(
    gold: Sequence[Path],
    state: Path,
    profile: str,
    seed: int,
    latency_ms: int = 0,
    log: Path | None = None,
    task: str = next(iter(TASKS)),
    memorised: float = 0.0,
    dataset: str = MEMORISED,
) -> str:
    """Start a simulator that outlives this process; gives its base URL once it listens.

    Raises:
        BusyError: another simulator holds the state file.
        LlmaaaError: it did not start; says why.
    """
    command = [sys.executable, "-m", "llmaaa_tui.simulator"]
    command += [part for file in gold for part in ("--gold", str(file.absolute()))]
    command += ["--task", task, "--state", str(state.absolute()), "--profile", profile, "--seed", str(seed)]
    command += ["--latency-ms", str(latency_ms), "--idle-exit", str(IDLE_EXIT_S)]
    command += ["--memorised", str(memorised), "--dataset", dataset]
    with contextlib.ExitStack() as stack:
        if log is None:
            messages: BinaryIO = stack.enter_context(tempfile.TemporaryFile())
        else:
            messages = stack.enter_context(open(log, "a+b", opener=_private))
        messages.seek(0, os.SEEK_END)
        before = messages.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
            start_new_session=True,
        )
        assert process.stdout is not None
        stack.enter_context(process.stdout)
        line = _first_line(process.stdout)
        if line:
            return str(json.loads(line)["base_url"])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)  # it has closed its output and is about to say why by its exit code
        process.kill()
        code = process.wait()
        messages.seek(before)
        said = messages.read().decode("utf-8", "replace").strip().splitlines()
    why = said[-1].removeprefix("llmaaa simulator: ") if said else f"it said nothing for {START_S:.0f} s"
    kind = BusyError if code == BusyError.exit_code else LlmaaaError
    raise kind(f"the simulator did not start: {why}")


def ensure(
    gold: Sequence[Path],
    state: Path,
    profile: str,
    seed: int,
    latency_ms: int = 0,
    log: Path | None = None,
    task: str = next(iter(TASKS)),
    memorised: float = 0.0,
    dataset: str = MEMORISED,
) -> str:
    """Base URL of the simulator of this state file, started where none is live.

    A live one with another task, profile, seed, gold or memory is ended first: the file is the caller's, and so is the
    choice.

    Args:
        memorised: the share of the gold texts that it has seen before, 0 to 1.
        dataset: the name under which it knows them.

    Raises:
        LlmaaaError: it did not start; says why.
    """
    from .fingerprint import fingerprint

    who = _live(state)
    if who is not None:
        now = (who["profile"], who["seed"], who.get("task"), who["gold"], who.get("memorised"), who.get("dataset"))
        if now == (profile, seed, task, fingerprint(gold), memorised, dataset or MEMORISED):
            return f"http://{HOST}:{who['port']}/v1"
        _end(state, int(who["pid"]))
    deadline = time.monotonic() + START_S
    while True:
        try:
            return start(gold, state, profile, seed, latency_ms, log, task, memorised, dataset)
        except BusyError:
            # Another process has started it in the meantime; it holds the file before it listens.
            if time.monotonic() > deadline:
                raise
        if (address := find(state)) is not None:
            return address


def stop(state: Path) -> None:
    """End the simulator of this state file, where one is live."""
    who = _live(state)
    if who is not None:
        _end(state, int(who["pid"]))


def bill(base_url: str) -> dict[str, int]:
    """What the simulator at this address has charged: requests, bill_nanousd, repeated.

    Raises:
        LlmaaaError: there is no simulator at this address.
    """
    address = urlsplit(base_url)
    answer = _get(address.hostname or HOST, address.port or 80, "/bill")
    if answer is None:
        raise LlmaaaError(f"{base_url}: no simulator answers here; start it with: llmaaa simulator --gold FILE")
    return {name: int(answer[name]) for name in ("requests", "bill_nanousd", "repeated")}


def _live(state: Path) -> dict[str, Any] | None:
    """What the simulator of this state file says of itself, with its port; None where none is live."""
    from .state import read_settings

    stored = read_settings(state)
    port = int(stored.get("port") or 0)
    who = _get(HOST, port, "/whoami") if port else None
    if who is None or who.get("token") != stored.get("token"):
        return None
    return {**who, "port": port}


def _get(host: str, port: int, path: str) -> Mapping[str, Any] | None:
    connection = http.client.HTTPConnection(host, port, timeout=ASK_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        value = json.loads(response.read()) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return value if isinstance(value, dict) else None


def _end(state: Path, pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + END_S
    while _live(state) is not None and time.monotonic() < deadline:
        time.sleep(0.02)


def _first_line(stream: Any) -> bytes:
    """The first line a process prints; empty when it ends or stays silent for too long."""
    line = b""
    deadline = time.monotonic() + START_S
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not line.endswith(b"\n") and selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(stream.fileno(), 4096)
            if not chunk:
                return b""
            line += chunk
    return line if line.endswith(b"\n") else b""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
