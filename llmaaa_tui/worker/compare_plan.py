"""What a comparison asks: the requests of each contender about one sample, and what they can cost. Asks nobody."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..acquisition.bundle import bundles
from ..acquisition.contracts import EMBEDDINGS
from ..acquisition.retrieve import retriever
from ..acquisition.vectors import unit_rows
from ..annotators.contracts import Bundle, PlanItem, Request, Usage
from ..annotators.tokens import count
from ..annotators.wires import WIRES
from ..config import Settings
from ..consent import remote_host
from ..core.copies import CopyFinder
from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.money import format_usd
from ..core.seeds import derive
from ..core.states import Role
from ..core.tasks import get
from ..errors import SettingsError
from ..paths import ProjectPaths
from ..store import items
from ..store.database import Store
from ..store.ledger import LedgerStore
from ..student.settings import StudentSettings
from .asking import Group, demonstrations
from .compare_sample import DRAWS, RANDOM, SPLITS, sample_of
from .contenders import Chosen, chosen

SAMPLE, REPEATS = 50, 3
"""As the paper's number of sentences; it asks 10 times."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a comparison was asked for, as its job says it.

    Attributes:
        others: of each contender beside the project's own annotator, the settings that differ.
        sample: how many items; repeats: answers of each.
        draw, split: see `compare_sample`.
    """

    others: tuple[str, ...] = ()
    sample: int = SAMPLE
    draw: str = RANDOM
    repeats: int = REPEATS
    split: str = Role.DEV

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Wanted:
        """From the arguments of a job; what they leave out is as usual.

        Raises:
            SettingsError: a value is none that can be measured by.
        """
        one = cls(
            tuple(said.get("with", ())),
            int(said.get("sample", SAMPLE)),
            str(said.get("draw", RANDOM)),
            int(said.get("repeats", REPEATS)),
            str(said.get("split", Role.DEV)),
        )
        if one.sample < 1 or one.repeats < 1:
            raise SettingsError("--sample and --repeats: are 1 at least")
        if one.draw not in DRAWS or one.split not in SPLITS:
            raise SettingsError(f"--draw is one of {', '.join(DRAWS)}, --split one of {', '.join(SPLITS)}")
        return one


@dataclass(frozen=True, slots=True)
class Plan:
    """One contender and all it is asked.

    Attributes:
        who: the contender.
        groups: items that share a request, with what it shows.
        requests: of all repeats, in their order.
        open: requests that are neither paid nor held; worst_nanousd, expected_nanousd: what these can cost.
        host: where the texts go, None where they stay on this machine.
    """

    who: Chosen
    groups: tuple[Group, ...]
    requests: tuple[Request, ...]
    open: int
    worst_nanousd: int
    expected_nanousd: int
    host: str | None

    def as_json(self) -> dict[str, Any]:
        """As `llmaaa annotators DIR --estimate --json` writes it."""
        return {
            "name": self.who.name,
            "manner": self.who.manner,
            "simulated": self.who.simulated,
            "host": self.host,
            "requests": len(self.requests),
            "open": self.open,
            "expected_nanousd": self.expected_nanousd,
            "worst_nanousd": self.worst_nanousd,
        }

    @property
    def sentence(self) -> str:
        """What is to be bought of it, in words."""
        paid = len(self.requests) - self.open
        known = f", {paid:,} of them paid already" if paid else ""
        price = f"${format_usd(self.expected_nanousd, 4)} expected, ${format_usd(self.worst_nanousd, 4)} at most"
        return f"{self.who.name} ({self.who.manner}): {len(self.requests):,} requests{known}, {price}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A comparison before it is made: its items, their documents and gold, and what every contender is asked."""

    wanted: Wanted
    items: tuple[int, ...]
    documents: Mapping[int, Document]
    gold: Mapping[int, Labels]
    plans: tuple[Plan, ...]

    def notes(self, settings: Settings) -> list[str]:
        """What a person should know before anything is sent."""
        task, split = get(settings.project.task), self.wanted.split
        said = []
        if len(self.items) < self.wanted.sample:
            known = task.count(len(self.items))
            of = f"{split} that fit the paper's draw" if self.wanted.draw != RANDOM else split
            said.append(f"there are {known} of {of} to ask about, not {self.wanted.sample}: all are taken")
        hosts = sorted({plan.host for plan in self.plans if plan.host})
        if hosts:
            said.append(
                f"{task.count(len(self.items))} of {split} go to {' and '.join(hosts)}: a model that is trained on "
                f"what is sent there may know them from then on, and {split} no longer measures it"
            )
        return said

    def as_json(self, settings: Settings, free_nanousd: int) -> dict[str, Any]:
        """As `llmaaa annotators DIR --estimate --json` writes it."""
        return {
            "split": self.wanted.split,
            "draw": self.wanted.draw,
            "items": len(self.items),
            "repeats": self.wanted.repeats,
            "contenders": [plan.as_json() for plan in self.plans],
            "expected_nanousd": sum(plan.expected_nanousd for plan in self.plans),
            "worst_nanousd": sum(plan.worst_nanousd for plan in self.plans),
            "free_nanousd": free_nanousd,
            "notes": self.notes(settings),
        }

    @property
    def worst_nanousd(self) -> int:
        """What it can cost at most."""
        return sum(plan.worst_nanousd for plan in self.plans)

    @property
    def expected_nanousd(self) -> int:
        """What it probably costs: answers as long as gold's."""
        return sum(plan.expected_nanousd for plan in self.plans)


