"""Which questions the leakage probes put: items drawn by the project's seed, each question with what its answer is held
against. Asks nobody, writes nothing.

Source: LLMs in the Loop (arXiv 2404.02261), data leakage; see `annotators.probes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..annotators.contracts import Bundle, Demonstration, PlanItem, Request
from ..annotators.probe_texts import Wordings, names_of, perturb
from ..annotators.probes import ROWS, Arm, ProbeQuestion, ProbeWriter
from ..config import Settings
from ..core.document import NOTHING, Document, Labels
from ..core.leakage import Probe
from ..core.seeds import generator
from ..core.states import Role
from ..core.tasks import get
from ..errors import SettingsError
from ..formats.tasks import of as files_of
from ..store import items
from ..store.database import Store
from ..store.leakage_rows import ProbeRow
from .annotator import AnnotatorKit

SPLITS = (Role.TEST, Role.DEV, Role.META, Role.POOL)
CHANGED = "changed"
"""The arm of `perturbed` with other names; the one as it is, is "dataset"."""
_PUBLISHED = {Role.TEST: "test", Role.DEV: "dev"}
_UNNAMED = "unnamed"
"""Stands for the name of texts that have none, in the one question that never shows it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks to be probed.

    Attributes:
        probes: in the order of `Probe`.
        split: whose items.
        n: items a probe, at most.
        repeats: answers a question.
    """

    probes: tuple[Probe, ...] = tuple(Probe)
    split: Role = Role.TEST
    n: int = 100
    repeats: int = 1

    def as_json(self) -> dict[str, Any]:
        """As an errand's arguments."""
        return {"probes": list(self.probes), "split": self.split, "n": self.n, "repeats": self.repeats}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Wanted:
        """From such arguments."""
        return cls(tuple(map(Probe, given["probes"])), Role(given["split"]), given["n"], given["repeats"])


@dataclass(frozen=True, slots=True)
class Put:
    """One question: as it is noted, and as it is sent."""

    row: ProbeRow
    request: Request


@dataclass
class Plan:
    """All questions, those about one item together, and which probes cannot be asked, each with why."""

    puts: list[Put] = field(default_factory=list)
    refused: dict[Probe, str] = field(default_factory=dict)


def published(settings: Settings, role: Role) -> str:
    """What the authors of the dataset call the split that these items are of."""
    return settings.leakage.split or _PUBLISHED.get(role, "train")


def writer_of(settings: Settings, kit: AnnotatorKit, role: Role) -> ProbeWriter:
    """What writes the questions about items of a role."""
    assert kit.prober is not None
    return kit.prober(settings.leakage.dataset or _UNNAMED, published(settings, role))


def control_texts(store: Store, settings: Settings, folder: Path) -> list[Document]:
    """The texts of `leakage.control`, each once and none that the project has; [] where there is no file.

    Raises:
        InputError: the file cannot be used.
        SettingsError: it has no text of its own.
    """
    if not settings.leakage.control:
        return []
    path = folder / settings.leakage.control
    known = {row["sha256"] for row in store.rows("SELECT sha256 FROM document")}
    read = files_of(settings.project.task).read(path)
    found = {one.document.sha256: one.document for one in read.records if one.document.sha256 not in known}
    if not found:
        raise SettingsError(f"leakage.control: {path} holds no text that is not in this project too; give others")
    return list(found.values())


