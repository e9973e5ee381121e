"""The page about leakage: what the probes said, and before any that nothing is measured, without a figure."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from ui import evidence, snapshots
from ui.accounts import Accounts
from ui.doubles import Shown, Told, screen_text, until
from ui.test_hostile import harmful

from llmaaa_tui.core.leakage import Probe
from llmaaa_tui.core.snapshot import Snapshot
from llmaaa_tui.store.leakage_rows import write_findings
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII, UNICODE
from llmaaa_tui.ui.pages import leakage as leakage_page
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
            assert "loses F1" not in text
            await pilot.press("G")
            assert "loses F1" in await until(pilot, "loses F1")
        return " ".join(" ".join(line.plain for block in blocks for line in block.lines).split())


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_is_measured_and_nothing_looks_measured(size: tuple[int, int]) -> None:
    text = await shown(snapshots.paid(), size)
    assert "Nothing has been measured for gpt-5.6-luna." in text
    for words in (
        "llmaaa leakage DIR --probe all --estimate",
        "Which dataset is this sample of?",
        "Finish this text",
        "Which of four wordings",
        "rows of the file",
        "other names of the same kind",
        "go to gpt-5.6-luna",
        "leakage.per_round",
    ):
        assert words in text, words
    assert not re.search(r"\d", text.replace("gpt-5.6-luna", "").replace("F1", "")), "a figure would look like a result"
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


def measured(*, seen: bool = True) -> Snapshot:
    """A project whose annotator was probed."""
    return replace(snapshots.ended(5), leakage=evidence.findings(snapshots.ended(5).annotator, seen=seen))


@pytest.mark.parametrize("size", SIZES[1:])
async def test_what_the_probes_said_stands_there_at_every_size(size: tuple[int, int]) -> None:
    loop = LoopApp(Shown(measured()), Told(), place="leakage")
    async with loop.run_test(size=size) as pilot:
        text = await until(pilot, "What the probes say")
        assert all(len(line) <= size[0] for line in text.splitlines())
        flat = " ".join(text.split())
        for words in (
            "source question .12 (.07–.20) n 100 .10 (.05–.18) n 100 .820",
            "no evidence at n = 100, excludes a rate above 0.20",
            "continuation .47 (.37–.57) n 100 .02 (.00–.07) n 100 < .001",
            "▲ evidence of leakage, n = 100, p < .001 (Holm)",
            "label order .08 (.04–.15) n 100",
            "no control: no verdict, n = 100",
            "other names .03 (-.02–.08) n 100",
            "excludes a gap above 0.08",
            "continuation, rounds .00 (.00–.10) n 25",
            "MasakhaNER 2 SIMULATED",
        ):
            assert words in flat, words
        assert "clean" not in flat
        await pilot.press("G")
        assert "How to read it" in await until(pilot, "How to read it")


def test_a_card_says_all_that_is_known_of_a_finding() -> None:
    found = {one.probe: one for one in evidence.findings()[:5]}
    lines = leakage_page.card(found[Probe.CONTINUATION], 200, UNICODE).lines
    text = "\n".join(line.plain for line in lines)
    for words in (
        "▲ evidence of leakage, n = 100, p < .001 (Holm)",
        ".61 (.55–.68) n 100, 44 exact, 3 near exact",
        ".44 (.35–.53) n 100, on average",
        "3 refused or failed, in no rate",
    ):
        assert words in text, words
    text = "\n".join(line.plain for line in leakage_page.card(found[Probe.SOURCE], 200, UNICODE).lines)
    assert "Naming it can be a guess from the language." in text
    assert "any usual name of the dataset counts" in text
    assert "▲" not in text


def test_the_rounds_stand_under_each_other_with_their_intervals() -> None:
    block = leakage_page.trend([evidence.continuation(number) for number in (1, 2)], 90, ASCII)
    assert block is not None
    first, second = (line.plain for line in block.lines[1:])
    assert first.split("|")[0].split() == ["1", ".00", "(.00-.52)", "n", "5", "0", ".400"]
    assert second.split("|")[1].rstrip() == "*--------"
    assert leakage_page.trend([], 90, ASCII) is None


async def test_the_findings_of_a_store_and_how_they_came_about(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, done=2)
    write_findings(accounts.store, [*evidence.findings("simulated-m")[:5]])
    for number in (1, 2):
        write_findings(accounts.store, [evidence.continuation(number, "simulated-m")])
    loop = accounts.app(place="leakage")
    async with loop.run_test(size=(120, 36)) as pilot:
        flat = " ".join((await until(pilot, "Round by round")).split())
        assert "1 .00 (.00–.52) n 5" in flat
        assert "2 .00 (.00–.26) n 10" in flat
        assert "▲ leakage" in flat, "the header says it on every screen"
        await pilot.press("left_square_bracket")
        await until(pilot, "Nothing has been measured")
    accounts.close()


@pytest.mark.parametrize("width", [56, 75, 115, 195])
def test_foreign_names_break_no_line_of_the_findings(width: int) -> None:
    for text in snapshots.HOSTILE:
        found = [replace(one, annotator=text, dataset=text, hint=text) for one in evidence.findings()]
        blocks = [leakage_page.table(found, width, ASCII), *(leakage_page.card(one, width, UNICODE) for one in found)]
        for line in [line for block in blocks for line in block.lines]:
            assert not harmful(line.plain)
            assert line.cell_length <= width
