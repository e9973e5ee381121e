"""A simulator that is asked every probe in this very process, and what the statistics make of its answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from support import sentences

from llmaaa_tui.annotators.contracts import Bundle, PlanItem, RawAnswer, Request
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.probe_reader import Probed, read
from llmaaa_tui.annotators.probe_texts import Wordings, names_of, perturb
from llmaaa_tui.annotators.probes import NONE, OPTIONS, ROWS, Arm, ProbeQuestion, ProbeWriter
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.document import Document, Labels, Record, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.leakage import Finding, Probe
from llmaaa_tui.core.states import State
from llmaaa_tui.core.tokens import to_spans
from llmaaa_tui.evaluation import leakage
from llmaaa_tui.evaluation.aliases import names
from llmaaa_tui.evaluation.leakage import NONE_OF_THEM, Pick, Subject
from llmaaa_tui.evaluation.rouge import Likeness, liken
from llmaaa_tui.simulator.model import Model
from llmaaa_tui.simulator.openai_wire import Chat
from llmaaa_tui.simulator.server import Options, model_of

LABELS = LabelSet.of(("PER", "LOC", "ORG"))
DATASET = "CoNLL-2003"
PROFILE = "gpt-4-turbo"
CHAT = Chat()
Item = tuple[Document, Labels]


def gold(count: int, seed: int) -> list[Item]:
    found = []
    for row in sentences(count, seed):
        text, tokens = from_words(row["tokens"])
        found.append((Document(text, tokens), Labels(to_spans(row["tags"], tokens))))
    return found


def model(items: Sequence[Item], memorised: float, seed: int, profile: str = PROFILE, dataset: str = DATASET) -> Model:
    options = Options([Path("gold.jsonl")], memorised=memorised, dataset=dataset)
    return model_of(options, [Record(*one) for one in items], profile, seed)


def answer(asked: Model, request: Request) -> RawAnswer:
    """What this model answers to the body of a request."""
    question = CHAT.question(dict(request.body))
    reply = asked.reply(question, asked.asked(question), request.sample)
    return RawAnswer(200, {}, json.dumps(CHAT.envelope(request.body, asked.name, reply, "0")).encode(), 0.1)


@dataclass(frozen=True)
class Plan:
    """Every probe of the first `n` items of a file, planned once for whatever model is asked."""

    items: Sequence[Item]
    n: int
    control: Sequence[Document]
    profile: str = PROFILE

    @cached_property
    def writer(self) -> ProbeWriter:
        return ProbeWriter("simulator", "s", f"simulated-{self.profile}", self.prompt, self.traits, {}, DATASET, "test")

    @cached_property
    def annotator(self) -> LlmAnnotator:
        return LlmAnnotator("a", "simulator", "s", f"simulated-{self.profile}", self.prompt, self.traits, {})

    prompt = Prompt("ner", LABELS)
    traits = traits("simulator", "simulated-gpt-4-turbo")

    @cached_property
    def questions(self) -> Mapping[tuple[Probe, Arm], list[ProbeQuestion]]:
        write = self.writer
        wordings = Wordings.of((document.text for document, _ in self.items), names_of(self.items))
        found: dict[tuple[Probe, Arm], list[ProbeQuestion]] = {}
        for place, (document, labels) in enumerate(self.items[: self.n]):
            rows = [self.items[(place + step) % len(self.items)] for step in range(ROWS + 1)]
            for asked in (
                write.source(document, place),
                write.continuation(document, place, guided=True),
                write.continuation(document, place, guided=False),
                write.quiz(document, place, wordings, 1, labels=labels),
                write.quiz(document, place, wordings, 1, labels=labels, bias=True),
                write.label_order(rows[:ROWS], rows[ROWS][1], place),
            ):
                assert asked is not None
                found.setdefault((asked.probe, asked.arm), []).append(asked)
        found[Probe.SOURCE, Arm.CONTROL] = [write.source(document) for document in self.control]
        return found

    @cached_property
    def pairs(self) -> list[tuple[Request, Item, Request, Item]]:
        """Items that have names, as they are and with others, and the requests that ask for their labels."""
        names_known = names_of(self.items)
        found: list[tuple[Request, Item, Request, Item]] = []
        for item in self.items:
            other = perturb(*item, names_known, 1)
            if other is not None and len(found) < self.n:
                first, second = (
                    self.annotator.plan([Bundle((PlanItem(number, one[0]),))])[0]
                    for number, one in enumerate((item, other))
                )
                found.append((first, item, second, other))
        return found

    def findings(self, asked: Model, seed: int, resamples: int = 2000) -> list[Finding]:
        """All five, corrected by Holm."""
        about, said = Subject("s", DATASET, "simulated"), {key: self._read(asked, key) for key in self.questions}

        def likeness(arm: Arm) -> list[list[Likeness | None]]:
            key = Probe.CONTINUATION, arm
            return [
                [liken(one.text, question.wanted)] for question, one in zip(self.questions[key], said[key], strict=True)
            ]

        def named(arm: Arm) -> list[list[float | None]]:
            return [[float(names(one.text, DATASET))] for one in said[Probe.SOURCE, arm]]

        right = [OPTIONS.index(question.wanted) for question in self.questions[Probe.QUIZ, Arm.DATASET]]
        picks = zip(said[Probe.QUIZ, Arm.DATASET], right, strict=True)
        orders = self.questions[Probe.LABEL_ORDER, Arm.DATASET]
        counted = [
            (self._counts(asked, first, item), self._counts(asked, second, other))
            for first, item, second, other in self.pairs
        ]
        return leakage.holm(
            [
                leakage.source(about, named(Arm.DATASET), named(Arm.CONTROL)),
                leakage.continuation(
                    about, likeness(Arm.GUIDED), likeness(Arm.GENERAL), seed=seed, resamples=resamples
                ),
                leakage.quiz(
                    about,
                    [[Pick(_place(one), place)] for one, place in picks],
                    [[_place(one)] for one in said[Probe.QUIZ, Arm.BIAS]],
                ),
                leakage.label_order(
                    about,
                    [[one.labels] for one in said[Probe.LABEL_ORDER, Arm.DATASET]],
                    [question.labels for question in orders],
                    seed=seed,
                    resamples=resamples,
                ),
                leakage.perturbed(
                    about, [one for one, _ in counted], [other for _, other in counted], seed=seed, resamples=resamples
                ),
            ]
        )

    def _read(self, asked: Model, key: tuple[Probe, Arm]) -> list[Probed]:
        return [read(answer(asked, one.request), one, LABELS) for one in self.questions[key]]

    def _counts(self, asked: Model, request: Request, item: Item) -> tuple[int, int, int] | None:
        document, labels = item
        (number,) = request.items
        found = self.annotator.read(answer(asked, request), request, {number: document})[number]
        if found.state is State.FAILED:
            return None
        said = set(found.labels.spans)
        return len(said & set(labels.spans)), len(said), len(labels.spans)


def _place(said: Probed) -> int:
    return NONE_OF_THEM if said.choice in ("", NONE) else OPTIONS.index(said.choice)


def flagged(findings: Iterable[Finding]) -> set[Probe]:
    """The probes that are evidence."""
    return {one.probe for one in findings if one.verdict == "evidence"}
