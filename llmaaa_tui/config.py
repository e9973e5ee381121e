"""Settings: what `llmaaa.toml` may hold, how it is checked, and how the commented file is written.

One dataclass a section. Every field carries its help line, which becomes the comment in the file.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .core.money import parse_usd
from .core.review import Order
from .core.strategies import STRATEGIES, installed
from .errors import SettingsError

LARGEST = 2**63 - 1
"""Whole numbers end where a database column does."""
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
"""In capitals, as variables are written: many a key would pass for a name in mixed case."""


def _setting(default: Any, comment: str, *, choices: tuple[str, ...] = (), low: float | None = None) -> Any:
    return field(default=default, metadata={"comment": comment, "choices": choices, "low": low})


@dataclass(frozen=True)
class ProjectSettings:
    name: str = _setting("", "shown on every screen")
    task: str = _setting("ner", "what is labelled", choices=("ner",))
    mode: str = _setting(
        "strict",
        "strict: demonstrations, meta, dev and test are disjoint; paper: one gold set serves as all but test",
        choices=("strict", "paper"),
    )
    language: str = _setting("English", "the language of the texts, named in the prompt")
    domain: str = _setting("", "what kind of text it is, named in the prompt; e.g. news")
    seed: int = _setting(1, "every random choice follows from it", low=0)


@dataclass(frozen=True)
class LoopSettings:
    initial: int = _setting(50, "items of the first round", low=1)
    batch: int = _setting(50, "items of each further round", low=1)
    rounds: int = _setting(10, "rounds in all, unless --until says otherwise", low=1)
    schedule: str = _setting(
        "constant",
        "how the rounds grow to initial + (rounds - 1) * batch labels: constant, quadratic (LLMaAA) or geometric",
        choices=("constant", "quadratic", "geometric"),
    )
    first: str = _setting(
        "random", "who is labelled in the first round: random, or kmeans over the encoder", choices=("random", "kmeans")
    )
    pool_sample: int = _setting(
        20000, "sentences the student scores in a round, drawn at random; 0: the whole pool", low=0
    )
    committee: int = _setting(3, "students that strategy committee asks, the round's own among them", low=2)
    draws: int = _setting(10, "passes with dropout that strategy bald takes", low=2)
    reask: int = _setting(0, "doubtful labelled sentences a round asks about once more, on top of its batch", low=0)
    source: str = _setting(
        "pool",
        "pool: the annotator labels your sentences; zerogen or fewgen: it writes labelled sentences itself, without or "
        "with your demonstrations before it",
        choices=("pool", "zerogen", "fewgen"),
    )
    ahead: bool = _setting(
        True, "annotate the next batch while the student trains, where the strategy does not need that student"
    )
    strategy: str = _setting("least_confidence", f"who is labelled next: {', '.join(STRATEGIES)}", choices=STRATEGIES)
    review: str = _setting(
        "none",
        "whose answers a person decides on before each training: none, suspicious (those with a reason to look) or all",
        choices=("none", "suspicious", "all"),
    )


@dataclass(frozen=True)
class ReviewSettings:
    sample: int = _setting(
        59, "sentences labelled blind before many answers are accepted at once; 59 without an error show 95 %", low=1
    )
    order: str = _setting("suspicious", f"which answers come first: {', '.join(Order)}", choices=tuple(Order))


@dataclass(frozen=True)
class BudgetSettings:
    cap_usd: str = _setting("2.00", "no request leaves that could bring the spend over this")
    ledger: str = _setting("", "file that keeps requests, answers and spend; empty: this project's own")


@dataclass(frozen=True)
class AnnotatorSettings:
    provider: str = _setting(
        "simulator",
        "openai, anthropic, compatible (vLLM, Ollama, llama.cpp: give base_url), simulator (no key, no cost), "
        "recorded or gold",
        choices=("openai", "anthropic", "compatible", "simulator", "recorded", "gold"),
    )
    model: str = _setting("", "the model's name as its provider spells it; the simulator takes it from profile")
    base_url: str = _setting("", "e.g. http://127.0.0.1:8000/v1; empty: the provider's own address")
    endpoint: str = _setting("", "a name for the endpoint, part of what names a request; empty: the provider")
    api_key_env: str = _setting(
        "",
        "the environment variable that holds the key, never the key itself; "
        "empty: OPENAI_API_KEY, for anthropic ANTHROPIC_API_KEY",
    )
    profile: str = _setting("gpt-4-turbo", "whose errors the simulator makes: exact, gpt-4-turbo, llama-2-70b")
    guidance: str = _setting("", "your own words on what counts as what; part of every prompt")
    k: int = _setting(5, "demonstrations shown with each item", low=0)
    retrieval: str = _setting(
        "knn", "which demonstrations: the nearest, random ones or none", choices=("knn", "random", "none")
    )
    retrieval_encoder: str = _setting("embedded", "sentence encoder of knn: embedded, a local path or a hub name")
    per_request: int = _setting(2, "items in one request; 2 is the only size with recorded accuracy", low=1)
    samples: int = _setting(1, "answers an item gets; of several, a vote gives each label its confidence", low=1)
    format: str = _setting(
        "spans",
        "how answers are written: spans (the words of each name), inline (marks in the text) or token_tags",
        choices=("spans", "inline", "token_tags"),
    )
    economy: bool = _setting(False, "use the provider's batch API: cheaper, but answers may take hours")
    batch_wait_s: float = _setting(
        3600.0, "seconds a worker waits for a provider's batch before it ends with code 6", low=0
    )
    escalate: str = _setting("", "a second, dearer model, asked only where the first is unsure or failed; empty: none")
    unsure_below: float = _setting(0.7, "confidence under which escalate asks, from 0 to 1", low=0)
    unknown: str = _setting(
        "resend",
        "when nobody knows whether a request was billed: resend (under a new hold), ask a person, or skip it",
        choices=("resend", "ask", "skip"),
    )
    recording: str = _setting("", "file of recorded answers, for provider recorded")
    cache: bool = _setting(True, "mark the part that all prompts share, where the provider sells it cheaper")
    retries: int = _setting(1, "how often a failed item is asked again before it is listed as failed", low=0)
    attempts: int = _setting(4, "how often one request is sent when the line or the server fails", low=1)
    concurrency: int = _setting(8, "requests under way at once", low=1)
    timeout_s: float = _setting(120.0, "seconds one request may take in all", low=1)
    max_output_tokens: int = _setting(0, "limit of an answer; 0: from the length of the text", low=0)
    temperature: str = _setting("", "sent only where it is set here; many models refuse it")
    structured: bool = _setting(True, "ask for JSON by schema; switch off for servers that refuse it")
    allow_remote: bool = _setting(False, "consent to send your text to a host that is not this machine")

    @property
    def key_variable(self) -> str:
        """The environment variable that holds the key."""
        return self.api_key_env or ("ANTHROPIC_API_KEY" if self.provider == "anthropic" else "OPENAI_API_KEY")


@dataclass(frozen=True)
class PrivacySettings:
    local_only: bool = _setting(False, "refuse every host but this machine")


@dataclass(frozen=True)
class TeacherSettings:
    measure: str = _setting(
        "none", "ask the annotator about this split once, to draw its F1 (costs money)", choices=("none", "dev", "test")
    )


@dataclass(frozen=True)
class StudentSection:
    encoder: str = _setting("embedded", "embedded (MiniLM: English, lower-cases), a local path or a hub name")
    device: str = _setting("auto", "auto, cpu or cuda:N")
    threads: int = _setting(0, "CPU threads; 0: one fewer than there are cores", low=0)
    epochs: int = _setting(0, "most epochs of a training; 0: what suits the encoder", low=0)
    patience: int = _setting(0, "epochs without a better dev loss before it stops; 0: what suits the encoder", low=0)
    batch: int = _setting(0, "sentences a step; 0: what suits the encoder", low=0)
    learning_rate: float = _setting(0.0, "of the encoder; 0: what suits it", low=0)
    stop_on: str = _setting("f1", "what early stopping looks at on dev: f1 or loss (the paper)", choices=("f1", "loss"))
    max_pieces: int = _setting(0, "sub-words of one window; longer sentences get several; 0: 256", low=0)
    head_learning_rate: float = _setting(0.0, "of the classifier; 0: what suits the encoder", low=0)
    reweight: str = _setting(
        "none",
        "weigh noisy labels by the gold meta set: published (the paper; 3 times the time) or smoothed (1.4 times)",
        choices=("none", "published", "smoothed"),
    )
    warm: bool = _setting(False, "go on from the last round's student instead of training afresh (the papers)")
    class_weights: str = _setting("none", "balanced: words of rare labels count more", choices=("none", "balanced"))
    label_smoothing: float = _setting(0.0, "share of each label spread evenly over all tags, 0 to below 1", low=0)
    soft_labels: bool = _setting(
        False, "learn from all answers of annotator.samples in proportion, not from their vote"
    )
    precision: str = _setting(
        "auto",
        "of matrix products: auto (bfloat16 where the device multiplies it itself), float32, bfloat16 or float16",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    compile: bool = _setting(False, "torch.compile for prediction on a graphics card; pays for large pools alone")
    micro_batch: int = _setting(0, "sentences a pass holds in training, gradients are accumulated; 0: the batch", low=0)
    activation: str = _setting(
        "none",
        "between encoder and classifier: none (exports as a plain model) or gelu (LLMaAA)",
        choices=("none", "gelu"),
    )


@dataclass(frozen=True)
class StoreSettings:
    path: str = _setting("", "the database file; empty: llmaaa.db in this folder (needs a local disk)")


@dataclass(frozen=True)
class Settings:
    """All sections of `llmaaa.toml`; `labels` gives names in words, e.g. PER = "person"."""

    project: ProjectSettings = field(default_factory=ProjectSettings)
    loop: LoopSettings = field(default_factory=LoopSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    annotator: AnnotatorSettings = field(default_factory=AnnotatorSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    teacher: TeacherSettings = field(default_factory=TeacherSettings)
    student: StudentSection = field(default_factory=StudentSection)
    store: StoreSettings = field(default_factory=StoreSettings)
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def cap_nanousd(self) -> int:
        return parse_usd(self.budget.cap_usd)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as stored with a run. Holds no secret: keys live in the environment."""
        return asdict(self)


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
    if choices is STRATEGIES and value not in choices:
        choices += installed()
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
