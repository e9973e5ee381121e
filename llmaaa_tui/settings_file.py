"""Change one value in `llmaaa.toml` and leave everything else as its owner wrote it, byte for byte."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from .config import as_toml, parse_settings
from .errors import SettingsError

BOM = "\ufeff"
_VALUE = r'(?:"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''" + r'|"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|[^\s#,}\"'\[{]+)"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_setting(path: Path, section: str, key: str, value: Any) -> None:
    """Set one value; comments, order and line ends stay, and a section or key that is missing is added.

    The file is replaced whole or not at all, and keeps its mode.

    Raises:
        SettingsError: the file cannot be read or written, would not load with this value, or is written in a way
            that cannot be changed by line.
    """
    path = path.resolve()  # the file itself is replaced, not a link to it
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    mark = BOM if text.startswith(BOM) else ""
    changed = _changed(text[len(mark) :], str(path), section, key, value)
    try:
        _replace(path, (mark + changed).encode("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror})") from None


def _changed(text: str, source: str, section: str, key: str, value: Any) -> str:
    parse_settings(text, source)  # a file that is broken already is not touched
    before = tomllib.loads(text)
    wanted = deepcopy(before)
    wanted.setdefault(section, {})[key] = value
    there = key in before.get(section, {})
    for candidate in _replaced(text, section, key, value) if there else _added(text, section, key, value):
        with suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(candidate) == wanted:
                parse_settings(candidate, source)
                return candidate
    raise SettingsError(f"{source}: {section}.{key} is written in a way that is not changed here; change it by hand")


def _replaced(text: str, section: str, key: str, value: Any) -> Iterator[str]:
    """The text with the value put in each place that may be the key's; only one of them reads as it should."""
    name = f"(?:{_spelled(section)}[ \t]*\\.[ \t]*)?{_spelled(key)}"
    place = re.compile(rf"((?:^|[{{,])[ \t]*{name}[ \t]*=[ \t]*){_VALUE}", re.MULTILINE | re.DOTALL)
    position = 0
    while found := place.search(text, position):
        yield text[: found.end(1)] + as_toml(value) + text[found.end() :]
        position = found.start() + 1


def _added(text: str, section: str, key: str, value: Any) -> Iterator[str]:
    """The text with a new line under each header that may be the section's, then with a new section at the end."""
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{key if _BARE.fullmatch(key) else as_toml(key)} = {as_toml(value)}{end}"
    header = re.compile(rf"^[ \t]*\[[ \t]*{_spelled(section)}[ \t]*\][ \t]*(?:#[^\n]*?)?\r?(\n|\Z)", re.MULTILINE)
    for found in header.finditer(text):
        yield text[: found.end()] + ("" if found.group(1) else end) + line + text[found.end() :]
    gap = "" if not text or text.endswith("\n") else end
    yield f"{text}{gap}{end if text else ''}[{section}]{end}{line}"


def _spelled(name: str) -> str:
    """A key as a pattern: bare or in quotes."""
    return rf"(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')"


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