def planned(
    paths: ProjectPaths,
    settings: Settings,
    labels: LabelSet,
    store: Store,
    ledger: LedgerStore,
    student: StudentSettings,
    wanted: Wanted,
    overrides: Sequence[str],
) -> Planned:
    """Draw the sample and plan every contender's requests; the same each time, so that what is paid is found again.

    Raises:
        SettingsError: see `contenders.chosen`.
        ProjectError: see `compare_sample.sample_of`.
    """
    who = chosen(paths, settings, labels, overrides, wanted.others)
    task, seed = get(settings.project.task), settings.project.seed
    ids = sample_of(store, task, wanted.split, wanted.draw, wanted.sample, seed)
    documents, gold = items.documents(store, ids), items.gold_of(store, ids)
    plans = []
    for one in who:
        groups = groups_of(store, one.settings, documents, student)
        requests = _requests(store, one, groups, documents, wanted.repeats)
        plans.append(_priced(ledger, one, groups, requests, documents, gold))
    return Planned(wanted, tuple(ids), documents, gold, tuple(plans))


def groups_of(
    store: Store, settings: Settings, documents: Mapping[int, Document], student: StudentSettings
) -> list[Group]:
    """Items that share a request and the demonstrations it shows, as the loop would have it; of gold ones alone.

    None is an item of its own request, or a copy of one: in paper mode the sample is among the demonstrations.
    """
    annotator, task = settings.annotator, get(settings.project.task)
    asked, shown = list(documents), items.sendable(store, Role.DEMONSTRATION)
    examples = items.documents(store, shown)
    copies = {item: _copies(document, examples) for item, document in documents.items()}

    def generator(row: int) -> np.random.Generator:
        return np.random.default_rng(derive(settings.project.seed, 0, "compare demonstrations", asked[row]))

    retrieve = retriever(annotator.retrieval, generator)
    size, k = annotator.per_request, min(annotator.k, len(shown))
    spare = k + size if any(copies.values()) else k
    vectors = None
    query, rows = np.zeros((len(asked), 0), np.float32), np.zeros((len(shown), 0), np.float32)
    if EMBEDDINGS in retrieve.needs and k:
        from ..student.embed import embed  # torch: only where an encoder chooses

        both = [*documents.values(), *examples.values()]
        found = embed(
            annotator.retrieval_encoder,
            [document.text for document in both],
            settings=student,
            pairs=[document.pair for document in both],
        )
        query, rows = found[: len(asked)], found[len(asked) :]
        vectors = unit_rows(query)
    exclude = np.array([[one in copies[item] for one in shown] for item in asked], bool).reshape(len(asked), len(shown))
    near = retrieve.neighbours(query, rows, spare, exclude)
    neighbours = {item: [shown[row] for row in places] for item, places in zip(asked, near, strict=True)}
    sentences = [one.text for one in documents.values()] if task.pairs and size > 1 else None
    groups = []
    for members, together in bundles(asked, vectors, neighbours, size, spare, sentences):
        taken = set().union(*(copies[item] for item in members))
        kept = [one for one in together if one not in taken]
        groups.append(Group(members, tuple(kept[-k:] if k else ())))
    return groups


def _copies(document: Document, examples: Mapping[int, Document]) -> set[int]:
    """The demonstrations that say the same, or all but it."""
    finder = CopyFinder()
    finder.add(document.text, Role.DEV)
    return {one for one, example in examples.items() if finder.find(example.text) is not None}


def _requests(
    store: Store, who: Chosen, groups: Sequence[Group], documents: Mapping[int, Document], repeats: int
) -> tuple[Request, ...]:
    """Every repeat is a question of its own; an answer that failed is one that failed, and is not asked again."""
    assert who.kit.annotator is not None
    shown = demonstrations(store, groups)
    together = [
        Bundle(
            tuple(PlanItem(item, documents[item]) for item in group.items),
            tuple(shown[group.as_of, one] for one in group.demonstrations),
        )
        for group in groups
    ]
    return tuple(
        request for sample in range(repeats) for request in who.kit.annotator.plan(together, sample=sample, doublings=0)
    )


def _priced(
    ledger: LedgerStore,
    who: Chosen,
    groups: Sequence[Group],
    requests: Sequence[Request],
    documents: Mapping[int, Document],
    gold: Mapping[int, Labels],
) -> Plan:
    kit = who.kit
    assert kit.annotator is not None
    assert kit.rates is not None
    rates = (kit.rates.batch if kit.economy else None) or kit.rates
    full = {item: kit.annotator.answer_in_full(documents[item], labels) for item, labels in gold.items()}
    lengths = {item: count(text, kit.annotator.model, kit.annotator.provider)[0] for item, text in full.items()}
    worst, expected, left = 0, 0.0, 0
    for request in {request.key: request for request in requests}.values():
        standing = ledger.standing(request.key)
        if standing.settled or standing.at_provider:
            continue
        left += 1
        worst += kit.worst(request)
        asked = sum(count(text, request.model, request.provider)[0] for text in WIRES[request.wire].texts(request.body))
        expected += rates.cost(Usage(asked, 0, 0, sum(lengths[item] for item in request.items)))
    return Plan(who, tuple(groups), tuple(requests), left, worst, math.ceil(expected), remote_host(who.settings))
