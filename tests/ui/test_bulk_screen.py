"""Many answers accepted at once on a real project: blind sample, what it says, one step that can be undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from ui.doubles import screen_text, until
from ui.project import LABELS, Made, project, reached

from llmaaa_tui.core.document import Span
from llmaaa_tui.core.review import Filter, Order, QueueRow
from llmaaa_tui.core.states import State
from llmaaa_tui.ui.line import Line
from llmaaa_tui.ui.pages.bulk import chosen_by, percent, usable
from llmaaa_tui.ui.review.writer import Writer
from llmaaa_tui.ui.screens import bulk
from llmaaa_tui.ui.screens.bulk import BulkScreen
from llmaaa_tui.ui.screens.mend import MendScreen

WHOLE = Filter(suspicious=False)


class Bulky:
    """The bulk screen over the first screen of the running application."""

    def __init__(self, made: Made, pilot: Pilot[str]) -> None:
        self.made = made
        self.pilot = pilot
        self.given: list[int | None] = []
        doors = made.doors()
        self.desk = Line(doors.desk)
        self.writer = Writer(doors.decisions)

    async def open(self, wanted: Filter, n: int = 5) -> str:
        queue = await self.desk.call(lambda desk: desk.queue(wanted, Order.NEWEST))
        view = self.pilot.app.view  # type: ignore[attr-defined]
        screen = BulkScreen(queue, wanted, LABELS, view, self.desk, self.writer, n)
        self.pilot.app.push_screen(screen, self.given.append)
        return await until(self.pilot, "chosen by")

    def seen(self) -> str:
        return screen_text(self.pilot.app)  # type: ignore[arg-type]

    async def label(self, number: int, *, right: bool = True) -> None:
        """Label so many of the sample: as the gold says, or nothing at all."""
        for _ in range(number):
            await reached(self.pilot, lambda: isinstance(self.pilot.app.screen, MendScreen), "the next sentence")
            screen = self.pilot.app.screen
            assert isinstance(screen, MendScreen)
            assert "LLM" not in self.seen()
            if right:
                for span in self.made.gold[screen.item.item]:
                    self._select(screen, span)
                    await self.pilot.press(str(LABELS.index(span.label) + 1))
            await self.pilot.press("enter")
            await reached(self.pilot, partial(self._left, screen), "the end of it")

    def _left(self, screen: MendScreen) -> bool:
        return self.pilot.app.screen is not screen

    @staticmethod
    def _select(screen: MendScreen, span: Span) -> None:
        state = screen.mending.let_go().go_to(span.start)
        words = len([word for word in state.words if span.start <= word[0] < span.end])
        screen.mending = state.extend(words - 1)


@asynccontextmanager
async def bulky(made: Made, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Bulky]:
    app = made.app(place="loop")
    async with app.run_test(size=size, notifications=True) as pilot:
        await reached(pilot, lambda: app.view.snapshot is not None)
        window = Bulky(made, pilot)
        try:
            yield window
        finally:
            window.desk.close()
            window.writer.close()


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return project(tmp_path / "p", pool=30, first=6, second=14)


def test_only_undecided_answers_that_did_not_fail_can_be_accepted() -> None:
    rows = [
        QueueRow(1, 11, State.LABELLED, 0.0),
        QueueRow(2, 12, State.EMPTY, 0.0),
        QueueRow(3, 13, State.FAILED, 1.0),
        QueueRow(4, None, None, 0.0),
    ]
    assert usable(rows) == ((1, 11), (2, 12))


def test_words_of_filters_and_bounds() -> None:
    assert chosen_by(Filter()) == "every answer that waits for a decision"
    words = chosen_by(Filter(3, "LOC", False, 0.9, "mji"))
    assert words == 'round 3, with LOC, without a suspicion, sure from .90, with "mji" in the text'
    assert [percent(rate) for rate in (0.04951, 0.05, 0.0501, 1.0)] == ["5 %", "5 %", "5.1 %", "100 %"]


async def test_a_right_sample_then_everything_in_one_step(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SETTLED_S", 600.0)
    async with bulky(made) as window:
        seen = await window.open(WHOLE)
        total = len(usable(await window.desk.call(lambda desk: desk.queue(WHOLE, Order.NEWEST))))
        assert f"{total} answers" in seen
        assert "without a suspicion" in seen
        assert "First 5 of them, drawn at random, are labelled by you without seeing the answers." in seen
        assert "at most 45.1 % of all are wrong" in seen
        await window.pilot.press("enter")
        await window.label(5)
        seen = await until(window.pilot, "none of 5 differs")
        assert "at most 45.1 % of all are wrong, with 95 % certainty (exact one-sided bound, n = 5)" in seen
        await window.pilot.press("enter")
        assert not made.rows("SELECT 1 FROM bulk_end"), "the key of the last label accepts nothing"
        monkeypatch.setattr(bulk, "SETTLED_S", 0.0)
        await window.pilot.press("enter")
        await reached(window.pilot, lambda: bool(window.given))
        assert window.given == [total - 5]
        assert "accepted in one step" in await until(window.pilot, "accepted in one step")
        (row,) = made.rows("SELECT state, n, errors FROM bulk_end")
        assert row == ("accepted", 5, 0)
        blind = made.rows("SELECT COUNT(*) FROM decision WHERE verdict = 'mend' AND blind = 1 AND bulk_id IS NOT NULL")
        assert blind == [(5,)]
        step = await window.writer.submit(lambda decisions: decisions.undo())
        assert step is not None
        assert len(step.items) == total - 5


async def test_a_sample_left_in_the_middle_goes_on_after_a_restart(made: Made) -> None:
    async with bulky(made) as window:
        await window.open(WHOLE)
        await window.pilot.press("enter")
        await window.label(2)
        await reached(window.pilot, lambda: isinstance(window.pilot.app.screen, MendScreen))
        assert "blind sample 3 of 5" in window.seen()
        await window.pilot.press("escape")
        seen = await until(window.pilot, "2 of the 5 sampled sentences are labelled")
        assert "enter goes on" in seen
        await window.pilot.press("escape")
        assert "stays open, 2 of 5" in await until(window.pilot, "stays open, 2 of 5")
        assert window.given == [None]
    async with bulky(made) as window:
        seen = await window.open(WHOLE)
        assert "2 of the 5 sampled sentences are labelled" in seen
        await window.pilot.press("enter")
        await reached(window.pilot, lambda: isinstance(window.pilot.app.screen, MendScreen))
        assert "blind sample 3 of 5" in window.seen()
        await window.label(3)
        assert "none of 5 differs" in await until(window.pilot, "none of 5 differs")
        await window.pilot.press("d")
        await reached(window.pilot, lambda: bool(window.given))
        assert window.given == [None]
        assert made.rows("SELECT state FROM bulk_end") == [("dropped",)]
        assert made.rows("SELECT COUNT(*) FROM decision WHERE verdict = 'accept'") == [(0,)]


async def test_what_differs_is_shown_side_by_side_with_its_bound(made: Made) -> None:
    async with bulky(made) as window:
        await window.open(Filter(label="PER"), n=4)
        await window.pilot.press("enter")
        await window.label(1)
        await window.label(3, right=False)
        seen = await until(window.pilot, "differ from yours")
        opened = await window.desk.call(lambda desk: desk.open_bulk("ada"))
        assert opened is not None
        assert len(opened.labelled) == 4
        assert 3 <= len(opened.errors) <= 4
        assert f"{len(opened.errors)} of 4 differ from yours" in seen
        assert seen.count(" annotator ") == seen.count(" you ") == len(opened.errors)
        assert "╰PER" in seen
        assert "– nothing" in seen
        assert "What differs ─" in seen


async def test_another_filter_needs_another_sample(made: Made) -> None:
    async with bulky(made) as window:
        await window.open(WHOLE)
        await window.pilot.press("enter")
        await window.label(1)
        await window.pilot.press("escape")
        await until(window.pilot, "1 of the 5")
        await window.pilot.press("escape")
        seen = await window.open(Filter(round=2), n=3)
        assert "of another filter is open (without a suspicion)" in seen
        assert "1 of its 5 sampled" in seen
        await window.pilot.press("enter")
        await reached(window.pilot, lambda: isinstance(window.pilot.app.screen, MendScreen))
        assert "blind sample 1 of 3" in window.seen()
        assert made.rows("SELECT state, n FROM bulk_end") == [("dropped", 1)]
        await window.pilot.press("escape")
        await until(window.pilot, "0 of the 3")
        await window.pilot.press("escape")
        await window.open(WHOLE)
        await window.pilot.press("c")
        await reached(window.pilot, lambda: isinstance(window.pilot.app.screen, MendScreen))
        assert "blind sample 1 of 3" in window.seen()


async def test_fewer_than_the_sample_is_said_and_then_nothing_is_left(made: Made) -> None:
    async with bulky(made) as window:
        wanted = Filter(round=1, label="ORG")
        seen = await window.open(wanted, n=59)
        size = len(usable(await window.desk.call(lambda desk: desk.queue(wanted, Order.NEWEST))))
        assert 0 < size < 6
        assert f"The sample would be all {size} of them" in seen
        await window.pilot.press("enter")
        await window.label(size)
        assert "the sample was all of them" in await until(window.pilot, "the sample was all of them")
        await window.pilot.press("A")
        await reached(window.pilot, lambda: bool(window.given))
        assert window.given == [0]


async def test_nothing_to_accept(made: Made) -> None:
    async with bulky(made, size=(60, 15)) as window:
        seen = await window.open(Filter(text="no sentence has this"))
        assert "nothing to accept here" in seen
        await window.pilot.press("enter", "A", "d", "c", "j", "escape")
        await reached(window.pilot, lambda: bool(window.given))
        assert made.rows("SELECT COUNT(*) FROM bulk") == [(0,)]


async def test_from_the_review_and_back_to_it(made: Made) -> None:
    app = made.app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, "1 of 20")
        await pilot.press("A")
        seen = await until(pilot, "chosen by")
        assert "19 answers" in seen
        assert "1 failed" in seen
        await pilot.press("enter")
        await reached(pilot, lambda: isinstance(pilot.app.screen, MendScreen))
        await pilot.press("1", "enter")
        await until(pilot, "blind sample 2 of 19")
        await pilot.press("escape")
        await until(pilot, "1 of the 19")
        await pilot.press("escape")
        assert "1 mended" in await until(pilot, "1 mended")


async def test_what_another_screen_serves_comes_last_and_is_not_labelled_here(made: Made) -> None:
    there = made.doors("zoe").decisions()
    async with bulky(made) as window:
        await window.open(WHOLE)
        held = there.claim(made.items)
        await window.pilot.press("enter")
        await until(window.pilot, "another screen serves what is left of the sample")
        sample = (await window.desk.call(lambda desk: desk.open_bulk("ada"))).sample  # type: ignore[union-attr]
        assert set(held) >= set(sample)
        assert there.claim(sample[:2]) == sample[:2]
        await window.pilot.press("enter")
        await window.label(3)
        await until(window.pilot, "3 of the 5 sampled sentences are labelled")
        there.release()
        await window.pilot.press("enter")
        await window.label(2)
        await until(window.pilot, "none of 5 differs")
    there.close()


async def test_the_review_below_claims_nothing_while_a_sample_is_labelled(made: Made) -> None:
    app = made.app()

    def claimed() -> set[int]:
        return {item for (item,) in made.rows("SELECT item_id FROM claim")}

    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "undo 0")
        review = app.place
        await pilot.press("A")
        await until(pilot, "chosen by")
        await pilot.press("enter")
        await reached(pilot, lambda: isinstance(app.screen, MendScreen), "the first sentence")
        desk = made.doors().desk()
        sample = desk.open_bulk("ada").sample  # type: ignore[union-attr]
        desk.close()
        await reached(pilot, lambda: claimed() == set(sample), "the whole sample is held")
        await pilot.press("enter")
        await reached(pilot, lambda: len(claimed()) == len(sample) - 1, "what was labelled is free")
        review.reload(fresh=True)  # type: ignore[attr-defined]
        await reached(pilot, lambda: not review._reading)  # type: ignore[attr-defined]
        await pilot.pause()
        assert claimed() == set(sample[1:])
