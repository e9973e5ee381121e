"""Record the project that the pictures show: the real demo, worker and simulator, with a person's decisions between.

    python scripts/pictures.py --record

Five rounds of the example project. The simulator takes two and a half seconds an answer, as a real service does, so
that round 4 can be seen half answered. The person's decisions are a script that looks at the hidden gold: what is
right is accepted, what is wrong is mended or rejected, and after a blind sample half of which was wrong nothing is
accepted in bulk. Last the annotator is compared with another profile, and probed for leakage. About seven minutes.
"""

from __future__ import annotations

import io
import json
import lzma
import random
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from llmaaa_tui.config import Settings
from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.review import Again, Filter, Order
from llmaaa_tui.paths import ProjectPaths, open_project
from llmaaa_tui.resources import data_root
from llmaaa_tui.simulator import find
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.store.desk import Desk

LATENCY_MS = 2500
PUBLISHED = ("--set", "leakage.dataset=the llmaaa example", "--set", "leakage.split=pool")
"""What a probe calls these texts."""
CAP = ("--set", "budget.cap_usd=20")
"""What is held for so many requests at once is more than they cost."""
REVIEWER = "ada"
ROUND, ANSWERED = 4, 31
JUDGED = {True: 14, False: 10}
"""How many sentences with and without a reason to look the person judges one by one at a time."""
SAMPLE = 20

Gold = dict[int, tuple[Span, ...]]


def record(out: Path) -> None:
    """Run it and write the recording: the store in the middle of round 4, after round 5 and when the annotator was
    compared and probed, the settings, the log."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "example"
        _llmaaa("demo", "--headless", "--rounds", "2", "--dir", folder, *("--set", "loop.rounds=5"), *PUBLISHED)
        paths, settings = open_project(folder)
        _slow(paths, settings)
        database = paths.database(settings)
        judge(database, seed=1)
        _llmaaa("run", folder, "--headless", "--until", "rounds=3", "--reviewer", REVIEWER)
        judge(database, seed=2)
        try_bulk(database)
        run = [sys.executable, "-m", "llmaaa_tui", "run", str(folder), "--headless", "--until", "rounds=5"]
        worker = subprocess.Popen([*run, "--reviewer", REVIEWER])
        arriving = folder / "arriving.db"
        _wait(database)
        _copy(database, arriving)
        if worker.wait():
            raise SystemExit("the run did not reach its goal")
        find.stop(paths.simulator_state)
        done = folder / "done.db"
        _copy(database, done)
        _llmaaa("annotators", folder, "--with", "annotator.profile=llama-2-70b", "--sample", "50", *CAP)
        _llmaaa("leakage", folder, "--probe", "all", "--n", "50", *CAP)
        find.stop(paths.simulator_state)
        measured = folder / "measured.db"
        _copy(database, measured)
        stores = {f"{path.stem}.db": path for path in (arriving, done, measured)}
        for copy in stores.values():
            _strip(copy)
        _pack(out, {**stores, "llmaaa.toml": paths.settings, "worker.log": paths.log})


def judge(database: Path, seed: int) -> None:
    """The person looks at answers, the most suspicious first, and says what is right."""
    pace = random.Random(seed)
    desk, decisions = Desk(database, database), Decisions(database, REVIEWER, "recording")
    try:
        gold, mended = _gold(database), 0
        rows = [
            row
            for suspicious, judged in JUDGED.items()
            for row in desk.queue(Filter(suspicious=suspicious), Order.SUSPICIOUS)[:judged]
        ]
        for place, row in enumerate(rows):
            item, right = desk.item(row.item), gold[row.item]
            assert item is not None
            assert item.llm is not None
            answer = item.llm.annotation
            if sorted(grounded.span for grounded in item.llm.spans) == sorted(right):
                decisions.accept(row.item, answer, seconds=round(pace.uniform(2, 6), 2))
            elif place == 6:
                decision = decisions.reject(row.item, answer, seconds=round(pace.uniform(6, 9), 2))
                decisions.ask_again(row.item, decision, Again.SAMPLE)
            else:
                decisions.mend(row.item, answer, Labels(right), seconds=round(pace.uniform(9, 22), 2))
                mended += 1
                if mended == 2:
                    decisions.mark_demonstration(row.item, True)
    finally:
        desk.close()
        decisions.close()


def try_bulk(database: Path) -> None:
    """The person labels a blind sample of what nothing speaks against, sees how much is wrong, and accepts nothing."""
    pace = random.Random(3)
    desk, decisions = Desk(database, database), Decisions(database, REVIEWER, "recording")
    try:
        gold, wanted = _gold(database), Filter(suspicious=False)
        pairs = {row.item: row.annotation or 0 for row in desk.queue(wanted, Order.RANDOM, seed=1)}
        bulk = decisions.begin_bulk(wanted, list(pairs.items()), n=SAMPLE, seed=1)
        drawn = desk.bulk(bulk)
        assert drawn is not None
        for item in drawn.sample:
            seconds = round(pace.uniform(8, 20), 2)
            decisions.mend(item, pairs[item], Labels(gold[item]), seconds=seconds, blind=True, bulk=bulk)
        decisions.end_bulk(bulk, accept=False)
    finally:
        desk.close()
        decisions.close()


def _gold(database: Path) -> Gold:
    """The hidden gold of the pool's sentences."""
    found: dict[int, list[Span]] = {}
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for item, start, end, label in connection.execute(
            'SELECT annotation.item_id, span.start, span."end", span.label FROM annotation'
            " LEFT JOIN span ON span.annotation_id = annotation.id"
            " WHERE annotation.kind = 'gold' AND annotation.round IS NULL"
        ):
            found.setdefault(item, []).extend([] if label is None else [Span(start, end, label)])
    return {item: tuple(spans) for item, spans in found.items()}


