"""Pairs in a prompt: the marks stand where head and tail do, and no text can pretend to hold them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.annotators.contracts import Bundle, Demonstration, PlanItem, RawAnswer, Request
from llmaaa_tui.annotators.ground import view_of
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.tasks import answer_format
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.document import Document, Labels, Offsets, Pair
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State

LABELS = LabelSet.of(("Live_In", "Work_For", "no_relation"), {"Live_In": "{e1} lives in {e2}"}, negative="no_relation")
TEXT = "Ada of Acme lives in Oslo ."
ADA, ACME, OSLO = (0, 3), (7, 11), (21, 25)


def pair(head: Offsets, tail: Offsets, *types: str, text: str = TEXT) -> Document:
    return Document(text, pair=Pair(head, tail, *types))


def line(document: Document) -> dict[str, str]:
    found: dict[str, str] = answer_format("relation", "", LABELS).line(view_of(document))
    return found


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (pair(ADA, OSLO), ("<e1>Ada</e1> of Acme lives in <e2>Oslo</e2> .", "<e1>Ada</e1>", "<e2>Oslo</e2>")),
        (
            pair(OSLO, ADA, "Loc", "Peop"),
            ("<e2>Ada</e2> of Acme lives in <e1>Oslo</e1> .", "Loc: <e1>Oslo</e1>", "Peop: <e2>Ada</e2>"),
        ),
        (
            pair((0, 11), ACME),
            ("<e1>Ada of <e2>Acme</e2></e1> lives in Oslo .", "<e1>Ada of Acme</e1>", "<e2>Acme</e2>"),
        ),
        (pair((0, 1), (1, 3)), ("<e1>A</e1><e2>da</e2> of Acme lives in Oslo .", "<e1>A</e1>", "<e2>da</e2>")),
    ],
)
def test_head_and_tail_stand_between_marks(document: Document, said: tuple[str, str, str]) -> None:
    assert tuple(line(document).values()) == said


def test_invisible_characters_are_not_shown_and_move_no_mark() -> None:
    text = "A\u200bda of \u2060 Acme"
    assert line(pair((0, 4), (10, 14), text=text))["text"] == "<e1>Ada</e1> of  <e2>Acme</e2>"
    assert line(pair((8, 9), (0, 4), text=text))["text"] == "<e2>Ada</e2> of <e1></e1> Acme"


def test_marks_in_the_text_are_told_from_ours() -> None:
    text = "<e1>Eve</e1> saw </E2-2> Ada"
    said = line(pair((4, 7), (25, 28), text=text))
    assert said == {
        "text": "<e1><e1-3>Eve</e1-3></e1> saw </E2-2> <e2-3>Ada</e2-3>",
        "e1": "<e1-3>Eve</e1-3>",
        "e2": "<e2-3>Ada</e2-3>",
    }


PIECES = st.lists(
    st.sampled_from(["Ada", " ", "<e1>", "</e2>", "e1", ">", "<e1-2>", "-", "\u200b", "城", "é"]), min_size=2
)


@given(PIECES, st.data())
def test_without_its_marks_a_line_is_the_text_and_each_mark_stands_once(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces) + "."
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda place: place[0] < place[1])
    head = data.draw(places)
    tail = data.draw(places.filter(lambda place: place != head))
    document = pair(head, tail, text=text)
    view = view_of(document)
    said = line(document)
    bare = said["text"]
    for key, (start, end) in (("e1", head), ("e2", tail)):
        found = re.fullmatch(r"<(e[12][-0-9]*)>(.*)</\1>", said[key], re.DOTALL)
        assert found
        assert found[2] == view_of(Document(text[start:end])).text
        for mark in (f"<{found[1]}>", f"</{found[1]}>"):
            assert bare.count(mark) == 1
            bare = bare.replace(mark, "")
    assert bare == view.text


def test_a_document_without_a_pair_cannot_be_asked_about() -> None:
    with pytest.raises(ValueError, match="no pair"):
        line(Document(TEXT))


# ---- whole requests


def annotator(**changes: Any) -> LlmAnnotator:
    prompt = Prompt("relation", LABELS, language="English")
    return LlmAnnotator("a", "openai", "openai", "gpt-4o", prompt, traits("openai", "gpt-4o"), {}, **changes)


def bundle(*documents: Document, shown: tuple[Demonstration, ...] = ()) -> Bundle:
    return Bundle(tuple(PlanItem(7 + at, one) for at, one in enumerate(documents)), shown)


def answered(request: Request, documents: dict[int, Document], said: object) -> dict[int, Any]:
    choice = {"message": {"content": json.dumps(said)}, "finish_reason": "stop"}
    raw = RawAnswer(200, {}, json.dumps({"choices": [choice]}).encode(), 0.0)
    return annotator().read(raw, request, documents)


def test_pairs_of_one_sentence_share_a_request_and_the_same_pair_a_line() -> None:
    documents = [pair(ADA, OSLO), pair(ADA, ACME), pair(ADA, OSLO), pair(OSLO, ADA)]
    [request] = annotator().plan([bundle(*documents)])
    assert request.reader == "relation/choice.v1"
    lines = request.body["messages"][1]["content"].splitlines()[1:-1]
    assert [json.loads(one.partition(": ")[2])["e2"] for one in lines] == [
        "<e2>Oslo</e2>",
        "<e2>Acme</e2>",
        "<e2>Ada</e2>",
    ]
    by_item = dict(zip(request.items, documents, strict=True))
    answers = answered(request, by_item, {"1": "Live_In", "2": "work for", "3": "likes"})
    assert [answers[item].labels.classes for item in (7, 8, 9)] == [("Live_In",), ("Work_For",), ("Live_In",)]
    assert (answers[10].state, answers[10].failure) == (State.FAILED, Failure.UNKNOWN_LABEL)


def test_the_question_says_what_each_label_means_and_shows_examples_as_answers() -> None:
    shown = Demonstration(1, pair(ADA, ACME, "Peop", "Org"), Labels(classes=("Work_For",)))
    [request] = annotator().plan([bundle(pair(ADA, OSLO), shown=(shown,))])
    system = request.body["messages"][0]["content"]
    assert "- Live_In: {e1} lives in {e2}\n" in system
    assert "- Work_For: work for\n" in system
    assert "- no_relation: none of the other labels holds\n" in system
    assert "Language: English\n" in system
    assert "\nAnswer format: choice\n" in system
    assert system.endswith(
        '1: {"text":"<e1>Ada</e1> of <e2>Acme</e2> lives in Oslo .",'
        '"e1":"Peop: <e1>Ada</e1>","e2":"Org: <e2>Acme</e2>"}\n'
        '{"1":"Work_For"}'
    )


def test_a_pair_of_a_later_request_is_the_same_question() -> None:
    [one], [other] = (annotator().plan([bundle(pair(ADA, OSLO))]) for _ in range(2))
    [turned] = annotator().plan([bundle(pair(OSLO, ADA))])
    assert one.key == other.key != turned.key