class Planner:
    """Plans the questions of an errand.

    Args:
        folder: of the project, for the file of control texts.

    Raises:
        InputError: the file of control texts cannot be used.
        SettingsError: it has no text of its own, or the model refuses a parameter.
    """

    def __init__(self, store: Store, settings: Settings, kit: AnnotatorKit, wanted: Wanted, folder: Path) -> None:
        self._store, self._settings, self._kit, self._wanted = store, settings, kit, wanted
        self._seed = settings.project.seed
        self._unit = get(settings.project.task).unit
        self._writer = writer_of(settings, kit, wanted.split)
        self._ids = items.sendable(store, wanted.split)
        self._texts = items.documents(store, self._ids)
        # The hidden gold of the pool is for evaluation alone, and no question may show it.
        self._gold = {} if wanted.split is Role.POOL else items.gold_of(store, self._ids)
        self._control = control_texts(store, settings, folder)
        generator(self._seed, 0, "leakage control").shuffle(self._control)

    def plan(self) -> Plan:
        """The questions, and why some probes have none."""
        made = Plan()
        asked: list[tuple[int, int, Put]] = []
        for place, probe in enumerate(self._wanted.probes):
            why = self._refusal(probe)
            groups = [] if why else self._questions(probe)
            if not groups:
                made.refused[probe] = why or self._nothing(probe)
            asked += [(number, place, put) for number, group in enumerate(groups) for put in group]
        # By item, so that where the budget ends early no probe is left without its control.
        asked.sort(key=lambda one: (one[2].row.repeat, one[0], one[1]))
        made.puts = [put for _, _, put in asked]
        return made

    def _refusal(self, probe: Probe) -> str:
        if not self._ids:
            return f"no {self._unit} of {self._wanted.split} may be sent"
        if probe not in (Probe.CONTINUATION, Probe.PERTURBED) and not self._settings.leakage.dataset:
            return "needs the name the texts were published under: leakage.dataset, or --dataset NAME"
        if probe in (Probe.LABEL_ORDER, Probe.PERTURBED) and self._wanted.split is Role.POOL:
            return "needs gold, and that of the pool is hidden: choose another --split"
        return ""

    def _nothing(self, probe: Probe) -> str:
        return {
            Probe.CONTINUATION: f"no {self._unit} is long enough to be cut in two",
            Probe.QUIZ: f"no {self._unit} has words that others could stand for",
            Probe.LABEL_ORDER: f"no {self._unit} of this split has {ROWS} others before it in its file",
            Probe.PERTURBED: f"no {self._unit} has names that others could stand for",
        }.get(probe, "there is nothing to ask about")

    def _questions(self, probe: Probe) -> list[list[Put]]:
        """The questions of a probe about each of its items (or control texts), all repeats."""
        if probe is Probe.LABEL_ORDER:
            return self._drawn(self._label_order, self._texts)
        if probe is Probe.PERTURBED:
            return self._drawn(self._perturbed, self._texts)
        found = self._drawn({Probe.SOURCE: self._source, Probe.QUIZ: self._quiz}.get(probe, self._finish))
        named = bool(self._settings.leakage.dataset)
        if found and not (probe is Probe.CONTINUATION and named):  # the general arm is its control
            beside: list[list[Put]] = []
            for document in self._control:
                group = self._of_control(probe, document)
                if group:
                    beside.append(group)
                if len(beside) == self._wanted.n:
                    break
            found = [[*one, *other] for one, other in zip_longest(found, beside, fillvalue=())]
        return found

    def _drawn(self, ask: Callable[[int, int], list[Put]], of: Iterable[int] | None = None) -> list[list[Put]]:
        """`n` items that can be asked about, as they are drawn: with a text of their own, or `of` these."""
        ids = sorted(of if of is not None else {self._texts[one].sha256: one for one in reversed(self._ids)}.values())
        generator(self._seed, 0, "leakage items").shuffle(ids)  # the same for all probes: fewer texts go out
        found: list[list[Put]] = []
        for item in ids:
            group = [put for repeat in range(self._wanted.repeats) for put in ask(item, repeat)]
            if group:
                found.append(group)
            if len(found) == self._wanted.n:
                break
        return found

    def _source(self, item: int, repeat: int) -> list[Put]:
        return self._of([self._writer.source(self._texts[item], item, repeat)], item, repeat)

    def _finish(self, item: int, repeat: int) -> list[Put]:
        return continuations(self._settings, self._kit, self._writer, self._texts[item], item, repeat)

    def _quiz(self, item: int, repeat: int) -> list[Put]:
        document, labels = self._texts[item], self._gold.get(item, NOTHING)
        asked = [
            self._writer.quiz(document, item, self._wordings, self._seed, repeat, labels=labels, bias=bias)
            for bias in (False, True)
        ]
        return self._of(asked, item, repeat) if all(asked) else []

    def _of_control(self, probe: Probe, document: Document) -> list[Put]:
        found: list[Put] = []
        for repeat in range(self._wanted.repeats):
            match probe:
                case Probe.SOURCE:
                    question: ProbeQuestion | None = self._writer.source(document, None, repeat)
                case Probe.QUIZ:
                    question = self._writer.quiz(document, None, self._wordings, self._seed, repeat)
                case _:
                    question = self._writer.continuation(document, None, repeat, guided=False)
            found += self._of([question], document.sha256, repeat, Arm.CONTROL)
        return found

    def _label_order(self, item: int, repeat: int) -> list[Put]:
        rows = self._before.get(item)
        if rows is None or item not in self._gold:
            return []
        return self._of([self._writer.label_order(rows, self._gold[item], item, repeat)], item, repeat)

    def _perturbed(self, item: int, repeat: int) -> list[Put]:
        if item not in self._gold:
            return []
        as_it_is = self._texts[item], self._gold[item]
        other = perturb(*as_it_is, self._names, self._seed)
        if other is None:
            return []
        assert self._kit.annotator is not None
        found = []
        for arm, (document, labels) in ((str(Arm.DATASET), as_it_is), (CHANGED, other)):
            bundle = Bundle((PlanItem(item, document),), self._shown(item))
            (request,) = self._kit.annotator.plan([bundle], sample=repeat)
            held = {
                "text": document.text,
                "tokens": document.tokens,
                "spans": [[one.start, one.end, one.label] for one in labels.spans],
            }
            found.append(Put(self._row(Probe.PERTURBED, arm, item, repeat, request.key, held), request))
        return found

    def _shown(self, item: int) -> tuple[Demonstration, ...]:
        """Demonstrations with a sentence, the same for both of its forms, itself not among them."""
        annotator = self._settings.annotator
        own = self._texts[item].text
        others = [one for one in self._demonstrations if one.document.text != own]
        k = 0 if annotator.retrieval == "none" else min(annotator.k, len(others))
        return tuple(generator(self._seed, 0, "leakage demonstrations", item).sample(others, k))

    @cached_property
    def _demonstrations(self) -> list[Demonstration]:
        ids = items.sendable(self._store, Role.DEMONSTRATION)
        documents, gold = items.documents(self._store, ids), items.gold_of(self._store, ids)
        return [Demonstration(item, documents[item], gold[item]) for item in ids]

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        return names_of((self._texts[item], labels) for item, labels in self._gold.items())

    @cached_property
    def _wordings(self) -> Wordings:
        texts = [one.text for one in (*self._texts.values(), *self._control)]
        return Wordings.of(texts, self._names)

    @cached_property
    def _before(self) -> dict[int, list[tuple[Document, Labels]]]:
        """Of each item that has them the rows before it in the file it was read from, whatever they serve for now."""
        gold: dict[int, Labels] = {}
        for role in (Role.TEST, Role.DEV, Role.META, Role.DEMONSTRATION):
            gold.update(items.gold_of(self._store, items.items_of(self._store, role)))
        files: dict[str, list[tuple[int, int, Document]]] = defaultdict(list)
        for item, document in items.documents(self._store, sorted(gold)).items():
            files[document.file].append((document.line, item, document))
        found = {}
        for rows in files.values():
            # In paper mode one row may serve for several roles.
            rows.sort(key=lambda row: row[1] in self._texts)
            once = {(line, document.name, document.sha256, document.pair): item for line, item, document in rows}
            kept = sorted((row for row in rows if row[1] in set(once.values())), key=lambda row: row[:2])
            for place in range(ROWS, len(kept)):
                before = kept[place - ROWS : place]
                if not any(document.never_send for _, _, document in before):
                    found[kept[place][1]] = [(document, gold[item]) for _, item, document in before]
        return found

    def _of(
        self, asked: Sequence[ProbeQuestion | None], subject: int | str, repeat: int, arm: Arm | None = None
    ) -> list[Put]:
        return [
            Put(self._row(one.probe, arm or one.arm, subject, repeat, one.request.key, held_of(one)), one.request)
            for one in asked
            if one is not None
        ]

    def _row(self, probe: Probe, arm: str, subject: int | str, repeat: int, key: str, held: dict[str, Any]) -> ProbeRow:
        return ProbeRow(self._kit.name, self._settings.leakage.dataset, probe, arm, subject, repeat, key, held)


def continuations(
    settings: Settings,
    kit: AnnotatorKit,
    writer: ProbeWriter,
    document: Document,
    item: int,
    repeat: int = 0,
    number: int | None = None,
) -> list[Put]:
    """The continuation of one item, guided and general; general alone where the texts have no published name.

    [] where the text is too short. `number` is the round whose selection it is of.
    """
    found = []
    dataset = settings.leakage.dataset
    for guided in (True, False) if dataset else (False,):
        one = writer.continuation(document, item, repeat, guided=guided)
        if one is None:
            return []
        row = ProbeRow(kit.name, dataset, one.probe, one.arm, item, repeat, one.request.key, held_of(one), number)
        found.append(Put(row, one.request))
    return found


def held_of(question: ProbeQuestion) -> dict[str, Any]:
    """What an answer to it is held against, as JSON values."""
    return {
        "shown": question.shown,
        "wanted": question.wanted,
        "labels": question.labels,
        "unordered": question.unordered,
    }