def _llmaaa(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "llmaaa_tui", *map(str, arguments)], check=True)


def _slow(paths: ProjectPaths, settings: Settings) -> None:
    """End the project's simulator and start it again, slower."""
    find.stop(paths.simulator_state)
    find.start(
        [paths.simulator_gold],
        paths.simulator_state,
        settings.annotator.profile,
        settings.project.seed,
        latency_ms=LATENCY_MS,
    )


def _wait(database: Path) -> None:
    """Until so many answers of the round are there and the worker's pulse says so."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        while True:
            (answered,) = connection.execute(
                "SELECT COUNT(*) FROM annotation WHERE kind = 'llm' AND round = ?", (ROUND,)
            ).fetchone()
            pulse = connection.execute("SELECT progress FROM lease").fetchone()
            progress = json.loads(pulse[0]) if pulse else {}
            if answered >= ANSWERED and progress.get("round") == ROUND and progress.get("done", 0) >= ANSWERED:
                return
            time.sleep(0.02)
    finally:
        connection.close()


def _copy(database: Path, out: Path) -> None:
    source, target = sqlite3.connect(database), sqlite3.connect(out)
    source.backup(target)
    source.close()
    target.close()


def _strip(database: Path) -> None:
    """Leave out what tells of the machine: its name, its folders, its boots, its processes."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("UPDATE lease SET pid = 4711, process_start = '', host = '', boot_id = ''")
    connection.execute("UPDATE attempt SET pid = 4711, process_start = '', boot_id = ''")
    connection.execute("UPDATE document SET file = replace(file, ?, '')", (f"{data_root()}/",))
    connection.execute("DELETE FROM claim")
    connection.execute("VACUUM")
    connection.close()


def _pack(out: Path, files: dict[str, Path]) -> None:
    """One xz file; both stores share nearly all their bytes, which a dictionary of their size sees."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in files.items():
            member = tarfile.TarInfo(name)
            member.size = path.stat().st_size
            member.mode = 0o600
            with path.open("rb") as handle:
                archive.addfile(member, handle)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}]
    out.write_bytes(lzma.compress(packed.getvalue(), filters=filters))
