"""Many answers accepted at once, behind a random sample that is labelled blind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from store.review_making import ADA, ROME, Answered
from store.store_making import EMPTY, FAILED

from llmaaa_tui.core.bound import upper_bound
from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.review import Filter, Verdict
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.store.decisions import Decisions, Step


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Answered]:
    made = Answered(tmp_path, pool=12)
    yield made
    made.close()


def pairs(project: Answered) -> list[tuple[int, int]]:
    return [(item, project.judged(item)) for item in project.items]


def label(me: Decisions, project: Answered, bulk: str, wrong: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Label the whole sample blind, as the annotator did but for those at the places `wrong`; gives the sample."""
    found = project.desk().bulk(bulk)
    assert found is not None
    for place, item in enumerate(found.sample):
        labels = Labels((Span(0, 3, "LOC") if place in wrong else ADA,))
        me.mend(item, project.judged(item), labels, blind=True, bulk=bulk, seconds=5)
    return found.sample


def test_a_bulk_from_its_sample_to_its_end(project: Answered) -> None:
    me, desk = project.decisions(), project.desk()
    wanted = Filter(round=1, label="PER", surer_than=0.5, text="Ada")
    assert desk.open_bulk("me") is None
    bulk = me.begin_bulk(wanted, pairs(project), n=4, seed=7)
    found = desk.open_bulk("me")
    assert found == desk.bulk(bulk)
    assert found is not None
    assert (found.filter, found.items, found.errors, found.upper) == (wanted, tuple(pairs(project)), (), None)
    assert len(found.sample) == 4
    assert found.open == found.sample
    with pytest.raises(ProjectError, match="4 of 4 sampled items wait for their blind label"):
        me.end_bulk(bulk, accept=True)
    sample = label(me, project, bulk, wrong=(1,))
    again = project.desk().open_bulk("me")
    assert again is not None, "it is there after a restart"
    assert (again.open, again.errors) == ((), (sample[1],))
    assert again.upper == pytest.approx(upper_bound(1, 4))
    assert again.labelled[sample[0]] == Labels((ADA,))
    assert project.decisions().end_bulk(bulk, accept=True) == 8
    assert desk.open_bulk("me") is None
    end = project.store.rows("SELECT * FROM bulk_end")[0]
    assert (end["state"], end["n"], end["errors"]) == ("accepted", 4, 1)
    assert end["upper"] == pytest.approx(upper_bound(1, 4))
    verdicts = {item: verdict for item, (verdict, *_) in project.standing().items()}
    assert verdicts == {item: "mend" if item in sample else "accept" for item in project.items}
    with pytest.raises(ProjectError, match="ended already"):
        me.end_bulk(bulk, accept=True)


def test_the_sample_is_drawn_from_what_can_be_accepted_now(project: Answered) -> None:
    me, zoe = project.decisions(), project.decisions("zoe")
    written = pairs(project)
    mended, skipped, newer, *rest = project.items
    zoe.mend(mended, None, Labels((ROME,)))
    zoe.skip(skipped, None)
    project.answer(newer, EMPTY, annotator="second")
    found = project.desk().bulk(me.begin_bulk(Filter(), written, n=59, seed=3))
    assert found is not None
    assert found.items == tuple(pair for pair in written if pair[0] in rest)
    assert set(found.sample) == set(rest), "nobody labels blind what somebody else has decided"
    me.end_bulk(found.id, accept=False)
    with pytest.raises(ProjectError, match="nothing is left to accept"):
        me.begin_bulk(Filter(), written[:2], n=59, seed=3)


def test_only_what_is_undecided_and_still_in_force_is_accepted(project: Answered) -> None:
    me, zoe = project.decisions(), project.decisions("zoe")
    written = pairs(project)
    bulk = me.begin_bulk(Filter(), written, n=2, seed=3)
    sample = label(me, project, bulk)
    rejected, skipped, newer, failed, *rest = [item for item in project.items if item not in sample]
    zoe.reject(rejected, None)
    zoe.skip(skipped, None)
    project.answer(newer, EMPTY, annotator="second")
    project.answer(failed, FAILED)
    assert me.end_bulk(bulk, accept=True) == 1 + len(rest)
    accepted = {item for item, (verdict, *_) in project.standing().items() if verdict == Verdict.ACCEPT}
    assert accepted == {failed, *rest}, "a later failure takes no answer away"
    assert {project.in_force()[item] for item in rest} == {(dict(written)[item], "accept") for item in rest}


def test_a_bulk_is_one_step_and_each_blind_label_one_of_its_own(project: Answered) -> None:
    me = project.decisions()
    bulk = me.begin_bulk(Filter(), pairs(project), n=2, seed=3)
    sample = label(me, project, bulk)
    before = project.standing()
    me.end_bulk(bulk, accept=True)
    full = project.standing()
    rest = tuple(item for item in project.items if item not in sample)
    assert me.undo() == Step(Verdict.ACCEPT, rest, bulk)
    assert project.standing() == before
    assert me.redo() == Step(Verdict.ACCEPT, rest, bulk)
    assert project.standing() == full
    me.undo()
    assert me.undo() == Step(Verdict.MEND, (sample[1],), "")
    assert me.undo() == Step(Verdict.MEND, (sample[0],), "")
    assert (project.standing(), me.undo()) == ({}, None)


