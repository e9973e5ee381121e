"""What the screens cost on a slow line and how quick they are, on a real pseudo-terminal of 120x36 in 256 colours.

    python benchmarks/ui.py [--json] [--quick] [--sentences 1000000] [--rivals]

One project with a pool of 1,000,000 sentences; a real worker trains its student all the while. Measured:

- first_paint_s: from the start of the process to the first frame that shows the project.
- idle_bytes_per_s: over 10 s after 11 s without a key, with the worker alive (paused).
- training_bytes_per_s: the first screen over 10 s while the worker trains.
- arrow_key_bytes: the mean of 40 arrow keys in the list of all sentences.
- key_to_paint_p95_ms: from the key to the end of its frame, over 60 keys, while the worker trains.
- list_opens_s, search_s: from the key to the first page of all sentences; of those that hold two Chinese characters.
- rss_mb: memory of the screen's process after all that.

`--rivals` installs harlequin and posting, each into a virtual environment of its own, and takes the same measures of
them in the same run, under the same training worker where that is meant: harlequin with a table of the same
sentences, posting with an empty collection. What they have nothing for is null. `ratios` divide theirs by ours: above
1 they need more. `--quick` takes 100,000 sentences and fewer keys, and shows the same keys of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal import FRAME_END, Terminal

ROOT = Path(__file__).parents[1]
DOWN = b"\x1b[B"
MEASURES = (
    "first_paint_s",
    "idle_bytes_per_s",
    "training_bytes_per_s",
    "arrow_key_bytes",
    "key_to_paint_p95_ms",
    "list_opens_s",
    "search_s",
    "rss_mb",
)
REST_S = 11.0
"""Seconds without a key or a new row after which a screen counts as idle."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is looked at what is measured over time, and how many keys are pressed."""

    seconds: float = 10.0
    keys: int = 60
    arrows: int = 40


QUICK = Effort(4.0, 30, 20)


def environ(home: Path) -> dict[str, str]:
    """The environment of a terminal over SSH, without what this one has set."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": str(home), "OMP_NUM_THREADS": "1"}


def llmaaa(*arguments: str | Path) -> None:
    """Run the command; its words only where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "llmaaa_tui", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)


