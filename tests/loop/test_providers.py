"""A simulator started by hand serves any provider's own SDK; what it charged is what the ledger says."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import Project, llmaaa

MakeProject = Any
MODEL = "simulated-gpt-4-turbo"
PRICES = f'["{MODEL}"]\ninput = 10\noutput = 30\n["{MODEL}".batch]\ninput = 5\noutput = 15\n'


@contextmanager
def simulator(corpus: dict[str, Path], folder: Path, *arguments: str) -> Iterator[str]:
    """Its address without the path."""
    gold = [part for name in ("pool", "gold", "test") for part in ("--gold", str(corpus[name]))]
    process = subprocess.Popen(
        [sys.executable, "-m", "llmaaa_tui", "simulator", *gold, "--state", str(folder / "hand.db"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["base_url"]).removesuffix("/v1")
    finally:
        process.kill()
        process.communicate()


def bill(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/bill") as answer:
        result: dict[str, int] = json.load(answer)
    return result


@pytest.mark.parametrize("economy", ["false", pytest.param("true", marks=pytest.mark.long)])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_each_sdk_pays_to_the_nano_dollar(
    make_project: MakeProject, corpus: dict[str, Path], tmp_path: Path, provider: str, economy: str
) -> None:
    with simulator(corpus, tmp_path) as url:
        project: Project = make_project(
            f"{provider}-{economy}",
            f"annotator.provider={provider}",
            f"annotator.model={MODEL}",
            f"annotator.base_url={url}{'/v1' if provider == 'openai' else ''}",
            f"annotator.economy={economy}",
            "student.epochs=1",
        )
        (project.folder / "prices.toml").write_text(PRICES)
        done = project.run("--until", "rounds=1")
        assert done.returncode == 0, done.stderr
        status = project.status()
        assert status["budget"]["spent_nanousd"] == bill(url)["bill_nanousd"] > 0
        assert status["budget"]["unconfirmed_nanousd"] == 0
        assert status["simulated"] == "simulated"
        assert {wire for (wire,) in project.rows("SELECT wire FROM request")} == {
            "messages" if provider == "anthropic" else "chat"
        }


def test_faults_of_every_kind_end_as_failures_and_never_as_nothing_here(
    make_project: MakeProject, corpus: dict[str, Path], tmp_path: Path
) -> None:
    names = (
        "429_ms 500 503 reset_after truncated bad_json html_200 missing_usage length refusal content_filter "
        "empty_content null_choices paraphrase injected missing_item"
    )
    rates = dict.fromkeys(names.split(), 0.04)
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"seed": 3, "rates": rates}))
    with simulator(corpus, tmp_path, "--profile", "exact", "--faults", str(faults)) as url:
        project: Project = make_project(
            "stormy",
            "annotator.provider=compatible",
            "annotator.model=simulated-exact",
            f"annotator.base_url={url}/v1",
            "annotator.retries=0",
            "student.epochs=1",
            "loop.initial=120",
            "budget.cap_usd=5.00",
        )
        (project.folder / "prices.toml").write_text(PRICES.replace(MODEL, "simulated-exact"))
        done = project.run("--until", "rounds=1")
        assert done.returncode == 0, done.stderr
        budget, charged = project.status()["budget"], bill(url)["bill_nanousd"]
    assert budget["spent_nanousd"] <= charged <= budget["spent_nanousd"] + budget["unconfirmed_nanousd"]
    (row,) = project.status()["rounds"]
    assert sum(row["failed"].values()) > 3
    gold = project.rows(
        "SELECT item_id FROM annotation AS a WHERE kind = 'gold' AND round IS NULL AND state = 'labelled'"
        " AND item_id IN (SELECT item_id FROM annotation WHERE kind = 'llm' AND state = 'empty')"
    )
    assert gold == [], "with an exact model whatever went wrong must not read as an empty sentence"
    shown = llmaaa("budget", project.folder)
    assert shown.returncode == 0, shown.stderr
    assert "unconfirmed" in shown.stdout


@pytest.mark.long
def test_after_a_bill_over_its_hold_nothing_is_bought_before_the_prices_change(
    make_project: MakeProject, corpus: dict[str, Path], tmp_path: Path
) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"calls": ["ok", "usage_over"]}))
    with simulator(corpus, tmp_path, "--profile", "exact", "--faults", str(faults)) as url:
        project: Project = make_project(
            "overcharged",
            "annotator.provider=compatible",
            "annotator.model=simulated-exact",
            f"annotator.base_url={url}/v1",
            "annotator.concurrency=1",
            "student.epochs=1",
            "budget.cap_usd=50.00",
        )
        prices = project.folder / "prices.toml"
        prices.write_text(PRICES.replace(MODEL, "simulated-exact"))
        for _ in range(2):
            stopped = project.run("--until", "rounds=1")
            assert stopped.returncode == 4, stopped.stderr
            assert "prices" in stopped.stderr
            assert bill(url)["requests"] <= 3, "the one that was on its way may still come"
        sent = bill(url)["requests"]
        prices.write_text(prices.read_text().replace("input = 10", "input = 400"))
        done = project.run("--until", "rounds=1")
        assert done.returncode == 0, done.stderr
        assert bill(url)["requests"] > sent


@pytest.mark.long
def test_a_person_rules_on_requests_that_may_have_been_billed(
    make_project: MakeProject, corpus: dict[str, Path], tmp_path: Path
) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"calls": ["reset_after"] * 3}))
    with simulator(corpus, tmp_path, "--profile", "exact", "--faults", str(faults)) as url:
        project: Project = make_project(
            "asked",
            "annotator.provider=compatible",
            "annotator.model=simulated-exact",
            f"annotator.base_url={url}/v1",
            "annotator.unknown=ask",
            "student.epochs=1",
        )
        (project.folder / "prices.toml").write_text(PRICES.replace(MODEL, "simulated-exact"))
        waits = project.run("--until", "rounds=1")
        assert waits.returncode == 6, waits.stderr
        assert "llmaaa budget" in waits.stderr
        assert project.run("--until", "rounds=1").returncode == 6, "it asks once more, and sends nothing"
        sent = bill(url)["requests"]
        listed = json.loads(llmaaa("budget", project.folder, "--json").stdout)
        assert len(listed["unconfirmed"]) == 3
        ruled = llmaaa("budget", project.folder, "resend", "--all", "--reason", "it was our network")
        assert ruled.returncode == 0, ruled.stderr
        done = project.run("--until", "rounds=1")
        assert done.returncode == 0, done.stderr
        assert bill(url)["requests"] == sent + 3
        (row,) = project.status()["rounds"]
        assert row["labelled"] + row["empty"] == row["selected"]
        before = project.status()["budget"]
        released = llmaaa("budget", project.folder, "release", "--all", "--reason", "not on the invoice")
        assert released.returncode == 0, released.stderr
        after = project.status()["budget"]
        assert before["unconfirmed_nanousd"] > after["unconfirmed_nanousd"] == 0
        assert after["spent_nanousd"] == before["spent_nanousd"]
