"""What Textual reads from the environment, decided before it is imported.

Imports the standard library alone: it must run before the first `import textual`.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

COLOURS = {"auto": "auto", "truecolor": "truecolor", "256": "256", "16": "standard"}
"""Words of `LLMAAA_COLOR` → words of `TEXTUAL_COLOR_SYSTEM`; "none" sets NO_COLOR instead."""


def over_ssh(environ: MutableMapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def plain_glyphs(environ: MutableMapping[str, str]) -> bool:
    """Whether to draw with ASCII alone: asked for, a Linux console, or a locale that is not UTF-8."""
    if (asked := environ.get("LLMAAA_ASCII", "")) != "":
        return asked not in ("0", "false", "no")
    if environ.get("TERM") == "linux":
        return True
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "UTF-8"
    return "utf" not in locale.lower()


def light_background(environ: MutableMapping[str, str]) -> bool:
    """Whether the terminal says that its background is light (`COLORFGBG`, set by rxvt, Konsole, iTerm2)."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return background in ("7", "15")


def asked(environ: Mapping[str, str], name: str) -> bool:
    """Whether a switch of the environment is on."""
    return environ.get(name, "").lower() not in ("", "0", "false", "no", "off")


def apply(environ: MutableMapping[str, str]) -> None:
    """Set the `TEXTUAL_*` variables that the user did not set.

    - iTerm2 loses composed (IME) text with the Kitty keyboard protocol; `LC_TERMINAL` crosses SSH.
    - No animations: they cost bytes and delay on a slow link and say nothing here.
    - 30 frames a second over SSH; 60 locally, where a period of 33 ms can be felt.
    - `LLMAAA_LOW_BANDWIDTH`: 15 frames a second and 256 colours, whose codes are half as long.
    - `LLMAAA_COLOR=auto|truecolor|256|16|none` overrides what TERM, COLORTERM and NO_COLOR promise.
    """
    if environ.get("TERM_PROGRAM") == "iTerm.app" or environ.get("LC_TERMINAL") == "iTerm2":
        environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    colour = environ.get("LLMAAA_COLOR", "").lower()
    if asked(environ, "LLMAAA_LOW_BANDWIDTH"):
        environ.setdefault("TEXTUAL_FPS", "15")
        colour = colour or "256"
    if over_ssh(environ):
        environ.setdefault("TEXTUAL_FPS", "30")
    if colour == "none":
        environ.setdefault("NO_COLOR", "1")
    elif colour in COLOURS and colour != "auto":
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", COLOURS[colour])
        if environ.get("LLMAAA_COLOR"):
            environ.pop("NO_COLOR", None)
