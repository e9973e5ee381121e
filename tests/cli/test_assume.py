"""`llmaaa budget DIR assume`: what people's cost is made of, listed, set and refused; the forecast in the estimate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support import llmaaa, sentences, write_jsonl
from ui.accounts import CURVE, Accounts

from llmaaa_tui.cli import budget, estimate
from llmaaa_tui.cli.assume import assume
from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.store.gold_curve import gold_curve


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("assume")
    files = [("--pool", sentences(12, 1)), ("--gold", sentences(60, 2))]
    flags = [part for flag, rows in files for part in (flag, write_jsonl(place / f"{flag[2:]}.jsonl", rows))]
    done = llmaaa("new", place / "p", *flags)
    assert done.returncode == 0, done.stderr
    return place / "p"


def test_figures_are_listed_and_set_and_put_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert assume(folder, words, as_json=False) == 0
        return capsys.readouterr().out

    def human() -> dict[str, Any]:
        assume(folder, (), as_json=True)
        found: dict[str, Any] = json.loads(capsys.readouterr().out)["human"]
        return found

    listed = said()
    assert "* usd_per_50_words    $0.11                     arXiv 2108.13487" in listed
    assert "  usd_per_hour        not known" in listed
    assert "* counts now" in listed
    said("usd_per_50_words", "0.2", "0.1", "0.4")
    (rate,) = [one for one in human()["inputs"] if one["name"] == "human.usd_per_50_words"]
    assert (rate["value"], rate["low"], rate["high"], rate["own"]) == (200_000_000, 100_000_000, 400_000_000, True)
    assert "* usd_per_50_words    $0.20 ($0.10 to $0.40)    assumed here" in said()
    said("human.usd_per_50_words", "default")
    assert "forecast: dev F1 0.8: too few figures" in said("f1", "0.8")
    found = human()
    assert not any(one["own"] for one in found["inputs"])
    assert found["gold_items"] == sum(found["gold_by_role"].values()) == 60
    assert found["gold_nanousd_high"] == 3 * found["gold_nanousd_low"] > 0


def test_the_command_lists_and_the_estimate_foretells(folder: Path) -> None:
    run = CliRunner().invoke
    assert "* usd_per_50_words" in run(budget.command, [str(folder), "assume"]).stdout
    foretold = run(estimate.command, [str(folder), "--until", "f1=0.7"]).stdout
    assert "forecast    dev F1 0.7: too few figures: the learning curve needs 3 rounds" in foretold
    refused = run(budget.command, [str(folder), "assume", "f1", "0.8", "--all"]).exception
    assert "assume: takes a name and a figure" in str(refused)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("wage", "3"), "'wage' is nothing that can be assumed here; these can: paid_by"),
        (("annotators", "many"), "'many' is not a number of people"),
        (("annotators",), "'annotators' wants a figure, or default"),
        (("paid_by", "love"), "'love' is no way of paying: say one of words, item, hour"),
    ],
)
def test_what_is_no_figure_is_refused_in_one_sentence(folder: Path, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(LlmaaaError, match=why):
        assume(folder, words, as_json=False)


def test_the_curve_of_a_loop_on_gold_is_read_from_its_folder(tmp_path: Path) -> None:
    assert gold_curve(tmp_path) == ()
    (tmp_path / "gold").mkdir()
    made = Accounts(tmp_path / "gold")
    made.paths.settings.write_text('[store]\npath = "p.db"\n', encoding="utf-8")
    assert [point.f1 for point in gold_curve(tmp_path)] == list(CURVE)
    made.close()
    made.paths.settings.write_text("[store\n", encoding="utf-8")
    assert gold_curve(tmp_path) == (), "nothing can be said of what cannot be read"
