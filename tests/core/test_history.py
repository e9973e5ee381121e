"""Undo and redo, read from the log, against a person who keeps two stacks."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.core.history import Entry, History, Step, history


@dataclass
class Naive:
    """Two stacks of steps, moved as keys are pressed, and the log that a store would write meanwhile."""

    undo: list[Step] = field(default_factory=list)
    redo: list[Step] = field(default_factory=list)
    bulks: dict[Step, str] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    last: int = 0

    def _number(self, gap: int = 1) -> int:
        self.last += gap  # other people's decisions lie between
        return self.last

    def decide(self, verdict: str, gap: int, bulk: str = "") -> None:
        self.log.append(Entry(self._number(gap), verdict, bulk=bulk))
        self._fresh((self.last,), "" if verdict == "mend" else bulk)

    def accept_many(self, count: int, bulk: str) -> None:
        ids = tuple(self._number() for _ in range(count))
        self.log += [Entry(one, "accept", bulk=bulk) for one in ids]
        self._fresh(ids, bulk)

    def _fresh(self, step: Step, bulk: str) -> None:
        self.undo.append(step)
        self.bulks[step] = bulk
        self.redo.clear()

    def take_back(self) -> None:
        if self.undo:
            step = self.undo.pop()
            self.log += [Entry(self._number(), "undo", undoes=one, bulk=self.bulks[step]) for one in step]
            self.redo.append(step)

    def make_again(self) -> None:
        if self.redo:
            step = self.redo.pop()
            again = tuple(self._number() for _ in step)
            bulk = self.bulks[again] = self.bulks[step]
            self.log += [
                Entry(made, "accept" if bulk else "reject", redoes=one, bulk=bulk)
                for made, one in zip(again, step, strict=True)
            ]
            self.undo.append(again)


@given(st.data())
def test_any_sequence_of_keys_leaves_the_stacks_a_person_expects(data: st.DataObject) -> None:
    person, growing = Naive(), History()
    read = 0
    for number in range(data.draw(st.integers(0, 30))):
        match data.draw(st.sampled_from(["decide", "blind", "bulk", "undo", "undo", "redo", "redo"])):
            case "decide":
                verdict = data.draw(st.sampled_from(["accept", "reject", "mend", "skip"]))
                person.decide(verdict, data.draw(st.integers(1, 3)))
            case "blind":
                person.decide("mend", 1, bulk="sampled")
            case "bulk":
                person.accept_many(data.draw(st.integers(1, 4)), f"bulk {number}")
            case "undo":
                person.take_back()
            case _:
                person.make_again()
        for entry in person.log[read:]:
            growing.add(entry)
        read = len(person.log)
        assert history(person.log) == (tuple(person.undo), tuple(person.redo))
        assert (growing.undo, growing.redo) == history(person.log)
        assert growing.depths == (len(person.undo), len(person.redo))
        assert growing.newest == (person.undo[-1] if person.undo else ())
        assert growing.undone == (person.redo[-1] if person.redo else ())


def test_a_step_told_in_full() -> None:
    log = [
        Entry(1, "accept"),
        Entry(2, "mend", bulk="b"),
        Entry(3, "mend", bulk="b"),
        Entry(5, "accept", bulk="b"),
        Entry(6, "accept", bulk="b"),
        Entry(7, "undo", undoes=5, bulk="b"),
        Entry(8, "undo", undoes=6, bulk="b"),
    ]
    assert history(log) == (((1,), (2,), (3,)), ((5, 6),))
    again = [Entry(9, "accept", redoes=5, bulk="b"), Entry(10, "accept", redoes=6, bulk="b")]
    assert history([*log, *again]) == (((1,), (2,), (3,), (9, 10)), ())
    assert history([*log, Entry(9, "skip")]) == (((1,), (2,), (3,), (9,)), ()), (
        "a fresh decision forgets what was undone"
    )


def test_what_the_log_does_not_know_is_passed_over() -> None:
    assert history([Entry(4, "undo", undoes=1), Entry(5, "reject", redoes=1), Entry(6, "accept")]) == (((6,),), ())
