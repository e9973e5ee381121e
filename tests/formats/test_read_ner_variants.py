"""Every accepted variant of an NER file, read from disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from llmaaa_tui.core.document import NOTHING, Labels, Span
from llmaaa_tui.formats.read import NerFile, read_ner

Read = Callable[..., NerFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes, text or objects (one a line) under a name and read the file."""

    def read_content(*content: object, name: str = "file.jsonl") -> NerFile:
        path = tmp_path / name
        if len(content) == 1 and isinstance(content[0], bytes):
            path.write_bytes(content[0])
        elif len(content) == 1 and isinstance(content[0], str):
            path.write_bytes(content[0].encode())
        else:
            path.write_text("\n".join(json.dumps(line) for line in content) + "\n", encoding="utf-8")
        return read_ner(path)

    return read_content


WORDS = ["Angela", "Merkel", "met", "Ada", "Bob", "in", "Rome"]
SPANS = (Span(0, 13, "PER"), Span(18, 21, "PER"), Span(22, 25, "PER"), Span(29, 33, "LOC"))
SCHEMES = {
    "IOB1": "I-PER I-PER O I-PER B-PER O I-LOC",
    "IOB2": "B-PER I-PER O B-PER B-PER O B-LOC",
    "BIOES": "B-PER E-PER O S-PER S-PER O S-LOC",
    "BMES": "B-PER M-PER O S-PER S-PER O S-LOC",
}