def test_of_a_bulk_that_another_has_touched_nothing_is_taken_back(project: Answered) -> None:
    me, zoe = project.decisions(), project.decisions("zoe")
    bulk = me.begin_bulk(Filter(), pairs(project), n=1, seed=3)
    (sampled,) = label(me, project, bulk)
    me.end_bulk(bulk, accept=True)
    zoe.reject(next(item for item in project.items if item != sampled), None)
    before = project.standing()
    with pytest.raises(ProjectError, match="zoe has decided"):
        me.undo()
    assert project.standing() == before


def test_a_blind_label_taken_back_is_open_again_and_made_again_counts(project: Answered) -> None:
    me, desk = project.decisions(), project.desk()
    bulk = me.begin_bulk(Filter(), pairs(project), n=2, seed=3)
    label(me, project, bulk, wrong=(1,))
    me.undo()
    found = desk.bulk(bulk)
    assert found is not None
    assert (len(found.open), found.errors) == (1, ())
    me.redo()
    found = desk.bulk(bulk)
    assert found is not None
    assert (found.open, len(found.errors)) == ((), 1)


def test_dropped_the_blind_labels_stay(project: Answered) -> None:
    me = project.decisions()
    bulk = me.begin_bulk(Filter(), pairs(project), n=3, seed=3)
    assert me.end_bulk(bulk, accept=False) == 0, "also before the first label"
    bulk = me.begin_bulk(Filter(), pairs(project), n=3, seed=3)
    sample = label(me, project, bulk)
    assert me.end_bulk(bulk, accept=False) == 0
    assert {verdict for verdict, *_ in project.standing().values()} == {"mend"}
    assert set(project.standing()) == set(sample)
    ends = project.store.rows("SELECT state, n, upper FROM bulk_end ORDER BY seq")
    assert [(row["state"], row["n"], row["upper"] is None) for row in ends] == [
        ("dropped", 0, True),
        ("dropped", 3, False),
    ]


def test_what_is_no_answer_is_not_begun(project: Answered) -> None:
    me = project.decisions()
    first, second = pairs(project)[:2]
    failed = project.answer(first[0], FAILED)
    for wrong, sentence in (
        ([], "no answer to accept"),
        ([first, first], "once"),
        ([(first[0], failed), second], "1 of these are no usable answers"),
        ([(first[0], second[1])], "1 of these are no usable answers"),
    ):
        with pytest.raises(ProjectError, match=sentence):
            me.begin_bulk(Filter(), wrong, seed=1)
    me.begin_bulk(Filter(), [first], seed=1)
    with pytest.raises(ProjectError, match="still open"):
        me.begin_bulk(Filter(), [second], seed=1)
    project.decisions("zoe").begin_bulk(Filter(), [second], seed=1)


def test_an_error_is_any_difference_of_the_labels(project: Answered) -> None:
    me, desk = project.decisions(), project.desk()
    bulk = me.begin_bulk(Filter(), pairs(project), n=12, seed=1)
    blind = {2: [ADA, ROME], 3: [], 4: [Span(0, 3, "LOC")], 5: [Span(0, 2, "PER")], 6: [ADA, ADA]}
    for item in project.items:
        labels = Labels(tuple(blind.get(item, [ADA])))
        me.mend(item, project.judged(item), labels, blind=True, bulk=bulk)
    found = desk.bulk(bulk)
    assert found is not None
    assert set(found.errors) == {2, 3, 4, 5}


def test_the_sample_is_drawn_from_all_pairs_alike(project: Answered) -> None:
    me = project.decisions()
    drawn: Counter[int] = Counter()
    samples = []
    for seed in range(400):
        bulk = me.begin_bulk(Filter(), pairs(project), n=3, seed=seed)
        sample = json.loads(project.store.value("SELECT sample FROM bulk WHERE id = ?", bulk))
        assert len(set(sample)) == 3
        drawn.update(sample)
        samples.append(sample)
        me.end_bulk(bulk, accept=False)
    assert set(drawn) == set(project.items)
    assert all(65 < count < 140 for count in drawn.values()), drawn  # 100 expected, standard deviation under 9
    again = me.begin_bulk(Filter(), pairs(project), n=3, seed=17)
    assert json.loads(project.store.value("SELECT sample FROM bulk WHERE id = ?", again)) == samples[17]
    me.end_bulk(again, accept=False)
    few = me.begin_bulk(Filter(), pairs(project), seed=1)
    found = project.desk().bulk(few)
    assert found is not None
    assert sorted(found.sample) == project.items, "of fewer than 59 all are labelled"
