"""Sentences that a model writes: what is asked, and what is read out of its answer."""

from __future__ import annotations

import json
from string import Template

import pytest

from llmaaa_tui.annotators.contracts import Demonstration, RawAnswer, Request
from llmaaa_tui.annotators.formats_readers import reader_for
from llmaaa_tui.annotators.generation import EMPTY, MALFORMED, NAMELESS, SentencesReader, Writing
from llmaaa_tui.annotators.generation_writer import PARTS, SentenceWriter
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.document import Document, Labels, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.resources import data_root

LABELS = LabelSet.of(("PER", "LOC"))
SHOWN = Demonstration(
    1, Document("Ada saw Ada in Oslo ."), Labels((Span(0, 3, "PER"), Span(8, 11, "PER"), Span(15, 19, "LOC")))
)


def writer(provider: str = "openai", model: str = "gpt-4o") -> SentenceWriter:
    prompt = Prompt("ner", LABELS, language="Swahili", guidance="Titles are no part of a name.")
    return SentenceWriter(provider, provider, model, prompt, traits(provider, model), {})


def read(said: object, finish: str = "stop") -> Writing:
    text = said if isinstance(said, str) else json.dumps(said)
    return SentencesReader(LABELS).sentences(_answer(text, finish), writer().plan(1, 2, 0))


def _answer(text: str, finish: str = "stop") -> RawAnswer:
    choice = {"message": {"content": text}, "finish_reason": finish}
    return RawAnswer(200, {}, json.dumps({"choices": [choice]}).encode(), 0.1)


def texts(writing: Writing) -> list[tuple[str, list[str]]]:
    return [
        (
            one.document.text,
            [f"{s.span.label} {one.document.text[s.span.start : s.span.end]}" for s in one.answer.spans],
        )
        for one in writing.sentences
    ]


def test_a_request_shows_labels_guidance_and_examples_and_asks_for_so_many() -> None:
    request = writer().plan(7, 5, 3, [SHOWN])
    system, user = (message["content"] for message in request.body["messages"])
    for part in ("Language: Swahili", "- PER: person", "Titles are no part of a name.", "Answer format: sentences"):
        assert part in system
    assert system.endswith('Examples:\n{"text":"Ada saw Ada in Oslo .","names":["PER: Ada","PER 2: Ada","LOC: Oslo"]}')
    assert user == "Batch 7: write 5 new sentences, numbered from 1."
    assert "Examples" not in writer().plan(7, 5, 3).body["messages"][0]["content"]
    assert len(request.body["response_format"]["json_schema"]["schema"]["required"]) == 5
    assert request.items == ()


def test_every_request_is_its_own_question_and_the_same_one_when_planned_again() -> None:
    keys = [writer().plan(batch, 5, sample).key for batch in (1, 2) for sample in (0, 1)]
    assert len(set(keys)) == 4
    assert writer().plan(1, 5, 0).key == keys[0]
    claude = [writer("anthropic", "claude-haiku-5").plan(1, 5, sample) for sample in (0, 1)]
    assert claude[0].body == claude[1].body, "this wire has no seed"
    assert claude[0].key != claude[1].key


def test_sentences_are_read_with_names_that_stand_in_them() -> None:
    found = read(
        {
            "2": {"text": "Nobody came .", "names": []},
            "1": {"text": " Ada met\nAda in Oslo . ", "names": ["PER: Ada", "PER 2: Ada", "place: Oslo", "LOC: Oslo"]},
        }
    )
    assert texts(found) == [("Ada met Ada in Oslo .", ["PER Ada", "PER Ada", "LOC Oslo"]), ("Nobody came .", [])]
    assert [one.answer.state for one in found.sentences] == [State.LABELLED, State.EMPTY]
    assert found.names == 1
    assert not found.dropped


def test_what_cannot_be_used_is_counted_and_no_failure_becomes_a_sentence_without_names() -> None:
    found = read(
        {
            "1": {"text": "Ada slept .", "names": ["PER: Boris"]},
            "2": {"text": "  ", "names": []},
            "3": {"text": "Ada slept well .", "names": "PER: Ada"},
            "4": {"names": ["PER: Ada"]},
            "5": {"text": "Ada rose .", "names": ["PER: Ada", "LOC: Turin"]},
        }
    )
    assert texts(found) == [("Ada rose .", ["PER Ada"])]
    assert found.dropped == {NAMELESS: 1, EMPTY: 1, MALFORMED: 2}
    assert found.names == 1


def test_other_shapes_of_the_same_answer_are_read_too() -> None:
    rows = [{"text": "Ada rose .", "names": ["PER: Ada"]}]
    for said in ({"sentences": rows}, rows, f"Here they are:\n```json\n{json.dumps({'1': rows[0]})}\n```"):
        assert texts(read(said)) == [("Ada rose .", ["PER Ada"])]


def test_a_cut_off_answer_gives_what_it_holds_in_full() -> None:
    cut = '{"1":{"text":"Ada rose .","names":["PER: Ada"]},"2":{"text":"Boris ro'
    assert texts(read(cut, "length")) == [("Ada rose .", ["PER Ada"])]
    nothing = read('{"1":{"text":"Ada ro', "length")
    assert (nothing.sentences, nothing.failure) == ((), Failure.CUT_OFF)


@pytest.mark.parametrize(("said", "failure"), [("no", Failure.NOT_JSON), ({}, Failure.SCHEMA), ("", Failure.NO_ANSWER)])
def test_an_answer_without_sentences_says_why(said: object, failure: Failure) -> None:
    assert read(said).failure is failure


def test_stored_answers_can_be_read_again_by_their_text() -> None:
    answer = _answer(json.dumps({"1": {"text": "Ada  rose .", "names": ["PER: Ada"]}}))
    planned = writer().plan(1, 1, 0)
    request = Request(planned.key, "openai", "openai", "gpt-4o", planned.body, (5, 6), 0, 0, 0, reader=planned.reader)
    documents = {5: Document("Ada rose ."), 6: Document("Boris rose .")}
    found = reader_for(request.reader, LABELS).read(answer, request, documents)
    assert [span.span for span in found[5].spans] == [Span(0, 3, "PER")]
    assert found[6].failure is Failure.MISSING


def test_the_templates_are_explained() -> None:
    readme = (data_root() / "prompts" / "README.md").read_text("utf-8")
    for part in PARTS:
        text = (data_root() / "prompts" / "generation" / f"{part}.v1.md").read_text("utf-8")
        assert all(f"`${name}`" in readme for name in Template(text).get_identifiers())
