"""The review on a real store: every key, what it writes, and what it never shows twice."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from ui.doubles import Told, screen_text, until
from ui.project import Made, project, reached

from llmaaa_tui.core.review import Filter, Order
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.screens.review import ReviewScreen


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return project(tmp_path / "p")


def screen(pilot: Pilot[str]) -> ReviewScreen:
    place = cast(LoopApp, pilot.app).place
    assert isinstance(place, ReviewScreen)
    return place


def looked_at(pilot: Pilot[str]) -> int:
    item = screen(pilot).queue.item
    return item.item if item else 0


async def opened(pilot: Pilot[str]) -> ReviewScreen:
    await reached(
        pilot,
        lambda: cast(LoopApp, pilot.app).place.NAME == "review" and looked_at(pilot) > 0 and _ahead(pilot),
        "the first sentence",
    )
    return screen(pilot)


def _ahead(pilot: Pilot[str]) -> bool:
    queue = screen(pilot).queue
    return all(item in queue.items for item in queue.window())


def decisions(made: Made) -> list[tuple[Any, ...]]:
    return made.rows("SELECT item_id, verdict, reviewer FROM decision ORDER BY id")


async def written(pilot: Pilot[str], made: Made, count: int) -> list[tuple[Any, ...]]:
    await reached(
        pilot,
        lambda: len(decisions(made)) == count and not screen(pilot)._steps and _ahead(pilot),
        f"decision {count}",
    )
    return decisions(made)


async def test_one_key_decides_and_the_next_sentence_is_there(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(120, 36)) as pilot:
        review = await opened(pilot)
        shown = []
        await pilot.press("n")
        for key in ("a", "x", "space"):
            shown.append(looked_at(pilot))
            await pilot.press(key)
            assert looked_at(pilot) not in (0, *shown), "drawn before the writing is through"
            await reached(pilot, lambda: _ahead(pilot))
        rows = await written(pilot, made, 3)
        assert rows == [(shown[0], "accept", "ada"), (shown[1], "reject", "ada"), (shown[2], "skip", "ada")]
        ((accepted,),) = made.rows("SELECT annotation_id FROM decision WHERE verdict = 'accept'")
        assert made.rows("SELECT kind, item_id FROM annotation WHERE id = ?", accepted) == [("vote", shown[0])]
        assert all(0 < seconds < 60 for (seconds,) in made.rows("SELECT seconds FROM decision"))
        await reached(pilot, lambda: review.tally is not None and review.tally.undo == 3)
        text = screen_text(app)
        assert "1 accepted · 0 mended · 1 rejected · 1 skipped · undo 3 · ada" in text
        assert "the run waits for 11 of these" in text
        assert "s an item (n 2)" in text
    in_force = dict(made.rows("SELECT item_id, verdict FROM label_in_force"))
    assert shown[1] not in in_force, "a rejected sentence is not trained on"
    assert (in_force[shown[0]], in_force[shown[2]]) == ("accept", None)


async def test_undo_and_redo_without_end_also_in_a_new_application(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("n")
        for _ in range(4):
            await pilot.press("a")
            await reached(pilot, lambda: _ahead(pilot))
        await pilot.press("u", "u")
        rows = await written(pilot, made, 6)
        assert looked_at(pilot) == rows[2][0]
    later = made.app("ada", screen="another day")
    async with later.run_test(size=(80, 24)) as pilot:
        review = await opened(pilot)
        await reached(pilot, lambda: review.tally is not None)
        assert review.tally is not None
        assert (review.tally.undo, review.tally.redo) == (2, 2)
        await pilot.press("u", "u", "u")
        rows = await written(pilot, made, 8)
        assert [verdict for _, verdict, _ in rows[4:]] == ["undo"] * 4
        await reached(pilot, lambda: looked_at(pilot) == rows[0][0])
        assert "Nothing to take back." in screen_text(later)
        assert made.rows("SELECT COUNT(*) FROM standing_decision") == [(0,)]
        await pilot.press("U", "U", "U", "U", "U")
        await written(pilot, made, 12)
        assert made.rows("SELECT COUNT(*) FROM standing_decision WHERE verdict = 'accept'") == [(4,)]
        assert "Nothing to make again." in await until(pilot, "Nothing to make again.")
        await pilot.press("u", "x")
        rows = await written(pilot, made, 14)
        assert rows[12][0] == rows[13][0], "a key after undo waits for the sentence that comes back"
        assert rows[13][1] == "reject"


async def test_two_screens_never_show_the_same_sentence(made: Made) -> None:
    one, two = made.app("ada", screen="1"), made.app("bo", screen="2")
    seen: tuple[set[int], set[int]] = (set(), set())
    async with one.run_test(size=(80, 24)) as first, two.run_test(size=(80, 24)) as second:
        await opened(first)
        await opened(second)
        pilots = (first, second)

        def all_decided() -> bool:
            return made.rows("SELECT COUNT(*) FROM standing_decision") == [(len(made.items),)]

        for turn in range(400):
            pilot = pilots[turn % 2]
            if number := looked_at(pilot):
                seen[turn % 2].add(number)
                await pilot.press("space")
            elif all_decided():
                break
            else:
                await pilot.pause(0.02)
        one_s, two_s = seen
        assert not one_s & two_s
        assert one_s | two_s == set(made.items)
        assert min(len(one_s), len(two_s)) > 2
    standing = made.rows("SELECT reviewer, COUNT(*) FROM standing_decision GROUP BY reviewer ORDER BY reviewer")
    assert standing == [("ada", len(one_s)), ("bo", len(two_s))]
    for _ in range(100):  # a closed screen's thread ends by itself
        if made.rows("SELECT 1 FROM claim") == []:
            break
        await asyncio.sleep(0.02)
    assert made.rows("SELECT COUNT(*) FROM claim") == [(0,)], "closed screens hold nothing"


async def test_a_failed_answer_is_shown_as_failed_and_can_be_labelled_or_rejected(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        assert looked_at(pilot) == made.failed[0]
        text = screen_text(app)
        assert "✗ failed" in text
        assert "not JSON: the answer ends in the middle of a list" in text
        assert "nothing here" not in text
        await pilot.press("a", "f")
        assert "nothing to accept" in await until(pilot, "nothing to accept")
        assert decisions(made) == []
        await pilot.press("e")
        await until(pilot, "1 PER")
        await pilot.press("2", "enter")
        await written(pilot, made, 1)
    ((verdict, seconds, human),) = made.rows("SELECT verdict, seconds, human_annotation_id FROM decision")
    assert (verdict, seconds > 0) == ("mend", True)
    assert made.rows("SELECT kind, annotator FROM annotation WHERE id = ?", human) == [("human", "ada")]
    assert made.rows("SELECT start, label FROM span WHERE annotation_id = ?", human) == [(0, "ORG")]


async def test_mending_starts_from_the_answer_and_a_digit_brings_its_label(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(120, 36)) as pilot:
        review = await opened(pilot)
        await pilot.press("n")
        number = looked_at(pilot)
        assert number in made.wrong
        await pilot.press("9")
        assert app.screen is review, "there is no ninth label"
        await pilot.press("e", "d", "escape")
        await reached(pilot, lambda: app.screen is review)
        assert (looked_at(pilot), decisions(made)) == (number, []), "leaving changes nothing"
        await pilot.press("2")
        assert "2 spans" in await until(pilot, "2 spans")
        await pilot.press("full_stop", "enter")
        await written(pilot, made, 1)
        ((human,),) = made.rows("SELECT human_annotation_id FROM decision")
        given = made.rows("SELECT label FROM span WHERE annotation_id = ? ORDER BY start", human)
        assert given[0] == ("ORG",)
        assert looked_at(pilot) != number


async def test_layers_turn_and_the_difference_is_said_in_words(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("n")
        seen = []
        for _ in range(4):
            seen.append(screen_text(app))
            await pilot.press("tab")
        names = ("‹LLM vote›", "‹student›", "‹gold›", "‹difference›")
        assert all(name in text for name, text in zip(names, seen, strict=True))
        assert "+ student" in seen[3]
        assert "- student" in seen[3]
        item = screen(pilot).queue.item
        assert item is not None
        first = item.text[item.llm.spans[0].span.start : item.llm.spans[0].span.end] if item.llm else ""
        flat = " ".join(seen[3].split())
        assert f'+ {made.gold[item.item][0].label} "{first}"' in flat
        await pilot.press("shift+tab")
        assert "‹difference›" in screen_text(app)
    wide = made.app("ada")
    async with wide.run_test(size=(200, 60)) as pilot:
        await opened(pilot)
        await pilot.press("n")
        text = screen_text(wide)
        assert all(f"   {name}" in text for name in ("LLM vote", "student")), "under one another"
        assert "gold tab shows it" in text
        assert "\n   gold" not in text, "the solution is out of sight until it is asked for"
        copied = screen(pilot).chosen()
        assert copied is not None
        assert copied[1]["gold"] is None, "and is not in what Y copies"
        item = screen(pilot).queue.item
        assert item is not None
        assert item.gold is not None
        await pilot.press("enter")
        assert "gold" not in await until(pilot, "student  ")
        await pilot.press("escape", "tab", "tab")
        assert "\n   gold" in screen_text(wide)
        copied = screen(pilot).chosen()
        assert copied is not None
        assert copied[1]["gold"] is not None
        await pilot.press("n")
        await until(pilot, "‹LLM vote›")
        assert "\n   gold" not in screen_text(wide), "and of the next sentence again"
        await pilot.press("N")
        await until(pilot, "Queue")
        assert "20 left" in screen_text(wide)


async def test_a_rejected_sentence_is_asked_again_only_if_a_key_says_so(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        review = await opened(pilot)
        items = []
        for keys in (("x", "m"), ("x", "t"), ("x", "a")):
            items.append(looked_at(pilot))
            await pilot.press(keys[0])
            assert "is out of training" in screen_text(app)
            await pilot.press(keys[1])
            await reached(pilot, lambda: _ahead(pilot))
        await written(pilot, made, 4)
        await pilot.press("m")
        assert "No sentence was rejected just now" in await until(pilot, "No sentence was rejected")
        await pilot.press("N", "N")
        await reached(pilot, lambda: looked_at(pilot) == items[2])
        assert "rejected by ada" in screen_text(app)
        await pilot.press("m")
        await reached(pilot, lambda: len(made.rows("SELECT 1 FROM reask")) == 3)
        assert review.note.plain.endswith("of the dearer model.")
    asked = made.rows("SELECT reask.item_id, how, verdict FROM reask JOIN decision ON decision.id = decision_id")
    assert asked == [(items[0], "model", "reject"), (items[1], "sample", "reject"), (items[2], "model", "reject")]


async def test_a_demonstration_is_accepted_and_can_be_none_again(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("n")
        number = looked_at(pilot)
        await pilot.press("f")
        await reached(pilot, lambda: made.rows("SELECT item_id FROM made_demonstration") == [(number,)])
        await pilot.press("N")
        await reached(pilot, lambda: looked_at(pilot) == number)
        assert "a demonstration" in screen_text(app)
        await pilot.press("f")
        await reached(pilot, lambda: made.rows("SELECT 1 FROM made_demonstration") == [])
    assert len(decisions(made)) == 1


async def test_a_decision_that_cannot_be_written_brings_its_sentence_back(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("n")
        number = looked_at(pilot)
        other = sqlite3.connect(made.database, isolation_level=None)
        other.execute("CREATE TRIGGER no BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        await pilot.press("a")
        await reached(pilot, lambda: looked_at(pilot) == number)
        assert any("the disk is full" in note.message for note in app._notifications)
        assert decisions(made) == []
        other.execute("DROP TRIGGER no")
        other.close()
        await pilot.press("a")
        assert await written(pilot, made, 1) == [(number, "accept", "ada")]


async def test_what_changes_below_a_sentence_that_is_mended_loses_no_label(made: Made) -> None:
    app = made.app("ada")
    there = made.doors("zoe").decisions()
    async with app.run_test(size=(120, 36)) as pilot:
        review = await opened(pilot)
        item = looked_at(pilot)
        await pilot.press("e")
        await reached(pilot, lambda: app.screen is not review, "the sentence over it")
        there.skip(item, None)
        review.reload(fresh=True)
        await reached(pilot, lambda: not review._reading)
        await pilot.press("enter")
        await reached(pilot, lambda: decisions(made)[-1] == (item, "mend", "ada"), "the labels are written")
        await reached(pilot, lambda: looked_at(pilot) not in (0, item), "the next one")
    there.close()


async def test_a_key_that_waits_for_an_undo_is_dropped_where_nothing_comes_back(made: Made) -> None:
    app = made.app("ada")
    gate = threading.Event()
    async with app.run_test(size=(120, 36)) as pilot:
        review = await opened(pilot)
        assert review.writer is not None
        review.writer.submit(lambda decisions: gate.wait(30))
        await pilot.press("u", "x")
        gate.set()
        await reached(pilot, lambda: not review._steps)
        await until(pilot, "Nothing to take back.")
        await reached(pilot, lambda: not review._later, "the key is done with")
        await pilot.pause()
        await review.writer.submit(lambda decisions: None)
        assert decisions(made) == [], "it was meant for what would have come back, not for the sentence in sight"


async def test_order_and_filter(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        review = await opened(pilot)
        suspicious = [row.item for row in review.queue.rows]
        await pilot.press("o")
        await until(pilot, "newest first")
        await reached(pilot, lambda: [row.item for row in review.queue.rows] != suspicious and _ahead(pilot))
        await pilot.press("o")
        await until(pilot, "in random order")
        assert review.order is Order.RANDOM
        await pilot.press("o")
        await until(pilot, "least trusted first · no training weighed this one (student.reweight)")
        await pilot.press("o", "slash")
        await until(pilot, "Which sentences")
        await pilot.press(*"n18", "tab", "right", "tab", "2", "down", "space", "enter")
        await reached(pilot, lambda: app.screen is review)
        assert review.wanted == Filter(round=2, label="PER", suspicious=True, text="n18")
        assert "No sentence passes this filter." in await until(pilot, "No sentence passes")
        assert 'most suspicious first · round 2 · with PER · only suspicious · holding "n18"' in screen_text(app)
        await pilot.press("slash", "down", "down", "backspace", "7", "enter")
        assert "There is no round 7; the newest is 2." in await until(pilot, "There is no round 7")
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: review.wanted == Filter() and looked_at(pilot) == made.failed[0])
        await pilot.press("n", "a")
        ((number, _, _),) = await written(pilot, made, 1)
        await pilot.press("slash", "tab", "tab", "tab", "tab", "tab", "space", "enter")
        await reached(pilot, lambda: review.wanted.decided and looked_at(pilot) == number)
        assert "accepted by ada" in screen_text(app)
        await pilot.press("x")
        assert (await written(pilot, made, 2))[-1] == (number, "reject", "ada"), "a second thought counts"


async def test_pages_over_the_review(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(120, 36)) as pilot:
        review = await opened(pilot)
        await pilot.press("n", "r")
        text = await until(pilot, "Request 1 of 2")
        assert '"content": "Find the names.' in text
        assert "sample 1" in text
        await pilot.press("G")
        assert "sample 0" in await until(pilot, "sample 0")
        await pilot.press("r")
        await reached(pilot, lambda: app.screen is review)
        await pilot.press("w")
        text = await until(pilot, "Why it was picked")
        assert "strategy least confidence, round 2" in text
        assert "counts .63" in text
        assert "n1000" in text
        await pilot.press("escape", "enter")
        assert "Spans of student" in await until(pilot, "Spans of student")
        await pilot.press("q")
        await reached(pilot, lambda: app.screen is review)


async def test_when_everything_is_reviewed_the_run_goes_on_by_itself_once(tmp_path: Path) -> None:
    made = project(tmp_path / "p", first=2, second=3)
    app = made.app("ada")
    controls = cast(Told, app.controls)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("x")
        for _ in range(2):
            await reached(pilot, lambda: _ahead(pilot))
            await pilot.press("a")
        await until(pilot, "Round 2 is reviewed")
        for _ in range(2):
            await reached(pilot, lambda: _ahead(pilot))
            await pilot.press("a")
        assert "Everything here is decided." in await until(pilot, "Everything here is decided.")
        await reached(pilot, lambda: controls.commands == ["start"])
        await pilot.press("u", "a")
        await written(pilot, made, 7)
        await pilot.pause(0.1)
    assert controls.commands == ["start"]


@pytest.mark.parametrize("past", [False, True])
async def test_nothing_is_decided_read_only_or_in_the_past(made: Made, past: bool) -> None:
    app = made.app("ada", readonly=not past)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        review = await opened(pilot)
        if past:
            await pilot.press("left_square_bracket")
            await until(pilot, "PAST: round 1")
            await reached(pilot, lambda: len(review.queue.rows) == 6 and looked_at(pilot) > 0)
        await pilot.press("a", "x", "space", "e", "f", "m", "u", "U", "A", "1")
        words = "Nothing can be decided in the past" if past else "Nothing can be decided in a project opened read-only"
        assert words in await until(pilot, words)
        assert app.screen is review
        assert "a accept" not in screen_text(app)
        before = looked_at(pilot)
        await pilot.press("n", "tab", "o")
        await reached(pilot, lambda: review.order is Order.NEWEST and looked_at(pilot) > 0)
        assert before
        if past:
            await pilot.press("right_square_bracket")
            await reached(pilot, lambda: len(review.queue.rows) == 20)
    assert decisions(made) == []
    if not past:
        assert made.rows("SELECT COUNT(*) FROM claim") == [(0,)]


async def test_leaving_the_screen_lets_go_of_its_claims(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        review = await opened(pilot)
        await reached(pilot, lambda: made.rows("SELECT COUNT(*) FROM claim") == [(4,)])
        await pilot.press("f1")
        await reached(pilot, lambda: made.rows("SELECT COUNT(*) FROM claim") == [(0,)])
        await asyncio.sleep(0.05)
        await pilot.press("f2")
        await reached(pilot, lambda: made.rows("SELECT COUNT(*) FROM claim") == [(4,)])
        assert app.screen is review


async def test_an_idle_review_writes_nothing(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.pause(0.3)
        written: list[object] = []
        app.screen._compositor_refresh = lambda: written.append(1)  # type: ignore[method-assign]
        dirty = set(app.screen._compositor._dirty_regions)
        await pilot.pause(1.2)
        assert set(app.screen._compositor._dirty_regions) == dirty
