"""A simulator that has seen a share of its gold before: what it answers to probes, over HTTP and in this process."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from simulator.probing import DATASET, LABELS, PROFILE, Item, Plan, answer, flagged, gold, model
from simulator_server import SimulatorServer
from support import llmaaa, sentences
from toy_items import RELATIONS, SEVERAL, pairs, several

from llmaaa_tui.annotators.contracts import Bundle, PlanItem
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.openai_client import OpenAIClient
from llmaaa_tui.annotators.probe_reader import Probed, read
from llmaaa_tui.annotators.probe_texts import names_of, perturb
from llmaaa_tui.annotators.probes import NONE, Arm, ProbeQuestion, ProbeWriter
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.document import Document, Record, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.leakage import Finding, Probe
from llmaaa_tui.core.states import State
from llmaaa_tui.simulator import find as finder
from llmaaa_tui.simulator.errors_model import Sentence
from llmaaa_tui.simulator.http1 import HttpError
from llmaaa_tui.simulator.model import Model
from llmaaa_tui.simulator.renamed import Renamed
from llmaaa_tui.simulator.server import Options, model_of
from llmaaa_tui.simulator.wire import Question

GOLD = gold(60, 5)
CONTROL = [document for document, _ in gold(60, 99)]


def _whoami(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/whoami", timeout=10) as who:
        return dict(json.load(who))


def plan(items: Sequence[Item] = GOLD, n: int = 40) -> Plan:
    return Plan(items, n, CONTROL[:n])


def says(asked: Model, questions: Sequence[ProbeQuestion], labels: LabelSet = LABELS) -> list[Probed]:
    return [read(answer(asked, one.request), one, labels) for one in questions]


async def test_every_probe_is_answered_over_http_from_the_body_alone() -> None:
    """With the real client: everything is memorised, and nothing."""
    made = plan()
    first = {key: questions[0] for key, questions in made.questions.items()}
    annotate, item, again, _ = made.pairs[0]
    said: dict[float, dict[tuple[Probe, Arm], Probed]] = {}
    for share in (1.0, 0.0):
        with SimulatorServer(sentences(60, 5), profile=PROFILE, memorised=share) as server:
            client = OpenAIClient(server.url, "key", 10.0)
            try:
                requests = [*(one.request for one in first.values()), annotate, again]
                answers = await asyncio.gather(*map(client.send, requests))
            finally:
                await client.close()
            told = await asyncio.to_thread(_whoami, server.anthropic_url)
            assert (told["memorised"], told["dataset"]) == (share, DATASET)
            assert server.bill()["requests"] == len(requests)
        *probes, labels, others = answers
        said[share] = {key: read(one, first[key], LABELS) for key, one in zip(first, probes, strict=True)}
        found = made.annotator.read(labels, annotate, {annotate.items[0]: item[0]})[annotate.items[0]]
        assert share == 0.0 or found.labels == item[1]
        assert made.annotator.read(others, again, {again.items[0]: made.pairs[0][3][0]})[again.items[0]]
        assert all(one.state is not State.FAILED for one in said[share].values())
    known = said[1.0]
    assert known[Probe.SOURCE, Arm.DATASET].text == DATASET
    for key in ((Probe.CONTINUATION, Arm.GUIDED), (Probe.QUIZ, Arm.DATASET), (Probe.LABEL_ORDER, Arm.DATASET)):
        one, asked = known[key], first[key]
        assert (one.text or one.choice or one.labels) == (asked.wanted or asked.labels)
    assert said[0.0][Probe.CONTINUATION, Arm.GUIDED].text != first[Probe.CONTINUATION, Arm.GUIDED].wanted


def test_a_text_that_is_known_is_named_and_any_other_is_guessed_about_alike() -> None:
    asked = model(GOLD, 0.5, 1, dataset="NewsNames")
    questions = plan(n=60).questions
    known = [asked_about for asked_about in GOLD if _knows(asked, asked_about[0].text)]
    assert 20 <= len(known) <= 40
    said = says(asked, questions[Probe.SOURCE, Arm.DATASET])
    assert [one.text == "NewsNames" for one in said] == [item in known for item in GOLD]
    control = says(asked, questions[Probe.SOURCE, Arm.CONTROL])
    assert not any(one.text == "NewsNames" for one in control)
    unknown = [one for one, item in zip(said, GOLD, strict=True) if item not in known]
    for found in (unknown, control):
        assert 0.25 < Counter(one.state for one in found)[State.EMPTY] / len(found) < 0.75
    assert [_knows(model(GOLD, 0.5, 2), one.text) for one, _ in GOLD] != [item in known for item in GOLD]


def _knows(asked: Model, text: str) -> bool:
    memory: Any = asked._simulation
    return bool(memory.memory.knows(text))


def test_memorised_texts_are_finished_word_for_word_where_the_dataset_is_named_and_seldom_without() -> None:
    asked, made = model(GOLD, 1.0, 1), plan(n=60)
    right = {}
    for arm in (Arm.GUIDED, Arm.GENERAL):
        questions = made.questions[Probe.CONTINUATION, arm]
        said = says(asked, questions)
        right[arm] = sum(one.text == question.wanted for one, question in zip(said, questions, strict=True))
        assert all(one.state is State.LABELLED for one in said)
    unique = Counter(one.shown for one in made.questions[Probe.CONTINUATION, Arm.GUIDED])
    assert right[Arm.GUIDED] >= sum(count == 1 for count in unique.values())
    assert 0 < right[Arm.GENERAL] < right[Arm.GUIDED] / 2
    nothing = says(model(GOLD, 0.0, 1), made.questions[Probe.CONTINUATION, Arm.GUIDED])
    halves = {question.wanted for question in made.questions[Probe.CONTINUATION, Arm.GUIDED]}
    assert all(one.text in halves for one in nothing), "other words are those of its other texts"


def test_the_original_is_told_from_other_wordings_and_else_any_option_is_as_good() -> None:
    made = plan(n=60)
    questions = made.questions[Probe.QUIZ, Arm.DATASET]
    assert [one.choice for one in says(model(GOLD, 1.0, 1), questions)] == [one.wanted for one in questions]
    for share, key in ((0.0, questions), (1.0, made.questions[Probe.QUIZ, Arm.BIAS])):
        assert set(Counter(one.choice for one in says(model(GOLD, share, 1), key))) == {"1", "2", "3", "4", NONE}


def test_it_knows_the_labels_of_the_next_row_of_its_file() -> None:
    questions = plan(n=50).questions[Probe.LABEL_ORDER, Arm.DATASET]
    assert [one.labels for one in says(model(GOLD, 1.0, 1), questions)] == [one.labels for one in questions]
    right = [
        one.labels == question.labels
        for one, question in zip(says(model(GOLD, 0.0, 1), questions), questions, strict=True)
    ]
    assert 0 < sum(right) < 25


@pytest.mark.parametrize(
    ("task", "labels", "items"), [("relation", RELATIONS, pairs(12)), ("multilabel", SEVERAL, several(12))]
)
def test_rows_of_other_tasks_are_known_too(task: str, labels: LabelSet, items: list[Item]) -> None:
    options = Options([Path("gold.jsonl")], task=task, memorised=1.0)
    asked = model_of(options, [Record(*one) for one in items], PROFILE, 1)
    like = traits("simulator", asked.name)
    writer = ProbeWriter("simulator", "s", asked.name, Prompt(task, labels), like, {}, DATASET, "test")
    orders = [writer.label_order(items[at : at + 3], items[at + 3][1], at) for at in range(9)]
    assert [one.labels or () for one in says(asked, orders, labels)] == [one.labels for one in orders]
    sources = [writer.source(document, 1) for document, _ in items]
    assert {one.text for one in says(asked, sources, labels)} == {DATASET}
    annotator = LlmAnnotator("a", "simulator", "s", asked.name, Prompt(task, labels), like, {})
    documents = {number: document for number, (document, _) in enumerate(items)}
    request = annotator.plan([Bundle(tuple(PlanItem(*one) for one in documents.items()))])[0]
    found = annotator.read(answer(asked, request), request, documents)
    assert [found[number].labels for number in documents] == [one for _, one in items]


def test_memorised_sentences_are_annotated_exactly_and_the_same_with_other_names_as_ever() -> None:
    usual, knows = model(GOLD, 0.0, 3), model(GOLD, 0.5, 3)
    made, gained = plan(n=60), 0
    for first, item, second, other in made.pairs:
        exact = answer(knows, first)
        if _knows(knows, item[0].text):
            number = first.items[0]
            assert made.annotator.read(exact, first, {number: item[0]})[number].labels == item[1]
            gained += exact.body != answer(usual, first).body
        else:
            assert exact.body == answer(usual, first).body
        assert not _knows(knows, other[0].text)
        assert answer(knows, second).body == answer(usual, second).body
    assert gained > 3


def test_several_sentences_of_one_request_are_recalled_each_for_itself() -> None:
    items = tuple(PlanItem(number, document) for number, (document, _) in enumerate(GOLD))
    request = plan().annotator.plan([Bundle(items)])[0]
    documents = {number: document for number, (document, _) in enumerate(GOLD)}
    asked = model(GOLD, 0.5, 3)
    read_back = plan().annotator.read(answer(asked, request), request, documents)
    right = {number: read_back[number].labels == labels for number, (_, labels) in enumerate(GOLD)}
    assert all(right[number] for number, (document, _) in enumerate(GOLD) if _knows(asked, document.text))
    assert not all(right.values())


def test_a_sentence_with_other_names_of_the_gold_is_known_again_with_them() -> None:
    known = Renamed([Sentence(document, labels.spans) for document, labels in GOLD])
    names = names_of(GOLD)
    changed = [other for item in GOLD if (other := perturb(*item, names, 1)) is not None]
    assert len(changed) > 30
    for document, labels in changed:
        found = known.of(document.text)
        assert found is not None
        assert found.spans == labels.spans
        assert found.document.tokens == document.tokens


def test_words_without_spaces_stay_words_under_other_names() -> None:
    text = "陈栋梁生于北京。"
    document = Document(text, tuple((place, place + 1) for place in range(len(text))))
    one = Sentence(document, (Span(0, 3, "PER"), Span(5, 7, "LOC")))
    other = Sentence(Document("袁湛在南昌。"), (Span(0, 2, "PER"), Span(3, 5, "LOC")))
    found = Renamed([one, other]).of("袁湛生于南昌。")
    assert found is not None
    assert found.spans == (Span(0, 2, "PER"), Span(4, 6, "LOC"))
    assert found.word_texts == list("袁湛生于南昌。")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Oslo Lisbon fell .", None),
        ("Oslo Ada fell .", ["Oslo", "Ada"]),
        ("Oslo Ada Novak fell .", ["Oslo", "Ada Novak"]),
        ("Turin", ["Turin"]),
        ("Gent Ada fell .", None),
        ("Oslo Ada fell yesterday .", None),
        ("OsloAda fell.", ["Oslo", "Ada"]),
    ],
)
def test_names_must_be_of_the_label_that_stands_there(text: str, names: list[str] | None) -> None:
    sentences = [
        Sentence(Document("Turin Bo fell ."), (Span(0, 5, "LOC"), Span(6, 8, "PER"))),
        Sentence(Document("Oslo"), (Span(0, 4, "LOC"),)),
        Sentence(Document("Ada met Ada Novak ."), (Span(0, 3, "PER"), Span(8, 17, "PER"))),
        Sentence(Document("Lisbon grew ."), (Span(0, 6, "LOC"),)),
        Sentence(Document("It rained ."), ()),
    ]
    found = Renamed(sentences).of(text)
    assert (found and [found.text[span.start : span.end] for span in found.spans]) == names


def test_a_text_of_no_gold_is_still_refused_outside_a_probe() -> None:
    asked = model(GOLD, 0.5, 1)
    system = "Answer format: compact"
    question = Question(asked.name, system, '1: "Nobody wrote this ."', (system,))
    with pytest.raises(HttpError, match="has no gold for this text"):
        asked.asked(question)


def test_ensure_starts_another_where_the_memory_is_another(tmp_path: Path, nested: Path) -> None:
    state = tmp_path / "state.db"
    try:
        pids = []
        for memory in ({}, {"memorised": 0.5}, {"memorised": 0.5}, {"memorised": 0.5, "dataset": "WNUT"}):
            told = _whoami(finder.ensure([nested], state, "exact", 4, **memory).removesuffix("/v1"))
            assert (told["memorised"], told["dataset"]) == (memory.get("memorised", 0), memory.get("dataset", DATASET))
            pids.append(told["pid"])
        assert pids[1] == pids[2]
        assert len(set(pids)) == 3
    finally:
        finder.stop(state)


def test_a_share_above_one_is_refused_in_one_sentence(gold: Path) -> None:
    done = llmaaa("simulator", "--gold", gold, "--memorised", "1.5")
    assert done.returncode == 2
    assert "--memorised" in done.stderr


FILE = gold(200, 5)
OTHERS = [document for document, _ in gold(100, 99)]
EVERY = set(Probe)


def test_half_a_set_memorised_is_evidence_by_every_probe_and_nothing_memorised_is_none() -> None:
    """Five probes of 100 items each, Holm-corrected p below .01."""
    made = Plan(FILE, 100, OTHERS)
    assert flagged(made.findings(model(FILE, 0.5, 1), 1)) == EVERY
    short = Plan(FILE, 30, OTHERS[:30])
    assert sum(bool(flagged(short.findings(model(FILE, 0.0, seed), seed, 1000))) for seed in range(10)) <= 1


@pytest.mark.long
@pytest.mark.parametrize("share", [0.5, 0.0])
def test_of_200_simulators_those_that_remember_are_found_and_at_most_six_others(share: float) -> None:
    made = Plan(FILE, 100, OTHERS)
    found: list[list[Finding]] = [made.findings(model(FILE, share, seed), seed) for seed in range(200)]
    assert all(one.n >= 90 for findings in found for one in findings)
    if share:
        by_probe = Counter(probe for findings in found for probe in flagged(findings))
        assert all(by_probe[probe] >= 180 for probe in EVERY)
        assert all(flagged(findings) for findings in found)
    else:
        assert sum(bool(flagged(findings)) for findings in found) <= 6
