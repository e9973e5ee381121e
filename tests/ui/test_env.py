"""What is decided before Textual is imported, and what may be imported at all."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import click
import pytest

from llmaaa_tui.cli.flags import login, screen_flags
from llmaaa_tui.ui import env
from llmaaa_tui.ui.words import clock, count, f1, failure, ratio, signed, tokens, usd

HEAVY = (
    "torch",
    "transformers",
    "numpy",
    "faiss",
    "openai",
    "anthropic",
    "tiktoken",
    "seqeval",
    "sqlite_utils",
    "scipy",
    "plotext",
)


def imported(program: str) -> set[str]:
    """The modules that are there after a program's imports."""
    program = f"import sys, json; {program}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def test_the_first_screen_and_the_windows_need_little() -> None:
    windows = ("help", "quit", "sentence", "preflight", "trouble", "jump")
    modules = imported(
        "import llmaaa_tui.ui.app, llmaaa_tui.ui.shell.clipboard, "
        + ", ".join(f"llmaaa_tui.ui.screens.{name}" for name in windows)
    )
    assert "textual" in modules
    assert {name.partition(".")[0] for name in modules}.isdisjoint(HEAVY)
    rooms = {name for name in modules if name.startswith("llmaaa_tui.")}
    # Where files are, how a queue is ordered; the standard library.
    rooms -= {"llmaaa_tui.paths", "llmaaa_tui.config", "llmaaa_tui.sections"}
    allowed = ("llmaaa_tui.ui", "llmaaa_tui.core", "llmaaa_tui.text", "llmaaa_tui.errors")
    assert {name for name in rooms if not name.startswith(allowed)} == set()


def test_no_screen_imports_anything_heavy() -> None:
    screens = sorted(file.stem for file in Path(env.__file__).parent.joinpath("screens").glob("[a-z]*.py"))
    modules = imported("import llmaaa_tui.ui.app, " + ", ".join(f"llmaaa_tui.ui.screens.{name}" for name in screens))
    assert {name.partition(".")[0] for name in modules}.isdisjoint(HEAVY)
    rooms = ("worker", "annotators", "student", "evaluation", "formats", "acquisition", "simulator", "cli")
    assert not [name for name in modules if name.startswith(tuple(f"llmaaa_tui.{room}" for room in rooms))]


def test_the_environment_is_set_before_textual_reads_it() -> None:
    program = (
        "import llmaaa_tui.ui.app; from textual import constants as c;"
        "print(c.TEXTUAL_ANIMATIONS, c.MAX_FPS, c.DISABLE_KITTY_KEY)"
    )
    environ = {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22", "LC_TERMINAL": "iTerm2", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environ, timeout=60)
    assert done.stdout.split() == ["none", "30", "True"], done.stderr


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}),
        ({"SSH_TTY": "/dev/pts/1"}, {"TEXTUAL_FPS": "30"}),
        ({"SSH_TTY": "/dev/pts/1", "TEXTUAL_FPS": "15"}, {"TEXTUAL_FPS": "15"}),
        ({"TERM_PROGRAM": "iTerm.app"}, {"TEXTUAL_DISABLE_KITTY_KEY": "1"}),
        ({"LLMAAA_COLOR": "256"}, {"TEXTUAL_COLOR_SYSTEM": "256"}),
        ({"LLMAAA_COLOR": "16"}, {"TEXTUAL_COLOR_SYSTEM": "standard"}),
        ({"LLMAAA_COLOR": "none"}, {"NO_COLOR": "1"}),
        ({"LLMAAA_LOW_BANDWIDTH": "1"}, {"TEXTUAL_FPS": "15", "TEXTUAL_COLOR_SYSTEM": "256"}),
        ({"LLMAAA_LOW_BANDWIDTH": "1", "SSH_TTY": "x"}, {"TEXTUAL_FPS": "15"}),
        ({"LLMAAA_LOW_BANDWIDTH": "1", "LLMAAA_COLOR": "16"}, {"TEXTUAL_COLOR_SYSTEM": "standard"}),
        ({"LLMAAA_LOW_BANDWIDTH": "1", "TEXTUAL_FPS": "60"}, {"TEXTUAL_FPS": "60"}),
        ({"TEXTUAL_ANIMATIONS": "full"}, {"TEXTUAL_ANIMATIONS": "full"}),
    ],
)
def test_defaults_give_way_to_the_user(given: dict[str, str], expected: dict[str, str]) -> None:
    environ = dict(given)
    env.apply(environ)
    assert environ.items() >= expected.items()


