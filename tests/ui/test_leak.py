"""Leakage on the first screen, and what is amber elsewhere because of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content
from ui import evidence, snapshots
from ui.doubles import Shown, Told, screen_text, until
from ui.test_hostile import harmful

from llmaaa_tui.cli.status import in_words
from llmaaa_tui.core.leakage import Finding
from llmaaa_tui.core.snapshot import Snapshot
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII
from llmaaa_tui.ui.view import View
from llmaaa_tui.ui.widgets.curve import Curve
from llmaaa_tui.ui.widgets.header import Header
from llmaaa_tui.ui.widgets.leak import Leak
from llmaaa_tui.ui.widgets.rounds import Rounds

SIZES = ((80, 24), (120, 36), (200, 60))


def probed(found: tuple[Finding, ...] | None = None, *, seen: bool = True) -> Snapshot:
    made = snapshots.ended(5)
    return replace(made, leakage=evidence.findings(made.annotator, seen=seen) if found is None else found)


def line(found: Finding, width: int = 80) -> str:
    leak = Leak()
    leak.view = View(probed((found,)))
    return leak.lines(width, 1)[0].plain


def amber(lines: list[Content]) -> str:
    """All that is drawn in amber."""
    return " ".join(
        one.plain[span.start : span.end] for one in lines for span in one.spans if "$warn" in str(span.style)
    )


@pytest.mark.parametrize("size", SIZES)
async def test_the_rate_so_far_stands_there_at_every_size(size: tuple[int, int]) -> None:
    annotator = snapshots.ended(5).annotator
    loop = LoopApp(Shown(probed((evidence.continuation(5, annotator),))), Told())
    async with loop.run_test(size=size) as pilot:
        flat = " ".join((await until(pilot, "no evidence")).split())
        if size == (80, 24):
            assert "leakage: continuation .00 (.00–.10) n 25 · no evidence, excludes > .10" in flat
        else:
            assert "in the rounds 0/25 exact .00 (.00–.10) no evidence" in flat
            assert "Leakage ──" in flat
        assert ("excludes a rate above 0.10" in flat) == (size == (200, 60))
        assert "▲ leakage" not in flat, "nothing speaks against it"


async def test_without_a_probe_there_is_no_line_and_no_box() -> None:
    loop = LoopApp(Shown(probed(())), Told())
    async with loop.run_test(size=(80, 24)) as pilot:
        await until(pilot, "Ended")
        assert not loop.screen.query_one(Leak).region
        source = loop.source
        assert isinstance(source, Shown)
        source.put(probed())
        assert "▲ leakage: continuation .47 (.37–.57) n 100" in await until(pilot, "evidence, p < .001")
        assert loop.screen.query_one(Leak).region.height == 1


async def test_what_did_not_change_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(snapshots.working(4, answered=10), leakage=probed().leakage)
    source = Shown(made)
    loop = LoopApp(source, Told())
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "in the rounds")
        drawn: list[object] = []
        monkeypatch.setattr(loop.screen.query_one(Leak), "refresh", lambda *regions, **_: drawn.append(regions))
        source.put(replace(snapshots.working(4, answered=20), leakage=made.leakage))
        assert "20/50" in await until(pilot, "20/50")
        assert drawn == []


def test_a_line_says_what_there_is_no_verdict_about() -> None:
    annotator = snapshots.ended(5).annotator
    found = evidence.continuation(4, annotator)
    assert line(replace(found, p=None, p_holm=None, against=None)).endswith("no control: no verdict")
    nothing = replace(found, n=0, p=None, p_holm=None, unanswered=20, simulated="")
    assert line(nothing) == " leakage: continuation – · nothing was answered"
    flagged = evidence.continuation(5, annotator, rate=0.4, p=0.0004)
    assert line(flagged).startswith(" ▲ leakage: continuation .40 (.20–.50) n 25 · evidence, p < .001")
    assert len(line(found)) < 80
    assert " -.04 (-.11–.02) n " in line(replace(found, rate=-0.04, low=-0.11, high=0.02)), "a gap may be below nothing"


def test_the_surest_stands_first_and_other_annotators_do_not() -> None:
    leak = Leak()
    leak.view = View(replace(probed(), leakage=(*evidence.findings("other"), *evidence.findings(probed().annotator))))
    lines = [one.plain for one in leak.lines(76, 6)]
    assert lines[1].startswith("│ continuation    44/100 exact .47 (.37–.57)   ▲ evidence, p < .001")
    assert lines[2].startswith("│ in the rounds   0/25 exact")
    assert sum("continuation" in one for one in lines) == 1
    assert "SIMULATED" in lines[0]


@pytest.mark.parametrize("size", SIZES)
async def test_the_header_of_every_screen_names_the_doubt(size: tuple[int, int]) -> None:
    for seen in (True, False):
        loop = LoopApp(Shown(probed(seen=seen)), Told(), place="budget")
        async with loop.run_test(size=size) as pilot:
            await until(pilot, "SIMULATED")
            first = screen_text(loop).splitlines()[0]
            assert ("▲ leakage" in first) == seen
            header = loop.screen.query_one(Header)
            named = snapshots.ended(5).annotator in amber(header.lines(*header.size))
            assert named == (seen and size[0] >= 100)


def test_the_annotators_f1_is_amber_with_a_mark_and_the_students_is_not() -> None:
    made = probed()
    rounds = tuple(replace(row, teacher=evidence.score(0.73), teacher_split="test") for row in made.rounds)
    for snapshot, doubted in ((replace(made, rounds=rounds), True), (replace(made, rounds=rounds, leakage=()), False)):
        curve, table = Curve(), Rounds()
        curve.view = table.view = View(snapshot)
        lines = curve.body(60, 14)
        teacher = next(one for one in lines if "teacher" in one.plain)
        assert ("▲ .73" in teacher.plain) == doubted
        assert (".73" in amber(lines)) == doubted
        lines = table.body(100, 20)
        picked = next(one for one in lines if "annotator on the sentences picked" in one.plain)
        assert picked.plain.startswith("▲ ") == doubted
        assert bool(amber(lines)) == doubted
        student = [one for one in lines if one.plain.startswith("test ")]
        assert not amber(student)


def test_status_names_the_doubt_beside_the_f1_it_is_about() -> None:
    said = in_words(probed()).splitlines()
    rounds = [one for one in said if one.startswith("round ")]
    assert rounds
    assert all("IN DOUBT (leakage), $" in one for one in rounds)
    assert any(one.startswith("leakage of ") and "evidence of leakage" in one for one in said)
    assert "IN DOUBT" not in in_words(probed(seen=False))


async def test_foreign_names_are_data_and_ascii_stays_ascii() -> None:
    for text in snapshots.HOSTILE:
        made = replace(probed(), annotator=text, leakage=evidence.findings(text))
        found = tuple(replace(one, dataset=text, simulated=text) for one in made.leakage)
        for height in (1, 7):
            leak = Leak()
            leak.view = View(replace(made, leakage=found), glyphs=ASCII)
            for one in leak.lines(80, height):
                assert not harmful(one.plain)
                assert one.cell_length <= 80
    leak.view = View(probed(), glyphs=ASCII)
    assert all(one.plain.isascii() for one in leak.lines(76, 7))
