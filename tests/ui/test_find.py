"""The palette finds sentences by text and by number, and rounds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from store.million import RARE, build
from textual.command import CommandPalette
from ui.doubles import screen_text, until
from ui.stores import open_app, small_store
from ui.test_hostile import harmful

from llmaaa_tui.ui.shell.find import SentenceProvider


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "llmaaa.db"
    build(path, 5000, rounds=3, batch=50)
    return path


async def test_a_part_of_a_text_opens_the_sentence(many: Path) -> None:
    app = open_app(many)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Rounds")
        await pilot.press("ctrl+p", *RARE.lower()[:6])
        text = await until(pilot, "#5000 ")
        assert RARE in text
        assert "sentence, " in text
        await pilot.press("enter")
        assert RARE in await until(pilot, "Sentence #5000")
        await pilot.press("j", "escape")
        await until(pilot, "Sentence #5000", gone=True)
        assert app.place.NAME == "loop"


async def test_two_signs_of_a_script_without_spaces_are_enough_and_one_is_not(many: Path) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "of 5,000")
        provider = SentenceProvider(app.screen)
        await provider.startup()
        assert [hit async for hit in provider.search("北")] == []
        found = [hit async for hit in provider.search("北京")]
        assert len(found) == 20
        assert all("北京" in str(hit.text) for hit in found)
        assert sorted(found, key=lambda hit: -hit.score) == found, "in the order of the list"
        await provider.shutdown()


async def test_a_number_finds_a_sentence_of_any_role(many: Path) -> None:
    app = open_app(many)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Rounds")
        provider = SentenceProvider(app.screen)
        await provider.startup()
        for query, says in (("#7", "sentence"), ("# 5001", "sentence, dev")):
            (hit,) = [hit async for hit in provider.search(query)]
            assert hit.text is not None
            assert hit.text.startswith(query.replace(" ", "") + " ")
            assert str(hit.help).startswith(says)
        assert [hit async for hit in provider.search("#999999")] == []
        await provider.shutdown()


async def test_typing_on_calls_the_search_off(many: Path) -> None:
    app = open_app(many)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Rounds")
        provider = SentenceProvider(app.screen)
        await provider.startup()
        listening = asyncio.create_task(_all(provider, "no such words"))
        await asyncio.sleep(0.01)
        turn = provider._turn
        assert not provider._over(turn)()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert provider._over(turn)(), "what the catalogue asks between its rows"
        assert await _all(provider, "北京")
        await provider.shutdown()


async def _all(provider: SentenceProvider, query: str) -> list[object]:
    return [hit async for hit in provider.search(query)]


async def test_a_round_is_gone_to_by_its_number(many: Path) -> None:
    app = open_app(many)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Rounds")
        await pilot.press("ctrl+p", *"round 1")
        await until(pilot, "round: go to 1")
        await pilot.press("enter")
        await until(pilot, "PAST: round 1 of 3")
        await pilot.press("ctrl+p", *"go to 3")
        await until(pilot, "round: go to 3")
        await pilot.press("enter")
        await until(pilot, "PAST", gone=True)


async def test_hostile_sentences_in_the_palette(tmp_path: Path) -> None:
    texts = ["[/foo] zz", "[red]zz[/blue]", "[@click=app.quit]zz", "\x1b[31mzz\x07", "a\u202ezz", "new\nzz"]
    small_store(tmp_path / "llmaaa.db", texts).close()
    app = open_app(tmp_path / "llmaaa.db")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Not started")
        await pilot.press("ctrl+p", "z", "z")
        text = await until(pilot, "[@click=app.quit]zz")
        assert not harmful(text.replace("\n", ""))
        assert isinstance(app.screen, CommandPalette)
        await pilot.press("down", "enter")
        await until(pilot, "Sentence #")
        assert not harmful(screen_text(app).replace("\n", ""))
        assert app.is_running
