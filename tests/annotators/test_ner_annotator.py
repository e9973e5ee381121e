"""The named-entity annotator: requests are named by content, answers are labelled, empty or failed."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.annotators.contracts import Bundle, Demonstration, PlanItem, RawAnswer, Request
from llmaaa_tui.annotators.formats_readers import reader_for
from llmaaa_tui.annotators.llm import LINE_CAP, OUTPUT_CAP, LlmAnnotator
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import NOTHING, Document, Labels, Span, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.errors import SettingsError

LABELS = LabelSet.of(("PER", "LOC"), {"LOC": "place name"})
TEXT = "Rais Samia alifika Dodoma na Samia"
DOCUMENT = Document(TEXT)
OTHER = Document("Ali yuko Nairobi")
DEMONSTRATIONS = (
    Demonstration(1, Document("Hakuna"), NOTHING),
    Demonstration(2, Document("Rehema wa Mwanza"), Labels((Span(0, 6, "PER"), Span(10, 16, "LOC")))),
)


def annotator(provider: str = "openai", model: str = "gpt-4o", **changes: Any) -> LlmAnnotator:
    settings: dict[str, Any] = {
        "name": "a",
        "provider": provider,
        "endpoint": provider,
        "model": model,
        "prompt": Prompt("ner", LABELS, domain="news", language="Swahili", guidance="Titles are no part of a name."),
        "traits": traits(provider, model),
        "sampling": {},
    }
    return LlmAnnotator(**{**settings, **changes})


def group(*documents: Document, first: int = 7, demonstrations: Sequence[Demonstration] = ()) -> Bundle:
    return Bundle(tuple(PlanItem(first + at, one) for at, one in enumerate(documents)), tuple(demonstrations))


def plan_one(*documents: Document, **changes: Any) -> Request:
    [request] = annotator(**changes).plan([group(*(documents or (DOCUMENT,)))])
    return request


def envelope(content: object, reason: str = "stop", **message: Any) -> bytes:
    choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": reason}
    return json.dumps({"choices": [choice]}).encode()


def raw(body: bytes, status: int = 200) -> RawAnswer:
    return RawAnswer(status, {}, body, 0.1)


def ask(content: object, *documents: Document, reason: str = "stop") -> dict[int, ItemAnswer]:
    request = plan_one(*documents)
    by_item = dict(zip(request.items, documents, strict=True))
    return annotator().read(raw(envelope(content, reason)), request, by_item)


def read(content: object) -> ItemAnswer:
    return ask(content, DOCUMENT)[7]


def as_answer(*said: Sequence[str]) -> str:
    return json.dumps({str(line): list(mentions) for line, mentions in enumerate(said, 1)}, ensure_ascii=False)


def spans(answer: ItemAnswer) -> list[Span]:
    return [found.span for found in answer.spans]


# ---- requests


def test_a_request_is_guidelines_then_examples_then_nothing_but_data() -> None:
    [request] = annotator().plan([group(DOCUMENT, OTHER, demonstrations=DEMONSTRATIONS)])
    system, user = request.body["messages"]
    guidelines, examples = system["content"].split("\n\nExamples:\n")
    assert guidelines == annotator().prompt.guidelines(annotator()._form)
    assert examples.splitlines()[-2:] == ['1: "Rehema wa Mwanza"', '{"1":["PER: Rehema","LOC: Mwanza"]}']
    tag, first, second, _ = user["content"].splitlines()
    assert [first, second] == [f'1: "{TEXT}"', '2: "Ali yuko Nairobi"']
    assert tag.startswith("<t-")
    assert request.items == (7, 8)
    assert (request.wire, request.reader) == ("chat", "ner/compact.v2")


def test_the_prefix_is_the_same_for_every_request() -> None:
    one, other = annotator().plan([group(DOCUMENT, demonstrations=DEMONSTRATIONS), group(OTHER, first=9)])
    prefix = other.body["messages"][0]["content"]
    assert one.body["messages"][0]["content"].startswith(prefix)


def test_the_body_is_what_the_model_takes() -> None:
    body = plan_one(sampling={"temperature": 0.1}).body
    assert body["model"] == "gpt-4o"
    assert body["temperature"] == 0.1
    assert "n" not in body
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["1"]
    bare = plan_one(provider="compatible", model="m", traits=traits("compatible", "m", structured=False))
    assert "response_format" not in bare.body


@pytest.mark.parametrize("model", ["gpt-5.6-luna", "claude-sonnet-5-5"])
def test_a_parameter_that_the_model_refuses_is_refused_before_anything_is_planned(model: str) -> None:
    provider = "anthropic" if model.startswith("claude") else "openai"
    with pytest.raises(SettingsError, match="temperature"):
        annotator(provider, model, sampling={"temperature": 0})


def test_every_wire_format_is_planned_and_read() -> None:
    bodies: Mapping[str, Any] = {
        "chat": {"choices": [{"message": {"content": as_answer(["PER: Samia"])}, "finish_reason": "stop"}]},
        "messages": {"content": [{"type": "text", "text": as_answer(["PER: Samia"])}], "stop_reason": "end_turn"},
        "responses": {
            "status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": as_answer(["PER: Samia"])}]}],
        },
    }
    asked = {
        "chat": ("openai", "gpt-5.6-luna"),
        "messages": ("anthropic", "claude-sonnet-5-5"),
        "responses": ("openai", "gpt-5-pro"),
    }
    for wire, (provider, model) in asked.items():
        who = annotator(provider, model)
        [request] = who.plan([group(DOCUMENT)])
        assert request.wire == wire
        answer = who.read(raw(json.dumps(bodies[wire]).encode()), request, {7: DOCUMENT})[7]
        assert spans(answer) == [Span(5, 10, "PER")]


def test_the_key_names_the_question_and_nothing_else() -> None:
    base = plan_one()
    assert len(base.key) == 64
    assert plan_one() == base
    assert plan_one(name="other annotator").key == base.key
    other = [
        plan_one(OTHER),
        plan_one(DOCUMENT, OTHER),
        plan_one(model="gpt-4o-mini"),
        plan_one(provider="compatible"),
        plan_one(endpoint="mirror"),
        plan_one(sampling={"temperature": 0}),
        plan_one(form="inline"),
        annotator().plan([group(DOCUMENT)], sample=1)[0],
    ]
    assert len({base.key, *(request.key for request in other)}) == 1 + len(other)
    # The item's number is not part of the question: identical sentences are asked once.
    [elsewhere] = annotator().plan([group(DOCUMENT, first=8)])
    assert elsewhere.key == base.key
    assert elsewhere.items == (8,)


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ("", "893d91bd1a6e"),
        ("inline", "7c4ceb169df6"),
        ("token_tags", "0613dd8b4b70"),
    ],
)
def test_a_question_keeps_its_name_so_that_stored_answers_are_found(form: str, key: str) -> None:
    [request] = annotator(form=form).plan([group(DOCUMENT, Document("a\u2028b \ud83d"), demonstrations=DEMONSTRATIONS)])
    assert request.key.startswith(key), "a new wording is a new version of the templates"


def test_samples_have_numbers_and_more_room_when_told() -> None:
    first, again = (annotator().plan([group(DOCUMENT)], sample=n, doublings=n)[0] for n in (0, 1))
    assert (first.sample, again.sample) == (0, 1)
    assert first.body.get("seed") is None
    assert again.body["seed"] == 1
    assert again.output_bound == 2 * first.output_bound == again.body["max_completion_tokens"]


def test_room_grows_with_the_texts_and_has_limits() -> None:
    assert plan_one().output_bound == 64 + 24 * 2
    assert plan_one(DOCUMENT, OTHER).output_bound == 64 + 24 * 3
    assert plan_one(max_output_tokens=77).output_bound == 77
    long = [Document(f"neno{number} " * 2000) for number in range(6)]
    assert plan_one(long[0]).output_bound == 64 + LINE_CAP
    assert plan_one(*long).output_bound == OUTPUT_CAP


def test_thinking_is_held_too() -> None:
    who = annotator("openai", "gpt-5-pro")
    [request] = who.plan([group(DOCUMENT)])
    assert request.output_bound == 64 + 48 + traits("openai", "gpt-5-pro").thinking_tokens


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_the_input_bound_holds_for_any_tokenizer(texts: list[str]) -> None:
    request = plan_one(*(Document(text) for text in texts), provider="compatible", model="m")
    said = "".join(message["content"] for message in request.body["messages"])
    schema = json.dumps(request.body["response_format"], ensure_ascii=False)
    for form in (said + schema, unicodedata.normalize("NFKC", said + schema)):
        assert request.input_bound >= len(form.encode()) + 1000


# ---- identical texts


def test_identical_texts_are_asked_once_and_answered_for_all() -> None:
    copy = Document(TEXT, name="a copy")
    groups = [group(DOCUMENT, OTHER, copy), group(Document("Hakuna"), first=20), group(copy, first=30)]
    requests = annotator().plan(groups)
    assert [request.items for request in requests] == [(7, 8, 9, 30), (20,)]
    assert requests[0].body["messages"][1]["content"].count("Samia alifika") == 1
    assert requests[0].body["response_format"]["json_schema"]["schema"]["required"] == ["1", "2"]
    documents = {7: DOCUMENT, 8: OTHER, 9: copy, 30: copy}
    answers = annotator().read(raw(envelope(as_answer(["LOC: Dodoma"], ["PER: Ali"]))), requests[0], documents)
    assert answers[7] == answers[9] == answers[30]
    assert spans(answers[7]) == [Span(19, 25, "LOC")]
    assert spans(answers[8]) == [Span(0, 3, "PER")]


def test_copies_of_one_text_are_one_line() -> None:
    [request] = annotator().plan([group(DOCUMENT, DOCUMENT)])
    answers = annotator().read(raw(envelope('["PER: Samia"]')), request, {7: DOCUMENT, 8: DOCUMENT})
    assert [spans(answers[item]) for item in (7, 8)] == [[Span(5, 10, "PER")]] * 2


def test_copies_with_words_of_their_own_are_grounded_on_their_own() -> None:
    document = Document(TEXT, ((0, 10), (11, 34)))
    requests = annotator().plan([group(DOCUMENT, document)])
    answers = annotator().read(raw(envelope(as_answer(["PER: Samia"]))), requests[0], {7: DOCUMENT, 8: document})
    assert [spans(answers[item]) for item in (7, 8)] == [[Span(5, 10, "PER")], [Span(0, 10, "PER")]]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=4), max_size=5))
def test_every_item_is_in_one_request_and_every_text_shown_once(texts: list[list[str]]) -> None:
    first = 0
    groups: list[Bundle] = []
    documents: dict[int, Document] = {}
    for one in texts:
        groups.append(group(*(Document(text) for text in one), first=first))
        documents |= {item.item: item.document for item in groups[-1].items}
        first += len(one)
    requests = annotator().plan(groups)
    assert sorted(item for request in requests for item in request.items) == sorted(documents)
    shown = [line for request in requests for line in request.body["messages"][1]["content"].splitlines()[1:-1]]
    assert sorted(line.partition(": ")[2].strip('"') for line in shown) == sorted(
        {one.text for one in documents.values()}
    )
    for request in requests:
        lines = request.body["messages"][1]["content"].splitlines()[1:-1]
        said = [[f"PER: {line.partition(': ')[2].strip(chr(34))}"] for line in lines]
        answers = annotator().read(raw(envelope(as_answer(*said))), request, documents)
        assert {answer.state for answer in answers.values()} == {State.LABELLED}


# ---- answers


def test_a_good_answer_is_labelled() -> None:
    answer = read(as_answer(["PER 2: Samia", "LOC: Dodoma"]))
    assert answer.state is State.LABELLED
    assert spans(answer) == [Span(19, 25, "LOC"), Span(29, 34, "PER")]
    assert answer.detail == ""


def test_no_entities_is_empty() -> None:
    assert read('{"1":[]}').state is State.EMPTY


def test_prose_and_thoughts_around_the_answer_are_looked_past() -> None:
    content = f"<think>Maybe {{}}</think>Sure!\n```json\n{as_answer(['PER: Samia'])}\n```"
    answer = read(content)
    assert answer.state is State.LABELLED
    assert answer.detail == "text around the JSON"


def test_content_in_parts_is_joined() -> None:
    whole = as_answer(["PER: Samia"])
    parts = [{"type": "text", "text": whole[:9]}, {"type": "text", "text": whole[9:]}]
    assert read(parts).state is State.LABELLED


def test_what_is_missing_fails_alone() -> None:
    answers = ask('{"2":["PER: Ali"],"9":[]}', DOCUMENT, OTHER)
    assert (answers[7].state, answers[7].failure) == (State.FAILED, Failure.MISSING)
    assert spans(answers[8]) == [Span(0, 3, "PER")]
    assert answers[8].detail == "1 unknown text number: '9'"


def test_of_a_cut_off_answer_the_whole_lists_count() -> None:
    answers = ask('{"1":["PER: Samia"],"2":["PER: Al', DOCUMENT, OTHER, reason="length")
    assert spans(answers[7]) == [Span(5, 10, "PER")]
    assert (answers[8].state, answers[8].failure) == (State.FAILED, Failure.CUT_OFF)


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (as_answer(["LOC: Paris", "LOC: London"]), Failure.UNGROUNDED),
        (as_answer(["HUMAN: Samia", "CITY: Dodoma"]), Failure.UNKNOWN_LABEL),
        (as_answer(["HUMAN: Samia", "LOC: Paris"]), Failure.UNGROUNDED),
        ('{"1":null}', Failure.SCHEMA),
        ("{}", Failure.SCHEMA),
        ('{"1":[],"1":["PER: Samia"]}', Failure.SCHEMA),
        ("There are no entities in this text.", Failure.NOT_JSON),
        ('{"1":["PER: Sam', Failure.NOT_JSON),
        ("", Failure.NO_ANSWER),
        ("<think>nothing</think>", Failure.NO_ANSWER),
        (None, Failure.NO_ANSWER),
        (17, Failure.NO_ANSWER),
    ],
)
def test_what_cannot_be_used_fails_with_its_class(content: object, failure: Failure) -> None:
    answer = read(content)
    assert (answer.state, answer.failure) == (State.FAILED, failure)
    assert answer.detail


@pytest.mark.parametrize(
    ("body", "status", "failure"),
    [
        (b"<html>hello</html>", 200, Failure.NOT_JSON),
        (b"[" * 100_000, 200, Failure.NOT_JSON),
        (b'{"choices":null,"usage":null}', 200, Failure.NO_ANSWER),
        (envelope('{"1":[]}'), 500, Failure.REJECTED),
        (envelope(None, refusal="I can't."), 200, Failure.REFUSAL),
        (envelope('{"1":[]}', "content_filter"), 200, Failure.REFUSAL),
        (envelope('{"1":', "length"), 200, Failure.CUT_OFF),
    ],
)
def test_a_broken_envelope_fails_every_item_with_its_class(body: bytes, status: int, failure: Failure) -> None:
    documents = {7: DOCUMENT, 8: OTHER}
    answers = annotator().read(raw(body, status), plan_one(DOCUMENT, OTHER), documents)
    assert {answers[item].failure for item in documents} == {failure}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["PER: Samia", "PER"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["entities", "1", "2", "text"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON, st.integers(0, 80), st.sampled_from(["stop", "length"]))
def test_only_an_explicit_empty_list_is_empty(value: object, cut: int, reason: str) -> None:
    content = json.dumps(value)
    answers = ask(content[: len(content) - cut] if cut < len(content) else content, DOCUMENT, OTHER, reason=reason)
    for item, answer in answers.items():
        if answer.state is State.EMPTY:
            assert isinstance(value, dict)
            assert value[str(item - 6)] in ([], {"entities": []})


# ---- answers to the first prompt version


def entities(*found: tuple[str, str, int | None]) -> str:
    return json.dumps({"entities": [{"text": t, "type": y, "occurrence": n} for t, y, n in found]}, ensure_ascii=False)


@pytest.mark.parametrize("reader", ["", "ner/spans.v1"])
@pytest.mark.parametrize(
    ("content", "state", "found"),
    [
        (
            entities(("Samia", "PER", 2), ("Dodoma", "LOC", 1)),
            State.LABELLED,
            [Span(19, 25, "LOC"), Span(29, 34, "PER")],
        ),
        (entities(("Dodoma", "place_name", None)), State.LABELLED, [Span(19, 25, "LOC")]),
        ('{"entities":[]}', State.EMPTY, []),
        ('{"1":[]}', State.FAILED, []),
        ("[]", State.FAILED, []),
        ('{"entities":{"PER":["Samia"]}}', State.FAILED, []),
        ('{"entities":[],"entities":[]}', State.FAILED, []),
        ('{"entities":[{"text":" ","type":"PER"}]}', State.FAILED, []),
        (entities(("Paris", "LOC", 1)), State.FAILED, []),
    ],
)
def test_answers_to_version_1_can_still_be_read(reader: str, content: str, state: State, found: list[Span]) -> None:
    request = dataclasses.replace(plan_one(), reader=reader, items=(7, 9))
    answers = annotator().read(raw(envelope(content)), request, {7: DOCUMENT, 9: DOCUMENT})
    assert answers == reader_for(reader, LABELS).read(raw(envelope(content)), request, {7: DOCUMENT, 9: DOCUMENT})
    assert answers[7] == answers[9]
    assert (answers[7].state, spans(answers[7])) == (state, found)


def test_version_1_fails_on_a_broken_answer() -> None:
    request = dataclasses.replace(plan_one(), reader="")
    for body, failure in ((envelope("no"), Failure.NOT_JSON), (envelope('{"entities":[]}', "length"), Failure.CUT_OFF)):
        assert annotator().read(raw(body), request, {7: DOCUMENT})[7].failure is failure


def test_the_reader_of_a_request_wins_over_the_annotators_own() -> None:
    request = plan_one(form="token_tags")
    words = from_words(TEXT.split())[0].split()
    content = json.dumps({"1": [[word, "O"] for word in words]})
    assert annotator().read(raw(envelope(content)), request, {7: DOCUMENT})[7].state is State.EMPTY
