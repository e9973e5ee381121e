"""What a person may say about the screen on the command line; each has a twin in the environment."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from typing import Any

import click

KEYMAPS = ("prodigy", "labelstudio", "argilla", "vim")
COLOURS = ("auto", "truecolor", "256", "16", "none")


def login() -> str:
    """The name of who is logged in, also where USER is not set; their number where they have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}"


def _twin(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Hand a flag on in the environment, where the screen looks before Textual is imported."""

    def hand_on(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value not in (None, False):
            os.environ[name] = "1" if value is True else str(value)

    return hand_on


def screen_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags of the screen to a command; those that are no parameter go on in the environment."""
    options = (
        click.option(
            "--readonly", is_flag=True, envvar="LLMAAA_READONLY", help="The screen only looks: no key changes anything."
        ),
        click.option(
            "--reviewer",
            envvar="LLMAAA_REVIEWER",
            default=login,
            show_default="your login name",
            help="Your name, noted with what you decide and ask for.",
        ),
        _switch("--ascii", "LLMAAA_ASCII", "Draw with ASCII alone."),
        _switch("--low-bandwidth", "LLMAAA_LOW_BANDWIDTH", "For a slow line: fewer frames, 256 colours, no title."),
        _switch("--no-mouse", "LLMAAA_NO_MOUSE", "Leave the mouse to the terminal; the key M takes it."),
        _switch("--no-title", "LLMAAA_NO_TITLE", "Leave the terminal's title alone."),
        click.option(
            "--color",
            type=click.Choice(COLOURS),
            expose_value=False,
            callback=_twin("LLMAAA_COLOR"),
            help="How many colours the terminal has.  [env var: LLMAAA_COLOR]",
        ),
        click.option(
            "--theme",
            metavar="NAME",
            expose_value=False,
            callback=_twin("LLMAAA_THEME"),
            help="llmaaa-dark, llmaaa-light or another one of ^p; remembered.  [env var: LLMAAA_THEME]",
        ),
        click.option(
            "--keymap",
            type=click.Choice(KEYMAPS),
            expose_value=False,
            callback=_twin("LLMAAA_KEYMAP"),
            help="Whose keys your fingers know.  [env var: LLMAAA_KEYMAP]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _switch(flag: str, twin: str, says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(flag, is_flag=True, expose_value=False, callback=_twin(twin), help=f"{says}  [env var: {twin}]")
