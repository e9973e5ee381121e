"""What deserves a toast, and what does not."""

from __future__ import annotations

from dataclasses import replace

from ui import snapshots
from ui.doubles import Shown, Told, until

from llmaaa_tui.core.snapshot import ReviewWait, Snapshot
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.cells import safe
from llmaaa_tui.ui.shell.milestones import Milestone, milestones


def said(before: Snapshot, after: Snapshot) -> list[str]:
    return [milestone.text for milestone in milestones(before, after)]


def spent(snapshot: Snapshot, nanousd: int, unconfirmed: int = 0) -> Snapshot:
    return replace(snapshot, budget=replace(snapshot.budget, spent_nanousd=nanousd, unconfirmed_nanousd=unconfirmed))


def test_nothing_new_is_nothing() -> None:
    working = snapshots.working(4)
    assert milestones(working, working) == ()
    assert milestones(working, snapshots.working(4, answered=40)) == (), "answers are no milestones"


def test_a_round_that_is_done_is_told_with_its_figure_interval_and_change() -> None:
    assert said(snapshots.working(4), snapshots.working(5, answered=0)) == [
        "Round 4 is done: test F1 .74 ±.04, n 1,475, +.03; .72 is the best on dev so far."
    ]
    assert said(snapshots.working(4, test=False), snapshots.working(5, test=False)) == [
        "Round 4 is done: dev F1 .72 ±.06, n 120, +.03; the best on dev so far."
    ]
    first = said(snapshots.empty(), snapshots.working(2))
    assert first == ["Round 1 is done: test F1 .43 ±.03, n 1,475."], "the first one is compared with nothing"


def test_a_round_that_is_not_the_best_does_not_say_so() -> None:
    after = snapshots.working(5, answered=0)
    rows = list(after.rounds)
    assert rows[3].dev is not None
    rows[3] = replace(rows[3], dev=replace(rows[3].dev, f1=0.2), test=None)
    text = said(snapshots.working(4), replace(after, rounds=tuple(rows)))
    assert text == ["Round 4 is done: dev F1 .20 ±.06, n 120."], "and test is not compared with dev"


def test_the_cap_is_said_once_when_four_fifths_are_used() -> None:
    base = snapshots.working(4)
    low, high = spent(base, 1_599_999_999), spent(base, 1_600_000_000)
    assert said(low, high) == ["80 % of the cap is used: $1.600 of $2.000."]
    assert said(high, spent(base, 1_900_000_000)) == []
    assert said(low, spent(base, 1_000_000_000, 700_000_000)) == ["80 % of the cap is used: $1.700 of $2.000."]
    free = replace(base, budget=replace(base.budget, cap_nanousd=0))
    assert said(free, free) == [], "no cap has no four fifths"


def test_a_worker_that_is_gone_and_a_run_that_has_ended() -> None:
    assert milestones(snapshots.working(4), snapshots.lost())[0].severity == "warning"
    assert "is gone" in said(snapshots.working(4), snapshots.lost())[0]
    assert said(snapshots.lost(), snapshots.lost()) == []
    assert said(snapshots.ended(5), snapshots.ended(5)) == []
    ended = milestones(replace(snapshots.ended(5), ended=None), snapshots.ended(5))
    assert ended == (Milestone("The run has ended: 5 of 5 rounds are done."),)
    cap = snapshots.ended(5, 3, "The cap of $2.00 is spent.")
    assert milestones(replace(cap, ended=None), cap)[-1].severity == "warning"


def test_a_review_that_waits_is_said_once_a_round() -> None:
    base = snapshots.working(4)
    waits = replace(base, review=ReviewWait(4, 1200))
    assert said(base, waits) == ["Round 4 waits for your review: 1,200 to decide on."]
    assert said(waits, replace(base, review=ReviewWait(4, 900))) == []
    assert len(said(waits, replace(base, review=ReviewWait(5, 9)))) == 1


def test_another_project_is_no_news() -> None:
    assert milestones(snapshots.empty(), replace(snapshots.ended(5), project_uuid="other")) == ()


async def test_the_first_picture_is_no_milestone_and_the_second_one_is() -> None:
    source = Shown(snapshots.ended(4))
    app = LoopApp(source, Told())
    async with app.run_test(size=(140, 36), notifications=True) as pilot:
        await until(pilot, "Ended")
        assert len(app._notifications) == 0
        source.put(snapshots.ended(5))
        await until(pilot, "Round 5 is done")
        assert [notice.message for notice in app._notifications] == [
            "Round 5 is done: test F1 .77 ±.04, n 1,475, +.03; .75 is the best on dev so far."
        ]


async def test_why_it_ended_is_only_text() -> None:
    source = Shown(snapshots.ended(5))
    app = LoopApp(source, Told())
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "swahili-news")
        for text in snapshots.HOSTILE:
            source.put(snapshots.ended(5, 1, text))
            for _ in range(100):
                await pilot.pause(0.02)
                if any(text[:3] in notice.message or safe(text) in notice.message for notice in app._notifications):
                    break
            assert app.is_running, text
        said = [notice.message for notice in app._notifications]
        assert said == [f"▲ The run has ended: {safe(text)}" for text in snapshots.HOSTILE]
