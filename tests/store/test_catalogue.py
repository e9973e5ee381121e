"""Sentences by page, status and text are those a look at every row would give, in pools of any size."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store.earlier import earlier_project
from store.million import RARE, SIGNS, build
from store.store_making import LABELLED, new_project, records
from store.test_reader import Growing

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.catalogue import Counts, Sentence, Status, Wanted
from llmaaa_tui.core.document import Document, Record, Span
from llmaaa_tui.core.states import Kind, Role, State
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.catalogue import Catalogue
from llmaaa_tui.store.database import Store, now
from llmaaa_tui.store.imports import write_import
from llmaaa_tui.store.rounds import Picked

VERDICTS = {"accept": "accepted", "mend": "mended", "reject": "rejected", "skip": "skipped"}
MENDED = ItemAnswer(State.LABELLED, (GroundedSpan(Span(4, 8, "LOC"), 1, ()),))


def forwards(catalogue: Catalogue, wanted: Wanted, limit: int = 256, **more: Any) -> list[Sentence]:
    """The whole list from its beginning, page by page."""
    found: list[Sentence] = []
    after: int | None = 0
    while after is not None:
        page = catalogue.page(wanted, after, limit, **more)
        assert len(page.sentences) == limit or page.after is None
        found += page.sentences
        after = page.after
    return found


def backwards(catalogue: Catalogue, wanted: Wanted, limit: int = 256, **more: Any) -> list[Sentence]:
    """The same from its end."""
    found: list[Sentence] = []
    before: int | None = 10**9
    while before is not None:
        page = catalogue.page(wanted, 0, limit, before=before, **more)
        assert len(page.sentences) == limit or page.before is None
        found = [*page.sentences, *found]
        before = page.before
    return found


# -- where a sentence stands ------------------------------------------------------------------


class Lived(Growing):
    """Growing, with people who decide, mend, take back and ask again."""

    def live(self) -> Iterator[None]:
        for step, _ in enumerate(self.grow()):
            yield
            asked = self.store.rows("SELECT item_id, id, state FROM annotation WHERE kind = 'llm' AND round >= 0")
            if step % 3 or not asked:
                continue
            item, answer, state = self.rng.choice(asked)
            match self.rng.choice(["accept", "mend", "reject", "skip", "undo", "again"]):
                case "accept" if state != "failed":
                    self._decide(item, "accept", annotation_id=answer)
                case "mend":
                    replies.write_answers(self.store, {item: MENDED}, kind=Kind.HUMAN, annotator="me", number=None)
                    made = self.store.value("SELECT MAX(id) FROM annotation WHERE kind = 'human'")
                    self._decide(item, "mend", annotation_id=answer, human_annotation_id=made)
                case "undo":
                    standing = self.store.rows("SELECT id, item_id FROM standing_decision")
                    if standing:
                        last, item = self.rng.choice(standing)
                        self._decide(item, "undo", undoes=last)
                case "again":
                    rejection = self._decide(item, "reject")
                    with self.store.transaction() as seq:
                        when = {"reviewer": "me", "created_utc": now(), "seq": seq}
                        self.store.insert("reask", item_id=item, decision_id=rejection, how="sample", **when)
                    yield
                    self._answer(item, None)  # it belongs to no round
                case verdict:
                    self._decide(item, "skip" if verdict == "accept" else verdict)
            yield

    def expected(self) -> dict[int, Sentence]:
        """Where each pool item stands, by the views of the store."""
        rows = self.store.rows(
            "SELECT id, item_id, state FROM annotation WHERE kind = 'llm' AND (round IS NOT NULL"
            " OR item_id IN (SELECT item_id FROM reask)) ORDER BY id"
        )
        answers: dict[int, str] = {}
        for _, item, state in rows:
            if state != "failed" or answers.get(item) in (None, "failed"):
                answers[item] = state
        counted = {row["id"] for row in rows} | {
            row[0] for row in self.store.rows("SELECT human_annotation_id FROM decision")
        }
        verdicts = dict(map(tuple, self.store.rows("SELECT item_id, verdict FROM standing_decision")))
        force = {
            item: label
            for item, label in self.store.rows("SELECT item_id, annotation_id FROM label_in_force")
            if label in counted  # Growing asks once about a pool item outside of any round, as no worker does
        }
        states = dict(map(tuple, self.store.rows("SELECT id, state FROM annotation")))
        picked = dict(map(tuple, self.store.rows("SELECT item_id, MAX(round) FROM selection GROUP BY 1")))
        texts = dict(map(tuple, self.store.rows("SELECT id, text FROM visible_item")))
        spans: dict[int, list[Span]] = {}
        for annotation, start, end, label in self.store.rows('SELECT annotation_id, start, "end", label FROM span'):
            spans.setdefault(annotation, []).append(Span(start, end, label))
        made = {}
        for item in self.items:
            word = VERDICTS.get(verdicts.get(item, ""), answers.get(item, "picked" if item in picked else "open"))
            label = None if word == "rejected" else force.get(item)
            state = states[label] if label else answers.get(item)
            made[item] = Sentence(
                item,
                texts[item],
                Status(word),
                picked.get(item),
                State(state) if state else None,
                tuple(spans.get(label, ())) if label else (),  # type: ignore[arg-type]
            )
        return made


def bare(sentence: Sentence) -> Sentence:
    spans: Any = tuple(one.span for one in sentence.spans)
    return Sentence(sentence.item, sentence.text, sentence.status, sentence.round, sentence.state, spans)


def test_each_sentence_stands_where_the_views_say_now_and_at_any_earlier_moment(tmp_path: Path) -> None:
    lived = Lived(tmp_path)
    catalogue = Catalogue(lived.database, lived.ledger_path)
    taken: list[tuple[int, list[Sentence], Counts]] = []
    seen: Counter[Status | None] = Counter()
    for _ in lived.live():
        whole, counts = forwards(catalogue, Wanted()), catalogue.counts()
        assert {one.item: bare(one) for one in whole} == lived.expected()
        stands = Counter(one.status for one in whole)
        assert {status: counts.status.get(status, 0) for status in Status} == {
            status: stands[status] for status in Status
        }
        assert (counts.pool, counts.roles) == (12, {"demonstration": 2})
        seen |= stands
        taken.append((lived.store.value("SELECT seq FROM counter"), whole, counts))
    assert set(seen) == set(Status), "every status was there"
    for seq, whole, counts in taken:
        assert (forwards(catalogue, Wanted(), as_of=seq), catalogue.counts(as_of=seq)) == (whole, counts)
        for status in Status:
            wanted = [one for one in whole if one.status == status]
            assert forwards(catalogue, Wanted(status), 2, as_of=seq) == wanted
            assert backwards(catalogue, Wanted(status), 2, as_of=seq) == wanted
    assert forwards(catalogue, Wanted(), as_of=0) == []
    assert catalogue.counts(as_of=0) == Counts(0, {Status.OPEN: 0}, {})
    catalogue.close()
    lived.close()


def test_hidden_gold_stays_hidden_and_gold_roles_show_theirs(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    catalogue = Catalogue(tmp_path / "p.db", tmp_path / "p.db")
    assert {(one.status, one.state, one.spans) for one in forwards(catalogue, Wanted())} == {(Status.OPEN, None, ())}
    gold = forwards(catalogue, Wanted(role="demonstration"))
    assert [(one.status, one.state, len(one.spans)) for one in gold] == [(None, State.LABELLED, 2)] * 2
    assert gold[0].spans[0].span == Span(0, 3, "PER")
    assert forwards(catalogue, Wanted(role="test")) == []
    assert catalogue.place(Wanted(role="test"), 0.5) == 0
    assert forwards(catalogue, Wanted(Status.LABELLED, "demonstration")) == []
    catalogue.close()
    store.close()


def test_an_import_shows_once_it_has_ended(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    with store.transaction() as seq:
        store.insert("import", id=9, role="pool", file="f", format="jsonl", started_utc=now(), seq=seq)
        words = {"name": "", "words": 1, "metadata": "{}", "file": "f", "line": 1, "sha256": "x", "seq": seq}
        document = store.insert("document", import_id=9, text="half read", **words)
        store.insert("item", document_id=document, role="pool", seq=seq)
    catalogue = Catalogue(tmp_path / "p.db", tmp_path / "p.db")
    assert len(forwards(catalogue, Wanted())) == catalogue.counts().pool == 6
    assert forwards(catalogue, Wanted(text="half")) == []
    with store.transaction() as seq:
        store.insert("import_end", import_id=9, documents=1, report="{}", ended_utc=now(), seq=seq)
    assert len(forwards(catalogue, Wanted())) == catalogue.counts().pool == 7
    assert len(forwards(catalogue, Wanted(), as_of=seq - 1)) == 6
    catalogue.close()
    store.close()


@pytest.mark.parametrize("last", ["0001", "0003"])
def test_a_project_of_an_earlier_version_is_shown(tmp_path: Path, last: str) -> None:
    earlier_project(tmp_path / "p.db", tmp_path / "p.db", last)
    catalogue = Catalogue(tmp_path / "p.db", tmp_path / "p.db")
    first, *others = forwards(catalogue, Wanted())
    assert (first.status, first.state, first.spans[0].confidence) == (Status.ACCEPTED, State.LABELLED, None)
    assert [one.status for one in others] == [Status.OPEN] * 2
    assert catalogue.counts().status == {Status.OPEN: 2, Status.ACCEPTED: 1}
    catalogue.close()


# -- search ------------------------------------------------------------------------------------

TEXTS = [
    "Rais Samia alisema",
    "RAIS wa nchi",
    "100% sure",
    "100_ sure",
    "100 sure",
    'a\\b c\'d "e"',
    "北京和上海",
    "上海市 Beijing",
    "ÉCOLE d'été",
    "école",
    "Straße und STRASSE",
    "ЖУК и жук",
    "İstanbul",
    "ﬁne ligature",
    "[red]markup[/red]",
    "emoji 😀 here",
]
NEEDLES = {
    "rais": [0, 1],
    "RAIS ": [0, 1],
    "%": [2],
    "0%": [2],
    "_": [3],
    "100": [2, 3, 4],
    "\\": [5],
    "c'D": [5],
    '"e"': [5],
    "北京": [6],
    "上海": [6, 7],
    "海市 b": [7],
    "École": [8, 9],
    "ÉTÉ": [8],
    "straße": [10],
    "STRASSE": [10],
    "Жук": [11],
    "[RED]": [14],
    "😀": [15],
    "😀 H": [15],
    "": list(range(len(TEXTS))),
    "%_": [],
    "nowhere": [],
    "é" * 20_000: [],
    "a" * 200_000: [],
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    path = tmp_path_factory.mktemp("scripts") / "p.db"
    store, _ = new_project(path, pool=0, demonstrations=3)
    texts = [Record(Document(text, file="f", line=n)) for n, text in enumerate(TEXTS)]
    write_import(store, Role.POOL, texts, file="f", format_name="jsonl", report={})
    store.close()
    catalogue = Catalogue(path, path)
    yield catalogue
    catalogue.close()


@pytest.mark.parametrize("needle", NEEDLES, ids=lambda needle: repr(needle[:12]))
def test_a_search_finds_every_script_and_takes_each_sign_for_itself(scripts: Catalogue, needle: str) -> None:
    wanted = [TEXTS[n] for n in NEEDLES[needle]]
    for status in (None, Status.OPEN):
        for limit in (1, 2, 256):
            assert [one.text for one in forwards(scripts, Wanted(status, text=needle), limit)] == wanted
            assert [one.text for one in backwards(scripts, Wanted(status, text=needle), limit)] == wanted
    assert forwards(scripts, Wanted(Status.PICKED, text=needle)) == []


# -- thirty thousand, and a million --------------------------------------------------------------

MANY = 30_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    path = tmp_path_factory.mktemp("many") / "p.db"
    build(path, MANY, rounds=4, batch=100, gold=True)
    catalogue = Catalogue(path, path)
    yield catalogue
    catalogue.close()


def test_pages_from_both_ends_and_from_anywhere_hold_the_same_list(many: Catalogue) -> None:
    whole = forwards(many, Wanted(), 10_000)
    assert [one.item for one in whole] == list(range(1, MANY + 1))
    assert Counter(one.status for one in whole) == many.counts().status
    assert many.counts() == Counts(
        MANY,
        {
            Status.OPEN: MANY - 400,
            Status.PICKED: 80,
            Status.LABELLED: 180,
            Status.EMPTY: 80,
            Status.FAILED: 40,
            Status.ACCEPTED: 10,
            Status.REJECTED: 10,
        },
        {"dev": 200},
    )
    rng = random.Random(3)
    for wanted in (
        Wanted(),
        Wanted(Status.OPEN),
        Wanted(Status.LABELLED),
        Wanted(text="北京"),
        Wanted(Status.OPEN, text="waziri"),
        Wanted(Status.EMPTY, text="the"),
    ):
        word = wanted.text
        expected = [one for one in whole if word in one.text and wanted.status in (None, one.status)]
        assert len(expected) > 5
        assert forwards(many, wanted, 7_000) == expected
        for start in (0, 1, 75, MANY // 2, MANY - 1, MANY, MANY + 100, rng.randrange(MANY), rng.randrange(MANY)):
            behind = [one for one in expected if one.item > start]
            page = many.page(wanted, start, 5)
            assert list(page.sentences) == behind[:5]
            assert (page.after is not None) or len(behind) <= 5
            front = [one for one in expected if one.item < start]
            page = many.page(wanted, 0, 5, before=start)
            assert list(page.sentences) == front[-5:]
            assert (page.before is not None) or len(front) <= 5
            if page.after is not None:  # and on again, from where that page ended
                assert (
                    list(many.page(wanted, page.after, 5).sentences)
                    == [one for one in expected if one.item >= start][:5]
                )


def test_a_place_in_the_list_is_where_a_page_begins(many: Catalogue) -> None:
    for wanted, length in ((Wanted(), MANY), (Wanted(Status.LABELLED), 180), (Wanted(role="dev"), 200)):
        whole = forwards(many, wanted)
        for fraction in (0, 0.25, 0.5, 0.999, 1.0, 2.0, -1.0):
            nth = min(max(int(fraction * length), 0), length - 1)
            assert many.page(wanted, many.place(wanted, fraction), 1).sentences[0] == whole[nth]
    assert abs(many.place(Wanted(Status.OPEN, text="北京"), 0.5) - MANY // 2) < 2


def test_a_cancelled_search_holds_what_it_found_and_goes_on_from_there(many: Catalogue) -> None:
    for wanted in (Wanted(text="北京"), Wanted(text="BEI"), Wanted(Status.OPEN, text="é"), Wanted(text="the É")):
        expected = forwards(many, wanted, MANY)
        asked = 0

        def sometimes() -> bool:
            nonlocal asked
            asked += 1
            return asked % 20 == 0

        for back in (False, True):
            found: list[Sentence] = []
            here: int | None = 10**9 if back else 0
            pages = 0
            while here is not None:
                page = (
                    many.page(wanted, 0, MANY, before=here, cancelled=sometimes)
                    if back
                    else many.page(wanted, here, MANY, cancelled=sometimes)
                )
                found = [*page.sentences, *found] if back else [*found, *page.sentences]
                here = page.before if back else page.after
                pages += 1
                assert not many.connection.in_transaction
            assert found == expected
            assert pages > 1
    page = many.page(Wanted(text="nowhere"), 17, cancelled=lambda: True)
    assert (page.sentences, page.after) == ((), 17)
    page = many.page(Wanted(Status.LABELLED), 17, cancelled=lambda: True)
    assert (page.sentences, page.after) == ((), 17)
    assert many.page(Wanted(), 0, 3).after == 3, "nothing of it stays behind"


def passed(due: float) -> bool:
    return time.perf_counter() > due


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    value = call()
    return time.perf_counter() - began, value


def test_what_others_commit_is_on_the_next_page(tmp_path: Path) -> None:
    lived = Lived(tmp_path)
    catalogue = Catalogue(lived.database, lived.ledger_path)
    rounds.start_round(lived.store, 1, "random", 1)
    rounds.write_selection(lived.store, 1, "random", [Picked(lived.items[0], 1, None, (), 1)], 0.1)
    before = catalogue.version()
    assert catalogue.page(Wanted()).sentences[0].status is Status.PICKED
    assert catalogue.version() == before
    replies.write_answers(lived.store, {lived.items[0]: LABELLED}, kind=Kind.LLM, annotator="m", number=1)
    assert catalogue.version() != before
    assert catalogue.page(Wanted()).sentences[0].status is Status.LABELLED
    catalogue.close()
    lived.close()


def check_speed(catalogue: Catalogue, sentences: int) -> dict[str, float]:
    """Everything that a person waits for, in seconds; asserts what was promised for a million."""
    figures: dict[str, float] = {}
    figures["first page"], page = timed(lambda: catalogue.page(Wanted()))
    assert len(page.sentences) == 256
    figures["counts"], counts = timed(catalogue.counts)
    assert counts.pool == sentences
    for status in Status:
        figures[f"first page of {status}"], _ = timed(partial(catalogue.page, Wanted(status)))
    for text in ("mkutano", "MKUTANO waziri", "北京"):
        figures[f"first page with {text}"], page = timed(partial(catalogue.page, Wanted(text=text)))
        assert len(page.sentences) == 256 or (page.after is None and len(page.sentences) > 10)
    figures["place"], _ = timed(lambda: catalogue.place(Wanted(), 0.7))
    assert {name: value for name, value in figures.items() if value > 0.3} == {}
    for text in (RARE.upper(), SIGNS, "nowhere at all", "nöwhere"):
        figures[f"whole search for {text}"], page = timed(partial(catalogue.page, Wanted(text=text)))
        assert len(page.sentences) == (0 if "where" in text else 1)
        assert page.scanned == sentences
    worst = 0.0
    for n, text in enumerate(["nowhere", "nöwhere"] * 10):
        due = time.perf_counter() + 0.003 * (n + 1)
        page = catalogue.page(Wanted(text=text), cancelled=partial(passed, due))
        if page.after is not None:
            worst = max(worst, time.perf_counter() - due)
    figures["cancelled after"] = worst
    assert worst < 0.05
    tracemalloc.start()
    catalogue.page(Wanted(text="nowhere"))
    figures["peak MB of a whole search"] = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert figures["peak MB of a whole search"] < 4
    return figures


def test_thirty_thousand_sentences_are_no_wait(many: Catalogue) -> None:
    check_speed(many, MANY)


@pytest.mark.long
@pytest.mark.parametrize("gold", [False, True])
def test_a_million_sentences_are_no_wait(tmp_path: Path, gold: bool) -> None:
    took, _ = timed(lambda: build(tmp_path / "p.db", 1_000_000, gold=gold))
    catalogue = Catalogue(tmp_path / "p.db", tmp_path / "p.db")
    figures = check_speed(catalogue, 1_000_000)
    print({"built": round(took, 1), **{name: round(value, 3) for name, value in figures.items()}})
    assert figures["whole search for nowhere at all"] < 3
    catalogue.close()


def test_a_pool_of_one_file_and_another_of_a_later_day_is_one_list(tmp_path: Path) -> None:
    store: Store
    store, _ = new_project(tmp_path / "p.db", pool=3)
    seq = store.value("SELECT seq FROM counter")
    write_import(store, Role.POOL, records(4, labelled=False), file="g", format_name="jsonl", report={})
    catalogue = Catalogue(tmp_path / "p.db", tmp_path / "p.db")
    assert [one.item for one in forwards(catalogue, Wanted(), 2)] == [1, 2, 3, 6, 7, 8, 9]
    assert [one.item for one in backwards(catalogue, Wanted(), 2, as_of=seq)] == [1, 2, 3]
    assert catalogue.counts(as_of=seq).pool == 3
    catalogue.close()
    store.close()
