"""What people's cost is made of, as of any moment: figures, pace, gold and everything spent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store.earlier import earlier_project
from store.store_making import LABELLED, new_project, records
from store.test_reader import Growing

from llmaaa_tui.core.human_cost import HumanCost
from llmaaa_tui.core.states import Kind, Role
from llmaaa_tui.store import replies
from llmaaa_tui.store.assumed import gold
from llmaaa_tui.store.database import now
from llmaaa_tui.store.imports import write_import
from llmaaa_tui.store.reader import Facts, Reader
from llmaaa_tui.store.reading import Reading


@pytest.fixture(params=["p.db", "money.db"])
def growing(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Growing]:
    made = Growing(tmp_path, request.param)
    yield made
    made.close()


def human_of(growing: Growing, as_of: int | None = None) -> HumanCost:
    return growing.reader().snapshot(as_of).human


def test_the_other_side_is_what_this_project_paid_and_may_have_to_pay(growing: Growing) -> None:
    reader = growing.reader()
    taken = []
    for _ in growing.grow():
        picture = reader.snapshot()
        budget = picture.budget
        assert picture.human.llm_nanousd == budget.spent_nanousd + budget.unconfirmed_nanousd
        taken.append(picture.human)
    answered = {row[0] for row in growing.store.rows("SELECT item_id FROM label_in_force")}
    assert (taken[-1].items, taken[-1].words) == (len(answered), 4 * len(answered))
    assert len({one.llm_nanousd for one in taken}) > 3
    reader.close()


def test_the_seconds_of_a_review_are_the_median_of_what_was_decided_one_by_one(growing: Growing) -> None:
    replies.write_answers(
        growing.store, dict.fromkeys(growing.items, LABELLED), kind=Kind.LLM, annotator="m", number=None
    )
    answers = {row[0]: row[1] for row in growing.store.rows("SELECT item_id, id FROM annotation WHERE kind = 'llm'")}

    def decide(n: int, verdict: str, seconds: float | None, **values: Any) -> int:
        item = growing.items[n]
        accepts = {"annotation_id": answers[item]} if verdict == "accept" else {}
        return growing._decide(item, verdict, seconds=seconds, **accepts, **values)

    def pace(as_of: int | None = None) -> tuple[float | None, int]:
        assumed = human_of(growing, as_of).assumed
        return assumed["human.review_seconds"].value, assumed.reviewed

    assert pace() == (None, 0)
    decide(0, "accept", 2.0)
    wrong = decide(1, "reject", 100.0)
    decide(2, "reject", 4.0)
    decide(3, "skip", 50.0)
    decide(4, "accept", 0.0, bulk_id="b")
    decide(5, "accept", None)
    before = growing.store.value("SELECT seq FROM counter")
    assert pace() == (4.0, 3)
    decide(1, "undo", None, undoes=wrong)
    assert pace() == (3.0, 2)
    assert pace(before) == (4.0, 3)


def test_the_newest_assumption_of_a_name_counts(growing: Growing) -> None:
    for name, value in (("usd_per_hour", "10"), ("seconds_per_item", "30"), ("usd_per_hour", "12")):
        with growing.store.transaction() as seq:
            growing.store.insert(
                "assumption", name=f"human.{name}", value=value, reviewer="me", created_utc=now(), seq=seq
            )
    assert human_of(growing).basis.startswith("$12.00 an hour (assumed here), 30.0 s")
    assert human_of(growing, seq - 1).basis.startswith("$10.00 an hour (assumed here), 30.0 s")


def test_gold_outside_the_pool_counts_each_text_once_and_each_item(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db", demonstrations=3)
    write_import(store, Role.DEV, records(2), file="f", format_name="ner", report={})
    seq = store.value("SELECT seq FROM counter")
    write_import(store, Role.TEST, records(5), file="f", format_name="ner", report={})
    reading = Reading(tmp_path / "p.db", tmp_path / "p.db")
    texts = {row[0] for row in store.rows("SELECT text FROM visible_item WHERE role <> 'pool'")}
    assert gold(reading, 10**9) == (
        {"demonstration": 3, "dev": 2, "test": 5},
        len(texts),
        sum(len(one.split()) for one in texts),
    ), "one text that serves several roles, as in paper mode, is labelled once"
    assert gold(reading, seq)[0] == {"demonstration": 3, "dev": 2}
    with store.transaction():
        store.rows("UPDATE document SET text = '', sha256 = ''")
    by_document = store.value("SELECT SUM(words) FROM visible_item WHERE role <> 'pool'")
    assert gold(reading, 10**9)[2] == by_document, "what is purged cannot be told apart, but is not lost"
    reading.close()
    store.close()


def test_a_file_of_an_earlier_version_has_its_pace(tmp_path: Path) -> None:
    for last in ("0001", "0003"):
        folder = tmp_path / last
        folder.mkdir()
        earlier_project(folder / "p.db", folder / "money.db", last)
        facts = Facts(annotator="m", encoder="e", simulated=None, cap_nanousd=0, rounds=1)
        reader = Reader(folder / "p.db", folder / "money.db", facts)
        human = reader.snapshot().human
        assert (human.assumed["human.review_seconds"].value, human.words, human.items) == (4.0, 2, 1)
        reader.close()