def test_colours_asked_for_by_name_are_given_although_no_color_is_set() -> None:
    environ = {"NO_COLOR": "1", "LLMAAA_COLOR": "256"}
    env.apply(environ)
    assert "NO_COLOR" not in environ
    for colour in ("auto", ""):
        environ = {"NO_COLOR": "1", "LLMAAA_COLOR": colour, "LLMAAA_LOW_BANDWIDTH": "1"}
        env.apply(environ)
        assert environ["NO_COLOR"] == "1"


@pytest.mark.parametrize(
    ("value", "on"), [("1", True), ("yes", True), ("0", False), ("false", False), ("No", False), ("", False)]
)
def test_switches(value: str, on: bool) -> None:
    assert env.asked({"LLMAAA_NO_MOUSE": value}, "LLMAAA_NO_MOUSE") is on
    assert not env.asked({}, "LLMAAA_NO_MOUSE")


def test_flags_go_on_in_the_environment_where_the_screen_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    @click.command()
    @screen_flags
    def command(**more: object) -> None:
        given.update(more)

    names = ("ASCII", "LOW_BANDWIDTH", "NO_MOUSE", "NO_TITLE", "COLOR", "THEME", "KEYMAP", "READONLY", "REVIEWER")
    for name in names:
        monkeypatch.setenv(f"LLMAAA_{name}", "")  # so that what the flags set is undone
        monkeypatch.delenv(f"LLMAAA_{name}")
    monkeypatch.delenv("USER", raising=False)
    command.main([], standalone_mode=False)
    assert not [name for name in os.environ if name.startswith("LLMAAA_")]
    assert given == {"readonly": False, "reviewer": login()}
    flags = ["--ascii", "--low-bandwidth", "--no-mouse", "--no-title", "--readonly", "--color", "16"]
    command.main([*flags, "--theme", "nord", "--keymap", "vim", "--reviewer", "Asha"], standalone_mode=False)
    assert {name: os.environ.get(f"LLMAAA_{name}") for name in names[:7]} == {
        "ASCII": "1", "LOW_BANDWIDTH": "1", "NO_MOUSE": "1", "NO_TITLE": "1", "COLOR": "16", "THEME": "nord",
        "KEYMAP": "vim",
    }  # fmt: skip
    assert given == {"readonly": True, "reviewer": "Asha"}
    monkeypatch.setenv("LLMAAA_READONLY", "1")
    monkeypatch.setenv("LLMAAA_REVIEWER", "Juma")
    command.main([], standalone_mode=False)
    assert given == {"readonly": True, "reviewer": "Juma"}


def test_a_login_name_needs_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    assert login() == pwd.getpwuid(os.getuid()).pw_name

    def nobody(_uid: int) -> object:
        raise KeyError("no entry")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert login() == f"user {os.getuid()}", "as in a container without names"


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ({"LANG": "C.UTF-8"}, False),
        ({}, False),
        ({"LANG": "de_DE.utf8"}, False),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "C.UTF-8"}, True),
        ({"TERM": "linux"}, True),
        ({"LANG": "C.UTF-8", "LLMAAA_ASCII": "1"}, True),
        ({"LANG": "C", "LLMAAA_ASCII": "0"}, False),
    ],
)
def test_ascii_where_unicode_cannot_be_drawn(given: dict[str, str], plain: bool) -> None:
    assert env.plain_glyphs(given) is plain


@pytest.mark.parametrize(("given", "light"), [("0;15", True), ("15;0", False), ("0;default;7", True), ("", False)])
def test_a_light_terminal_gets_the_light_theme(given: str, light: bool) -> None:
    assert env.light_background({"COLORFGBG": given}) is light


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (f1(0.713), ".71"),
        (f1(1.0), "1.00"),
        (f1(0.996), "1.00"),
        (f1(0.0), ".00"),
        (signed(0.134), "+.13"),
        (signed(-0.02), "-.02"),
        (signed(-0.001), ".00"),
        (count(6443), "6,443"),
        (tokens(999), "999"),
        (tokens(31_240), "31 k"),
        (tokens(1_250_000), "1.2 M"),
        (tokens(999_700), "1.0 M"),
        (clock(41), "0:41"),
        (clock(725.4), "12:05"),
        (clock(11_220), "3:07:00"),
        (clock(-1), "0:00"),
        (usd(0), "0.000"),
        (usd(163_000_000), "0.163"),
        (usd(163_000_001), "0.164"),
        (usd(350_001), "0.0004"),
        (usd(14_200_000_000), "14.20"),
        (usd(1_203_500_000_000), "1,204"),
        (ratio(1.44), "1.4"),
        (ratio(86.2), "86"),
        (ratio(1240.0), "1,240"),
        (failure("cut_off"), "cut off"),
        (failure("brand_new"), "brand new"),
    ],
)
def test_numbers_in_words(said: str, expected: str) -> None:
    assert said == expected