@pytest.mark.parametrize("key", ["tags", "ner_tags"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_tokens_and_tags_in_every_scheme(read: Read, scheme: str, key: str) -> None:
    found = read({"id": "a", "tokens": WORDS, key: SCHEMES[scheme].split()})
    assert (found.format, found.scheme, found.labels) == ("jsonl-tokens", scheme, ("PER", "LOC"))
    (record,) = found.records
    assert record.gold == Labels(SPANS)
    assert record.document.text == "Angela Merkel met Ada Bob in Rome"
    assert [record.document.text[a:b] for a, b in record.document.tokens or ()] == WORDS
    assert record.document.name == "a"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("middle", ["", " NNP", " NNP I-NP"])
@pytest.mark.parametrize("blank", [" ", "\t", "   "])
def test_conll_in_every_scheme_and_width(read: Read, scheme: str, middle: str, blank: str) -> None:
    rows = [
        f"{word}{middle} {tag}".replace(" ", blank) for word, tag in zip(WORDS, SCHEMES[scheme].split(), strict=True)
    ]
    found = read("\n".join(rows) + "\n", name="train.conll")
    assert (found.format, found.scheme, found.labels) == ("conll", scheme, ("PER", "LOC"))
    assert [record.gold for record in found.records] == [Labels(SPANS)]


def test_the_scheme_is_told_from_the_whole_file(read: Read) -> None:
    """The first sentence alone could be IOB2; the second shows what it is."""
    found = read(
        {"tokens": ["Rome", "Oslo"], "tags": ["B-LOC", "B-LOC"]},
        {"tokens": ["New", "York", "City"], "tags": ["B-LOC", "I-LOC", "E-LOC"]},
    )
    assert found.scheme == "BIOES"
    assert [record.gold for record in found.records] == [
        Labels((Span(0, 4, "LOC"), Span(5, 9, "LOC"))),
        Labels((Span(0, 13, "LOC"),)),
    ]


def test_bilou_reads_as_bioes(read: Read) -> None:
    found = read({"tokens": WORDS, "tags": ["B-PER", "L-PER", "O", "U-PER", "U-PER", "O", "U-LOC"]})
    assert (found.scheme, found.records[0].gold) == ("BIOES", Labels(SPANS))


def test_no_gold_and_nothing_here_are_two_things(read: Read) -> None:
    found = read({"tokens": ["a"]}, {"tokens": ["a"], "tags": ["O"]}, {"tokens": ["a"], "tags": None})
    assert [record.gold for record in found.records] == [None, NOTHING, None]
    found = read({"text": "a"}, {"text": "a", "spans": []}, {"text": "a", "spans": None})
    assert [record.gold for record in found.records] == [None, NOTHING, None]
    assert (found.format, found.scheme, found.labels) == ("jsonl-spans", None, ())


def test_a_text_beside_its_tokens_is_kept(read: Read) -> None:
    found = read(
        {
            "text": "“Rome”,  he said.",
            "tokens": ["“", "Rome", "”", ",", "he", "said", "."],
            "tags": ["O", "B-LOC", *"OOOOO"],
        }
    )
    (record,) = found.records
    assert record.document.text == "“Rome”,  he said."
    assert record.document.tokens == ((0, 1), (1, 5), (5, 6), (6, 7), (9, 11), (12, 16), (16, 17))
    assert record.gold == Labels((Span(1, 5, "LOC"),))
    assert record.document.metadata == {}


@pytest.mark.parametrize("text", ["cat at Rome", "at Rome, he", "Rome at"])
def test_a_text_that_is_not_its_tokens_gives_way_to_them(read: Read, text: str) -> None:
    """`at` also occurs inside `cat`: the words must be all of the text, or the gold would sit on other letters."""
    (record,) = read({"text": text, "tokens": ["at", "Rome"], "tags": ["O", "B-LOC"]}).records
    assert record.document.text == "at Rome"
    assert record.gold == Labels((Span(3, 7, "LOC"),))
    assert record.document.metadata == {"text": text}


@pytest.mark.parametrize("key", ["spans", "entities", "label"])
@pytest.mark.parametrize(
    "span",
    [
        {"start": 3, "end": 8, "label": "PER"},
        {"start": 3, "end": 8, "label": "PER", "text": "José🙂", "token_start": 1, "token_end": 1},
        {"id": 7, "start_offset": 3, "end_offset": 8, "label": "PER"},
        [3, 8, "PER"],
    ],
)
def test_spans_under_every_key_and_shape(read: Read, key: str, span: object) -> None:
    found = read({"text": "hi José🙂!", key: [span]})
    assert (found.format, found.scheme, found.labels) == ("jsonl-spans", None, ("PER",))
    (record,) = found.records
    assert record.gold == Labels((Span(3, 8, "PER"),))
    assert record.document.tokens is None
    assert record.document.metadata == {}


def test_nested_and_repeated_spans(read: Read) -> None:
    (record,) = read({"text": "Bank of Rome", "spans": [[8, 12, "LOC"], [0, 12, "ORG"], [8, 12, "LOC"]]}).records
    assert record.gold == Labels((Span(0, 12, "ORG"), Span(8, 12, "LOC")))


@pytest.mark.parametrize("label", ["positive", ["positive", "short"]])
def test_the_class_of_a_text_is_no_span(read: Read, label: object) -> None:
    (record,) = read({"text": "fine", "label": label}).records
    assert (record.gold, record.document.metadata) == (None, {"label": label})


def prodigy(**more: object) -> dict[str, object]:
    """A task as Prodigy writes it; spaCy counts the double blank as a token."""
    tokens = [("in", 0, 2), (" ", 3, 4), ("Rome", 4, 8), (".", 8, 9)]
    return {
        "text": "in  Rome.",
        "tokens": [{"text": t, "start": a, "end": b, "id": i, "ws": False} for i, (t, a, b) in enumerate(tokens)],
        "spans": [{"start": 4, "end": 8, "token_start": 2, "token_end": 2, "label": "LOC"}],
        "_input_hash": 5,
        "meta": {"source": "web"},
    } | more


def test_prodigy_tokens_keep_their_offsets(read: Read) -> None:
    (record,) = read(prodigy(answer="accept")).records
    assert record.document.tokens == ((0, 2), (4, 8), (8, 9))
    assert record.gold == Labels((Span(4, 8, "LOC"),))
    assert record.document.metadata == {"source": "web", "_input_hash": 5, "answer": "accept"}


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_prodigy_labels_that_nobody_accepted_are_no_gold(read: Read, answer: str) -> None:
    found = read(prodigy(answer=answer))
    assert found.records[0].gold is None
    assert found.labels == ()


def test_tags_on_prodigy_tokens(read: Read) -> None:
    (record,) = read(prodigy(tags=["O", "O", "B-LOC", "O"])).records
    assert record.gold == Labels((Span(4, 8, "LOC"),))
    assert record.document.tokens == ((0, 2), (4, 8), (8, 9))


def test_spans_beside_word_tokens(read: Read) -> None:
    found = read(
        {"text": "Rome, it", "tokens": ["Rome", ",", "it"], "spans": [[0, 4, "LOC"]]},
        {"text": "Rome's", "tokens": ["Rome", "is"], "spans": [[0, 4, "LOC"]]},
    )
    assert [record.document.tokens for record in found.records] == [((0, 4), (4, 5), (6, 8)), None]
    assert [record.gold for record in found.records] == [Labels((Span(0, 4, "LOC"),))] * 2
    assert found.records[1].document.metadata == {"tokens": ["Rome", "is"]}


def test_ids_language_and_metadata(read: Read) -> None:
    found = read(
        {"id": 7, "text": "a", "language": "sw", "source": {"page": [1, None, 2.5]}},
        {"id": 7, "text": "b", "language": "Kiswahili cha kale"},
        {"text": "c", "meta": {"page": 1}, "page": 2},
        {"id": ["x"], "text": "d"},
    )
    documents = [record.document for record in found.records]
    assert [document.name for document in documents] == ["7", "7", "", ""]
    assert [document.language for document in documents] == ["sw", None, None, None]
    assert [document.metadata for document in documents] == [
        {"source": {"page": [1, None, 2.5]}},
        {"language": "Kiswahili cha kale"},
        {"meta": {"page": 1}, "page": 2},
        {"id": ["x"]},
    ]


@pytest.mark.parametrize(
    ("line", "marked", "metadata"),
    [
        ({"never_send": True, "page": 2}, True, {"page": 2}),
        ({"never_send": False}, False, {}),
        ({"meta": {"never_send": True, "page": 2}}, True, {"page": 2}),
        ({"metadata": {"never_send": True, "page": 2}}, True, {"metadata": {"page": 2}}),
        ({"never_send": False, "metadata": {"never_send": True}}, True, {"metadata": {}}),
        ({"page": 2}, False, {"page": 2}),
    ],
)
def test_a_mark_keeps_a_sentence_for_people(
    read: Read, line: dict[str, object], marked: bool, metadata: dict[str, object]
) -> None:
    (record,) = read({"text": "Ada met Bob", **line}).records
    assert record.document.never_send is marked
    assert record.document.metadata == metadata


def test_file_and_line_of_every_sentence(read: Read, tmp_path: Path) -> None:
    found = read('\n{"text": "a"}\n\n{"text": "b"}')
    assert [(r.document.file, r.document.line) for r in found.records] == [
        (str(tmp_path / "file.jsonl"), n) for n in (2, 4)
    ]
    found = read("-DOCSTART- -X- -X- O\n\na O\n\n\nb O\nc O", name="x.conll")
    assert [r.document.line for r in found.records] == [3, 6]


def test_labels_stand_as_first_seen(read: Read) -> None:
    assert read("a B-Z\nb B-A\n\nc B-M\nd B-A\n", name="x.conll").labels == ("Z", "A", "M")


@pytest.mark.parametrize(
    "mark", ["-DOCSTART- -X- -X- O", "-DOCSTART- -X- O O", "-DOCSTART- -X- O", "-DOCSTART-\tO", "-DOCSTART-"]
)
def test_document_marks_are_no_sentences(read: Read, mark: str) -> None:
    found = read(f"{mark}\n\nRome NNP I-NP I-LOC\n{mark}\nOslo NNP I-NP I-LOC\n", name="eng.testb")
    assert (found.format, found.scheme) == ("conll", "IOB1")
    assert [record.document.text for record in found.records] == ["Rome", "Oslo"]


def test_comment_lines_name_the_sentence_and_a_hash_is_a_token(read: Read) -> None:
    found = read(
        "# id 8e3c\tdomain=en\nRome _ _ B-LOC\n\n# sent_id = s2\n# text = # id\n# _ _ O\nid _ _ O\n", name="en.conll"
    )
    assert [(r.document.name, r.document.text) for r in found.records] == [("8e3c", "Rome"), ("s2", "# id")]


def test_only_tabs_and_spaces_divide_columns(read: Read) -> None:
    (record,) = read("10\u00a0000 B-NUM\nlet\u3000ter O\n", name="x.conll").records
    assert record.document.text == "10\u00a0000 let\u3000ter"
    (record,) = read("Hà Nội\tB-LOC\nin \t O \n", name="x.conll").records
    assert [record.document.text[a:b] for a, b in record.document.tokens or ()] == ["Hà Nội", "in"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.jsonl", ['{"tokens": ["Åse"], "tags": ["B-PER"]}', '{"tokens": ["b"], "tags": ["O"]}', ""]),
        ("a.jsonl", ['{"text": "Åse", "spans": [[0, 3, "PER"]]}', "", '{"text": "b", "spans": []}']),
        ("a.conll", ["Åse B-PER", "", "b O", ""]),
        ("a.conll", ["Åse B-PER", " \t", "b O"]),
    ],
)
def test_byte_order_mark_and_line_ends(read: Read, name: str, lines: list[str], bom: bytes, end: str) -> None:
    found = read(bom + end.join(lines).encode(), name=name)
    assert [(r.document.text, r.gold) for r in found.records] == [
        ("Åse", Labels((Span(0, 3, "PER"),))),
        ("b", NOTHING),
    ]


def test_signs_that_only_look_like_line_ends_stay_inside(read: Read) -> None:
    text = "one\u2028two\x85three\x0bfour"
    (record,) = read('{"text": "one\u2028two\x85three\\u000bfour"}').records
    assert record.document.text == text
    assert [r.document.text for r in read(f"{text}\nfive\n", name="x.txt").records] == [text, "five"]


def test_plain_text_is_one_sentence_a_line(read: Read) -> None:
    found = read("  Rome is old. \r\n\r\nHe took vitamin O\r\n", name="pool.txt")
    assert (found.format, found.scheme, found.labels) == ("text", None, ())
    assert [(r.document.text, r.gold, r.document.line) for r in found.records] == [
        ("Rome is old.", None, 1),
        ("He took vitamin O", None, 3),
    ]


@pytest.mark.parametrize("name", ["x.jsonl", "x.txt", "x.conll", "x.tsv", "x"])
def test_the_content_decides(read: Read, name: str) -> None:
    assert read('{"text": "a"}', name=name).format == "jsonl-spans"
    assert read('{"tokens": ["a"]}', name=name).format == "jsonl-tokens"
    assert read("Rome\tB-LOC\nis\tO\n", name=name).format == "conll"
    assert read("{ O\nRome B-LOC\n", name=name).format == "conll"


def test_where_the_content_does_not_tell_the_extension_does(read: Read) -> None:
    assert read("{name} signed here\nthen left", name="x.txt").format == "text"
    assert read("[applause] thank you", name="x.txt").format == "text"
    assert read("He took vitamin O\nand slept well\nuntil noon", name="x.txt").format == "text"
