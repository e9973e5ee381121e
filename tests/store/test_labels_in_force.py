"""Which label counts, after any history of answers and decisions; and who is still to be asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.store_making import EMPTY, FAILED, LABELLED, new_project

from llmaaa_tui.core.states import Kind, Role
from llmaaa_tui.store import items, replies, rounds
from llmaaa_tui.store.database import now
from llmaaa_tui.store.items import LabelInForce

STATES = {"labelled": LABELLED, "empty": EMPTY, "failed": FAILED}


@dataclass
class Model:
    """What the words of the design say, told from the whole history each time."""

    answers: list[tuple[int, Kind, str, str]] = field(default_factory=list)  # id, kind, state, annotator
    decisions: list[tuple[int, str, int | None]] = field(default_factory=list)  # id, verdict, annotation that counts
    undone: set[int] = field(default_factory=set)

    def state_of(self, annotation: int) -> str:
        return next(state for number, _, state, _ in self.answers if number == annotation)

    def in_force(self) -> tuple[int, str | None] | None:
        standing = [one for one in self.decisions if one[0] not in self.undone and one[1] != "skip"]
        if standing:
            _, verdict, annotation = standing[-1]
            if verdict == "reject" or annotation is None or self.state_of(annotation) == "failed":
                return None
            return annotation, verdict
        voted = {annotator for _, kind, _, annotator in self.answers if kind is Kind.VOTE}
        usable = [
            number
            for number, kind, state, annotator in self.answers
            if state != "failed" and (kind in (Kind.VOTE, Kind.GOLD) or (kind is Kind.LLM and annotator not in voted))
        ]
        return (usable[-1], None) if usable else None

    def is_open(self) -> bool:
        decided = any(number not in self.undone for number, _, _ in self.decisions)
        return not decided and all(kind is Kind.STUDENT for _, kind, _, _ in self.answers)


class World:
    """A store with a pool of a few items, and the model beside it."""

    def __init__(self, path: Path) -> None:
        self.store, _ = new_project(path, pool=3)
        self.items = items.items_of(self.store, Role.POOL)
        self.models = {item: Model() for item in self.items}
        rounds.start_round(self.store, 1, "random", 3)

    def answer(self, item: int, kind: Kind, state: str, annotator: str = "model") -> int:
        replies.write_answers(self.store, {item: STATES[state]}, kind=kind, annotator=annotator, number=1)
        number = int(self.store.value("SELECT MAX(id) FROM annotation"))
        self.models[item].answers.append((number, kind, state, annotator))
        return number

    def decide(self, item: int, verdict: str, **values: Any) -> int:
        with self.store.transaction() as seq:
            number = self.store.insert(
                "decision", item_id=item, verdict=verdict, reviewer="me", created_utc=now(), seq=seq, **values
            )
        if verdict == "undo":
            self.models[item].undone.add(values["undoes"])
        else:
            counts = values.get("human_annotation_id", values.get("annotation_id"))
            self.models[item].decisions.append((number, verdict, counts))
        return number

    def check(self) -> None:
        expected = [
            LabelInForce(item, *found) for item, model in self.models.items() if (found := model.in_force()) is not None
        ]
        assert items.labels_in_force(self.store) == expected
        assert items.open_items(self.store) == [item for item, model in self.models.items() if model.is_open()]
        shown = self.store.rows("SELECT DISTINCT text FROM labels")
        assert len(shown) == len(expected)

    def random_step(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.items))
        model = self.models[item]
        kinds = st.sampled_from([Kind.LLM, Kind.LLM, Kind.VOTE, Kind.GOLD, Kind.STUDENT])
        judged = [number for number, kind, _, _ in model.answers if kind is not Kind.HUMAN]
        match data.draw(st.sampled_from(["answer", "accept", "reject", "mend", "skip", "undo"])):
            case "accept" if judged:
                self.decide(item, "accept", annotation_id=data.draw(st.sampled_from(judged)))
            case "reject":
                self.decide(item, "reject", annotation_id=judged[-1] if judged else None)
            case "mend":
                human = self.answer(item, Kind.HUMAN, data.draw(st.sampled_from(["labelled", "empty"])))
                self.decide(item, "mend", annotation_id=judged[-1] if judged else None, human_annotation_id=human)
            case "skip":
                self.decide(item, "skip")
            case "undo" if [one for one in model.decisions if one[0] not in model.undone]:
                standing = [number for number, _, _ in model.decisions if number not in model.undone]
                self.decide(item, "undo", undoes=data.draw(st.sampled_from(standing)))
            case _:
                annotator = data.draw(st.sampled_from(["model", "second"]))
                self.answer(item, data.draw(kinds), data.draw(st.sampled_from(sorted(STATES))), annotator)


@settings(max_examples=60)
@given(st.data())
def test_any_history_gives_the_label_the_design_names(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    world = World(tmp_path_factory.mktemp("labels") / "p.db")
    for _ in range(data.draw(st.integers(1, 14))):
        world.random_step(data)
        world.check()
    world.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "p.db")
    yield made
    made.store.close()


def in_force(world: World) -> dict[int, tuple[int, str | None]]:
    world.check()
    return {one.item: (one.annotation, one.verdict) for one in items.labels_in_force(world.store)}


def test_one_history_told_in_full(world: World) -> None:
    item = world.items[0]
    assert items.open_items(world.store) == world.items
    world.answer(item, Kind.LLM, "failed")
    assert in_force(world) == {}
    assert item not in items.open_items(world.store), "a failed item is asked again by its round, not offered again"
    first = world.answer(item, Kind.LLM, "labelled")
    second = world.answer(item, Kind.LLM, "empty")
    assert in_force(world) == {item: (second, None)}
    world.answer(item, Kind.LLM, "failed")
    assert in_force(world) == {item: (second, None)}, "a later failure takes no label away"
    vote = world.answer(item, Kind.VOTE, "labelled")
    world.answer(item, Kind.LLM, "labelled")
    assert in_force(world) == {item: (vote, None)}
    dearer = world.answer(item, Kind.LLM, "empty", "second")
    assert in_force(world) == {item: (dearer, None)}, "who is asked after a vote has the last word"
    accepted = world.decide(item, "accept", annotation_id=first)
    assert in_force(world) == {item: (first, "accept")}
    rejected = world.decide(item, "reject", annotation_id=first)
    assert in_force(world) == {}
    world.decide(item, "skip")
    assert in_force(world) == {}
    human = world.answer(item, Kind.HUMAN, "labelled")
    mended = world.decide(item, "mend", annotation_id=first, human_annotation_id=human)
    assert in_force(world) == {item: (human, "mend")}
    for decision, then in ((mended, {}), (rejected, {item: (first, "accept")}), (accepted, {item: (dearer, None)})):
        world.decide(item, "undo", undoes=decision)
        assert in_force(world) == then
    assert items.open_items(world.store) == world.items[1:]


def test_a_failure_is_no_label_even_when_a_person_accepts_it(world: World) -> None:
    failed = world.answer(world.items[0], Kind.LLM, "failed")
    world.decide(world.items[0], "accept", annotation_id=failed)
    assert in_force(world) == {}


def test_hidden_gold_and_predictions_are_no_labels(world: World) -> None:
    assert world.store.value("SELECT COUNT(*) FROM annotation WHERE kind = 'gold'") > 0
    assert in_force(world) == {}
    world.answer(world.items[0], Kind.STUDENT, "labelled")
    assert in_force(world) == {}
    assert items.open_items(world.store) == world.items


def test_an_exported_label_says_where_it_comes_from(world: World) -> None:
    replies.write_answers(world.store, {world.items[0]: LABELLED}, kind=Kind.LLM, annotator="simulated-exact", number=1)
    world.store.value("SELECT 1")
    (document, labels, provenance), *rest = items.exported(world.store)
    assert rest == []
    assert (document.text, labels) == ("Ada Rome number 0", LABELLED.labels)
    assert provenance == {
        "kind": "llm",
        "annotator": "simulated-exact",
        "round": 1,
        "decision": None,
        "reviewer": None,
        "decided_utc": None,
        "simulated": "simulated",
    }
    ((annotation,),) = [tuple(row) for row in world.store.rows("SELECT id FROM annotation WHERE kind = 'llm'")]
    world.decide(world.items[0], "accept", annotation_id=annotation)
    ((_, _, provenance),) = items.exported(world.store)
    assert provenance["decision"] == "accept"
    assert provenance["reviewer"]
    assert provenance["decided_utc"]


def test_an_answer_to_a_request_is_written_once(world: World) -> None:
    item = world.items[0]
    for _ in range(2):
        replies.write_answers(
            world.store, {item: LABELLED}, kind=Kind.LLM, annotator="m", number=1, request_key="k", sample=0
        )
    replies.write_answers(world.store, {item: EMPTY}, kind=Kind.LLM, annotator="m", number=1, request_key="k", sample=1)
    assert replies.answered(world.store, world.items, "m") == {
        item: {0: "labelled", 1: "empty"},
        **{other: {} for other in world.items[1:]},
    }
    assert (
        world.store.value(
            "SELECT COUNT(*) FROM span WHERE annotation_id IN (SELECT id FROM annotation WHERE kind = 'llm')"
        )
        == 1
    )


def test_the_database_refuses_decisions_that_say_nothing(world: World) -> None:
    item = world.items[0]
    bad: list[tuple[str, dict[str, Any]]] = [
        ("accept", {}),
        ("mend", {}),
        ("undo", {}),
        ("reject", {"undoes": 1}),
        ("perhaps", {}),
    ]
    for (verdict, values), store in zip(bad, itertools.repeat(world.store), strict=False):
        with pytest.raises(Exception, match="constraint failed"), store.transaction() as seq:
            store.insert("decision", item_id=item, verdict=verdict, reviewer="me", created_utc="t", seq=seq, **values)
