"""What every step of the worker has at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config import Settings
from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.schedule import Plan
from ..core.states import PHASES, Phase, Role
from ..core.tasks import Task, get
from ..paths import ProjectPaths
from ..store import items, rounds, runs
from ..store.database import Store
from ..store.items import ProjectRow
from ..store.lease import Lease
from ..store.ledger import LedgerStore
from ..student import tasks as student_tasks
from ..student.examples import Example, Text
from ..student.settings import StudentSettings
from ..student.tasks import StudentTask
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

    @property
    def task(self) -> Task:
        """What is labelled."""
        return get(self.project.task)

    @property
    def learner(self) -> StudentTask:
        """How the student reads and answers what is labelled."""
        return student_tasks.of(self.project.task)

    def gold(self, role: Role) -> Gold:
        """The items of a gold role, in order of import."""
        ids = items.items_of(self.store, role)
        documents, labels = items.documents(self.store, ids), items.gold_of(self.store, ids)
        return Gold(
            list(documents.values()),
            [labels[item] for item in ids],
            [self.example(documents[item], labels[item]) for item in ids],
        )

    def example(
        self,
        document: Document,
        labels: Labels,
        weight: float = 1.0,
        *,
        trusted: bool = False,
        answers: Iterable[Labels] = (),
    ) -> Example:
        """An item with its label, and the answers it was taken from, as the student sees them."""
        learner = self.learner
        said = tuple(learner.targets(document, answer, self.labels) for answer in answers)
        return Example(learner.text(document), learner.targets(document, labels, self.labels), weight, trusted, said)

    def texts(self, documents: Mapping[int, Document]) -> list[Text]:
        """Many items as the student reads them, in their order."""
        learner = self.learner
        return [learner.text(document) for document in documents.values()]


@dataclass(frozen=True, slots=True)
class Gold:
    """Items of a gold role: what they are, what is true of them, and both as the student sees it."""

    documents: list[Document]
    labels: list[Labels]
    examples: list[Example]
