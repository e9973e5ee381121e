"""What people decide, as it is written, taken back and made again; and who serves what."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.review_making import ADA, ROME, Answered
from store.store_making import FAILED, LABELLED, python

from llmaaa_tui.core.document import NOTHING, Labels, Span
from llmaaa_tui.core.review import Again, Filter, Order, Verdict
from llmaaa_tui.core.states import Kind
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.store import commands, replies, verdicts
from llmaaa_tui.store.decisions import Decisions, Step
from llmaaa_tui.store.ledger import LedgerStore

SAYINGS = (NOTHING, Labels((ADA,)), Labels((ADA, ROME)))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Answered]:
    made = Answered(tmp_path)
    yield made
    made.close()


def test_every_verdict_says_which_label_counts(project: Answered) -> None:
    me = project.decisions()
    first, second, third, fourth, fifth, *_ = project.items
    judged = {item: project.judged(item) for item in project.items}
    me.accept(first, judged[first], seconds=1.5)
    me.reject(second, judged[second])
    mended = me.mend(third, judged[third], Labels((ROME, ADA, ADA)), seconds=4)
    emptied = me.mend(fourth, None, NOTHING, blind=True)
    me.skip(fifth, judged[fifth])
    human = {row["id"]: row for row in project.store.rows("SELECT * FROM annotation WHERE kind = 'human'")}
    rows = {row["id"]: row for row in project.store.rows("SELECT * FROM decision")}
    own = [rows[mended]["human_annotation_id"], rows[emptied]["human_annotation_id"]]
    assert [human[one]["state"] for one in own] == ["labelled", "empty"]
    assert {(row["annotator"], row["round"], row["failure"]) for row in human.values()} == {("me", None, None)}
    spans = project.store.rows('SELECT start, "end", label, rung FROM span WHERE annotation_id = ?', own[0])
    assert [tuple(row) for row in spans] == [(0, 3, "PER", 1), (4, 8, "LOC", 1)]
    assert [(row["seconds"], row["blind"]) for row in rows.values()] == [
        (1.5, 0),
        (None, 0),
        (4, 0),
        (None, 1),
        (None, 0),
    ]
    in_force = project.in_force()
    assert in_force[first] == (judged[first], "accept")
    assert second not in in_force
    assert (in_force[third], in_force[fourth]) == ((own[0], "mend"), (own[1], "mend"))
    assert in_force[fifth] == (judged[fifth], None), "a skipped item keeps the answer it has"


def test_what_cannot_be_decided_is_refused_and_leaves_nothing(project: Answered) -> None:
    me = project.decisions()
    item, other = project.items[:2]
    judged = project.judged(item)
    failed = project.answer(other, FAILED)
    demonstration = project.store.value("SELECT id FROM item WHERE role = 'demonstration'")
    skipped = me.skip(other, None)
    student = project.answer(item, LABELLED, Kind.STUDENT, "student-round-001")
    gold = project.answer(item, LABELLED, Kind.GOLD, again=True)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: me.accept(other, failed), "failed answer"),
        (lambda: me.accept(other, judged), "not about sentence"),
        (lambda: me.accept(item, student), "no student's opinion"),
        (lambda: me.accept(item, gold), "no gold that is hidden"),
        (lambda: me.reject(item, 10**6), "not about sentence"),
        (lambda: me.skip(10**6, None), "not of the pool"),
        (lambda: me.mend(demonstration, None, NOTHING), "not of the pool"),
        (lambda: me.mend(item, judged, Labels((Span(15, 18, "PER"),))), "does not lie on the text of 17"),
        (lambda: me.mend(item, judged, Labels((ADA, Span(4, 8, "GPE")))), "no label of this project; it has LOC, PER"),
        (lambda: me.mend(item, judged, Labels((ADA,)), blind=True, bulk="no such"), "not of the sample"),
        (lambda: me.mark_demonstration(demonstration, True), "not of the pool"),
        (lambda: me.ask_again(other, skipped, Again.SAMPLE), "only a rejected sentence"),
        (lambda: me.ask_again(item, 10**6, Again.SAMPLE), "only a rejected sentence"),
        (lambda: me.end_bulk("no such", accept=False), "no bulk acceptance"),
    ]
    before = list(project.store.connection.iterdump())
    for act, sentence in refused:
        with pytest.raises(ProjectError, match=sentence) as caught:
            act()
        assert "\n" not in str(caught.value)
    assert list(project.store.connection.iterdump()) == before


@settings(max_examples=25)
@given(st.data())
def test_each_undo_gives_back_what_was_before_across_restarts(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    project = Answered(tmp_path_factory.mktemp("undo"), pool=3)
    me = project.decisions()
    before, after = [project.standing()], list[dict[int, tuple[str, int | None, int | None]]]()
    for _ in range(data.draw(st.integers(1, 12))):
        item = data.draw(st.sampled_from(project.items))
        match data.draw(st.sampled_from(["accept", "reject", "mend", "skip", "undo", "undo", "redo", "restart"])):
            case "undo":
                assert (me.undo() is None) == (len(before) == 1)
                if len(before) > 1:
                    after.append(before.pop())
            case "redo":
                assert (me.redo() is None) == (not after)
                if after:
                    before.append(after.pop())
            case "restart":
                me = project.decisions(screen="another")
            case verdict:
                if verdict == "mend":
                    me.mend(item, project.judged(item), data.draw(st.sampled_from(SAYINGS)))
                elif verdict == "accept":
                    me.accept(item, project.judged(item))
                else:
                    getattr(me, verdict)(item, None)
                before.append(project.standing())
                after.clear()
        assert project.standing() == before[-1]
        undo, redo = project.desk().history("me")
        assert (len(undo), len(redo)) == (len(before) - 1, len(after))
    project.close()


def test_a_step_tells_what_it_was(project: Answered) -> None:
    me = project.decisions()
    item = project.items[0]
    assert (me.undo(), me.redo()) == (None, None)
    me.mend(item, None, Labels((ADA,)), seconds=3)
    assert me.undo() == me.redo() == Step(Verdict.MEND, (item,), "")
    first, again = project.store.rows("SELECT * FROM decision WHERE verdict = 'mend'")
    assert again["redoes"] == first["id"]
    kept = ("human_annotation_id", "annotation_id", "seconds", "blind", "bulk_id")
    assert [again[name] for name in kept] == [first[name] for name in kept]


def test_nobody_takes_back_what_another_has_decided_since(project: Answered) -> None:
    me, you = project.decisions(), project.decisions("zoe")
    item = project.items[0]
    me.accept(item, project.judged(item))
    you.reject(item, None)
    seq = project.seq()
    with pytest.raises(ProjectError, match=r"^zoe has decided on this sentence since, so your step is not taken back$"):
        me.undo()
    assert project.seq() == seq
    assert you.undo() == Step(Verdict.REJECT, (item,), "")
    assert me.undo() == Step(Verdict.ACCEPT, (item,), "")
    you.skip(item, None)
    with pytest.raises(ProjectError, match="zoe has decided on this sentence since, so your step is not made again"):
        me.redo()
    you.undo()
    assert me.redo() == Step(Verdict.ACCEPT, (item,), "")
    assert project.in_force()[item] == (project.judged(item), "accept")


def test_two_decisions_on_one_sentence_are_both_made_again(project: Answered) -> None:
    me = project.decisions()
    item = project.items[0]
    me.accept(item, project.judged(item))
    me.mend(item, project.judged(item), Labels((ADA,)))
    mended = project.in_force()[item]
    for step in (me.undo, me.undo, me.redo, me.redo):
        assert step() is not None
    assert project.in_force()[item] == mended


def test_a_demonstration_made_by_accepting_goes_and_comes_with_the_decision(project: Answered) -> None:
    me, you = project.decisions(), project.decisions("zoe")
    item, other = project.items[:2]
    made = "SELECT item_id FROM made_demonstration"
    me.accept(item, project.judged(item), demonstration=True)
    me.undo()
    assert not project.desk().item(item).demonstration  # type: ignore[union-attr]
    me.redo()
    assert project.store.value(made) == item
    me.undo()
    me.accept(item, project.judged(item))
    assert project.store.value(made) is None, "a plain acceptance makes no demonstration of it"
    me.accept(other, project.judged(other), demonstration=True)
    you.mark_demonstration(other, False)
    you.mark_demonstration(other, True)
    me.undo()
    assert project.desk().item(other).demonstration, "somebody else made it one since"  # type: ignore[union-attr]
    project.store.connection.execute("UPDATE document SET never_send = 1")
    with pytest.raises(ProjectError, match="never be sent"):
        me.accept(other, project.judged(other), demonstration=True)
    assert other not in project.standing()


def test_a_rejection_that_was_asked_again_can_still_be_taken_back(project: Answered) -> None:
    me = project.decisions()
    item = project.items[0]
    rejection = me.reject(item, project.judged(item))
    me.ask_again(item, rejection, Again.MODEL)
    assert item not in project.in_force()
    dearer = project.answer(item, LABELLED, annotator="second", again=True)
    assert project.in_force()[item] == (dearer, None)
    assert item not in project.standing()
    assert me.undo() == Step(Verdict.REJECT, (item,), "")
    with pytest.raises(ProjectError, match="does not stand"):
        me.ask_again(item, rejection, Again.SAMPLE)


def test_a_rejection_that_is_made_again_is_asked_again_unless_it_was(project: Answered) -> None:
    me = project.decisions()
    item = project.items[0]
    me.ask_again(item, me.reject(item, project.judged(item)), Again.SAMPLE)

    def waits() -> bool:
        return [one.item for one in verdicts.reasks(project.store, "sample", "m")] == [item]

    assert waits()
    me.undo()
    assert not waits()
    me.redo()
    assert waits(), "everything is as it was before it was taken back"
    project.answer(item, FAILED, again=True)
    assert not waits()
    me.undo()
    me.redo()
    assert not waits(), "it was asked once; nothing is bought for it again"


def test_a_rejection_is_overtaken_by_what_was_asked_for_it_alone(project: Answered) -> None:
    me = project.decisions()
    item = project.items[0]
    first = replies.Written(project.judged(item), item, Kind.LLM, "m", "", 0, 1, LABELLED)
    me.ask_again(item, me.reject(item, first.annotation), Again.SAMPLE)

    def stands() -> bool:
        standing = project.standing().get(item, ("",))[0] == Verdict.REJECT
        assert (item in project.in_force()) == (not standing)
        found = project.desk().item(item)
        assert found is not None
        assert (found.decided is not None) == standing
        for seq in (None, project.seq()):
            assert project.desk().tally("me", as_of=seq).rejected == standing
            assert (item in [row.item for row in project.desk().queue(Filter(), Order.NEWEST, as_of=seq)]) != standing
        return standing

    assert stands()
    project.answer(item, LABELLED, key="another sample of its own round")
    project.answer(item, LABELLED, Kind.VOTE)
    assert stands(), "neither was asked for it"
    assert [one.item for one in verdicts.reasks(project.store, "sample", "m")] == [item], "it is still to be asked"
    again = project.answer(item, LABELLED, key="again", again=True)
    assert not stands()
    assert verdicts.reasks(project.store, "sample", "m") == []
    read = replies.Written(again, item, Kind.LLM, "m", "again", 0, None, LABELLED)
    replies.write_again(project.store, [(first, first.answer), (read, FAILED)])
    assert stands(), "what came reads as a failure now, and the rejected answer counts no more than before"
    failed = replies.written(project.store)[-1]
    replies.write_again(project.store, [(failed, LABELLED)])
    assert not stands()
    me.ask_again(item, me.reject(item, None), Again.SAMPLE)
    newest = replies.written(project.store)[-1]
    replies.write_again(project.store, [(newest, LABELLED)])
    assert stands(), "an answer that is read again is no new one"


def test_demonstrations_are_made_and_never_of_what_must_not_be_sent(project: Answered) -> None:
    me = project.decisions()
    first, second = project.items[:2]
    project.store.connection.execute("UPDATE document SET never_send = 1 WHERE id = ?", (second,))
    made = "SELECT item_id FROM made_demonstration"
    me.mark_demonstration(first, True)
    assert project.store.value(made) is None, "only a label that a person gave or accepted is shown"
    me.accept(first, project.judged(first))
    assert project.store.value(made) == first
    me.mark_demonstration(first, False)
    assert project.store.value(made) is None
    with pytest.raises(ProjectError, match="never be sent"):
        me.mark_demonstration(second, True)
    me.mark_demonstration(second, False)
    with pytest.raises(ProjectError, match="never be sent"):
        me.ask_again(second, me.reject(second, None), Again.SAMPLE)


def test_an_assumption_is_kept_with_who_made_it(project: Answered) -> None:
    me = project.decisions()
    me.assume("seconds", "20")
    me.assume("seconds", "25")
    rows = project.store.rows("SELECT name, value, reviewer FROM assumption ORDER BY id")
    assert [tuple(row) for row in rows] == [("seconds", "20", "me"), ("seconds", "25", "me")]


def test_a_cap_is_set_in_the_ledger(tmp_path: Path) -> None:
    ledger = LedgerStore(tmp_path / "money.db", "p")
    ledger.set_cap(5)
    commands.set_cap(tmp_path / "money.db", "other", 9_000)
    assert ledger.totals().cap_nanousd == 9_000
    with pytest.raises(ProjectError, match="less than nothing"):
        commands.set_cap(tmp_path / "money.db", "other", -1)
    with pytest.raises(ProjectError, match="cannot be written"):
        commands.set_cap(tmp_path / "none.db", "other", 1)
    assert not (tmp_path / "none.db").exists()
    rows = sqlite3.connect(tmp_path / "money.db").execute("SELECT cap_nanousd, project FROM cap").fetchall()
    assert rows == [(5, "p"), (9_000, "other")]
    ledger.close()


def test_what_is_no_project_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database at all " * 100)
    LedgerStore(tmp_path / "money.db", "p").close()
    for name in ("notes.txt", "money.db", "none.db"):
        with pytest.raises(ProjectError, match="cannot be written") as caught:
            Decisions(tmp_path / name, "me", "s")
        assert "\n" not in str(caught.value)


def test_a_full_disk_writes_all_or_nothing(project: Answered) -> None:
    me = project.decisions()
    pages = project.store.value("PRAGMA page_count")
    me._connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for _ in range(2_000):
            me.mend(project.items[0], None, Labels((ADA, ROME)))

    with pytest.raises(ProjectError, match="cannot be written"):
        fill()
    me._connection.execute("PRAGMA max_page_count = 100000")
    orphans = (
        "SELECT COUNT(*) FROM annotation WHERE kind = 'human' AND id NOT IN (SELECT human_annotation_id FROM decision)"
    )
    assert project.store.value(orphans) == 0
    me.mend(project.items[0], None, Labels((ADA,)))


def test_no_two_screens_hold_the_same(project: Answered) -> None:
    here, there = project.decisions(screen="here"), project.decisions("zoe", "there")
    one, two, three, four, *_ = project.items
    assert here.claim([two, one, two]) == (two, one)
    assert there.claim([one, three]) == (three,)
    assert here.claim([one, three, four]) == (one, four), "what is not asked for again is free"
    assert there.claim([two, three]) == (two, three)
    here.release()
    assert there.claim([one, two, three, four]) == (one, two, three, four)
    there.close()
    assert here.claim([one]) == (one,)


def test_a_claim_that_is_old_is_void(project: Answered) -> None:
    here, there = project.decisions(screen="here"), project.decisions(screen="there")
    item = project.items[0]
    here.claim([item])
    for minutes, held in ((29, ()), (31, (item,))):
        then = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
        project.store.connection.execute("UPDATE claim SET claimed_utc = ?", (then,))
        assert there.claim([item]) == held


CLAIM = """
import os, random, sys
from pathlib import Path
from llmaaa_tui.store.decisions import Decisions
database, folder, name, items = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], range(1, 9)
screen, rng = Decisions(database, name, "review"), random.Random(name)
print("ready", flush=True)
sys.stdin.readline()
served = 0
for _ in range(60):
    held = screen.claim(rng.sample(items, 4))
    for item in held:
        os.close(os.open(folder / str(item), os.O_CREAT | os.O_EXCL))  # fails where another serves it
    served += len(held)
    for item in held:
        (folder / str(item)).unlink()
