"""What a training is given and what it leaves: real store, real student."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make, pick

from llmaaa_tui.annotators.vote import vote
from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.states import Failure, Kind, Phase, Role, State
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.store import items, replies, rounds
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.student import train as training
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.weigh import ExampleWeights
from llmaaa_tui.worker.context import Context
from llmaaa_tui.worker.train import ensure_model, material, train_student

STUDENT = ("student.epochs=1", "student.threads=1", "student.learning_rate=0.002")
NAME = Span(0, 3, "PER")
SAID = ItemAnswer(State.LABELLED, (GroundedSpan(NAME),))
NOTHING = ItemAnswer(State.EMPTY)
FAILED = ItemAnswer(State.FAILED, failure=Failure.NOT_JSON)
LLM = "m"


@pytest.fixture
def bench(tmp_path: Path, tiny_encoder: Path) -> Iterator[Bench]:
    with SimulatorServer(sentences(40, 1)) as server:
        yield make(tmp_path, server, *STUDENT, f"student.encoder={tiny_encoder}", batch=40)


def answer(context: Context, item: int, answers: Sequence[ItemAnswer], number: int = 1) -> None:
    """What the annotator says about an item, and the vote where it says it several times."""
    for sample, one in enumerate(answers):
        replies.write_answers(
            context.store,
            {item: one},
            kind=Kind.LLM,
            annotator=LLM,
            number=number,
            request_key=f"{item}",
            sample=sample,
        )
    if len(answers) > 1:
        voted = {item: vote(answers, context.labels, context.task.shape).answer}
        replies.write_answers(context.store, voted, kind=Kind.VOTE, annotator=LLM, number=number)


def decide(bench: Bench) -> Decisions:
    return Decisions(bench.folder / "llmaaa.db", "ada", "screen")


def test_a_training_sees_what_stood_when_it_began(bench: Bench) -> None:
    with bench.open("student.soft_labels=true") as context:
        accepted, mended, voted, half, alone, *_ = items.items_of(context.store, Role.POOL)
        for item in (accepted, mended, voted):
            answer(context, item, [SAID, NOTHING, SAID])
        answer(context, half, [SAID, FAILED, SAID])
        answer(context, alone, [SAID])
        people = decide(bench)
        in_force = {label.item: label.annotation for label in items.labels_in_force(context.store)}
        people.accept(accepted, in_force[accepted])
        people.mend(mended, in_force[mended], Labels())
        people.accept(voted, in_force[voted])
        people.undo()
        train_student(context, 1)
        given = material(context, 1)
        assert [one.trusted for one in given.examples] == [True, True, False, False, False]
        shares = [[tags[0] == "B-PER" for tags in one.answers] for one in given.examples]
        assert shares == [[True, False, True], [], [True, False, True], [True, True], []]
        assert [one.targets[0] for one in given.examples] == ["B-PER", "O", "B-PER", "B-PER", "B-PER"]
        assert {one.weight for one in given.examples} == {1.0}
        assert [len(one) for one in (given.dev, given.meta)] == [len(items.items_of(context.store, Role.DEV)), 0]
        # A person who goes on meanwhile, and a further sample, count from the next training on.
        people.accept(voted, in_force[voted])
        people.reject(accepted, in_force[accepted])
        answer(context, voted, [SAID, NOTHING, SAID, NOTHING, NOTHING])
        people.close()
        assert material(context, 1) == given
    with bench.open() as context:
        assert all(not one.answers for one in material(context, 1).examples), "only where soft labels are wanted"


class Doubting(ExampleWeights):
    """Trusts the first two labels least."""

    def __init__(self, settings: StudentSettings, meta: Corpus, seed: int) -> None:
        self.meta = meta

    def weights(self) -> tuple[float, ...]:  # type: ignore[override]
        return (0.01, 0.02, *[1.0] * 38)


def test_what_the_trainer_made_of_each_label_is_kept_also_when_it_dies_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Corpus] = []

    def doubting(settings: StudentSettings, meta: Corpus, seed: int) -> Doubting:
        seen.append(meta)
        return Doubting(settings, meta, seed)

    def dies(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(training, "weigher_of", doubting)
    with bench.open() as context:
        context.student = replace(context.student, reweight="anything")
        pool = items.items_of(context.store, Role.POOL)
        for item in pool:
            answer(context, item, [SAID])
        people = decide(bench)
        people.accept(
            pool[0], {label.item: label.annotation for label in items.labels_in_force(context.store)}[pool[0]]
        )
        people.close()
        with monkeypatch.context() as patch:
            patch.setattr(rounds, "write_model", dies)
            with pytest.raises(RuntimeError, match="killed"):
                train_student(context, 1)
        assert bench.rows("SELECT 1 FROM example_weight") == []
        assert train_student(context, 1)
        assert len(seen) == 1, "the checkpoint was there, nothing is trained again"
        assert list(seen[0].examples) == context.gold(Role.META).examples
    rows = bench.rows("SELECT round, item_id, weight, low, seq FROM example_weight ORDER BY item_id")
    assert [row[:4] for row in rows[:3]] == [(1, pool[0], 0.01, 0), (1, pool[1], 0.02, 1), (1, pool[2], 1.0, 0)]
    assert len(rows) == 40
    ((seq, temperature),) = bench.rows("SELECT seq, temperature FROM model")
    assert {row[4] for row in rows} == {seq}, "in one transaction"
    assert 0.2 <= temperature <= 5


def test_nested_spans_are_kept_and_the_training_says_which_it_could_not_hold(bench: Bench) -> None:
    with bench.open() as context:
        item = items.items_of(context.store, Role.POOL)[0]
        text = items.documents(context.store, [item])[item].text
        first, second = text.split()[0], " ".join(text.split()[:2])
        spans = (Span(0, len(second), "ORG"), Span(0, len(first), "PER"))
        answer(context, item, [ItemAnswer(State.LABELLED, tuple(GroundedSpan(span) for span in sorted(spans)))])
        assert train_student(context, 1)
        (given,) = material(context, 1).examples
        assert given.targets[:2] == ("B-ORG", "I-ORG")
        ((_, labels, _),) = items.exported(context.store)
        assert set(labels.spans) == set(spans), "the export has both"
    assert "1 span left out, for a word has one tag" in bench.events("trained")[0]


def test_without_meta_reweighting_is_refused_in_one_sentence(bench: Bench) -> None:
    with bench.open() as context:
        context.student = replace(context.student, reweight="anything")
        answer(context, items.items_of(context.store, Role.POOL)[0], [SAID])
        context.store.connection.execute("UPDATE item SET role = 'dev' WHERE role = 'meta'")
        with pytest.raises(SettingsError, match=r"^student\.reweight looks at gold sentences .* set student\.reweight"):
            train_student(context, 1)


def test_a_warm_student_is_the_same_again_while_the_one_before_is_there(bench: Bench) -> None:
    def weights(context: Context) -> bytes:
        return (context.model_folder(2) / "model.safetensors").read_bytes()

    with bench.open("student.warm=true") as context:
        first, second, *_ = items.items_of(context.store, Role.POOL)
        answer(context, first, [SAID])
        assert train_student(context, 1)
        pick(bench, 2, 1)
        answer(context, second, [SAID], 2)
        assert train_student(context, 2)
        told = "trained on 2 sentences, going on from round-001: "
        assert [told in text for text in bench.events("trained")] == [False, True]
        warm = weights(context)
        shutil.rmtree(context.model_folder(2))
    with bench.open() as context:  # what it was trained with counts, not what is set since
        assert ensure_model(context, 2, context.meter(2, Phase.TRAIN))
        assert weights(context) == warm
        for number in (1, 2):
            shutil.rmtree(context.model_folder(number))
        assert ensure_model(context, 2, context.meter(2, Phase.TRAIN))
        assert weights(context) != warm
    assert bench.events("warm") == ["round-001 is not there to go on from, so the student of round 2 is trained afresh"]