def make(folder: Path, sentences: int) -> None:
    """The example's project, and a pool that goes on for very long with sentences that nobody may be asked about."""
    example = ROOT / "example"
    files = [part for flag in ("pool", "gold", "test") for part in (f"--{flag}", str(example / f"{flag}.jsonl"))]
    llmaaa("new", folder, *files, "--set", "annotator.provider=gold", "--set", "student.epochs=400")
    connection = sqlite3.connect(folder / "llmaaa.db", isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    (seq,) = connection.execute("UPDATE counter SET seq = seq + 1 RETURNING seq").fetchone()
    (have,) = connection.execute("SELECT COUNT(*) FROM item WHERE role = 'pool'").fetchone()
    (last,) = connection.execute("SELECT MAX(id) FROM document").fetchone()
    now = "2026-01-01T00:00:00.000+00:00"
    (one,) = connection.execute(
        "INSERT INTO import (role, file, format, started_utc, seq) VALUES ('pool', 'more', 'ner', ?, ?) RETURNING id",
        (now, seq),
    ).fetchone()
    words = [
        "bei",
        "ya",
        "mafuta",
        "itapanda",
        "kesho",
        "the",
        "river",
        "rose",
        "last",
        "night",
        "中国",
        "经济",
        "増長",
        "market",
        "price",
        "school",
    ]
    texts = (
        " ".join(words[(n * 7 + place * (n % 11 + 1)) % len(words)] for place in range(6 + n % 9)) + f" no {n}"
        for n in range(sentences - have)
    )
    connection.executemany(
        "INSERT INTO document (id, import_id, name, text, words, metadata, file, line, sha256, seq, never_send)"
        " VALUES (?, ?, '', ?, 8, '{}', 'more', 1, '', ?, 1)",
        ((last + n, one, text, seq) for n, text in enumerate(texts, start=1)),
    )
    connection.execute(
        "INSERT INTO item (document_id, role, seq) SELECT id, 'pool', seq FROM document WHERE import_id = ?", (one,)
    )
    connection.execute("INSERT INTO import_end VALUES (?, ?, '{}', ?, ?)", (one, sentences - have, now, seq))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def phase(folder: Path) -> str:
    """What the worker does now."""
    connection = sqlite3.connect(f"file:{folder / 'llmaaa.db'}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT phase FROM lease").fetchone()
        return str(row[0]) if row else ""
    finally:
        connection.close()


def first_word(folder: Path) -> bytes:
    """What the list of all sentences begins with."""
    connection = sqlite3.connect(f"file:{folder / 'llmaaa.db'}?mode=ro", uri=True)
    try:
        sql = "SELECT text FROM document JOIN item ON document_id = document.id WHERE role = 'pool' ORDER BY item.id"
        return str(connection.execute(sql).fetchone()[0]).split()[0].encode()
    finally:
        connection.close()


def wait(reached: Callable[[], bool], what: str, seconds: float = 180.0) -> None:
    """Until something has happened."""
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            raise SystemExit(f"benchmarks/ui.py: {what} did not happen within {seconds:.0f} s")
        time.sleep(0.1)


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """While a worker trains on the project; it is ended at the end."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "llmaaa_tui", "run", str(folder), "--headless", "--until", "rounds=9"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(lambda: phase(folder) == "train", "training")
        yield
    finally:
        subprocess.run(
            [sys.executable, "-m", "llmaaa_tui", "stop", str(folder)], capture_output=True, check=False, timeout=120
        )
        worker.wait(timeout=120)


def keys_to_paint(screen: Terminal, key: bytes, times: int) -> list[float]:
    """Milliseconds from each key to the end of the frame that answers it."""
    found = []
    for _ in range(times):
        screen.read(0.12)
        before, began = len(screen.output), time.monotonic()
        screen.press(key)
        screen.until(FRAME_END, 10, after=before)
        found.append((time.monotonic() - began) * 1000)
    return found


def key_bytes(screen: Terminal, key: bytes, times: int) -> float:
    """Mean bytes that a key costs, everything until its drawing has come to rest counted."""
    return statistics.mean(_written(screen, key) for _ in range(times))


def _written(screen: Terminal, key: bytes) -> int:
    screen.press(key)
    return len(screen.read(0.15))


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def our_measures(folder: Path, home: Path, effort: Effort) -> dict[str, float | None]:
    """Ours: attached to the project, the worker training first and paused after."""
    command = [sys.executable, "-m", "llmaaa_tui", "attach", str(folder)]
    found: dict[str, float | None] = {}
    with training(folder), Terminal(command, environ(home)) as screen:
        found["first_paint_s"] = screen.until(b"example-of-many", 20)
        screen.read(2.0)
        found["training_bytes_per_s"] = len(screen.read(effort.seconds)) / effort.seconds
        before = len(screen.output)
        began = time.monotonic()
        screen.press(b"6")
        screen.until(first_word(folder), 20, after=before)
        found["list_opens_s"] = time.monotonic() - began
        screen.read(1.0)
        found["key_to_paint_p95_ms"] = p95(keys_to_paint(screen, DOWN, effort.keys))
        screen.press(b"/")
        screen.read(1.0)
        before, began = len(screen.output), time.monotonic()
        screen.press("经济".encode())
        screen.until(b" no 1", 20, after=before)
        found["search_s"] = time.monotonic() - began
        screen.press(b"\x1b")
        screen.read(1.0)
        found["rss_mb"] = rss_mb(screen.pid)
        screen.press(b"1")
        screen.read(0.5)
        screen.press(b"p")
        wait(lambda: phase(folder) == "paused", "the pause")
        screen.read(REST_S)
        found["idle_bytes_per_s"] = len(screen.read(effort.seconds)) / effort.seconds
        screen.press(b"6")
        screen.read(1.0)
        found["arrow_key_bytes"] = key_bytes(screen, DOWN, effort.arrows)
        screen.press(b"p")
        screen.read(0.3)
    return {name: found[name] for name in MEASURES}


def install(package: str, into: Path) -> Path:
    """A virtual environment with a rival in it; gives its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", str(into)], check=True)
    subprocess.run(
        [str(into / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", package],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return into / "bin"


def harlequin(programs: Path, folder: Path, home: Path, effort: Effort) -> dict[str, float | None]:
    """The same of harlequin: the same sentences as the result of a query, its arrow keys in that table."""
    command = [str(programs / "harlequin"), "-a", "sqlite", "--no-download-tzdata", str(folder / "llmaaa.db")]
    found: dict[str, float | None] = dict.fromkeys(MEASURES)
    with training(folder), Terminal(command, environ(home)) as screen:
        found["first_paint_s"] = screen.until(b"Data Catalog", 60)
        screen.until(b"Connected", 60)
        screen.read(2.0)
        screen.press(b"select id, text from document")
        screen.read(1.5)
        before, began = len(screen.output), time.monotonic()
        screen.press(b"\x0a")
        screen.until(b"Records", 120, after=before)
        found["list_opens_s"] = time.monotonic() - began
        screen.read(8.0)
        found["key_to_paint_p95_ms"] = p95(keys_to_paint(screen, DOWN, effort.keys))
        found["rss_mb"] = rss_mb(screen.pid)
        screen.read(3.0)
        found["idle_bytes_per_s"] = len(screen.read(effort.seconds)) / effort.seconds
        found["arrow_key_bytes"] = key_bytes(screen, DOWN, effort.arrows)
    return found


def posting(programs: Path, folder: Path, home: Path, effort: Effort) -> dict[str, float | None]:
    """The same of posting with 30 requests in its collection; its arrow keys in that list."""
    collection = home / "collection"
    collection.mkdir(parents=True)
    for number in range(10, 40):
        text = f"name: request {number}\nurl: http://127.0.0.1/{number}\n"
        (collection / f"request-{number}.posting.yaml").write_text(text)
    found: dict[str, float | None] = dict.fromkeys(MEASURES)
    command = [str(programs / "posting"), "--collection", str(collection)]
    with training(folder), Terminal(command, environ(home)) as screen:
        found["first_paint_s"] = screen.until(b"Collection", 30)
        screen.read(2.0)
        found["key_to_paint_p95_ms"] = p95(keys_to_paint(screen, DOWN, effort.keys))
        found["rss_mb"] = rss_mb(screen.pid)
        screen.read(3.0)
        found["idle_bytes_per_s"] = len(screen.read(effort.seconds)) / effort.seconds
        found["arrow_key_bytes"] = key_bytes(screen, DOWN, effort.arrows)
    return found


Rival = Callable[[Path, Path, Path, Effort], dict[str, float | None]]
RIVALS: dict[str, Rival] = {"harlequin": harlequin, "posting": posting}


def ratios(ours: Mapping[str, float | None], theirs: Mapping[str, float | None]) -> dict[str, float | None]:
    """Theirs divided by ours, where both are known and ours is not 0."""
    found: dict[str, float | None] = {}
    for name in MEASURES:
        own, other = ours[name], theirs[name]
        found[name] = round(other / own, 2) if own and other is not None else None
    return found


def measure(sentences: int, rivals: bool, effort: Effort) -> dict[str, Any]:
    """All measures of one run."""
    with tempfile.TemporaryDirectory() as parent:
        home, folder = Path(parent) / "home", Path(parent) / "example-of-many"
        home.mkdir()
        make(folder, sentences)
        result: dict[str, Any] = {"sentences": sentences, "llmaaa": our_measures(folder, home, effort)}
        for name, take in RIVALS.items():
            result[name], result[f"{name}_why"] = None, "not asked for: --rivals" if not rivals else ""
            result.setdefault("ratios", {})[name] = None
            if not rivals:
                continue
            programs = install(name, Path(parent) / name)
            try:
                result[name] = take(programs, folder, home, effort)
            except AssertionError as error:
                result[f"{name}_why"] = f"it does not run here: {str(error)[:120]}"
            else:
                result["ratios"][name] = ratios(result["llmaaa"], result[name])
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="100,000 sentences")
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--rivals", action="store_true", help="install harlequin and posting, and measure them too")
    given = parser.parse_args(arguments)
    result = measure(100_000 if given.quick else given.sentences, given.rivals, QUICK if given.quick else Effort())
    if given.json:
        print(json.dumps(result, indent=2))
        return
    names = ["llmaaa", *(name for name in RIVALS if result[name])]
    print(f"{'':22}" + "".join(f"{name:>12}" for name in names))
    for measured in MEASURES:
        values = [result[name][measured] for name in names]
        print(f"{measured:22}" + "".join(f"{'–' if value is None else format(value, '.3f'):>12}" for value in values))
    for name in RIVALS:
        if result[f"{name}_why"]:
            print(f"{name}: {result[f'{name}_why']}")


if __name__ == "__main__":
    main()
