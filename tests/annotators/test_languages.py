"""Offsets are exact code points in every form and script: Chinese, right to left, combining marks, apostrophes."""

from __future__ import annotations

import json
import unicodedata

import pytest

from llmaaa_tui.annotators.contracts import Demonstration
from llmaaa_tui.annotators.ground import view_of
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.tasks import answer_format, of
from llmaaa_tui.core.document import Document, Labels, Pair, Span
from llmaaa_tui.core.labels import LabelSet

LABELS = LabelSet.of(("PER", "LOC", "ORG"), {"PER": "人名", "LOC": "mahali", "ORG": "منظمة"})

YORUBA = unicodedata.normalize("NFD", "Ọ̀jọ̀gbọ́n Wọlé Ṣóyínká dé sí Abẹ́òkúta.")
TEXTS = {
    "Chinese": ("王小明昨天去了北京大学。", [("王小明", "PER"), ("北京大学", "ORG")]),
    "Chinese, rare characters": ("𠮷野家在東京都。", [("𠮷野家", "ORG"), ("東京都", "LOC")]),
    "Japanese": ("安倍さんは大阪へ行く", [("安倍", "PER"), ("大阪", "LOC")]),
    "Thai": ("สมชายไปกรุงเทพ", [("สมชาย", "PER"), ("กรุงเทพ", "LOC")]),
    "Arabic": ("وصلَ مُحَمَّد إلى القاهرة أمس.", [("مُحَمَّد", "PER"), ("القاهرة", "LOC")]),
    "Hebrew": ("דוד בן־גוריון נולד בפולין.", [("דוד בן־גוריון", "PER"), ("בפולין", "LOC")]),
    "Yoruba": (
        YORUBA,
        [(unicodedata.normalize("NFD", "Wọlé Ṣóyínká"), "PER"), (unicodedata.normalize("NFD", "Abẹ́òkúta"), "LOC")],
    ),
    "isiZulu": ("U-Nomvula wase-Thekwini uthi 'sawubona' kuS'bu.", [("U-Nomvula", "PER"), ("kuS'bu", "PER")]),
    "emoji": ("👩🏽‍🚒 Ada visited 🏴󠁧󠁢󠁥󠁮󠁧󠁿 and Oslo", [("Ada", "PER"), ("Oslo", "LOC")]),
}


def spans_of(text: str, said: list[tuple[str, str]]) -> tuple[Span, ...]:
    return tuple(Span(text.index(words), text.index(words) + len(words), label) for words, label in said)


@pytest.mark.parametrize("form", of("ner").forms)
@pytest.mark.parametrize("language", TEXTS)
def test_spans_are_shown_and_read_back_at_their_code_points(language: str, form: str) -> None:
    text, said = TEXTS[language]
    gold = spans_of(text, said)
    document = Document(text)
    asked, view = answer_format("ner", form, LABELS), view_of(document)
    value = json.loads(json.dumps(asked.show(view, Labels(gold)), ensure_ascii=False))
    answer = asked.read(value, view, ())
    assert tuple(one.span for one in answer.spans) == gold
    assert [text[one.span.start : one.span.end] for one in answer.spans] == [words for words, _ in said]


@pytest.mark.parametrize("form", ["spans", "nested", "inline"])
@pytest.mark.parametrize("language", ["Yoruba", "Arabic", "Hebrew"])
def test_an_answer_composed_otherwise_is_still_found_at_the_code_points_of_the_text(language: str, form: str) -> None:
    text, said = TEXTS[language]
    asked, view = answer_format("ner", form, LABELS), view_of(Document(text))
    value = json.loads(
        unicodedata.normalize("NFC", json.dumps(asked.show(view, Labels(spans_of(text, said))), ensure_ascii=False))
    )
    assert tuple(one.span for one in asked.read(value, view, ()).spans) == spans_of(text, said)


def test_labels_are_read_in_the_words_of_their_language() -> None:
    text, _ = TEXTS["Chinese"]
    value = ["人名: 王小明", "منظمة：北京大学"]
    answer = answer_format("ner", "spans", LABELS).read(value, view_of(Document(text)), ())
    assert [one.span for one in answer.spans] == [Span(0, 3, "PER"), Span(7, 11, "ORG")]


@pytest.mark.parametrize("language", TEXTS)
def test_a_pair_is_marked_where_it_stands(language: str) -> None:
    text, said = TEXTS[language]
    head, tail = (one for one in spans_of(text, said))
    document = Document(text, pair=Pair((tail.start, tail.end), (head.start, head.end)))
    labels = LabelSet.of(("住在", "无"), {"住在": "{e1}住在{e2}"}, negative="无")
    form, view = answer_format("relation", "", labels), view_of(document)
    line = form.line(view)
    assert line["e1"] == f"<e1>{view_of(Document(said[1][0])).text}</e1>"
    assert line["text"].replace("<e1>", "").replace("</e1>", "").replace("<e2>", "").replace("</e2>", "") == view.text
    assert form.read("{e1}住在{e2}", view, ()).labels == form.read("住在", view, ()).labels == Labels(classes=("住在",))


def test_a_prompt_names_the_language_and_says_labels_in_it() -> None:
    labels = LabelSet.of(("sport", "none"), {"sport": "spọ́ọ̀tù", "none": "kò sí"}, negative="none")
    prompt = Prompt("classification", labels, language="Yorùbá", domain="ìròyìn")
    form = answer_format("classification", "", labels)
    guidelines = prompt.guidelines(form)
    assert "Domain: ìròyìn\nLanguage: Yorùbá\n" in guidelines
    assert "- sport: spọ́ọ̀tù\n- none: kò sí\n" in guidelines
    shown = prompt.example(Demonstration(1, Document("Bọ́ọ̀lù"), Labels(classes=("sport",))), form)
    assert shown == '1: "Bọ́ọ̀lù"\n{"1":"sport"}'
    for said in ("spọ́ọ̀tù", unicodedata.normalize("NFD", "SPỌ́Ọ̀TÙ")):
        assert form.read(said, view_of(Document("Bọ́ọ̀lù")), ()).labels.classes == ("sport",)
