"""A project in a real SQLite file whose pool is answered, for people to decide on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from store.store_making import FACTS, LABELLED, new_project

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.states import Kind, Role, State
from llmaaa_tui.store import items, replies, rounds
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.store.desk import Desk
from llmaaa_tui.store.rounds import Picked

ADA, ROME = Span(0, 3, "PER"), Span(4, 8, "LOC")
CAP = FACTS.cap_nanousd


def labelled(*spans: Span, confidence: float | None = None, flags: tuple[str, ...] = ()) -> ItemAnswer:
    """An answer with these spans, or "nothing here"."""
    state = State.LABELLED if spans else State.EMPTY
    return ItemAnswer(state, tuple(GroundedSpan(span) for span in spans), flags=flags, confidence=confidence)


class Answered:
    """A project as its worker writes it, with the screens' own connections beside."""

    def __init__(self, folder: Path, pool: int = 8, *, answered: bool = True) -> None:
        self.path = folder / "p.db"
        self.store, self.project = new_project(self.path, pool=pool)
        self.items = items.items_of(self.store, Role.POOL)
        self.rounds = 0
        self._open: list[Decisions | Desk] = []
        if answered:
            self.pick(self.items)
            for item in self.items:
                self.answer(item, LABELLED)

    def pick(self, batch: Iterable[int]) -> None:
        """The next round picks these."""
        self.rounds += 1
        rounds.start_round(self.store, self.rounds, "random", 4)
        picked = [Picked(item, rank, 0.5, (), rank) for rank, item in enumerate(batch, 1)]
        rounds.write_selection(self.store, self.rounds, "random", picked, 0.1)

    def answer(
        self,
        item: int,
        answer: ItemAnswer,
        kind: Kind = Kind.LLM,
        annotator: str = "m",
        key: str | None = None,
        *,
        again: bool = False,
    ) -> int:
        """An answer about an item in the newest round, if any, or to what a person asked `again`; gives its row."""
        number = None if again else self.rounds or None
        replies.write_answers(
            self.store, {item: answer}, kind=kind, annotator=annotator, number=number, request_key=key
        )
        return int(self.store.value("SELECT MAX(id) FROM annotation"))

    def judged(self, item: int) -> int:
        """The newest answer about an item."""
        return int(
            self.store.value("SELECT MAX(id) FROM annotation WHERE item_id = ? AND kind IN ('llm', 'vote')", item)
        )

    def decisions(self, reviewer: str = "me", screen: str = "s") -> Decisions:
        made = Decisions(self.path, reviewer, screen)
        self._open.append(made)
        return made

    def desk(self) -> Desk:
        made = Desk(self.path, self.path)
        self._open.append(made)
        return made

    def in_force(self) -> dict[int, tuple[int, str | None]]:
        return {one.item: (one.annotation, one.verdict) for one in items.labels_in_force(self.store)}

    def standing(self) -> dict[int, tuple[str, int | None, int | None]]:
        rows = self.store.rows("SELECT item_id, verdict, annotation_id, human_annotation_id FROM standing_decision")
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def seq(self) -> int:
        return int(self.store.value("SELECT seq FROM counter"))

    def close(self) -> None:
        for one in self._open:
            one.close()
        self.store.close()
