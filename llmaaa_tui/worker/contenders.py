"""Who is compared: the project's own annotator, and one for every `--with`; each has a name that says what differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..annotators import tasks as annotator_tasks
from ..config import Settings, load_settings
from ..core.labels import LabelSet
from ..core.states import Kind
from ..core.tasks import get
from ..errors import SettingsError
from ..paths import ProjectPaths
from .annotator import AnnotatorKit, describe

UNSEEN = ("format", "shown", "guidance", "per_request")
"""What simulated and recorded answers know nothing of, as keys of a manner."""
_NEXT = re.compile(r",(?=\s*[a-z]+\.[a-z_]+\s*=)")
_WORDS = {"structured": {True: "by schema", False: "no schema"}}
_QUOTED = 24


@dataclass(frozen=True, slots=True)
class Chosen:
    """One who is to be compared.

    Attributes:
        name: its own in the comparison.
        manner: how it is asked, in words.
        settings: all of them, as for a run.
        kit: who is asked, at what price; without a way to send.
    """

    name: str
    manner: str
    settings: Settings
    kit: AnnotatorKit

    @property
    def simulated(self) -> str:
        """ "simulated", "recorded" or "" for a live model."""
        return self.kit.simulated or ""


def chosen(
    paths: ProjectPaths, own: Settings, labels: LabelSet, overrides: Sequence[str], others: Sequence[str]
) -> list[Chosen]:
    """The project's own annotator and the others, in their order. Nothing is started, no key is read.

    An annotator that answers from gold is what the others are measured by, so it is left out.

    Args:
        own: the project's settings.
        overrides: what was laid over them, for the others too.
        others: of each the settings that differ, `annotator.key=value` with commas between.

    Raises:
        SettingsError: a setting cannot be used or changes nothing, two are the same, nobody is left, or simulated or
            recorded answers would be compared by something that they know nothing of.
    """
    every = [own, *(_with(paths, overrides, text) for text in others)]
    known = [one for one in every if one.annotator.provider != "gold"]
    if not known:
        raise SettingsError(
            "annotator.provider: is gold, which is what annotators are measured by; name another to compare, "
            'e.g. --with "annotator.provider=openai,annotator.model=gpt-5.6-luna"'
        )
    kits = [describe(paths, one, labels) for one in known]
    assert all(kit.kind is Kind.LLM for kit in kits)
    manners = [_manner(one) for one in known]
    _refuse(known, kits, manners)
    names = _names(known, kits, manners)
    task = get(own.project.task)
    return [
        Chosen(name, _in_words(manner, task.units, settings.annotator.economy), settings, kit)
        for name, manner, settings, kit in zip(names, manners, known, kits, strict=True)
    ]


def _with(paths: ProjectPaths, overrides: Sequence[str], text: str) -> Settings:
    """The settings of one `--with`."""
    changes = [part.strip() for part in _NEXT.split(text)]
    for change in changes:
        if not change.startswith("annotator."):
            raise SettingsError(
                f"--with {text}: {change} is no setting of the annotator; write annotator.key=value, several with "
                "commas between"
            )
    try:
        return load_settings(paths.settings, (*overrides, *changes))
    except SettingsError as error:
        raise SettingsError(str(error).replace("--set annotator.", "--with annotator.")) from None


def _identity(settings: Settings) -> tuple[str, ...]:
    """Who answers."""
    one = settings.annotator
    if one.provider == "simulator":
        return (one.provider, one.profile)
    return (one.provider, one.model, one.base_url, one.endpoint, one.recording)


def _manner(settings: Settings) -> dict[str, Any]:
    """How it is asked: all that can change an answer. One sent in a batch is the same question."""
    one = settings.annotator
    none = one.retrieval == "none" or not one.k
    encoder = one.retrieval_encoder if one.retrieval == "knn" else ""
    return {
        "format": one.format or annotator_tasks.of(settings.project.task).default,
        "shown": (0, "none", "") if none else (one.k, one.retrieval, encoder),
        "guidance": one.guidance,
        "per_request": one.per_request,
        "temperature": one.temperature,
        "structured": one.structured,
        "max_output_tokens": one.max_output_tokens,
        "cache": one.cache,
    }


def _refuse(known: Sequence[Settings], kits: Sequence[AnnotatorKit], manners: Sequence[Mapping[str, Any]]) -> None:
    places = range(len(known))
    pairs = [(a, b) for a in places for b in places if a < b]
    for a, b in pairs:
        if not (kits[a].simulated and kits[b].simulated):
            continue
        varied = [key for key in UNSEEN if manners[a][key] != manners[b][key]]
        if varied:
            what = {"shown": "demonstrations", "per_request": "items a request"}.get(varied[0], varied[0])
            raise SettingsError(
                f"--with: contenders differ in {what}, which {kits[a].simulated} answers know nothing of, so nothing "
                "would be measured: compare profiles of the simulator, or ask a live model"
            )
    for a, b in pairs:
        if _identity(known[a]) == _identity(known[b]) and manners[a] == manners[b]:
            raise SettingsError(
                f"--with: {kits[b].name} is asked in the same way twice; name a setting that changes the question, "
                "e.g. annotator.model, annotator.format or annotator.k"
            )


def _names(known: Sequence[Settings], kits: Sequence[AnnotatorKit], manners: Sequence[Mapping[str, Any]]) -> list[str]:
    """The model, and of its manner what not all have in common."""
    varied = [key for key in manners[0] if any(manner[key] != manners[0][key] for manner in manners)]
    names = [
        ", ".join([kit.name, *(_part(key, manner[key]) for key in varied)])
        for kit, manner in zip(kits, manners, strict=True)
    ]
    times = Counter(names)
    names = [  # one model at two places
        name
        if times[name] == 1
        else f"{name}, {one.annotator.endpoint or one.annotator.base_url or one.annotator.provider}"
        for name, one in zip(names, known, strict=True)
    ]
    times = Counter(names)
    return [name if times[name] == 1 else f"{name} ({place})" for place, name in enumerate(names, start=1)]


def _part(key: str, value: Any) -> str:
    match key:
        case "format":
            return str(value)
        case "shown":
            return _shown(value)
        case "guidance":
            return f"“{value[:_QUOTED]}{'…' if len(value) > _QUOTED else ''}”" if value else "no guidance"
        case "per_request":
            return f"{value} a request"
        case _ if key in _WORDS:
            return _WORDS[key][value]
        case _:
            return f"{key.replace('_', ' ')} {value if value != '' else 'unset'}"


def _shown(value: tuple[int, str, str]) -> str:
    k, retrieval, encoder = value
    if not k:
        return "0 shown"
    of = "" if encoder in ("", "embedded") else f" by {encoder.rsplit('/', 1)[-1]}"
    return f"{k} shown ({'nearest' if retrieval == 'knn' else retrieval}{of})"


def _in_words(manner: Mapping[str, Any], units: str, batches: bool) -> str:
    """The manner as a table says it."""
    parts = [str(manner["format"]), _shown(manner["shown"]), f"{manner['per_request']} {units} a request"]
    parts += ["own guidance"] if manner["guidance"] else []
    parts += [f"temperature {manner['temperature']}"] if manner["temperature"] else []
    parts += ["by batches"] if batches else []
    return ", ".join(parts)


def kept_apart(one: Chosen, own: Settings) -> bool:
    """Whether it is a simulator of another profile than the project's, which has a process and a bill of its own."""
    mine, theirs = own.annotator, one.settings.annotator
    return theirs.provider == "simulator" and (mine.provider != "simulator" or mine.profile != theirs.profile)


def alone(one: Chosen) -> Settings:
    """Its settings for asking: one answer a sample, nothing asked again, nobody beside it."""
    return replace(one.settings, annotator=replace(one.settings.annotator, retries=0, samples=1, escalate=""))
