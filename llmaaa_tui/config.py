"""Settings as `llmaaa.toml` holds them: how the file is read and checked, and how the commented one is written.

What it may hold stands in `sections`.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .core.money import parse_usd
from .errors import SettingsError
from .sections import Settings

__all__ = ["Settings", "as_toml", "load_settings", "parse_settings", "write_settings"]

LARGEST = 2**63 - 1
"""Whole numbers end where a database column does."""
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
"""In capitals, as variables are written: many a key would pass for a name in mixed case."""


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def _checked(where: str, spec: Field[Any], value: Any) -> Any:
    expected = type(spec.default)
    if expected is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST:
        value = float(value)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        kinds = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
        raise SettingsError(f"{where}: {value!r} does not fit, {kinds[expected]} is wanted")
    choices = spec.metadata["choices"]
    if choices and value not in choices:
        choices = tuple(dict.fromkeys((*choices, *spec.metadata["brought"]())))
    if choices and value not in choices:
        raise SettingsError(
            f"{where}: {value!r} is not known; choose {', '.join(choices)}{_nearest(str(value), choices)}"
        )
    if isinstance(value, (int, float)) and not abs(value) <= LARGEST:  # NaN is not either
        raise SettingsError(f"{where}: {value} is no number that can be used; it must be finite and below 2^63")
    low = spec.metadata["low"]
    if low is not None and value < low:
        raise SettingsError(f"{where}: {value} is too small; at least {low:g} is wanted")
    return value


def _section(source: str, name: str, current: Any, values: Any) -> Any:
    if not isinstance(values, dict):
        raise SettingsError(f"{source}: {name} must be a section, written as [{name}]")
    known = {spec.name: spec for spec in fields(current)}
    changed: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise SettingsError(f"{source}: unknown setting {name}.{key}{_nearest(key, known)}")
        changed[key] = _checked(f"{source}: {name}.{key}", known[key], value)
    return replace(current, **changed)


def _with(settings: Settings, data: Mapping[str, Any], source: str) -> Settings:
    sections = {spec.name for spec in fields(settings)}
    changed: dict[str, Any] = {}
    for name, values in data.items():
        if name not in sections:
            raise SettingsError(f"{source}: unknown section [{name}]{_nearest(name, sections)}")
        if name == "labels":
            if not isinstance(values, dict) or not all(isinstance(said, str) for said in values.values()):
                raise SettingsError(f'{source}: [labels] takes lines such as PER = "person"')
            changed[name] = {**settings.labels, **values}
        else:
            changed[name] = _section(source, name, getattr(settings, name), values)
    result = replace(settings, **changed)
    _check_texts(result, source)
    return result


def _check_texts(settings: Settings, source: str) -> None:
    """Texts that must read as something: an amount, a number, a variable's name, an address without a password."""
    try:
        parse_usd(settings.budget.cap_usd)
    except ValueError as error:
        raise SettingsError(f"{source}: budget.cap_usd: {error}") from None
    annotator = settings.annotator
    try:
        usable = not annotator.temperature or 0 <= float(annotator.temperature) < math.inf
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{source}: annotator.temperature: {annotator.temperature!r} is no number of 0 or more")
    if annotator.unsure_below > 1:
        raise SettingsError(f"{source}: annotator.unsure_below: {annotator.unsure_below:g} is over 1, the surest")
    if settings.student.label_smoothing >= 1:
        said = f"{settings.student.label_smoothing:g} is no share below 1; 0.1 is usual"
        raise SettingsError(f"{source}: student.label_smoothing: {said}")
    # What stands here is stored with every run and shown: a secret must not, and is not repeated in the message.
    if source.startswith("--set "):
        source = source.partition("=")[0]
    if annotator.api_key_env and not _VARIABLE.fullmatch(annotator.api_key_env):
        raise SettingsError(
            f"{source}: annotator.api_key_env: wants the name of an environment variable in capitals, such as "
            "OPENAI_API_KEY, never the key itself"
        )
    try:
        address = urlsplit(annotator.base_url)
        secret = "@" in address.netloc or address.query
    except ValueError:
        shown = "it" if "@" in annotator.base_url else repr(annotator.base_url)
        raise SettingsError(f"{source}: annotator.base_url: {shown} is no address") from None
    if secret:
        raise SettingsError(
            f"{source}: annotator.base_url: holds a user name, a password or a query; put the key into the environment "
            "and its variable's name into annotator.api_key_env"
        )


def _parse_override(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    section, dot, name = key.strip().partition(".")
    if not equals or not dot or not name:
        raise SettingsError(f"--set {text}: write section.key=value, e.g. --set loop.batch=20")
    known = {spec.name: spec for spec in fields(Settings)}
    if section == "labels":
        return {section: {name: value}}
    if section not in known:
        raise SettingsError(f"--set {text}: unknown section {section}{_nearest(section, known)}")
    factory = known[section].default_factory
    assert factory is not MISSING
    specs: dict[str, Field[Any]] = {spec.name: spec for spec in fields(factory())} if is_dataclass(factory) else {}
    spec = specs.get(name)
    if spec is None:
        raise SettingsError(f"--set {text}: unknown setting {section}.{name}{_nearest(name, specs)}")
    try:
        match spec.default:
            case bool():
                parsed: Any = {"true": True, "false": False}[value.strip().lower()]
            case int():
                parsed = int(value)
            case float():
                parsed = float(value)
            case _:
                parsed = value
    except (KeyError, ValueError):
        parsed = value  # the check says what would fit
    return {section: {name: parsed}}


def parse_settings(text: str, source: str, overrides: Iterable[str] = ()) -> Settings:
    """Settings of a TOML text with `--set section.key=value` laid over it.

    Raises:
        SettingsError: naming file, key and the nearest valid key.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: not valid TOML: {error}") from None
    settings = _with(Settings(), data, source)
    for override in overrides:
        settings = _with(settings, _parse_override(override), f"--set {override}")
    return settings


def load_settings(path: Path, overrides: Iterable[str] = ()) -> Settings:
    """Read `llmaaa.toml`; see `parse_settings`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); make a project with llmaaa new") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    return parse_settings(text, str(path), overrides)


def as_toml(value: Any) -> str:
    """A value as `llmaaa.toml` writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    # JSON escapes all that TOML wants escaped but DEL.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def write_settings(settings: Settings) -> str:
    """The commented `llmaaa.toml` of these settings."""
    lines = ["# Settings of an llmaaa project. Each can be overridden for one run: --set section.key=value"]
    for section in fields(settings):
        value = getattr(settings, section.name)
        lines += ["", f"[{section.name}]"]
        if section.name == "labels":
            lines.append("# how each label is said in the prompt")
            lines += [f"{as_toml(name)} = {as_toml(said)}" for name, said in value.items()]
            continue
        for spec in fields(value):
            lines.append(f"# {spec.metadata['comment']}")
            lines.append(f"{spec.name} = {as_toml(getattr(value, spec.name))}")
    return "\n".join(lines) + "\n"
