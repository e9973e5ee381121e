"""What every step of the worker has at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import Settings
from ..core.document import Document, Span
from ..core.labels import LabelSet
from ..core.schedule import Plan
from ..core.states import PHASES, Phase, Role
from ..core.tokens import to_tags, words_of
from ..paths import ProjectPaths
from ..store import items, rounds, runs
from ..store.database import Store
from ..store.items import ProjectRow
from ..store.lease import Lease
from ..store.ledger import LedgerStore
from ..student.examples import Example
from ..student.settings import StudentSettings
from .annotator import AnnotatorKit
from .control import Control
from .goals import Goals
from .progress import Meter, next_words


@dataclass
class Context:
    """The open project: its settings, its store and who annotates."""

    paths: ProjectPaths
    settings: Settings
    project: ProjectRow
    labels: LabelSet
    store: Store
    ledger: LedgerStore
    lease: Lease
    control: Control
    goals: Goals
    kit: AnnotatorKit
    student: StudentSettings

    def event(self, kind: str, text: str, number: int | None = None) -> None:
        """One line of the log that people read."""
        runs.log_event(self.store, kind, text, number)

    def meter(self, number: int, phase: Phase) -> Meter:
        """A progress report for one step."""
        reviewed = self.settings.loop.review != "none"
        later = [one for one in PHASES[PHASES.index(phase) + 1 :] if reviewed or one is not Phase.REVIEW]
        following = later[0] if later else None
        expected = rounds.phase_seconds(self.store, following) if following else None
        return Meter(
            self.lease,
            number,
            self.goals.rounds,
            phase,
            rounds.phase_seconds(self.store, phase),
            next_words(following, expected),
            self.control.paused,
        )

    @property
    def plan(self) -> Plan:
        """How large the rounds are; made for the goal of rounds where the run has one, else for `loop.rounds`."""
        loop = self.settings.loop
        return Plan(loop.schedule, loop.initial, loop.batch, self.goals.rounds or loop.rounds)

    def model_folder(self, number: int) -> Path:
        """Where a round's checkpoint lies."""
        return self.paths.models / f"round-{number:03}"

    def gold_examples(self, role: Role) -> tuple[list[Document], list[Example]]:
        """Documents of a gold role and their examples, in order of import."""
        ids = items.items_of(self.store, role)
        documents = items.documents(self.store, ids)
        gold = items.gold_of(self.store, ids)
        return list(documents.values()), [example(documents[item], gold[item]) for item in ids]


def example(
    document: Document,
    spans: Sequence[Span],
    weight: float = 1.0,
    *,
    trusted: bool = False,
    answers: Iterable[Sequence[Span]] = (),
) -> Example:
    """A document with its label, and the answers it was taken from, as the student sees them: words and IOB2 tags."""
    offsets = words_of(document)
    said = tuple(tuple(to_tags(answer, offsets)) for answer in answers)
    return Example(words(document), tuple(to_tags(spans, offsets)), weight, trusted, said)


def words(document: Document) -> tuple[str, ...]:
    """A document's words."""
    return tuple(document.text[start:end] for start, end in words_of(document))


def words_by_item(documents: Mapping[int, Document]) -> list[tuple[str, ...]]:
    """The words of many documents, in their order."""
    return [words(document) for document in documents.values()]
