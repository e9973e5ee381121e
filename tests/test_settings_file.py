"""One value changed in a settings file: everything else stays, byte for byte, or nothing is changed at all."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.config import Settings, load_settings, write_settings
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.sections import AnnotatorSettings
from llmaaa_tui.settings_file import write_setting

PLAIN = "# mine\n[budget]   # money\ncap_usd = \"2.00\"  # not a cent more\nledger = ''\n\n[loop]\nbatch=5\n"


def changed(folder: Path, text: str, section: str = "budget", key: str = "cap_usd", value: object = "3.50") -> str:
    path = folder / "llmaaa.toml"
    path.write_bytes(text.encode())
    write_setting(path, section, key, value)
    return path.read_bytes().decode()


def test_only_the_value_changes(tmp_path: Path) -> None:
    assert changed(tmp_path, PLAIN) == PLAIN.replace('"2.00"', '"3.50"')
    assert changed(tmp_path, PLAIN, "loop", "batch", 7) == PLAIN.replace("batch=5", "batch=7")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[budget]\ncap_usd = "3.50"\n'),
        ("[loop]\nbatch = 5", '[loop]\nbatch = 5\n\n[budget]\ncap_usd = "3.50"\n'),
        ("[budget]", '[budget]\ncap_usd = "3.50"\n'),
        ("[ budget ] # x\r\n[loop]\r\n", '[ budget ] # x\r\ncap_usd = "3.50"\r\n[loop]\r\n'),
        ("\ufeff[budget]\r\ncap_usd='1'\r\n", '\ufeff[budget]\r\ncap_usd="3.50"\r\n'),
        ("budget.cap_usd = '1' # x\n", 'budget.cap_usd = "3.50" # x\n'),
        ("budget = { ledger = '', cap_usd = '1' }\n", "budget = { ledger = '', cap_usd = \"3.50\" }\n"),
        ("budget = {cap_usd='1'}", 'budget = {cap_usd="3.50"}'),
        ('["budget"]\n"cap_usd" = "1"', '["budget"]\n"cap_usd" = "3.50"'),
        ('[budget]\ncap_usd = """\n1"""\n', '[budget]\ncap_usd = "3.50"\n'),
        ("[budget]\n# cap_usd = '9'\ncap_usd = '1'\n", "[budget]\n# cap_usd = '9'\ncap_usd = \"3.50\"\n"),
    ],
)
def test_every_way_to_write_it_is_found(tmp_path: Path, before: str, after: str) -> None:
    assert changed(tmp_path, before) == after
    assert load_settings(tmp_path / "llmaaa.toml").budget.cap_usd == "3.50"


def test_a_text_that_looks_like_the_key_is_left_alone(tmp_path: Path) -> None:
    guidance = "[annotator]\nguidance = '''\n[budget]\ncap_usd = \"1\"\n'''\n"
    assert changed(tmp_path, guidance) == guidance + '\n[budget]\ncap_usd = "3.50"\n'
    both = guidance + "[budget]\ncap_usd = '1'\n"
    assert changed(tmp_path, both) == guidance + '[budget]\ncap_usd = "3.50"\n'
    other = "[labels]\ncap_usd = 'x'\n[budget]\nledger = ''\n"
    assert changed(tmp_path, other) == "[labels]\ncap_usd = 'x'\n[budget]\ncap_usd = \"3.50\"\nledger = ''\n"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.decimals(0, 999, places=3).map(str))
def test_whatever_the_settings_hold_one_value_changes(
    tmp_path_factory: pytest.TempPathFactory, guidance: str, cap: str
) -> None:
    settings = replace(Settings(), annotator=AnnotatorSettings(guidance=guidance), labels={guidance or "x": "cap_usd"})
    path = tmp_path_factory.mktemp("any") / "llmaaa.toml"
    path.write_bytes(write_settings(settings).encode())
    write_setting(path, "budget", "cap_usd", cap)
    assert load_settings(path) == replace(settings, budget=replace(settings.budget, cap_usd=cap))


@pytest.mark.parametrize(
    ("text", "section", "key", "value", "said"),
    [
        (PLAIN, "budget", "cap_usd", "lots", "'lots' is not an amount in USD"),
        (PLAIN, "budget", "cap_usd", 2.5, "text in quotes is wanted"),
        (PLAIN, "budget", "cap_us", "1", "unknown setting budget.cap_us; did you mean cap_usd"),
        (PLAIN, "budgt", "cap_usd", "1", "unknown section"),
        ("[budget\n", "budget", "cap_usd", "1", "not valid TOML"),
        ("budget.ledger = ''\n", "budget", "cap_usd", "1", "change it by hand"),
    ],
)
def test_what_would_not_load_is_refused_and_nothing_changes(
    tmp_path: Path, text: str, section: str, key: str, value: object, said: str
) -> None:
    path = tmp_path / "llmaaa.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        write_setting(path, section, key, value)
    assert "\n" not in str(caught.value)
    assert path.read_text() == text
    assert os.listdir(tmp_path) == ["llmaaa.toml"]


def test_mode_and_links_stay_and_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "there" / "llmaaa.toml"
    path.parent.mkdir()
    path.write_text(PLAIN)
    path.chmod(0o640)
    link = tmp_path / "llmaaa.toml"
    link.symlink_to(path)
    write_setting(link, "budget", "cap_usd", "7")
    assert link.is_symlink()
    assert load_settings(path).budget.cap_usd == "7"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with pytest.raises(SettingsError, match="cannot be read"):
        write_setting(tmp_path / "none.toml", "budget", "cap_usd", "7")
