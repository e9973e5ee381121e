"""Every sentence of a real store on the screen: pages, filters, search, looking, the past, what others change."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from store.million import RARE, build
from textual.pilot import Pilot
from ui import snapshots
from ui.doubles import Shown, Told, screen_text, until
from ui.stores import open_app, small_store
from ui.test_hostile import harmful

from llmaaa_tui.core.annotation import GroundedSpan
from llmaaa_tui.core.catalogue import Sentence, Status
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.hygiene import Copies
from llmaaa_tui.core.review import Cost, Decided, Layer, Reason, ReviewItem, Verdict
from llmaaa_tui.core.states import State
from llmaaa_tui.core.tokens import word_offsets
from llmaaa_tui.store.database import now
from llmaaa_tui.store.group_rows import write_copies
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from llmaaa_tui.ui.layers import describe
from llmaaa_tui.ui.screens.data import DataScreen
from llmaaa_tui.ui.shelf import PAGE, PAGES
from llmaaa_tui.ui.view import View
from llmaaa_tui.ui.widgets.census import found_words
from llmaaa_tui.ui.widgets.keybar import KeyBar
from llmaaa_tui.ui.widgets.lines import Lines
from llmaaa_tui.ui.widgets.sentences import Sentences

MANY = 30_000
SIZES = ((80, 24), (120, 36), (200, 60))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "llmaaa.db"
    build(path, MANY, batch=100)
    return path


def sentences(app: LoopApp) -> Sentences:
    return app.place.query_one(Sentences)


async def come(pilot: Pilot[str], item: int) -> Sentences:
    """Wait until this sentence is the chosen one."""
    end = time.monotonic() + 5
    found = sentences(pilot.app)  # type: ignore[arg-type]
    while (found.chosen is None or found.chosen.item != item) and time.monotonic() < end:
        await pilot.pause(0.02)
    assert found.chosen is not None
    assert found.chosen.item == item
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_first_last_and_pages_at_every_size(many: Path, size: tuple[int, int]) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=size) as pilot:
        text = await until(pilot, "of 30,000")
        text = await until(pilot, "[pool 30,000]")
        assert "Data" in text.splitlines()[0]
        assert "[all]" in text
        assert "29,600" in text
        await pilot.press("G")
        await come(pilot, MANY)
        assert f"{MANY:,} of 30,000" in screen_text(app)
        await pilot.press("k", "k", "pageup")
        found = await come(pilot, MANY - 2 - max(1, sentences(app).rows - 1))
        await pilot.press("g", "g")
        found = await come(pilot, 1)
        for _ in range(16):
            await pilot.press("pagedown")
        await come(pilot, 1 + 16 * (found.rows - 1))
        assert found.shelf is not None
        assert len(found.shelf.rows) <= PAGE * PAGES


async def test_statuses_and_roles_narrow_the_list(many: Path) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "○ open")
        await pilot.press("f", "f")
        text = await until(pilot, "[picked 80]")
        assert "of 80" in await until(pilot, "of 80"), text
        await pilot.press("f")
        text = await until(pilot, "[labelled 180]")
        assert " PER›" in await until(pilot, "PER›")
        await pilot.press("F", "F", "F")
        await until(pilot, "[all]")
        await pilot.press("t")
        text = await until(pilot, "[dev 200]")
        assert "gold, as the file said it" in text
        await until(pilot, "of 200")
        await pilot.press("escape")
        await until(pilot, "[pool 30,000]")
        await pilot.press("escape")
        await until(pilot, "Rounds")
        assert app.place.NAME == "loop"


async def test_search_as_typed_in_any_script_and_case(many: Path) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "○ open")
        await pilot.press("slash", *RARE.lower())
        text = await until(pilot, "1 found")
        assert RARE in text
        assert app.is_running
        assert app.place.NAME == "data", "keys that are typed do nothing else"
        await pilot.press("enter", "j", "j")
        await come(pilot, MANY)
        await pilot.press("escape")
        await until(pilot, "of 30,000")
        await pilot.press("slash", "北", "京")
        text = await until(pilot, "found so far")
        lines = [line for line in text.splitlines() if line.startswith("│") and "○" in line]
        assert len(lines) > 20
        assert all("北京" in line for line in lines)
        await pilot.press("escape")
        await until(pilot, "of 30,000")
        await pilot.press("slash", *"no such words")
        assert "No sentence holds this." in await until(pilot, "0 found")


def test_a_search_says_what_it_has_looked_at() -> None:
    assert found_words_at(412_000, searching=True) == "searching 412,000 of 1,000,000, 3 found"
    assert found_words_at(412_000, searching=False) == "3 found so far"
    assert found_words_at(1_000_000, searching=False, ended=True) == "3 found"


def found_words_at(scanned: int, *, searching: bool, ended: bool = False) -> str:
    from llmaaa_tui.core.catalogue import Wanted

    return found_words(Wanted(text="x"), 3, scanned, 1_000_000, searching, ended)


@pytest.mark.parametrize("size", SIZES)
async def test_a_sentence_in_full_with_its_layers(many: Path, size: tuple[int, int]) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "29,600")
        await pilot.press("f", "f", "f")
        await until(pilot, "[labelled 180]")
        await until(pilot, "PER›")
        if size[0] >= 160:
            assert "Spans of LLM" in await until(pilot, "Spans of LLM"), "beside the list"
        await pilot.press("enter")
        await until(pilot, "esc closes")
        text = await until(pilot, "Spans of LLM")
        for words in ("simulated-x · round", "picked      round", "labelled by the annotator"):
            assert words in text
        await pilot.press("j")
        second = sentences(app).chosen
        assert second is not None
        assert f"Sentence #{second.item} " in await until(pilot, f"Sentence #{second.item} ")
        await pilot.press("escape")
        await until(pilot, "esc closes", gone=True)
        assert sentences(app).cursor == 1, "the list went along"


async def test_a_round_gone_by_shows_what_was_known_then(many: Path) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "picked 80")
        await pilot.press("left_square_bracket", "left_square_bracket")
        text = await until(pilot, "PAST: round 2")
        await until(pilot, "picked 40")
        assert "✗ failed 20" in screen_text(app), text
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, "picked 80")


async def test_what_others_decide_arrives_and_the_choice_stays(tmp_path: Path) -> None:
    path = tmp_path / "llmaaa.db"
    build(path, 400, rounds=1, batch=40)
    app = open_app(path, "data", readonly=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "A accepted 4")
        await pilot.press("j", "j", "j")
        await come(pilot, 4)
        from llmaaa_tui.store.database import Store

        store = Store(path, ("migrations", "ledger"))
        answered = store.rows("SELECT id, item_id FROM annotation WHERE kind = 'llm' AND state = 'labelled' LIMIT 1")[0]
        with store.transaction() as seq:
            store.insert(
                "decision",
                item_id=answered["item_id"],
                annotation_id=answered["id"],
                verdict="reject",
                reviewer="another",
                created_utc=now(),
                seq=seq,
            )
        with store.transaction() as seq:
            store.insert("round", number=2, strategy="random", target=1, created_utc=now(), seq=seq)
        store.close()
        await until(pilot, "R rejected 5")
        await come(pilot, 4)


async def test_made_pictures_have_no_sentences() -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told(), place="data")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "made pictures" in await until(pilot, "made pictures")
        await pilot.press("j", "G", "f", "t", "slash", "enter")
        assert app.is_running


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_sentences(tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    if size == (80, 24):
        monkeypatch.setenv("LLMAAA_ASCII", "1")
    texts = [text.encode("utf-8", "replace").decode() for text in snapshots.HOSTILE]
    texts += ["العربية نص من اليمين", "x" * 5000]
    small_store(tmp_path / "llmaaa.db", texts).close()
    app = open_app(tmp_path / "llmaaa.db", "data")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "pool 13")
        for _ in range(2):
            await pilot.press("G", "enter")
            await until(pilot, "Sentence #")
            assert not harmful(screen_text(app).replace("\n", ""))
            await pilot.press("escape")
            _check(app)
            await pilot.press("t")
        await until(pilot, "[pool 13]")
        await pilot.press("slash", "[", "/", "f")
        assert "1 found" in await until(pilot, "1 found")
        _check(app)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("text", snapshots.HOSTILE)
def test_describing_a_hostile_sentence(text: str, glyphs: Glyphs) -> None:
    spans = (GroundedSpan(Span(0, max(1, len(text) // 2), text), 4, (text,), 0.5),)
    layer = Layer(1, text, text, State.LABELLED, spans, None, text, (text,), 0.5, 1, True)
    failed = Layer(2, "llm", text, State.FAILED, (), text, text)
    item = ReviewItem(
        1,
        text,
        word_offsets(text),
        failed,
        layer,
        layer,
        layer,
        (Reason(text, text, 1.0),),
        text,
        text,
        1,
        1,
        text,
        0.5,
        1,
        2,
        ((2, text),),
        0.1,
        0.05,
        Cost(1, 0, 1, 1, 2),
        Decided(1, Verdict.MEND, text, text, text),
        True,
    )
    view = View(snapshots.working(2), glyphs=glyphs)
    sentence = Sentence(1, text, Status.MENDED, 1, State.LABELLED, spans)
    for known in (item, None):
        for line in describe(sentence, known, text, view, 60):
            assert not harmful(line.plain)
            assert line.cell_length <= 60
            assert all(isinstance(span.style, str) and "click" not in span.style for span in line.spans)


def _check(app: LoopApp) -> None:
    assert isinstance(app.place, DataScreen)
    for widget in app.place.query(Lines):
        for y in range(widget.size.height):
            strip = widget.render_line(y)
            assert not harmful(strip.text)
            assert strip.cell_length == widget.size.width
            if isinstance(widget, Sentences) and not isinstance(widget, KeyBar):
                assert not any(segment.style and "@click" in segment.style.meta for segment in strip)


async def test_the_scrollbar_goes_anywhere(many: Path) -> None:
    app = open_app(many, "data")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "of 30,000")
        await until(pilot, "29,600")
        await pilot.mouse_down("#sentences", offset=(119, 16))
        await pilot.mouse_up("#sentences", offset=(119, 16))
        text = await until(pilot, "≈")
        chosen = sentences(app).chosen
        assert chosen is not None, text
        assert 13_000 < chosen.item < 18_000
        await pilot.press("j")
        await come(pilot, chosen.item + 1)


@pytest.mark.parametrize("size", SIZES)
async def test_copies_between_roles_are_shown_with_where_they_were_read(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "llmaaa.db"
    store = small_store(path, ["Ada Rome"])
    app = open_app(path, "data")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "[pool 1]")
        await pilot.press("c")
        await until(pilot, "Nothing was noted of copies")
        await pilot.press("escape")
        places = (("dev.jsonl:3", "pool\x1b[31m.jsonl:9"),)
        write_copies(
            store,
            [
                Copies("exact", "dev", "pool", 4, "taken_out", places),
                Copies("near", "dev", "pool", 0, "taken_out"),
                Copies("exact", "dev", "meta", 0, "left"),
                Copies("near", "dev", "meta", 2, "left", places),
            ],
        )
        await pilot.press("c")
        text = await until(pilot, "2 pairs of roles")
        assert "4 sentences taken" in text
        assert re.search(r"dev +pool +4 +0 +taken out", text)
        assert re.search(r"dev +meta +0 +2 +. left", text)
        assert "dev.jsonl:3  =  " in text
        assert "dev.jsonl:3  ~  " in text
        assert "\x1b" not in text
        await pilot.press("c")
        await until(pilot, "[pool 1]")
        await pilot.press("t")
        await until(pilot, "c copies")
    store.close()
