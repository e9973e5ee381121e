"""Every accepted form of a file of classes, read from disk, and what is said of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmaaa_tui.core.document import NOTHING, Labels
from llmaaa_tui.errors import InputError
from llmaaa_tui.formats.tasks import TaskFile, of

Read = Callable[..., TaskFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write text, a list or objects (one a line) under a name and read the file."""

    def read_content(*content: Any, name: str = "file.jsonl", task: str = "classification") -> TaskFile:
        path = tmp_path / name
        if len(content) == 1 and isinstance(content[0], str):
            path.write_text(content[0], encoding="utf-8", newline="")
        elif len(content) == 1 and isinstance(content[0], list):
            path.write_text(json.dumps(content[0]), encoding="utf-8")
        else:
            path.write_text("\n".join(json.dumps(one) for one in content), encoding="utf-8")
        return of(task).read(path)

    return read_content


def classes(found: TaskFile) -> list[tuple[str, ...] | None]:
    return [None if record.gold is None else record.gold.classes for record in found.records]


@pytest.mark.parametrize(
    "said", [{"label": "A"}, {"labels": ["A"]}, {"label": ["A"]}, {"cats": {"A": 1.0, "B": 0}}, {"accept": ["A"]}]
)
@pytest.mark.parametrize("task", ["classification", "multilabel"])
def test_a_label_in_every_form(read: Read, said: dict[str, Any], task: str) -> None:
    found = read({"id": 3, "text": " Some text", "fine": "A:b", **said}, task=task)
    (record,) = found.records
    assert (found.format, found.labels, record.gold) == ("jsonl-classes", ("A",), Labels(classes=("A",)))
    assert (record.document.text, record.document.name, record.document.metadata) == (
        " Some text",
        "3",
        {"fine": "A:b"},
    )
    assert read([{"text": "a", **said}], task=task, name="x.json").records[0].gold == record.gold


def test_several_labels_none_and_no_gold_are_three_things(read: Read) -> None:
    rows = [
        {"text": "a", "labels": ["B", "A", "B"]},
        {"text": "b", "labels": []},
        {"text": "c"},
        {"text": "d", "labels": None},
        {"text": "e", "cats": {"A": False, "B": False}},
        {"text": "f", "label": "A", "answer": "reject"},
    ]
    found = read(*rows, task="multilabel")
    assert classes(found) == [("B", "A"), (), None, None, (), None]
    assert found.records[1].gold == NOTHING


def test_an_empty_list_is_no_gold_where_a_text_has_one_label(read: Read) -> None:
    assert classes(read({"text": "a", "label": []}, {"text": "b"})) == [None, None]


def test_tokens_give_the_text_or_its_words(read: Read) -> None:
    words = ["How", "far", "?"]
    found = read({"tokens": words, "label": "NUM"}, {"text": "How far?", "tokens": words, "label": "NUM"})
    assert [record.document.text for record in found.records] == ["How far ?", "How far?"]
    assert [record.document.tokens for record in found.records] == [((0, 3), (4, 7), (8, 9)), ((0, 3), (4, 7), (7, 8))]
    assert read({"text": "How far?", "label": "NUM"}).records[0].document.tokens is None


TABLE = (
    'Text,Label,id,language,never_send,source\n"A, b",X,1,sw,,web\n"two\nlines",Y,2,,true,\n\n"say ""no""",,3,,no,web\n'
)


def test_a_table_with_a_header(read: Read) -> None:
    found = read(TABLE, name="x.csv")
    assert (found.format, found.labels, classes(found)) == ("table", ("X", "Y"), [("X",), ("Y",), None])
    first, second, third = (record.document for record in found.records)
    assert (first.text, first.name, first.language, first.metadata) == ("A, b", "1", "sw", {"source": "web"})
    assert (second.text, second.never_send, second.line) == ("two\nlines", True, 3)
    assert (third.text, third.never_send, third.line) == ('say "no"', False, 6)
    assert read(TABLE.replace("\n", "\r\n"), name="x").records[1].document.text == "two\nlines"


@pytest.mark.parametrize("sign", ["\t", ";", ","])
def test_the_header_tells_the_sign_between_columns(read: Read, sign: str) -> None:
    found = read(f"id{sign}text{sign}label\n1{sign}a b{sign}X\n", name="x.tsv")
    assert (found.records[0].document.text, classes(found)) == ("a b", [("X",)])


def test_several_labels_stand_between_bars_or_in_columns_of_their_own(read: Read) -> None:
    found = read("text,labels\na,X|Y\nb,\nc, Z \n", name="x.csv", task="multilabel")
    assert (classes(found), found.labels) == ([("X", "Y"), (), ("Z",)], ("X", "Y", "Z"))
    found = read("text,label,label\na,X,Y\nb,,\nc,,Z\n", name="x.csv", task="multilabel")
    assert classes(found) == [("X", "Y"), (), ("Z",)]
    assert classes(read("text,source\na,web\n", name="x.csv", task="multilabel")) == [None]


def test_a_table_of_texts_alone_is_a_pool(read: Read) -> None:
    assert classes(read("text\na\nb\n", name="x.csv")) == [None, None]


def test_plain_text_is_one_text_a_line(read: Read) -> None:
    found = read(" Rome is old.\n\nNo text,label here\n", name="pool.txt")
    assert (found.format, classes(found)) == ("text", [None, None])
    assert [record.document.text for record in found.records] == ["Rome is old.", "No text,label here"]


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ({"text": "a", "labels": ["A", "B"]}, 1, "2 labels ('A', 'B'): this task takes one label a text; where a text"),
        ({"text": "a", "cats": {"A": 1, "B": 1}}, 1, "say --task multilabel"),
        ("text,label,label\na,X,\nb,X,Y\n", 3, "2 labels ('X', 'Y')"),
        ({"text": "a", "label": 3}, 1, '"label" is the number 3: write the name of the label for each number'),
        ({"text": "a", "label": " A"}, 1, "' A' is no label: expected a name without blanks around it"),
        ({"text": "a", "cats": {"A": 0.4}}, 1, "\"cats\" is {'A': 0.4}: expected a name, a list of names, or"),
        ({"text": "a", "label": [[0, 1, "A"]]}, 1, "expected a name, a list of names"),
        ({"label": "A"}, 1, "no \"text\" and no tokens (found 'label'): expected"),
        ("label,words\nX,a\n", 1, "neither JSONL nor a table"),
        ("id,label\n1,X\n", 1, "neither JSONL nor a table"),
        ("text,label\na\n", 2, "1 cells where the header has 2: quote a text that holds the sign"),
        ('text,label\na,X\n"b,X\n', 3, "put a cell that holds quotes into quotes"),
        ("text,label\n ,X\n", 2, '"text" is blank: leave this row out'),
        ("text,label,never_send\na,X,perhaps\n", 2, "\"never_send\" is 'perhaps': expected true or false"),
        ("text,label\n", None, "no text in the file"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(read: Read, content: Any, line: int | None, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read(content, name="bad.data")
    assert caught.value.line == line
    assert expected in caught.value.reason
    assert "\n" not in str(caught.value)
    if isinstance(content, str) and content.startswith("id"):
        with pytest.raises(InputError, match='names no column "text"'):
            read(content, name="bad.csv")
