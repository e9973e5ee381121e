"""The first page and the wizard, on real files and real commands."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support import Project, sentences, write_jsonl
from textual.pilot import Pilot
from textual.widgets import Input
from ui.snapshots import HOSTILE

from llmaaa_tui.recent import Recent
from llmaaa_tui.ui.home.app import Chosen, HomeApp
from llmaaa_tui.ui.home.draft import complete

SIZES = ((80, 24), (120, 36), (200, 60))


def text(app: HomeApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Chosen], *words: str, gone: str = "", seconds: float = 120.0) -> str:
    """Wait until all these words stand on the screen, and those that are to be gone do not; the screen's text.

    A step of the wizard runs a command, which on a machine that has much to do takes a while; a screen is drawn in
    parts, its title first.
    """
    end = time.monotonic() + seconds
    while True:
        await pilot.pause(0.05)
        assert isinstance(pilot.app, HomeApp)
        seen = text(pilot.app)
        missing = [one for one in words if one not in seen] + [f"not {gone}"] * (gone != "" and gone in seen)
        if not missing:
            return seen
        assert time.monotonic() < end, f"{missing} after {seconds:.0f} s:\n{seen}"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    pool, gold = tmp_path / "pool.jsonl", tmp_path / "gold.jsonl"
    return write_jsonl(pool, sentences(40, 1)), write_jsonl(gold, sentences(80, 2))


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_page_offers_every_way_to_begin(size: tuple[int, int]) -> None:
    home = HomeApp([Recent("/home/a/news", "news", "2026-01-02T03:04:05+00:00"), Recent("/x/y", "", "then")])
    async with home.run_test(size=size) as pilot:
        seen = await until(pilot, "new project")
        for words in ("d demo", "n new project", "1 news", "/home/a/news", "2 /x/y", "q quit"):
            assert words in seen
        await pilot.press("9")
        await pilot.pause()
        await pilot.press("2")
    assert home.return_value == Chosen(Path("/x/y"))


async def test_demo_is_one_key_or_one_click_away() -> None:
    home = HomeApp([])
    async with home.run_test(size=(80, 24)) as pilot:
        assert "No project was opened here yet." in await until(pilot, "No project")
        await pilot.press("d")
    assert home.return_value == Chosen(start=True)
    home = HomeApp([])
    async with home.run_test(size=(80, 24)) as pilot:
        await until(pilot, "demo")
        await pilot.click("#ways", offset=(4, 3))
        await pilot.pause()
    assert home.return_value == Chosen(start=True)


async def test_hostile_names_are_drawn_as_text() -> None:
    home = HomeApp([Recent(text, text, text) for text in HOSTILE[:9]])
    async with home.run_test(size=(80, 24)) as pilot:
        seen = await until(pilot, "[/foo]")
        assert "\x1b" not in seen
        assert "\u202e" not in seen


async def test_the_wizard_previews_asks_once_and_starts(files: tuple[Path, Path], tmp_path: Path) -> None:
    pool, gold = files
    home = HomeApp([])
    async with home.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await until(pilot, "New project 1/4")
        home.screen.query_one("#pool", Input).value = str(pool)
        home.screen.query_one("#gold", Input).value = str(tmp_path / "none.jsonl")
        home.screen.query_one("#folder", Input).value = str(tmp_path / "made")
        await pilot.press("enter")
        seen = await until(pilot, "✗")
        assert "none.jsonl" in "".join(seen.replace("│", "").split()), "an error names the file"
        home.screen.query_one("#gold", Input).value = str(gold)
        await pilot.press("enter")
        # Gold is drawn with its spans.
        await until(
            pilot, "New project 2/4", "40 pool", "PER (person", "no near copy", "enter looks right", "gold ", "LOC›"
        )
        await pilot.press("m")
        await until(pilot, "dev is not held out")
        await pilot.press("m")
        await until(pilot, "no near copy", gone="dev is not held out")
        assert not (tmp_path / "made").exists(), "nothing is made before the third step"
        await pilot.press("enter")
        await until(pilot, "New project 3/4")
        home.screen.query_one("#cap", Input).value = "a lot"
        await pilot.press("enter")
        await until(pilot, "cap:")
        home.screen.query_one("#cap", Input).value = "1.50"
        await pilot.press("enter")
        await until(pilot, "New project 4/4")
        await until(pilot, "Round 1 asks", "SIMULATED", "at most")
        await pilot.press("t")
        await until(pilot, "Cost ", "It says", "Gold says")
        await pilot.press("enter")
    assert home.return_value == Chosen(tmp_path / "made", start=True)
    status = Project(tmp_path / "made").status()
    assert status["budget"]["cap_nanousd"] == 1_500_000_000
    assert 0 < status["budget"]["spent_nanousd"] == sum(status["budget"]["by_purpose"].values())


async def test_back_keeps_what_was_typed_and_a_remote_model_needs_its_name(files: tuple[Path, Path]) -> None:
    pool, gold = files
    home = HomeApp([])
    async with home.run_test(size=(120, 36)) as pilot:
        await pilot.press("n")
        await until(pilot, "New project 1/4")
        for name, value in (("pool", pool), ("gold", gold), ("folder", pool.with_name("other"))):
            home.screen.query_one(f"#{name}", Input).value = str(value)
        await pilot.press("enter")
        await until(pilot, "New project 2/4")
        await pilot.press("escape")
        await until(pilot, "New project 1/4")
        assert home.screen.query_one("#gold", Input).value == str(gold)
        await pilot.press("enter")
        await until(pilot, "New project 2/4")
        await pilot.press("enter")
        await until(pilot, "New project 3/4")
        await pilot.press("f2", "enter")
        seen = await until(pilot, "name the model")
        assert "OPENAI_API_KEY" in seen
        assert "never stored" in seen
        await pilot.press("escape")
        await until(pilot, "New project 2/4")
    assert not pool.with_name("other").exists()


def test_paths_are_completed_as_a_shell_would(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "pool.jsonl").touch()
    (tmp_path / ".hidden").touch()
    assert complete(f"{tmp_path}/co") == f"{tmp_path}/corpus/"
    assert complete(f"{tmp_path}/corpus/p") == f"{tmp_path}/corpus/pool.jsonl"
    assert complete(f"{tmp_path}/corpus/x") is None
    assert complete(f"{tmp_path}/") == f"{tmp_path}/corpus/", "hidden files only when asked for"
    assert complete("") is None
    assert complete("/no/such/folder/x") is None


async def test_the_wizard_makes_a_project_of_another_task(tmp_path: Path) -> None:
    rows = [
        {"text": f"Ada wa Roma alikuja mara {n}", "head": {"start": 0, "end": 3}, "tail": {"start": 7, "end": 11}}
        | {"label": ("no_relation", "Live_In", "Work_For")[n % 3]}
        for n in range(130)
    ]
    pool, gold = write_jsonl(tmp_path / "pool.jsonl", rows[:40]), write_jsonl(tmp_path / "gold.jsonl", rows[40:])
    home = HomeApp([])
    async with home.run_test(size=(80, 44)) as pilot:
        await pilot.press("n")
        assert "‹ named entities (ner) ›" in await until(pilot, "New project 1/4")
        await pilot.press("up", "right")
        assert "‹ relations (relation) ›" in await until(pilot, "relations")
        for name, value in (("pool", pool), ("gold", gold), ("folder", tmp_path / "made")):
            home.screen.query_one(f"#{name}", Input).value = str(value)
        await pilot.press("down", "enter")
        seen = await until(pilot, "New project 2/4")
        assert "no_relation says that none of the others holds" in seen
        assert "[1 Ada] wa [2 Roma] alikuja mara" in seen
        assert "‹Live_In›" in seen
