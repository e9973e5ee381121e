"""`llmaaa annotators --recorded`: figures without a project, a request or torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support import llmaaa

from llmaaa_tui.cli.annotators import command
from llmaaa_tui.core.snapshot import Measure
from llmaaa_tui.errors import LlmaaaError

DATA = Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "recorded" / "llms-in-the-loop"
GOLD = (["Ada", "left", "Oslo"], ["B-PER", "O", "B-LOC"])


def said(*tags: str) -> list[list[str]]:
    return [[word, tag] for word, tag in zip(GOLD[0], tags, strict=True)]


def recording(folder: Path, *answers: list[Any], **more: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "eng.jsonl"
    rows = [{"tokens": GOLD[0], "gold_tags": GOLD[1], "answers": one, **more} for one in answers]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


RIGHT, HALF = said(*GOLD[1]), said("B-PER", "O", "O")


def figures(*arguments: str | Path) -> list[dict[str, Any]]:
    done = CliRunner().invoke(command, [*map(str, arguments), "--json"], catch_exceptions=False, standalone_mode=False)
    rows: list[dict[str, Any]] = json.loads(done.stdout)["annotators"]
    return rows


def test_figures_come_from_the_raw_answers_alone(tmp_path: Path) -> None:
    poor = recording(tmp_path / "poor", [HALF, RIGHT], [[["Ada", "O"]], HALF], predictions=[["O"]], status=["ok"])
    good = recording(tmp_path / "good", [RIGHT, RIGHT], [RIGHT, RIGHT])
    rows = figures("--recorded", poor, "--recorded", good)
    assert [row["name"] for row in rows] == ["poor/eng", "good/eng"], "in the order of the arguments"
    row = rows[0]
    assert {key: row[key] for key in ("items", "answers", "repeats", "usable", "simulated")} == {
        "items": 2, "answers": 4, "repeats": 2, "usable": 2, "simulated": "recorded",
    }  # fmt: skip
    assert row["consistency"] == pytest.approx(100 * ((2 / 3 + 1) / 2 + (0 + 2 / 3) / 2) / 2), "in percent"
    assert row["token_f1_paper"] == pytest.approx(2 / 3)
    assert row["token_f1_paper_items"] == 1, "the first answer to the other has another length"
    assert row["span_f1_all"] == row["span_f1_usable"] == pytest.approx(2 * 2 / (2 + 4))
    assert row["entity_token_accuracy"] == pytest.approx(0.5)
    assert row["failed"] == {"length_differs": 1}
    for key in ("consistency", "span_f1_all", "span_f1_usable", "span_f1_strict", "span_f1_taken", "unstable"):
        assert row[f"{key}_low"] <= row[key] <= row[f"{key}_high"], key
    assert rows[1]["fleiss_kappa"] == 1.0
    assert rows[1]["fleiss_kappa_items"] == 2


def test_the_table_has_the_best_over_all_first_and_names_two_of_one_name_by_their_paths(tmp_path: Path) -> None:
    poor = recording(tmp_path / "one" / "m", [HALF])
    good = recording(tmp_path / "two" / "m", [RIGHT])
    done = CliRunner().invoke(command, ["--recorded", str(poor), "--recorded", str(good)], catch_exceptions=False)
    lines = done.stdout.splitlines()
    assert lines[1].startswith(f"{good} ")
    assert lines[2].startswith(f"{poor} ")
    assert "Recorded answers" in done.stdout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"tokens": ["a"], "gold_tags": ["O"], "answers": []}\n{"tokens": ["a"]}\n', ':2: "gold_tags" is missing'),
        ('{"tokens": ["a"], "gold_tags": ["O"], "answers": [[["a", "O"]]]}\n', "name the labels with --labels"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LlmaaaError) as caught:
        figures("--recorded", path)
    assert str(caught.value).startswith(str(path))
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", " ", "\xa0", ""])
def test_a_token_that_nobody_sees_is_a_token_with_its_tag(tmp_path: Path, unseen: str) -> None:
    tokens, tags = ["Ada", unseen, "Paris"], ["B-PER", "O", "B-LOC"]
    answers = [[list(pair) for pair in zip(tokens, said, strict=True)] for said in (tags, ["B-PER", "O", "O"])]
    path = tmp_path / "odd.jsonl"
    path.write_text(json.dumps({"tokens": tokens, "gold_tags": tags, "answers": answers}), encoding="utf-8")
    (row,) = figures("--recorded", path)
    assert (row["usable"], row["span_f1_all"]) == (1, 1.0)
    assert row["consistency"] == pytest.approx(100 * (1 + 2 / 3) / 2)
    assert row["fleiss_kappa_items"] == 1


def test_the_command_says_it_and_ends_with_2(tmp_path: Path) -> None:
    done = llmaaa("annotators", "--recorded", tmp_path / "none.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"llmaaa: {tmp_path / 'none.jsonl'}: cannot be read")


def test_labels_are_those_of_gold_unless_they_are_named(tmp_path: Path) -> None:
    path = recording(tmp_path / "m", [said("B-PER", "B-DATE", "B-LOC")])
    assert figures("--recorded", path)[0]["failed"] == {"unknown_label": 1}
    (row,) = figures("--recorded", path, "--labels", "PER, LOC,DATE")
    assert row["failed"] == {}
    assert row["span_f1_all"] == pytest.approx(2 * 2 / (3 + 2))
    with pytest.raises(LlmaaaError, match="--labels does not name LOC"):
        figures("--recorded", path, "--labels", "PER")


def test_nothing_to_look_at_is_wrong_usage() -> None:
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 2
    assert "--recorded" in done.output


def test_it_loads_neither_torch_nor_a_client_nor_the_store(tmp_path: Path) -> None:
    path = recording(tmp_path / "m", [RIGHT])
    code = (
        "import sys\nfrom llmaaa_tui.cli.annotators_recorded import report\nfrom pathlib import Path\n"
        "report([Path(sys.argv[1])], (), as_json=True)\nprint('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    never = {"torch", "transformers", "openai", "anthropic", "textual", "sqlite_utils", "llmaaa_tui.store"}
    assert not never & loaded


def test_the_real_recordings_through_the_command() -> None:
    path = RECORDED / "llama_70b" / "swa.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is missing: name the folder of the public data in LLMAAA_TEST_DATA")
    (row,) = figures("--recorded", path)
    assert (row["name"], row["items"], row["usable"]) == ("llama_70b/swa", 50, 12)
    assert row["span_f1_usable"] == pytest.approx(0.495, abs=0.0005)
    assert row["span_f1_all"] == pytest.approx(0.239, abs=0.0005)
    assert row["consistency"] == pytest.approx(9.2, abs=0.05)
    assert Measure(row["span_f1_all"], 50, row["span_f1_all_low"], row["span_f1_all_high"]).n == row["items"]
