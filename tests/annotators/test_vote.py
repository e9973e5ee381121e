"""Votes: a strict majority per span, and confidences that say how far the samples agreed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.annotators.vote import Vote, vote
from llmaaa_tui.core.annotation import GroundedClass, GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.core.tasks import Shape

EMPTY = ItemAnswer(State.EMPTY)
BROKEN = ItemAnswer(State.FAILED, failure=Failure.NOT_JSON, detail="broken")
REFUSED = ItemAnswer(State.FAILED, failure=Failure.REFUSAL, detail="no")


def answer(*spans: tuple[int, int, str], rung: int = 1, flags: tuple[str, ...] = ()) -> ItemAnswer:
    return ItemAnswer(State.LABELLED, tuple(GroundedSpan(Span(*span), rung) for span in spans), flags=flags)


def ballot(answers: list[ItemAnswer]) -> Vote:
    return vote(answers, LabelSet.of(("PER", "LOC", "ORG")), Shape.SPANS)


def test_a_span_of_more_than_half_is_kept_with_its_share() -> None:
    ada, city = (0, 3, "PER"), (9, 14, "LOC")
    result = ballot([answer(ada, city), answer(ada, (9, 14, "ORG")), answer(ada), answer(city)])
    assert [(found.span, found.confidence) for found in result.answer.spans] == [(Span(*ada), 0.75)]
    # PER 3 of 4, LOC 2 of 4 (a toss-up), ORG 1 of 4: (.5 + 0 + .5) / 3
    assert result.answer.confidence == pytest.approx(1 / 3)
    assert (result.usable, result.asked) == (4, 4)


def test_all_empty_is_empty_and_sure() -> None:
    result = ballot([EMPTY, EMPTY, EMPTY]).answer
    assert (result.state, result.confidence) == (State.EMPTY, 1.0)


def test_spans_without_a_majority_leave_an_unsure_empty_answer() -> None:
    result = ballot([answer((0, 3, "PER")), EMPTY, EMPTY]).answer
    assert result.state is State.EMPTY
    assert result.confidence == pytest.approx(1 / 3)
    assert ballot([answer((0, 3, "PER")), EMPTY]).answer.confidence == 0


def test_failed_answers_have_no_vote() -> None:
    result = ballot([answer((0, 3, "PER")), answer((0, 3, "PER")), BROKEN])
    assert (result.usable, result.asked) == (2, 3)
    assert result.answer.spans[0].confidence == 1.0


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ([EMPTY, BROKEN, REFUSED, BROKEN], Failure.NOT_JSON),
        ([REFUSED], Failure.REFUSAL),
        ([EMPTY, REFUSED, BROKEN], Failure.REFUSAL),
    ],
)
def test_fewer_than_half_usable_fails_and_is_never_empty(answers: list[ItemAnswer], failure: Failure) -> None:
    result = ballot(answers).answer
    assert (result.state, result.failure, result.confidence) == (State.FAILED, failure, None)


def test_half_usable_is_enough_but_one_answer_agrees_with_nobody() -> None:
    result = ballot([answer((0, 3, "PER")), BROKEN]).answer
    assert result.state is State.LABELLED
    assert result.spans[0].confidence is None
    assert result.confidence is None


def test_nested_spans_are_voted_on_one_by_one() -> None:
    inner, outer = (0, 3, "PER"), (0, 12, "ORG")
    nested = answer(inner, outer)
    found = ballot([nested, nested, nested, answer(inner)]).answer.spans
    assert [(one.span, one.confidence) for one in found] == [(Span(*inner), 1.0), (Span(*outer), 0.75)]
    assert [one.span for one in ballot([nested, answer(inner), answer(inner)]).answer.spans] == [Span(*inner)]


def test_the_weakest_rung_and_all_flags_stay() -> None:
    result = ballot([answer((0, 3, "PER"), rung=4, flags=("a",)), answer((0, 3, "PER")), EMPTY]).answer
    assert result.spans[0].rung == 4
    assert result.flags == ("a",)


def test_nothing_to_vote_on_is_refused() -> None:
    with pytest.raises(ValueError, match="no answers"):
        ballot([])


SPANS = st.sets(st.sampled_from([(0, 3, "PER"), (0, 3, "ORG"), (4, 9, "LOC"), (2, 6, "PER")]))


@given(st.lists(SPANS.map(lambda spans: answer(*spans) if spans else EMPTY) | st.just(BROKEN), min_size=1, max_size=9))
def test_confidence_is_a_share_and_order_does_not_matter(answers: list[ItemAnswer]) -> None:
    result, turned = ballot(answers).answer, ballot(answers[::-1]).answer
    assert result.confidence == pytest.approx(turned.confidence)
    assert [found.span for found in result.spans] == [found.span for found in turned.spans]
    for found in result.spans:
        assert found.confidence is None or 0.5 < found.confidence <= 1
    assert result.confidence is None or 0 <= result.confidence <= 1


# ---- labels of whole items

LABELS = LabelSet.of(("cause", "part", "Other"), negative="Other")


def said(*classes: str, flags: tuple[str, ...] = ()) -> ItemAnswer:
    state = State.LABELLED if classes else State.EMPTY
    return ItemAnswer(state, classes=tuple(GroundedClass(name) for name in classes), flags=flags)


def one(*answers: ItemAnswer) -> ItemAnswer:
    return vote(answers, LABELS, Shape.ONE).answer


def many(*answers: ItemAnswer) -> ItemAnswer:
    return vote(answers, LABELS, Shape.MANY).answer


def test_of_one_label_the_most_frequent_wins_with_its_share() -> None:
    result = one(said("part"), said("part"), said("cause"), said("Other"), BROKEN)
    assert result.classes == (GroundedClass("part", 0.5),)
    assert (result.state, result.confidence) == (State.LABELLED, 0.5)
    assert result.detail == "voted by 4 of 5 answers"


def test_among_equals_the_first_in_the_order_of_the_labels_wins() -> None:
    for answers in ((said("Other"), said("cause")), (said("cause"), said("Other"))):
        assert one(*answers).classes == (GroundedClass("cause", 0.5),)


def test_the_negative_label_can_win_and_one_answer_agrees_with_nobody() -> None:
    assert one(said("Other"), said("Other"), said("part")).labels == Labels(classes=("Other",))
    alone = one(said("part", flags=("a",)), BROKEN)
    assert (alone.classes, alone.confidence, alone.flags) == ((GroundedClass("part"),), None, ("a",))
    assert one(said("part"), BROKEN, REFUSED).failure is Failure.NOT_JSON


def test_of_several_labels_each_has_a_vote_of_its_own() -> None:
    result = many(said("part", "cause"), said("cause"), said("cause", "Other"), said())
    assert result.classes == (GroundedClass("cause", 0.75),)
    # cause 3 of 4, part and Other 1 of 4 each
    assert result.confidence == pytest.approx(0.5)
    assert (many(said("part"), said(), said()).state, many(said(), said()).confidence) == (State.EMPTY, 1.0)


@given(
    st.lists(st.lists(st.sampled_from(LABELS.names), unique=True).map(lambda names: said(*names)), min_size=1),
    st.sampled_from([Shape.ONE, Shape.MANY]),
)
def test_classes_are_in_order_each_once_and_no_order_of_answers_matters(
    answers: list[ItemAnswer], shape: Shape
) -> None:
    if shape is Shape.ONE:
        answers = [said((answer.labels.classes or ("part",))[0]) for answer in answers]
    result, turned = vote(answers, LABELS, shape).answer, vote(answers[::-1], LABELS, shape).answer
    assert result.classes == turned.classes
    assert result.labels.classes == LABELS.in_order(result.labels.classes)
    if shape is Shape.ONE:
        assert len(result.classes) == 1
