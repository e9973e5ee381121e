"""A long list held by pages: places stay true wherever it was entered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from store.million import RARE, build

from llmaaa_tui.core.catalogue import Status, Wanted
from llmaaa_tui.store.catalogue import Catalogue
from llmaaa_tui.store.database import Store, now
from llmaaa_tui.ui.line import Line
from llmaaa_tui.ui.shelf import FAR, PAGE, PAGES, Shelf

MANY = 6000


class Eye:
    """Who looks at the shelf."""

    def __init__(self, line: Line[Catalogue]) -> None:
        self.top, self.height = 0, 40
        self.told = 0
        self.shelf = Shelf(line, lambda: (self.top, self.height), self.changed, self.moved)

    def changed(self) -> None:
        self.told += 1

    def moved(self, by: int) -> None:
        self.top += by

    def seen(self) -> list[int | None]:
        found = (self.shelf.at(place) for place in range(self.top, self.top + self.height))
        return [row.item if row else None for row in found]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "llmaaa.db"
    build(path, MANY, batch=50)
    return path


@pytest.fixture
def eye(many: Path) -> Iterator[Eye]:
    line = Line(lambda: Catalogue(many, many))
    yield Eye(line)
    line.close()


async def test_it_holds_a_few_pages_and_knows_every_place_on_the_way_down_and_up(eye: Eye) -> None:
    shelf = eye.shelf
    shelf.open(Wanted(), None, MANY)
    for top in [*range(0, MANY, 150), *range(MANY - 40, 0, -150), 0]:
        eye.top = min(top, MANY - 40)
        await shelf.fill()
        assert eye.seen() == list(range(eye.top + 1, eye.top + 41))
        assert len(shelf.rows) <= PAGE * PAGES
    assert shelf.at_start
    assert shelf.exact
    assert shelf.known == MANY


async def test_from_the_end_places_are_counted_backwards(eye: Eye) -> None:
    shelf = eye.shelf
    shelf.open(Wanted(), None, MANY, after=FAR, place=MANY)
    eye.top = MANY - 40
    await shelf.fill()
    assert eye.seen() == list(range(MANY - 39, MANY + 1))
    assert shelf.exact


async def test_after_a_jump_places_are_estimates_until_an_end_is_reached(eye: Eye) -> None:
    shelf = eye.shelf
    shelf.open(Wanted(), None, MANY, after=500, place=700)  # it is place 500
    eye.top = 700
    await shelf.fill()
    assert not shelf.exact
    assert eye.seen()[0] == 501
    eye.top -= 400
    await shelf.fill()
    assert shelf.exact, "the start was reached"
    assert eye.top == 100, "what is in sight stays, under its true place"
    assert eye.seen()[0] == 101


async def test_a_search_says_how_far_it_is_and_finds_all(eye: Eye) -> None:
    shelf = eye.shelf
    shelf.open(Wanted(text=RARE.lower()), None, MANY)
    await shelf.fill()
    assert [row.item for row in shelf.rows] == [MANY]
    assert shelf.known == 1
    assert shelf.scanned == MANY
    assert not shelf.searching


async def test_slices_of_a_search_lose_nothing(eye: Eye, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmaaa_tui.ui.shelf.SLICE_S", 0.000_01)
    shelf = eye.shelf
    shelf.open(Wanted(text="100%_sure"), None, MANY)
    await shelf.fill()
    assert [row.item for row in shelf.rows] == [40]
    assert shelf.at_end
    assert eye.told > 2, "it was told again and again"


async def test_another_list_calls_off_a_search(eye: Eye) -> None:
    shelf = eye.shelf
    shelf.open(Wanted(text="no such thing"), None, MANY)
    filling = asyncio.create_task(shelf.fill())
    await asyncio.sleep(0)
    shelf.open(Wanted(status=Status.FAILED), None, None)
    await filling
    assert {row.status for row in shelf.rows} == {Status.FAILED}
    assert shelf.known == 4 * 50 // 10


async def test_a_broken_store_ends_the_list(many: Path, tmp_path: Path) -> None:
    line = Line(lambda: Catalogue(tmp_path / "none.db", tmp_path / "none.db"))
    shelf = Eye(line).shelf
    shelf.open(Wanted(), None, None)
    with pytest.raises(Exception, match="none"):
        await shelf.fill()
    began = time.monotonic()
    await shelf.fill()
    assert time.monotonic() - began < 1, "it does not ask again and again"
    line.close()


async def test_what_others_write_is_read_again_in_place(tmp_path: Path) -> None:
    path = tmp_path / "llmaaa.db"
    build(path, 300, rounds=1, batch=30)
    line = Line(lambda: Catalogue(path, path))
    eye = Eye(line)
    shelf = eye.shelf
    for wanted in (Wanted(), Wanted(text="e")):
        eye.top = 0
        shelf.open(wanted, None, 300)
        await shelf.fill()
        before = [row.item for row in shelf.rows]
        picked = next(row for row in shelf.rows if row.status is Status.LABELLED)
        _decide(path, picked.item)
        await shelf.refresh(300)
        eye.top = 50  # what a search has found is read again when it comes into sight
        await shelf.fill()
        assert [row.item for row in shelf.rows] == before
        after = next(row for row in shelf.rows if row.item == picked.item)
        assert after.status is Status.REJECTED
    line.close()


def _decide(path: Path, item: int) -> None:
    store = Store(path, ("migrations", "ledger"))
    with store.transaction() as seq:
        store.insert("decision", item_id=item, verdict="reject", reviewer="x", created_utc=now(), seq=seq)
    store.close()
