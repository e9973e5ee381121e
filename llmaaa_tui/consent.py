"""Whether a run would send text off this machine, where it may not, and what is said before it does."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from .config import Settings
from .core.schedule import CONSTANT, Plan
from .core.tasks import get
from .endpoint import address_of, is_local
from .errors import SettingsError

AT_HOME = frozenset(("simulator", "recorded", "gold"))
"""Providers that ask no server, or one that this project starts on this machine."""

SENT = ("language and domain", "the label names and your guidance")
DEMONSTRATIONS = "demonstrations with their labels"
NEVER_SENT = ("metadata", "ids", "file names")


@dataclass(frozen=True, slots=True)
class Sending:
    """What a run sends to a host that is not this machine.

    Attributes:
        host: its name.
        model, escalate: who answers, and the second model that is asked where the first is unsure ("": none).
        first_items, later_items: items of round 1, and of each further round (of the largest, where they grow).
        growing: what growing rounds come to, in words; "" where all further ones are alike.
        asked_again: labelled items that a round asks about once more, at most.
        answers: how often each item is asked.
        measured: the split that is asked about once, "dev" or "test"; "" where none is.
        k: demonstrations with each item, at most.
        writes: the annotator is asked for sentences of its own, and no pool sentence goes out.
        units: what items are called, several.
        cap_usd: what it may cost in all, decimal text.
        sent, never_sent: what goes out, and what does not.
        retention: what is known about how long the other side keeps it, one sentence.
        repeated: the gold that is asked about again and again to see drift, in words; "" where none is.
    """

    host: str
    model: str
    escalate: str
    first_items: int
    later_items: int
    growing: str
    asked_again: int
    answers: int
    measured: str
    k: int
    writes: bool
    units: str
    cap_usd: str
    sent: tuple[str, ...]
    never_sent: tuple[str, ...]
    retention: str
    repeated: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        measured = f", and all of {self.measured} once" if self.measured else ""
        measured += f", {self.repeated}" if self.repeated else ""
        second = f", where it is unsure {self.escalate}" if self.escalate else ""
        often = f", each asked {self.answers} times" if self.answers > 1 else ""
        again = f", up to {self.asked_again} of them once more in each" if self.asked_again else ""
        later = f"up to {self.later_items} a round ({self.growing})" if self.growing else f"{self.later_items} a round"
        if self.writes:
            return (
                f"{self.host} (model {self.model}) is asked to write {self.first_items} sentences in round 1, then "
                f"{later}{measured}, within ${self.cap_usd}, and gets with each request up to {self.k} demonstrations: "
                f"{', '.join(self.sent)}; never {', '.join(self.never_sent)}; {self.retention}"
            )
        return (
            f"{self.first_items} {self.units} of round 1, then {later}{again}{measured}{often}, each with up "
            f"to {self.k} demonstrations, go to {self.host} (model {self.model}{second}), within ${self.cap_usd}: "
            f"{', '.join(self.sent)}; never {', '.join(self.never_sent)}; {self.retention}"
        )

    def __str__(self) -> str:
        return self.sentence


def remote_host(settings: Settings) -> str | None:
    """The host that would receive text; None where all stays on this machine.

    Raises:
        SettingsError: `annotator.base_url` is no address, would carry text unencrypted to another machine, or
            `privacy.local_only` forbids every other machine.
    """
    annotator = settings.annotator
    if annotator.provider in AT_HOME:
        return None
    address = urlsplit(address_of(annotator.provider, annotator.base_url))
    if is_local(address.geturl()):
        return None
    host = address.hostname or ""
    if settings.privacy.local_only:
        raise SettingsError(
            f"privacy.local_only: is true, and {host} is not this machine; choose an annotator that runs here, "
            "or set it to false"
        )
    if address.scheme == "http":
        raise SettingsError(
            f"annotator.base_url: http would carry texts and key to {host} for all to read; use https, "
            f"or a tunnel such as ssh -L 8000:127.0.0.1:8000 {host} and http://127.0.0.1:8000/v1"
        )
    return host


def what_is_sent(settings: Settings, host: str) -> Sending:
    """Host, model, how many items, what of them, and what happens to it there."""
    loop, annotator = settings.loop, settings.annotator
    plan = Plan(loop.schedule, loop.initial, loop.batch, loop.rounds)
    grows = f"{plan.items(1, loop.rounds)} in {loop.rounds} rounds" if loop.schedule != CONSTANT else ""
    writes, measured = loop.source != "pool", settings.teacher.measure
    k = annotator.k if annotator.retrieval != "none" else 0
    if writes:
        k = annotator.k if loop.source == "fewgen" else 0
    task = get(settings.project.task)
    # Of a pair the whole sentence goes, for what holds between its parts is said by the rest.
    text = f"the text of each {task.unit}" + (", with where head and tail stand and their types" if task.pairs else "")
    sent: tuple[str, ...] = (text, *SENT)
    if settings.leakage.dataset and settings.leakage.per_round and not writes:
        sent = (*sent, f"the first halves of {settings.leakage.per_round} of them again, with the name of your dataset")
    never: tuple[str, ...] = (*NEVER_SENT, f"{task.units} marked never_send")
    if writes:
        sent = sent if measured != "none" else SENT
        never = (f"the {task.units} of your pool", *never)
    return Sending(
        host=host,
        model=annotator.model,
        escalate=annotator.escalate,
        first_items=plan.size(1),
        later_items=plan.largest,
        growing=grows,
        asked_again=loop.reask,
        answers=annotator.samples,
        measured=measured if measured != "none" else "",
        k=k,
        writes=writes,
        units=task.units,
        cap_usd=settings.budget.cap_usd,
        sent=(*sent, DEMONSTRATIONS) if k else sent,
        never_sent=never,
        retention=_retention(annotator.provider, host, annotator.economy),
        repeated=_repeated(settings),
    )


def _repeated(settings: Settings) -> str:
    drift = settings.drift
    if not drift.sentinels:
        return ""
    often = "every round" if drift.every == 1 else f"every {drift.every} rounds"
    shared = ", which in paper mode are dev's," if settings.project.mode == "paper" else ""
    return f"{drift.sentinels} gold {get(settings.project.task).units} of meta{shared} again {often}"


def _retention(provider: str, host: str, economy: bool) -> str:
    if provider == "openai":
        files = "; files of batches stay in your account until they are deleted there" if economy else ""
        return f"store=false asks {host} to keep no copy beyond what its terms allow{files}"
    if provider == "anthropic":
        files = "; results of batches are kept for 29 days" if economy else ""
        return f"the API has no switch for it: {host} keeps requests as your agreement with it says{files}"
    return f"what {host} keeps is up to whoever runs it: no request can forbid it"
