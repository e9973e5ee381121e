"""The page about leakage says that nothing is measured, and shows no figure."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, screen_text, until
from ui.test_hostile import harmful

from llmaaa_tui.core.snapshot import Snapshot
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.screens.leakage import LeakageScreen
from llmaaa_tui.ui.widgets.sheet import Sheet

SIZES = ((60, 15), (80, 24), (120, 36), (200, 60))


async def shown(snapshot: Snapshot, size: tuple[int, int]) -> str:
    loop = LoopApp(Shown(snapshot), Told(), place="leakage")
    async with loop.run_test(size=size) as pilot:
        text = await until(pilot, "Nothing has been measured")
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert len(text.splitlines()) == size[1]
        assert isinstance(loop.screen, LeakageScreen)
        blocks = loop.screen.blocks(60, 60)
        if size == (60, 15):
            assert "learnt by heart" not in text
            await pilot.press("G")
            assert "learnt by heart" in await until(pilot, "learnt by heart")
        return " ".join(" ".join(line.plain for block in blocks for line in block.lines).split())


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_is_measured_and_nothing_looks_measured(size: tuple[int, int]) -> None:
    text = await shown(snapshots.paid(), size)
    assert "Nothing has been measured for gpt-5.6-luna." in text
    for words in ("where they come from", "controls", "first half of a sentence", "a later version brings"):
        assert words in text, words
    assert not re.search(r"\d", text.replace("gpt-5.6-luna", "").replace("F1", "")), "a figure would look like a result"
    assert "llmaaa leakage" not in text, "there is no such command"
    assert "simulation" not in text


async def test_a_simulated_annotator_is_called_one() -> None:
    assert "This annotator is a simulation" in await shown(snapshots.ended(5), (120, 36))
    recorded = replace(snapshots.ended(5), simulated="recorded")
    assert "answers are recorded" in await shown(recorded, (120, 36))


async def test_foreign_names_are_data() -> None:
    source = Shown(snapshots.paid())
    loop = LoopApp(source, Told(), place="leakage")
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "Nothing has been measured")
        for text in snapshots.HOSTILE:
            source.put(snapshots.hostile(text))
            await pilot.pause(0.12)
            assert not harmful(screen_text(loop).replace("\n", ""))
        assert loop.screen.query_one(Sheet).size.width == 80
