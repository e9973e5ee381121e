"""`llmaaa budget DIR cap USD`: counts at once and for the runs to come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import llmaaa, sentences, write_jsonl

from llmaaa_tui.config import load_settings


@pytest.fixture
def folder(tmp_path: Path, tiny_encoder: Path) -> Path:
    """A project that was never run."""
    files = [("--pool", sentences(12, 1)), ("--gold", sentences(60, 2))]
    flags = [part for flag, rows in files for part in (flag, write_jsonl(tmp_path / f"{flag[2:]}.jsonl", rows))]
    done = llmaaa("new", tmp_path / "p", *flags, "--set", f"student.encoder={tiny_encoder}")
    assert done.returncode == 0, done.stderr
    return tmp_path / "p"


def test_the_cap_is_set_in_the_settings_and_in_the_ledger_and_both_values_are_told(folder: Path) -> None:
    before = (folder / "llmaaa.toml").read_text()
    done = llmaaa("budget", folder, "cap", "2.50")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "the cap is $2.500000 now; it was $2.000000\n"
    assert (folder / "llmaaa.toml").read_text() == before.replace('cap_usd = "2.00"', 'cap_usd = "2.50"')
    again = llmaaa("budget", folder, "cap", "$0", "--json")
    assert "the cap is $0.000000 now; it was $2.500000; nothing is free under it, so nothing is sent" in again.stderr
    assert json.loads(again.stdout)["cap_nanousd"] == 0
    assert load_settings(folder / "llmaaa.toml").cap_nanousd == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cap",), "cap: say one amount in USD, such as: llmaaa budget DIR cap 2.50"),
        (("cap", "1", "2"), "cap: say one amount in USD"),
        (("cap", "lots"), "cap: 'lots' is not an amount in USD such as 2.00"),
        (("cap", "nan"), "cap: 'nan' is not an amount in USD of 0 or more"),
        (("cap", "1e300"), "cap: '1e300' is more than"),
        (("cap", "--", "-1"), "cap: '-1' is not an amount in USD of 0 or more"),
        (("cap", "1", "--all"), "cap: takes an amount in USD alone"),
        (("release", "x", "--reason", "y"), "release: 'x' is no number of an attempt"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    before = (folder / "llmaaa.toml").read_text()
    done = llmaaa("budget", folder, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "llmaaa.toml").read_text() == before
