"""Helpers of the tests: generated sentences, and the command run as a user runs it."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEOPLE = ["Ada Novak", "Boris Lem", "Clara Onyango", "Dino Reyes", "Ewa Lind", "Farid Haas", "Gita Moor", "Hugo Pell"]
PLACES = ["Dodoma", "Arusha", "Lisbon", "Turin", "Oslo", "Quito", "Port Blair", "Gent"]
FIRMS = ["Benki Kuu", "Acme Ltd", "Veltrix", "Oslo Steel Works", "Radio Turin", "Blue Whale"]
FRAMES = [
    "PER visited LOC on Monday .",
    "Yesterday PER left ORG for a job in LOC .",
    "ORG opened a shop in LOC .",
    "The mayor of LOC thanked PER and ORG .",
    "Nothing much happened at the market .",
    "PER , who lives in LOC , sued ORG .",
    "It rained all day and the road was closed .",
    "Shares of ORG fell after PER spoke .",
]


def sentences(count: int, seed: int) -> list[dict[str, Any]]:
    """Generated sentences with tags; names and frames are drawn anew for each."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        tokens: list[str] = []
        tags: list[str] = []
        for word in rng.choice(FRAMES).split():
            names = {"PER": PEOPLE, "LOC": PLACES, "ORG": FIRMS}.get(word)
            surface = rng.choice(names).split() if names else [word]
            tokens += surface
            tags += [f"{'B' if place == 0 else 'I'}-{word}" if names else "O" for place in range(len(surface))]
        tokens[-1:] = [f"no{seed}x{number}", tokens[-1]]  # no two sentences are copies of each other
        tokens[-1:] = [f"q{rng.randrange(10**6)}", f"z{rng.randrange(10**6)}", tokens[-1]]
        tags += ["O"] * (len(tokens) - len(tags))
        rows.append({"id": f"{seed}-{number}", "tokens": tokens, "tags": tags})
    return rows


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def llmaaa(*arguments: str | Path, timeout: float = 240, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "llmaaa_tui", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def _take_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Project:
    """A project folder under test."""

    folder: Path

    def run(self, *arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        return llmaaa("run", self.folder, "--headless", *arguments, timeout=timeout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A headless run in the background."""
        return subprocess.Popen(
            [sys.executable, "-m", "llmaaa_tui", "run", str(self.folder), "--headless", *arguments],
            # As in a terminal, also where the tests run in a shell's background, which ignores interrupts.
            preexec_fn=_take_interrupts,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def status(self) -> dict[str, Any]:
        done = llmaaa("status", self.folder, "--json")
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.folder / 'llmaaa.db'}?mode=ro", uri=True)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def write(self, sql: str, *parameters: Any) -> None:
        """Change the store behind the program's back."""
        connection = sqlite3.connect(self.folder / "llmaaa.db", isolation_level=None)
        try:
            connection.execute(sql, parameters)
        finally:
            connection.close()

    def wait(self, reached: Callable[[], bool], seconds: float = 90) -> None:
        """Until something has happened; fails with the end of the worker's log."""
        deadline = time.monotonic() + seconds
        while not reached():
            log = self.folder / "worker.log"
            assert time.monotonic() < deadline, f"not reached; log: {log.read_text()[-2000:] if log.exists() else ''}"
            time.sleep(0.005)

    def kill_worker(self) -> None:
        ((pid,),) = self.rows("SELECT pid FROM lease")
        os.kill(pid, signal.SIGKILL)

    def bill(self) -> dict[str, int]:
        from llmaaa_tui.simulator.find import bill, find

        address = find(self.folder / "simulator.db")
        assert address is not None, "the simulator is not running"
        return bill(address)

    def close(self) -> None:
        """End whatever still runs for this project."""
        for (pid,) in self.rows("SELECT pid FROM lease"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.kill_simulator()

    def kill_simulator(self, number: int = signal.SIGKILL) -> None:
        found = subprocess.run(
            ["pgrep", "-f", f"llmaaa_tui.simulator.*{self.folder}"], capture_output=True, text=True, check=False
        )
        for pid in found.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), number)


FAST = (
    "student.threads=1",
    "student.epochs=4",
    "student.learning_rate=0.002",
    "student.head_learning_rate=0.01",
    "loop.initial=20",
    "loop.batch=15",
    "loop.rounds=2",
    "leakage.per_round=0",  # tests count requests and dollars; tests/worker/test_leakage_rounds.py is about these
)
