"""What a person likes: the file `config.toml`, and what was chosen on the screen last."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .state import write

_KEYS = ("keymap", "theme", "keys")


@dataclass(frozen=True, slots=True)
class Preferences:
    """Keys and colours.

    Attributes:
        keymap: a preset's name, "" for the default.
        theme: a theme's name, "" for what suits the terminal.
        keys: keys by command id.
        file: where they were read, for sentences; "" where there is no file.
        problems: one sentence for each thing in the file that cannot be used.
    """

    keymap: str = ""
    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    problems: tuple[str, ...] = ()


def read(file: Path) -> Preferences:
    """The preferences in `file`; never fails, for a screen opens with any."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, UnicodeDecodeError) as error:
        return Preferences(file=str(file), problems=(f"{file}: cannot be read ({error}).",))
    except tomllib.TOMLDecodeError as error:
        return Preferences(file=str(file), problems=(f"{file}: is no TOML: {error}.",))
    problems: list[str] = []

    def text(key: str) -> str:
        value = found.get(key, "")
        if isinstance(value, str):
            return value
        problems.append(f"{file}: {key}: must be text in quotes, not {value!r}.")
        return ""

    for key in found:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            problems.append(
                f"{file}: {key}: is no setting of the screen{f'; do you mean {near[0]}' if near else ''}; "
                f"there are {', '.join(_KEYS)}."
            )
    keymap, theme = text("keymap"), text("theme")
    return Preferences(keymap, theme, _keys(file, found.get("keys", {}), problems), str(file), tuple(problems))


def _keys(file: Path, table: Any, problems: list[str]) -> dict[str, str]:
    """The table [keys]; an id has a dot, so TOML may have made a table of its group where it stands without quotes."""
    if not isinstance(table, dict):
        problems.append(f"{file}: keys: must be a table [keys] of command = keys.")
        return {}
    keys: dict[str, str] = {}
    for name, value in table.items():
        entries = {f"{name}.{verb}": own for verb, own in value.items()} if isinstance(value, dict) else {name: value}
        for id_, own in entries.items():
            if isinstance(own, str):
                keys[id_] = own
            else:
                problems.append(f'{file}: [keys] {id_}: must be text in quotes, such as "ctrl+e,e".')
    return keys


def chosen_theme(preferences: Preferences, state: Path | None, environ: Mapping[str, str]) -> str:
    """The theme to begin with: asked for now, else the one chosen last on the screen, else the file's.

    What was chosen on the screen gives way to a file that says something else since.
    """
    asked = environ.get("LLMAAA_THEME", "")
    if asked or state is None:
        return asked or preferences.theme
    try:
        last = json.loads((state / "theme.json").read_text(encoding="utf-8"))
        theme, over = str(last["theme"]), str(last["over"])
    except (OSError, ValueError, KeyError, TypeError):
        return preferences.theme
    return theme if over == preferences.theme else preferences.theme


def remember_theme(preferences: Preferences, state: Path | None, theme: str) -> None:
    """Begin with this theme next time; where that cannot be written it is chosen again next time."""
    if state is not None:
        write(state / "theme.json", json.dumps({"theme": theme, "over": preferences.theme}))


def from_environment(preferences: Preferences, environ: Mapping[str, str] = os.environ) -> Preferences:
    """The preferences with what the environment asks for in this session."""
    return replace(preferences, keymap=environ.get("LLMAAA_KEYMAP") or preferences.keymap)
