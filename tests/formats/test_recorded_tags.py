"""Files of recorded answers: what a line is, and how one that is none is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmaaa_tui.errors import InputError
from llmaaa_tui.formats.recorded_tags import read_recorded

ROW: dict[str, Any] = {
    "id": "r1",
    "tokens": ["Ada", "left"],
    "gold_tags": ["B-PER", "O"],
    "answers": [[["Ada", "B-PER"], ["left", "O"]], [], "nothing", None, [["Ada"]]],
    "predictions": [["O", "O"]],
}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "recorded.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def test_a_line_is_a_sentence_with_gold_and_answers_as_they_were_given(tmp_path: Path) -> None:
    silent = {**ROW, "answers": []}
    first, second = read_recorded(written(tmp_path, ROW, "", silent))
    assert (first.document.text, first.document.tokens, first.document.name) == ("Ada left", ((0, 3), (4, 8)), "r1")
    assert (first.document.line, second.document.line) == (1, 3)
    assert first.gold == ("B-PER", "O")
    assert first.answers == tuple(ROW["answers"])
    assert second.answers == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"tokens": None}, '"tokens" is None: expected a list'),
        ({"tokens": []}, '"tokens" is empty'),
        ({"tokens": ["Ada", 7]}, '"tokens" holds 7'),
        ({"gold_tags": ["O"]}, '1 "gold_tags" for 2 "tokens"'),
        ({"gold_tags": ["O", "PER"]}, "'PER' is not a tag"),
        ({"gold_tags": ["O", "S-PER"]}, "expected IOB2"),
        ({"gold_tags": ["O", 1]}, '"gold_tags" holds 1'),
        ({"answers": "none"}, "\"answers\" is 'none': expected a list"),
    ],
)
def test_a_line_that_is_none_is_refused_with_its_place(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    path = written(tmp_path, ROW, {**ROW, **change})
    with pytest.raises(InputError) as caught:
        read_recorded(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert why in str(caught.value)


@pytest.mark.parametrize("key", ["tokens", "gold_tags", "answers"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, {name: value for name, value in ROW.items() if name != key})
    with pytest.raises(InputError, match=f':1: "{key}" is missing'):
        read_recorded(path)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (('{"tokens": [',), ":1: not JSON"),
        (("[1]",), ":1: .*is not a JSON object"),
        ((), "the file is empty"),
        (({**ROW, "answers": []},), "nothing was answered"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, lines: tuple[object, ...], why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_recorded(written(tmp_path, *lines))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_recorded(tmp_path / "none.jsonl")
