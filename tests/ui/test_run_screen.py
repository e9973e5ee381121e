"""What a run was started with, what happened, what the worker wrote and the cards do, on a real store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, screen_text, until
from ui.stores import open_app, small_store
from ui.test_hostile import harmful

from llmaaa_tui.config import Settings
from llmaaa_tui.core.books import RunRow
from llmaaa_tui.core.snapshot import EventLine
from llmaaa_tui.gpu import Gpu
from llmaaa_tui.process import this_process
from llmaaa_tui.store import runs
from llmaaa_tui.store.database import Store, now
from llmaaa_tui.ui import logfile
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from llmaaa_tui.ui.pages.run import event_lines, gpu_words, log_lines, run_lines, settings_lines, when
from llmaaa_tui.ui.widgets.lines import Lines
from llmaaa_tui.ui.widgets.scrolled import Scrolled

SIZES = ((80, 24), (120, 36), (200, 60))


def used(settings: Settings) -> dict[str, object]:
    """As a worker writes them down."""
    return {**settings.as_dict(), "annotator_name": "simulated-x", "per_request_why": ""}


def project(path: Path, events: int = 3) -> Store:
    """A project whose file says 50 a round: one run ended, one that was given 7 a round lives no more."""
    store = small_store(path, ["Ada went to Rome ."])
    loop = Settings().loop
    first = runs.start_run(
        store, version="0.1.0", settings=used(Settings()), goals=["rounds=1"], rates={}, simulated="simulated"
    )
    for number in range(events):
        runs.log_event(store, "annotated" if number % 2 else "picked", f"event number {number}")
    runs.end_run(store, first, 3, "the budget is used up")
    seven = used(replace(Settings(), loop=replace(loop, batch=7)))
    runs.start_run(store, version="0.2.0", settings=seven, goals=[], rates={}, simulated=None)
    return store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    project(tmp_path / "llmaaa.db").close()
    return tmp_path / "llmaaa.db"


def panel(app: LoopApp, name: str) -> Scrolled:
    return app.place.query_one(f"#{name}", Scrolled)


@pytest.mark.parametrize("size", SIZES)
async def test_every_panel_is_reached_at_every_size(database: Path, size: tuple[int, int]) -> None:
    (database.parent / "worker.log").write_text("\x1b[31mready\x1b[0m to work\nstep 1\rstep 2\n")
    app = open_app(database, "run")
    async with app.run_test(size=size) as pilot:
        text = await until(pilot, "run 2")
        seen = text
        for _ in range(3):
            await pilot.press("tab")
            await pilot.pause()
            await pilot.pause()
            seen += screen_text(app)
        for words in ("the budget is used up", "event number 0", "ready to work", "step 2", "/worker.log"):
            assert words in seen, words
        assert "step 1" not in seen
        assert "ended without a word" in seen
        for name in ("Settings in force", "Events", "Runs", "Worker's log"):
            assert f"▸ {name}" in seen


async def test_what_differs_is_marked(database: Path) -> None:
    app = open_app(database, "run")
    async with app.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, "run 2")
        assert "! batch              7" in text
        assert "llmaaa.toml: 50" in text
        assert "* 1 set  ! 1 unlike llmaaa.toml" in text
        (database.parent / "llmaaa.toml").write_text("not toml", encoding="utf-8")
        await pilot.press("left_square_bracket")
        assert app.is_running


async def test_all_events_by_page_and_by_kind(tmp_path: Path) -> None:
    store = project(tmp_path / "llmaaa.db", events=700)
    app = open_app(tmp_path / "llmaaa.db", "run")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "event number 699")
        await pilot.press("tab")
        for _ in range(5):
            await pilot.press("G")
            await pilot.pause(0.1)
        text = await until(pilot, "event number 0")
        assert "event number 0" in text
        top = panel(app, "events").cursor
        runs.log_event(store, "picked", "one more")
        runs.start_run(store, version="0.3.0", settings={}, goals=[], rates={}, simulated=None)
        await until(pilot, "run 3")
        assert panel(app, "events").cursor == top + 1, "what is looked at stays"
        await pilot.press("f", "f")
        text = await until(pilot, "ended alone")
        assert "the budget is used up" in text
        assert "event number" not in text
        await pilot.press("escape")
        await until(pilot, "newest first")
    store.close()


async def test_the_log_is_followed_and_the_past_has_none(database: Path) -> None:
    log = database.parent / "worker.log"
    app = open_app(database, "run")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "No worker has written")
        log.write_text("".join(f"line {n}\n" for n in range(300)))
        text = await until(pilot, "line 299")
        assert "of 200" in text
        with log.open("a") as more:
            more.write("and \x1b]0;title\x07on\n")
        await until(pilot, "and on")


async def test_a_round_gone_by_shows_the_run_as_it_was(tmp_path: Path) -> None:
    store = small_store(tmp_path / "llmaaa.db", ["Ada went to Rome ."])
    run = runs.start_run(store, version="0.1.0", settings=used(Settings()), goals=[], rates={}, simulated=None)
    for number in (1, 2):
        with store.transaction() as seq:
            store.insert("round", number=number, strategy="random", target=1, created_utc=now(), seq=seq)
        runs.log_event(store, "picked", f"sentences of round {number}")
    runs.end_run(store, run, 0, "all is done")
    store.close()
    (tmp_path / "worker.log").write_text("words of today\n")
    app = open_app(tmp_path / "llmaaa.db", "run")
    async with app.run_test(size=(120, 36)) as pilot:
        assert "all is done" in await until(pilot, "words of today")
        await pilot.press("left_square_bracket")
        text = await until(pilot, "was under way")
        assert "sentences of round 1" in text
        for later in ("sentences of round 2", "all is done", "words of today"):
            assert later not in text
        await pilot.press("right_square_bracket")
        assert "all is done" in await until(pilot, "words of today")


async def test_the_cards_are_asked_only_while_a_worker_lives(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "nvidia-smi"
    command.write_text('#!/bin/sh\necho x >> "$0.asked"\necho "NVIDIA H200, 3170, 143771, 41, 52"\n')
    command.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    app = open_app(database, "run")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "asked while a worker runs" in await until(pilot, "run 2")
        assert not (folder / "nvidia-smi.asked").exists()
        me = this_process()
        store = Store(database)
        with store.transaction():
            store.insert(
                "lease",
                id=1,
                pid=me.pid,
                process_start=me.start,
                host=me.host,
                boot_id=me.boot,
                heartbeat_utc=now(),
            )
        store.close()
        text = await until(pilot, "NVIDIA H200")
        assert "NVIDIA H200 · 3.1 of 140 GiB · 41 % · 52 °C" in text
        await pilot.press("tab", "tab")
        assert "is running" in await until(pilot, "is running")


async def test_made_pictures_have_no_runs() -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told(), place="run")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "made pictures" in await until(pilot, "made pictures")
        await pilot.press("j", "G", "tab", "f", "enter")
        assert app.is_running


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_runs_events_and_logs(tmp_path: Path, size: tuple[int, int]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in snapshots.HOSTILE]
    store = small_store(tmp_path / "llmaaa.db", texts)
    settings = {"project": {"name": texts[3], "odd": texts[0]}, "labels": {"PER": texts[1]}, "loop": 7}
    for text in texts:
        runs.log_event(store, text, text)
        number = runs.start_run(store, version=text, settings=settings, goals=[text], rates={}, simulated=text)
        runs.end_run(store, number, 1, text)
    store.close()
    (tmp_path / "worker.log").write_bytes("\n".join(snapshots.HOSTILE).encode("utf-8", "surrogatepass"))
    app = open_app(tmp_path / "llmaaa.db", "run")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "[project]")
        for _ in range(4):
            assert not harmful(screen_text(app).replace("\n", ""))
            for widget in app.place.query(Scrolled):
                _check(widget)
            await pilot.press("tab")
        await pilot.press("f", "f", "f")
        assert app.is_running


def _check(widget: Lines) -> None:
    for y in range(widget.size.height):
        strip = widget.render_line(y)
        assert strip.cell_length == widget.size.width
        assert not any(segment.style and "@click" in segment.style.meta for segment in strip)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_lines_of_any_text_fit(glyphs: Glyphs) -> None:
    for text in snapshots.HOSTILE:
        shown = run_lines((RunRow(1, text, text, text, 1, text, text, (text,)),), "", 40, glyphs)
        shown += event_lines((EventLine(1, text, text, text),), 60, UNICODE)
        shown += log_lines((text,), 20)
        shown += settings_lines({"project": {text: text}}, None, 40, glyphs)[0]
        shown.append(gpu_words((Gpu(text, None, 1, 2, 3), Gpu(text, 1, None, 2, 3)), 30, glyphs))
        for line in shown:
            assert not harmful(line.plain), text
            assert line.cell_length <= 60, text
            assert "\n" not in line.plain


def test_many_cards_are_counted() -> None:
    cards = tuple(Gpu("NVIDIA H200", 3170, 143771, number, 52) for number in range(8))
    assert gpu_words(cards, 90, UNICODE).plain.endswith("… 7 more")
    assert gpu_words(cards[:1], 90, ASCII).plain == "NVIDIA H200 - 3.1 of 140 GiB - 0 % - 52 C"


def test_the_log_is_read_from_its_end_without_codes(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    assert logfile.tail(log) == ()
    assert logfile.stamp(log) == (0, 0)
    log.write_bytes(b"x" * 200_000 + b"\nlast \xff one\n\n")
    assert logfile.tail(log) == ("last \ufffd one",)
    assert logfile.plain("\x1b[2K\x1b[1;31ma\x1b[0m\x1b]8;;http://x\x1b\\b\r") == "ab"
    assert logfile.plain("10 %\r100 %") == "100 %"
    assert when("2026-02-03T10:31:02.120+00:00") == "02-03 10:31:02"
