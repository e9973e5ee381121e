"""The recorded probes of LLMs in the Loop: its shares by its own rule, and what they are with every usual name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support import llmaaa

from llmaaa_tui.errors import InputError, LlmaaaError
from llmaaa_tui.evaluation.recorded_probes import declines, findings, read

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("LLMAAA_TEST_DATA") or ROOT.parent / "shared" / "data") / "recorded" / "leakage"
TURBO, GPT4 = "gpt-4-0125-preview", "gpt-4"

needs_recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the recorded probes are not in {DATA}: set LLMAAA_TEST_DATA"
)

# model, dataset, probe, rule: rate, items, answers an item got, unanswered
PUBLISHED: dict[tuple[str, str, str, str], tuple[float, int, int, int]] = {
    (TURBO, "CoNLL-2003", "source", "paper"): (0.94, 90, 1, 0),
    (TURBO, "CoNLL-2003", "source", "alias"): (0.94, 90, 1, 0),
    (TURBO, "masakhaner2", "source", "paper"): (0.04, 30, 3, 0),
    (TURBO, "masakhaner2", "source", "alias"): (1.00, 30, 3, 0),
    (TURBO, "WikiAnn", "source", "paper"): (0.81, 89, 1, 0),
    (TURBO, "WikiAnn", "source", "alias"): (0.81, 89, 1, 0),
    (TURBO, "WikiAnn_en", "source", "paper"): (0.70, 90, 1, 0),
    (TURBO, "WikiAnn_en", "source", "alias"): (0.70, 90, 1, 0),
    # The notebook prints .01: its output is of another run than the file, in which two answers of 90 name the set.
    (GPT4, "CoNLL-2003", "source", "paper"): (0.02, 90, 1, 0),
    (GPT4, "CoNLL-2003", "source", "alias"): (1.00, 2, 1, 88),
    (GPT4, "WikiAnn", "source", "paper"): (0.37, 89, 1, 0),
    (GPT4, "WikiAnn", "source", "alias"): (1.00, 32, 1, 57),
    (GPT4, "masakhaner2", "source", "paper"): (0.00, 30, 3, 0),
    (GPT4, "masakhaner2", "source", "alias"): (0.75, 20, 3, 46),
    **{(model, dataset, "continuation", "paper"): (0.0, 10, 1, 0)
       for model in (GPT4, TURBO) for dataset in ("CoNLL-2003", "WikiAnn", "masakhaner2")},
    (GPT4, "WikiAnn_eng", "continuation", "paper"): (0.4, 10, 1, 0),
    (TURBO, "WikiAnn_eng", "continuation", "paper"): (0.3, 10, 1, 0),
}  # fmt: skip
ROUGE = {
    (GPT4, "CoNLL-2003"): 0.236, (TURBO, "CoNLL-2003"): 0.186,
    (GPT4, "WikiAnn_eng"): 0.497, (TURBO, "WikiAnn_eng"): 0.403,
    (GPT4, "masakhaner2"): 0.057, (TURBO, "masakhaner2"): 0.073,
}  # fmt: skip


@pytest.fixture(scope="module")
def probes() -> list[dict[str, Any]]:
    done = llmaaa("leakage", "--recorded", DATA, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)["probes"]
    return found


@needs_recordings
def test_the_published_shares_come_out_and_what_they_are_by_every_name(probes: list[dict[str, Any]]) -> None:
    found = {
        (one["model"], one["dataset"], one["probe"], one["rule"]): (
            round(one["rate"], 2), one["n"], one["repeats"], one["unanswered"],
        )
        for one in probes
    }  # fmt: skip
    assert found == PUBLISHED
    assert len(probes) == len(PUBLISHED)
    for one in probes:
        assert one["low"] <= one["rate"] <= one["high"]
        assert (one["p"], one["verdict"], one["simulated"]) == (None, "no_control", "recorded")
        assert one["sentence"] == f"no control: no verdict, n = {one['n']}"


@needs_recordings
def test_continuations_are_counted_anew(probes: list[dict[str, Any]]) -> None:
    continued = {(one["model"], one["dataset"]): one for one in probes if one["probe"] == "continuation"}
    for key, value in ROUGE.items():
        assert continued[key]["rouge_l"]["value"] == pytest.approx(value, abs=0.0005)
    assert {key: one["exact"] for key, one in continued.items() if one["exact"]} == {
        (GPT4, "WikiAnn_eng"): 4, (TURBO, "WikiAnn_eng"): 3,
    }  # fmt: skip
    assert continued[TURBO, "CoNLL-2003"]["near"] == 2  # as many as the judge of the paper saw
    for one in continued.values():
        assert "verdicts were not stored" in one["hint"]


@needs_recordings
def test_a_person_reads_the_same_and_one_model_alone() -> None:
    done = llmaaa("leakage", "--recorded", DATA / TURBO)
    assert done.returncode == 0
    assert f"{TURBO} · masakhaner2 · RECORDED" in done.stdout
    assert "alias  1.00 [0.88, 1.00] n=30 × 3: no control: no verdict" in done.stdout
    assert "90 of 90 answers name it" in done.stdout


@needs_recordings
def test_every_answer_of_gpt_4_is_a_name_or_declines() -> None:
    for path in (DATA / GPT4).glob("*_sample_source.json"):
        for repeat in json.loads(path.read_text()):
            for answer in (answer for group in repeat.values() for answer in group.values()):
                assert declines(answer, "CoNLL-2003") == (len(answer) > 30), answer


def test_one_that_declines_but_names_a_set_has_answered() -> None:
    assert declines("I'm sorry, but I can't identify it.", "CoNLL-2003")
    assert declines(" \n", "CoNLL-2003")
    assert not declines("Sorry for the delay: it is CoNLL-2003.", "CoNLL-2003")
    assert not declines("sorry, it could be wikiann", "CoNLL-2003")
    assert not declines("sorry, it could be ours", "Ours")
    assert not declines("baseball databank", "CoNLL-2003")


def write(folder: Path, name: str, held: object) -> Path:
    path = folder / "some-model" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(held if isinstance(held, str) else json.dumps(held), encoding="utf-8")
    return path


def test_an_item_of_several_repeats_is_one_item(tmp_path: Path) -> None:
    write(tmp_path, "Our Set_sample_source.json", [
        {"a": {"1": "our set", "2": "sorry, i cannot tell"}},
        {"a": {"1": "wikiann", "2": None}, "b": {"1": "our-set"}},
    ])  # fmt: skip
    write(tmp_path, "README.md", "about")
    write(tmp_path, ".hidden", "x")
    recorded = read(tmp_path)
    assert len(recorded) == 1
    (found,) = findings(recorded[0])  # the paper has no rule for this set
    assert (found.annotator, found.dataset, found.rule) == ("some-model", "Our Set", "alias")
    assert (found.n, found.rate, found.unanswered) == (2, 0.75, 2)


@pytest.mark.parametrize(
    "held",
    [
        "no json", "[]", "{}", "[1]", '[{"a": "b"}]', '[{"a": {"1": 2}}]', '{"1": {"answer": "x"}}', "[" * 100_000,
        '{"1": {"answer": "x", "reference_text": " "}}', '{"1": "x"}',
    ],
)  # fmt: skip
def test_a_file_of_another_shape_is_refused_by_its_name(tmp_path: Path, held: str) -> None:
    path = write(tmp_path, "Set_sample_source.json", held)
    with pytest.raises(InputError, match="holds no recorded probe") as refused:
        read(tmp_path)
    assert str(path) in str(refused.value)


def test_a_folder_without_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LlmaaaError, match="holds no recorded answers"):
        read(tmp_path)
    with pytest.raises(LlmaaaError, match="no such folder"):
        read(tmp_path / "absent")
    write(tmp_path, "notes.txt", "words")
    done = llmaaa("leakage", "--recorded", tmp_path)
    assert done.returncode == 2
    assert "notes.txt: holds no recorded probe" in done.stderr
    assert "Traceback" not in done.stderr
