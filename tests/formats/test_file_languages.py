"""Any language: offsets count code points of the text as it was, and no words are made up where a file gave none."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from formats.labelled_rows import as_records, read_back, written

from llmaaa_tui.core.document import Labels, Record, Span
from llmaaa_tui.core.tokens import to_tags, word_offsets
from llmaaa_tui.formats.tasks import LabelledDocument, of

# Yoruba with tones as combining marks and an apostrophe inside a word; Hebrew with vowel points; Arabic with marks of
# direction; Thai and Chinese without blanks; Swahili with ng'; Hindi with vowel signs.
YORUBA = unicodedata.normalize("NFD", "Ọlọ́run ló dá Adéọlá l'Ọ̀yọ́ n'ílé")
HEBREW = "שָׁלוֹם, דָּוִד גָּר בִּירוּשָׁלַיִם."
ARABIC = "\u202bوُلِدَ مُحَمَّد في القاهِرة\u202c."
THAI = "สมชายทำงานที่กรุงเทพมหานครมาสิบปีแล้ว"
CHINESE = "吴重阳，中国国籍，大学本科。"
SWAHILI = "Ng'ombe wa Juma yuko Kong'ania."
HINDI = "श्री राम दिल्ली में रहते हैं।"
SAMPLES = {
    YORUBA: [unicodedata.normalize("NFD", "Adéọlá"), unicodedata.normalize("NFD", "Ọ̀yọ́")],
    HEBREW: ["דָּוִד", "בִּירוּשָׁלַיִם"],
    ARABIC: ["مُحَمَّد", "القاهِرة"],
    THAI: ["สมชาย", "กรุงเทพมหานคร"],
    CHINESE: ["吴重阳", "中国"],
    SWAHILI: ["Juma", "Kong'ania"],
    HINDI: ["राम", "दिल्ली"],
}


def spans(text: str) -> list[dict[str, Any]]:
    """Where each name stands, and a span around the second within it, as nested as labels get."""
    found = [{"start": text.index(name), "end": text.index(name) + len(name), "label": "PER"} for name in SAMPLES[text]]
    return [*found, {"start": found[1]["start"], "end": len(text), "label": "LOC"}]


def read(folder: Path, task: str, row: dict[str, Any]) -> list[Record]:
    path = folder / "x.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    return of(task).read(path).records


@pytest.mark.parametrize("text", SAMPLES)
def test_a_text_without_tokens_keeps_its_offsets_and_no_words_are_stored(tmp_path: Path, text: str) -> None:
    (record,) = read(tmp_path, "ner", {"text": text, "spans": spans(text)})
    assert (record.document.text, record.document.tokens) == (text, None)
    assert record.gold is not None
    said = [text[span.start : span.end] for span in record.gold.spans if span.label == "PER"]
    assert sorted(said) == sorted(SAMPLES[text])
    rows = [LabelledDocument(record.document, record.gold)]
    content, report = written("ner", "jsonl", rows)
    assert report.lossless
    assert "tokens" not in json.loads(content)
    expected = [Record(record.document, record.gold)]
    assert [one.gold for one in read_back("ner", tmp_path, content, "y.jsonl")] == [one.gold for one in expected]


@pytest.mark.parametrize("text", SAMPLES)
def test_pairs_and_classes_of_a_text_without_tokens(tmp_path: Path, text: str) -> None:
    head, tail = spans(text)[:2]
    row = {"text": text, "spans": [head, tail], "relations": [{"head": 0, "tail": 1, "label": "lives_in"}]}
    first, second = read(tmp_path, "relation", row)
    assert first.document.pair is not None
    assert [text[slice(*place)] for place in (first.document.pair.head, first.document.pair.tail)] == SAMPLES[text]
    assert (first.gold, second.gold) == (Labels(classes=("lives_in",)), Labels(classes=("no_relation",)))
    rows = [LabelledDocument(one.document, one.gold or Labels()) for one in (first, second)]
    content, report = written("relation", "semeval", rows)
    back = read_back("relation", tmp_path, content, "y.txt")
    assert [one.document.text for one in back] == [text, text]
    assert [text[slice(*one.document.pair.head)] for one in back if one.document.pair] == SAMPLES[text]
    assert set(report.changed) <= {
        "pairs (types have no place in this format)",
        "ids (counted, for not every one is a number of its own)",
    }
    (record,) = read(tmp_path, "classification", {"text": text, "label": "人"})
    assert (record.document.text, record.document.tokens, record.gold) == (text, None, Labels(classes=("人",)))


@pytest.mark.parametrize("text", [YORUBA, HEBREW, ARABIC, SWAHILI, HINDI])
def test_no_word_is_cut_at_a_mark_or_an_apostrophe(text: str) -> None:
    words = [text[start:end] for start, end in word_offsets(text)]
    assert not any(unicodedata.category(word[0])[0] == "M" for word in words)
    for name in SAMPLES[text]:
        assert any(name in word for word in words), (name, words)
    if text is SWAHILI:
        assert words[0] == "Ng'ombe"
        assert "Kong'ania" in words


def test_characters_as_tokens_in_bmes(tmp_path: Path) -> None:
    tags = [
        "B-NAME",
        "M-NAME",
        "E-NAME",
        "O",
        "B-CONT",
        "M-CONT",
        "M-CONT",
        "E-CONT",
        "O",
        "B-EDU",
        "M-EDU",
        "M-EDU",
        "E-EDU",
        "O",
    ]
    content = "".join(f"{char} {tag}\n" for char, tag in zip(CHINESE, tags, strict=True))
    path = tmp_path / "zh.bmes"
    path.write_text(content + "\n", encoding="utf-8")
    found = of("ner").read(path)
    (record,) = found.records
    assert (found.format, found.labels) == ("conll, BMES", ("NAME", "CONT", "EDU"))
    assert record.document.tokens is not None
    text, tokens = record.document.text, record.document.tokens
    assert text == CHINESE, "no blanks between its characters"
    assert [text[start:end] for start, end in tokens] == list(CHINESE)
    assert record.gold is not None
    assert to_tags(record.gold.spans, tokens)[:4] == ["B-NAME", "I-NAME", "I-NAME", "O"]
    rows = [LabelledDocument(record.document, record.gold)]
    for format_name, name in (("jsonl", "y.jsonl"), ("conll", "y.conll")):
        content, report = written("ner", format_name, rows)
        assert report.lossless
        back = read_back("ner", tmp_path, content, name)
        assert [one.gold for one in back] == [one.gold for one in as_records(rows)]


def test_characters_as_tokens_beside_their_text(tmp_path: Path) -> None:
    """With both given the text is the one people and models read, without blanks between its characters."""
    row = {"text": CHINESE, "tokens": list(CHINESE), "tags": ["B-NAME", "I-NAME", "I-NAME", *"O" * 11]}
    (record,) = read(tmp_path, "ner", row)
    assert record.document.text == CHINESE
    assert record.document.tokens == tuple((place, place + 1) for place in range(len(CHINESE)))
    assert record.gold == Labels((Span(0, 3, "NAME"),))


def test_years_and_latin_letters_by_character_can_be_quoted(tmp_path: Path) -> None:
    text = "1966年生，PMI会员"
    (record,) = read(tmp_path, "ner", {"tokens": list(text), "tags": ["B-DATE", *["I-DATE"] * 4, *"O" * 7]})
    assert record.document.text == text
    assert record.gold == Labels((Span(0, 5, "DATE"),))
    (words,) = read(tmp_path, "ner", {"tokens": ["北京", "is", "old"]})
    assert words.document.text == "北京 is old"
    (digits,) = read(tmp_path, "ner", {"tokens": ["1", "+", "2"]})
    assert digits.document.text == "1 + 2"


def test_offsets_in_utf16_units_are_told_from_code_points(tmp_path: Path) -> None:
    from llmaaa_tui.errors import InputError

    row = {"text": "🙂🙂 Ada met Bo", "head": {"start": 5, "end": 8, "text": "Ada"}, "tail": {"start": 13, "end": 15}}
    with pytest.raises(InputError, match="count code points"):
        read(tmp_path, "relation", row)