print(served, flush=True)
sys.stdin.readline()
"""


def test_processes_that_race_never_serve_the_same_and_the_dead_hold_nothing(project: Answered, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    racers = [python(CLAIM, project.path, folder, name) for name in ("a", "b", "c")]
    for step in ("ready", "served"):
        for racer in racers:
            assert racer.stdout is not None
            said = racer.stdout.readline().strip()
            assert (said == "ready") if step == "ready" else int(said) > 0, racer.stderr and racer.stderr.read()
        for racer in racers:
            if step == "ready":
                assert racer.stdin is not None
                racer.stdin.write("go\n")
                racer.stdin.flush()
    me = project.decisions()
    held = set(project.items) - set(me.claim(project.items))
    assert held, "they live and hold what they claimed last"
    for racer in racers:
        racer.kill()
        racer.communicate()
    assert me.claim(project.items) == tuple(project.items)
    assert project.store.value("SELECT COUNT(DISTINCT pid) FROM claim") == 1
    assert project.store.value("SELECT pid FROM claim") == os.getpid()


def test_reviewers_in_turn_leave_a_log_that_adds_up(project: Answered) -> None:
    """Two people, any keys: the standing decision is always the last one not undone, and nothing is ever lost."""
    people = [project.decisions(name, name) for name in ("me", "zoe")]
    rng = random.Random(5)
    for _ in range(150):
        one, item = rng.choice(people), rng.choice(project.items)
        try:
            match rng.choice(["accept", "reject", "undo", "redo"]):
                case "accept":
                    one.accept(item, project.judged(item))
                case "reject":
                    one.reject(item, None)
                case "undo":
                    one.undo()
                case _:
                    one.redo()
        except ProjectError as refused:
            assert "has decided on this sentence since" in str(refused)  # noqa: PT017
    undone = {row[0] for row in project.store.rows("SELECT undoes FROM decision WHERE undoes IS NOT NULL")}
    told: dict[int, str] = {}
    for row in project.store.rows("SELECT * FROM decision WHERE verdict <> 'undo' ORDER BY id"):
        if row["id"] not in undone:
            told[row["item_id"]] = row["verdict"]
    assert {item: verdict for item, (verdict, *_) in project.standing().items()} == told
    assert len(undone) == project.store.value("SELECT COUNT(*) FROM decision WHERE verdict = 'undo'")


def test_a_vote_can_be_accepted(project: Answered) -> None:
    vote = project.answer(project.items[0], LABELLED, Kind.VOTE)
    project.decisions().accept(project.items[0], vote)
    assert project.in_force()[project.items[0]] == (vote, "accept")
