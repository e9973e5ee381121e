"""Review, list and loop of tasks whose labels are of whole items: the same keys on a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from ui import shaped
from ui.doubles import screen_text, until
from ui.project import Made, reached

from llmaaa_tui.core.document import Pair
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.screens.data import DataScreen
from llmaaa_tui.ui.screens.pick import PickScreen
from llmaaa_tui.ui.screens.review import ReviewScreen
from llmaaa_tui.ui.shapes.classes import phrase


def review(pilot: Pilot[str]) -> ReviewScreen:
    place = cast(LoopApp, pilot.app).place
    assert isinstance(place, ReviewScreen)
    return place


def ahead(pilot: Pilot[str]) -> bool:
    queue = review(pilot).queue
    return queue.item is not None and all(item in queue.items for item in queue.window())


async def at(pilot: Pilot[str], item: int) -> str:
    """Look at an item; gives what stands on the screen."""
    await reached(pilot, lambda: isinstance(cast(LoopApp, pilot.app).place, ReviewScreen) and ahead(pilot), "the queue")
    place = next(n for n, row in enumerate(review(pilot).queue.rows) if row.item == item)
    review(pilot)._look_at(place)
    await reached(pilot, lambda: ahead(pilot) and review(pilot).queue.item is not None)
    await pilot.pause()
    return screen_text(cast(LoopApp, pilot.app))


async def decided(pilot: Pilot[str], made: Made, count: int) -> list[tuple[Any, ...]]:
    """The decisions, newest last, each with the labels the person gave."""
    sql = (
        "SELECT item_id, verdict, (SELECT group_concat(label, ' ') FROM class_label"
        " WHERE annotation_id = human_annotation_id) FROM decision ORDER BY id"
    )
    await reached(pilot, lambda: len(made.rows(sql)) == count and not review(pilot)._steps, f"decision {count}")
    return made.rows(sql)


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_a_pair_is_told_apart_without_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ascii_only: bool
) -> None:
    monkeypatch.setenv("LLMAAA_ASCII", "1" if ascii_only else "")
    made = shaped.relations(tmp_path / "p")
    app = made.app("ada")
    async with app.run_test(size=(120, 36)) as pilot:
        text = await at(pilot, made.wrong[0])
        flat = " ".join(text.split())
        assert "wa [1 Benki Kuu ORG] aliwasili [2 Dodoma LOC] siku ya 0" in flat
        left, right = ("<", ">") if ascii_only else ("‹", "›")
        assert f"LLM {left}Live_In{right} Benki Kuu lives in Dodoma" in flat, "the template is filled with the surfaces"
        assert f"student {left}OrgBased_In .91{right}" in flat
        assert "the student says OrgBased_In" in flat
        assert "1 no_relation 2 Work_For 3 Live_In" in flat
        assert "e 3 more" in flat
        assert text.isascii() or not ascii_only
        text = await at(pilot, made.items[2])
        assert "[2 Kassim Majaliwa PER] wa Benki Kuu aliwasili [1 Dodoma LOC]" in " ".join(text.split()), "by direction"
        await pilot.press("tab", "tab")
        assert "+ gold" not in screen_text(app)


async def test_one_key_one_decision_where_an_item_has_one_label(tmp_path: Path) -> None:
    made = shaped.relations(tmp_path / "p")
    app = made.app("ada")
    first, wrong, third, fourth = made.items[:4]
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at(pilot, first)
        await pilot.press("2")
        assert (await decided(pilot, made, 1))[-1] == (first, "accept", None), "it is what the annotator said"
        await at(pilot, wrong)
        await pilot.press("5")
        assert (await decided(pilot, made, 2))[-1] == (wrong, "mend", "OrgBased_In")
        await at(pilot, third)
        await pilot.press("0")
        assert (await decided(pilot, made, 3))[-1] == (third, "mend", shaped.RELATIONS[9])
        await pilot.press("u")
        await reached(pilot, lambda: (item := review(pilot).queue.item) is not None and item.item == third)
        assert len(await decided(pilot, made, 4)) == 4
        await at(pilot, fourth)
        await pilot.press("e")
        await reached(pilot, lambda: isinstance(app.screen, PickScreen))
        await pilot.press("r", "_", "6")
        assert "1 of 1" not in screen_text(app)
        assert "other_6" in screen_text(app)
        assert "Kill" not in screen_text(app), "typing narrows the list, digits too once it has begun"
        await pilot.press("enter")
        assert (await decided(pilot, made, 5))[-1] == (fourth, "mend", "other_6")
        await at(pilot, made.failed[0])
        await pilot.press("a")
        assert "nothing to accept" in await until(pilot, "nothing to accept")
        await pilot.press("1")
        assert (await decided(pilot, made, 6))[-1] == (made.failed[0], "mend", "no_relation")
    force = dict(made.rows("SELECT item_id, verdict FROM label_in_force"))
    assert (force[first], force[wrong], force[third], force[made.failed[0]]) == ("accept", "mend", None, "mend")


async def test_where_several_labels_apply_digits_turn_them_and_enter_is_the_answer(tmp_path: Path) -> None:
    made = shaped.multilabel(tmp_path / "p")
    app = made.app("ada")
    first, wrong, third = made.items[:3]
    async with app.run_test(size=(80, 24)) as pilot:
        text = await at(pilot, first)
        assert "‹sports› ‹money›" in text
        await pilot.press("a")
        assert (await decided(pilot, made, 1))[-1] == (first, "accept", None)
        await at(pilot, wrong)
        await pilot.press("4")
        await reached(pilot, lambda: isinstance(app.screen, PickScreen))
        assert "2 labels" in screen_text(app), "the key opened it with its label"
        await pilot.press("3", "1", "down", "space", "space")
        assert "2 labels" in screen_text(app)
        await pilot.press(*"mon", "enter")
        assert "3 labels" in screen_text(app), "a search ends with the label it found"
        await pilot.press("enter")
        assert (await decided(pilot, made, 2))[-1] == (wrong, "mend", "sports money politics"), "in their order"
        await at(pilot, third)
        await pilot.press("e", "3", "enter")
        assert (await decided(pilot, made, 3))[-1] == (third, "mend", None), "none of the labels applies"
    states = made.rows("SELECT state FROM annotation WHERE kind = 'human' ORDER BY id")
    assert states == [("labelled",), ("empty",)]


async def test_a_bulk_is_accepted_after_a_blind_sample_of_single_keys(tmp_path: Path) -> None:
    made = shaped.classification(tmp_path / "p", texts=12, answered=8)
    app = made.app("ada")
    app.doors = app.doors and type(app.doors)(**{**vars_of(app.doors), "sample": 3})
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, made.items[0])
        await pilot.press("A")
        await until(pilot, "First 3 of them")
        await pilot.press("enter")
        for nth in (1, 2, 3):
            text = await until(pilot, f"blind sample {nth} of 3")
            assert "nobody's labels are shown" in text
            assert "LLM" not in text
            await pilot.press("1")
        assert "of 3 differ" in await until(pilot, "What differs")
    blind = made.rows("SELECT COUNT(*) FROM decision WHERE blind = 1 AND verdict = 'mend'")
    assert blind == [(3,)]


def vars_of(doors: Any) -> dict[str, Any]:
    return {name: getattr(doors, name) for name in type(doors).__dataclass_fields__}


async def test_the_list_shows_items_by_label_and_says_in_how_many_sentences(tmp_path: Path) -> None:
    made = shaped.relations(tmp_path / "p")
    app = made.app("ada", place="data")
    async with app.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, "24 pairs in 8 sentences")
        assert "Pairs" in text
        assert "‹Work_For› Waziri [1 Kassim Majaliwa PER] wa [2 Benki Kuu ORG] aliwasili Dodoma siku ya 0" in text
        await pilot.press("l", *"orgb", "enter")
        text = await until(pilot, "3 found")
        assert text.count("‹OrgBased_In›") == 3
        assert "‹Work_For›" not in text
        await pilot.press("slash", *"ya 2", "enter")
        await until(pilot, "1 found")
        await pilot.press("escape", "l")
        await until(pilot, "24 pairs in 8 sentences")
        assert isinstance(app.place, DataScreen)
        await pilot.press("t", "l", *"work", "enter")
        assert "1 found" in await until(pilot, "1 found"), "in gold roles gold is searched"


@pytest.mark.parametrize(
    "make",
    [
        shaped.relations,
        pytest.param(shaped.classification, marks=pytest.mark.long),
        pytest.param(shaped.multilabel, marks=pytest.mark.long),
    ],
)
async def test_every_screen_draws_every_shape(tmp_path: Path, make: Callable[[Path], Made]) -> None:
    made = make(tmp_path / "p")
    app = made.app("ada", place="loop")
    async with app.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, "This batch")
        chip = "‹Work_For›" if make is shaped.relations else "‹sports›"
        assert chip in text
        assert "span F1" not in text
        await pilot.press("j", *["k"] * 12, "enter")
        assert f"label       {chip}" in await until(pilot, "why picked")
        await pilot.press("escape")
        for key in ("f3", "f4", "f7", "f6"):
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, "dev 3")
        await pilot.press("enter")
        assert chip in await until(pilot, "labelled by the annotator")


def test_a_head_that_reads_like_a_place_for_the_tail_stays_what_it_is() -> None:
    words = {"Work_For": "{e1} works for {e2}"}
    view: Any = SimpleNamespace(snapshot=SimpleNamespace(words=words), glyphs=SimpleNamespace(ellipsis="~"))
    assert phrase("Work_For", "{e2} at Acme", Pair((0, 4), (8, 12)), view) == "{e2} works for Acme"
