"""`llmaaa budget DIR assume`: what people's cost is made of, listed, set and refused; the forecast in the estimate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import llmaaa, sentences, write_jsonl
from ui.accounts import CURVE, Accounts

from llmaaa_tui.store.gold_curve import gold_curve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = [("--pool", sentences(12, 1)), ("--gold", sentences(60, 2))]
    flags = [part for flag, rows in files for part in (flag, write_jsonl(tmp_path / f"{flag[2:]}.jsonl", rows))]
    done = llmaaa("new", tmp_path / "p", *flags)
    assert done.returncode == 0, done.stderr
    return tmp_path / "p"


def assume(folder: Path, *words: str) -> str:
    done = llmaaa("budget", folder, "assume", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def human(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(llmaaa("status", folder, "--json").stdout)
    return found


def test_figures_are_listed_and_set_and_put_back(folder: Path) -> None:
    listed = assume(folder)
    assert "* usd_per_50_words    $0.11                     arXiv 2108.13487" in listed
    assert "  usd_per_hour        not known" in listed
    assume(folder, "usd_per_50_words", "0.2", "0.1", "0.4")
    (rate,) = [one for one in human(folder)["human"]["inputs"] if one["name"] == "human.usd_per_50_words"]
    assert (rate["value"], rate["low"], rate["high"], rate["own"]) == (200_000_000, 100_000_000, 400_000_000, True)
    assert "* usd_per_50_words    $0.20 ($0.10 to $0.40)    assumed here" in assume(folder)
    assume(folder, "human.usd_per_50_words", "default")
    assume(folder, "f1", "0.8")
    found = human(folder)
    assert not any(one["own"] for one in found["human"]["inputs"])
    assert found["forecast"]["f1"] == 0.8
    assert "needs 3 rounds measured on dev, and 0 there are" in found["forecast"]["why"]
    assert found["human"]["gold_items"] == 60
    assert found["human"]["gold_nanousd_high"] == 3 * found["human"]["gold_nanousd_low"] > 0
    estimate = llmaaa("estimate", folder, "--until", "f1=0.7")
    assert "forecast    dev F1 0.7: too few figures" in estimate.stdout


def test_what_is_no_figure_is_refused_in_one_sentence(folder: Path) -> None:
    for words, why in (
        (("wage", "3"), "'wage' is nothing that can be assumed here; these can: paid_by"),
        (("annotators", "many"), "'many' is not a number of people"),
        (("annotators",), "'annotators' wants a figure, or default"),
        (("paid_by", "love"), "'love' is no way of paying: say one of words, item, hour"),
        (("f1", "0.8", "--all"), "assume: takes a name and a figure"),
    ):
        done = llmaaa("budget", folder, "assume", *words)
        assert done.returncode != 0
        assert why in done.stderr
        assert "Traceback" not in done.stderr


def test_the_curve_of_a_loop_on_gold_is_read_from_its_folder(tmp_path: Path) -> None:
    assert gold_curve(tmp_path) == ()
    (tmp_path / "gold").mkdir()
    made = Accounts(tmp_path / "gold")
    made.paths.settings.write_text('[store]\npath = "p.db"\n', encoding="utf-8")
    assert [point.f1 for point in gold_curve(tmp_path)] == list(CURVE)
    made.close()
    made.paths.settings.write_text("[store\n", encoding="utf-8")
    assert gold_curve(tmp_path) == (), "nothing can be said of what cannot be read"
