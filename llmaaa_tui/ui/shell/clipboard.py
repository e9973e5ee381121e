"""Copying out of a terminal: what can be done is done, and what was done is said; nobody knows whether it arrived."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from .state import write

OSC_52_BYTES = 56_244
"""Bytes of text that xterm and most others take in one OSC 52: 74,992 once encoded."""
TMUX_S = 2.0

_CONTROL = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
_CONTROL |= {0x7F: "␡", **dict.fromkeys(range(0x80, 0xA0), "\ufffd"), **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


def harmless(text: str) -> str:
    """`text` as it is, but without what a shell or a terminal would obey when it is pasted; lines and tabs stay."""
    return text.translate(_CONTROL)


def osc_52(text: str) -> str:
    """The sequence that asks a terminal to take `text` into its clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8')).decode('ascii')}\x07"


def copy(text: str, put: Callable[[str], object], environ: Mapping[str, str], folder: Path | None) -> str:
    """Put `text` wherever it can be put; gives one sentence of what was done. May take a moment: run it in a thread.

    Args:
        put: writes to the terminal.
        folder: the state folder; `clipboard.txt` in it always has the text, unless it is None.
    """
    text = harmless(text)
    done = _sent(text, put, environ)
    file = folder / "clipboard.txt" if folder is not None else None
    if file is not None and write(file, text):
        return f"{done}; also in {_short(file, environ)}"
    return f"{done}; {file} could not be written" if file is not None else done


def _sent(text: str, put: Callable[[str], object], environ: Mapping[str, str]) -> str:
    trouble = ""
    if environ.get("TMUX"):
        trouble = _to_tmux(text)
        if not trouble:
            return "Sent to tmux and, by OSC 52, to your terminal, if it allows it"
        trouble = f" (tmux did not take it: {trouble})"
    if environ.get("TERM", "") in ("linux", "dumb"):
        return f"This terminal has no clipboard{trouble}"
    size = len(text.encode("utf-8"))
    if size > OSC_52_BYTES:
        return f"Too long for a terminal's clipboard: {size:,} bytes, OSC 52 carries {OSC_52_BYTES:,}{trouble}"
    put(osc_52(text))
    return f"Sent to your terminal by OSC 52, if it allows it{trouble}"


def _to_tmux(text: str) -> str:
    """Into tmux's buffer, which hands it on to the terminal; gives why it could not, or ""."""
    command = ["tmux", "load-buffer", "-w", "-"]
    try:
        done = subprocess.run(command, input=text.encode("utf-8"), capture_output=True, timeout=TMUX_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__ if isinstance(error, subprocess.TimeoutExpired) else str(error.strerror)
    if done.returncode == 0:
        return ""
    words = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return words[0] if words else f"exit code {done.returncode}"


def _short(file: Path, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME", "")
    return f"~{str(file)[len(home) :]}" if home and str(file).startswith(f"{home}/") else str(file)
