"""Has the annotator seen these texts before? Probes that a person asks for, put under the cap, tested and corrected.

Source: LLMs in the Loop (arXiv 2404.02261), data leakage; see docs/LEAKAGE.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..config import Settings
from ..consent import remote_host
from ..core.labels import LabelSet
from ..core.leakage import Finding, Probe, Verdict, sentence
from ..core.money import format_usd
from ..core.snapshot import Ended
from ..core.states import Kind, Phase, Role
from ..core.tasks import get
from ..errors import AnnotatorError, ProjectError, SettingsError
from ..evaluation.leakage import Subject, holm
from ..paths import ProjectPaths
from ..store.database import Store
from ..store.leakage_rows import newest_findings, write_findings
from ..store.ledger import LedgerStore
from .annotator import AnnotatorKit, build, describe
from .context import Context
from .probe_asking import ask, unpaid, worst
from .probe_findings import findings
from .probing import Plan, Planner, Put, Wanted, published

DONE, EXHAUSTED, STOPPED = 0, 3, 7
NO_ROUND = 0
"""The round that the pulse names while probes are asked."""


def kit_for(
    wanted: Mapping[str, Any], paths: ProjectPaths, settings: Settings, labels: LabelSet, store: Store
) -> AnnotatorKit:
    """Who is probed.

    Raises:
        SettingsError: it is the gold, or it cannot be asked.
    """
    refuse_gold(settings)
    return build(paths, settings, labels, store)


def refuse_gold(settings: Settings) -> None:
    """Raises SettingsError where the annotator is the gold, which has nothing to remember."""
    if settings.annotator.provider == "gold":
        raise SettingsError(
            "annotator.provider: is gold, which nobody can ask what it has seen before; name a model with "
            "--set annotator.provider=NAME"
        )


def measure(context: Context, wanted: Mapping[str, Any]) -> Ended:
    """Ask the probes that `wanted` names and write down what they came to; what is paid already is not asked again.

    Raises:
        ProjectError: none of them can be asked here.
        AnnotatorError: the annotator cannot be reached, or answered nothing at all.
    """
    chosen = Wanted.of(wanted)
    made = Planner(context.store, context.settings, context.kit, chosen, context.paths.folder).plan()
    refuse_empty(made)
    meter = replace(context.meter(NO_ROUND, Phase.ANNOTATE), rounds=None, then="")
    *_, total, sends = offer(context.settings, context.kit, context.ledger, made, chosen).lines()
    context.event("leakage", f"probes {', '.join(chosen.probes)}: {total}; {sends}")
    asked = ask(context, made.puts, meter.tell)
    if context.control.should_halt():
        return Ended(STOPPED, "stopped by a person before the probes were asked; ask for them again: no answer is lost")
    if asked.unreachable or (asked.failed and not asked.settled):
        why = asked.unreachable or next(iter(asked.failed.values()))
        raise AnnotatorError(f"the annotator keeps failing: {why}; what it answered is kept, ask for the probes again")
    about = Subject(context.kit.name, context.settings.leakage.dataset, context.kit.simulated or "")
    found = findings(context, [put.row for put in made.puts], asked.failed, about)
    found = corrected(context.store, [replace(one, split=chosen.split) for one in found], about)
    write_findings(context.store, found)
    told = [one for one in found if one.probe in chosen.probes]
    for one in told:
        context.event("leakage", f"{one.probe}: {sentence(one)}")
    said = in_words(told)
    if asked.skipped:
        return Ended(
            EXHAUSTED,
            f"the budget is used up, and {len(asked.skipped):,} questions were not asked; raise budget.cap_usd and ask "
            f"for the probes again. So far: {said}",
        )
    return Ended(DONE, f"leakage probed: {said}")


def in_words(found: Sequence[Finding]) -> str:
    """`evidence by source, quiz; none by continuation`."""
    of = {verdict: [str(one.probe) for one in found if one.verdict is verdict] for verdict in Verdict}
    words = {Verdict.EVIDENCE: "evidence", Verdict.NONE: "no evidence", Verdict.NO_CONTROL: "no verdict"}
    return "; ".join(f"{words[verdict]} by {', '.join(names)}" for verdict, names in of.items() if names) or "nothing"


def corrected(store: Store, found: Sequence[Finding], about: Subject) -> list[Finding]:
    """These findings and the newest of the annotator's other probes on the dataset, all corrected together."""
    family = {**newest_findings(store, about.annotator, about.dataset), **{one.probe: one for one in found}}
    return holm([family[probe] for probe in Probe if probe in family])


def refuse_empty(made: Plan) -> None:
    """Raises ProjectError where no probe can be asked."""
    if not made.puts:
        said = "; ".join(f"{probe}: {why}" for probe, why in made.refused.items())
        raise ProjectError(f"none of these probes can be asked here: {said}")


@dataclass(frozen=True, slots=True)
class Part:
    """One probe before it is asked: items, requests, those of them that are answered already, nano-USD at worst."""

    probe: Probe
    items: int
    control: int
    requests: int
    paid: int
    worst_nanousd: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What asking comes to, before it is asked.

    Attributes:
        refused: probes that cannot be asked, each with why.
        sends: which texts go where, in a sentence.
        units: what items are called, several.
    """

    annotator: str
    simulated: str
    host: str | None
    dataset: str
    split: Role
    published: str
    parts: tuple[Part, ...]
    refused: Mapping[Probe, str]
    worst_nanousd: int
    free_nanousd: int
    declared_free: bool
    sends: str
    units: str

    def as_dict(self) -> dict[str, Any]:
        """As `llmaaa leakage --estimate --json` prints it."""
        return {
            "model": self.annotator,
            "simulated": self.simulated,
            "host": self.host,
            "dataset": self.dataset,
            "split": self.split,
            "published_split": self.published,
            "probes": [
                {
                    "probe": one.probe,
                    "items": one.items,
                    "control": one.control,
                    "requests": one.requests,
                    "paid": one.paid,
                    "worst_nanousd": one.worst_nanousd,
                }
                for one in self.parts
            ],
            "cannot": [{"probe": probe, "why": why} for probe, why in self.refused.items()],
            "worst_nanousd": self.worst_nanousd,
            "free_nanousd": self.free_nanousd,
            "sends": self.sends,
        }

    def lines(self) -> list[str]:
        """The same for a person."""
        said = []
        for one in self.parts:
            beside = f" and {one.control:,} control texts" if one.control else ""
            paid = f", {one.paid:,} of them answered already" if one.paid else ""
            said.append(
                f"{one.probe}: {one.items:,} {self.units}{beside}, {one.requests:,} requests{paid}, at most "
                f"${format_usd(one.worst_nanousd, 4)}"
            )
        said += [f"{probe}: cannot be asked: {why}" for probe, why in self.refused.items()]
        total = f"at most ${format_usd(self.worst_nanousd, 4)} in all, ${format_usd(self.free_nanousd, 4)} are free"
        if self.worst_nanousd > self.free_nanousd and not self.declared_free:
            total += "; what does not fit under the cap is not asked"
        return [*said, total, self.sends]


def offer(settings: Settings, kit: AnnotatorKit, ledger: LedgerStore, made: Plan, wanted: Wanted) -> Offer:
    """What asking these questions comes to; asks nobody."""
    parts = tuple(_part(ledger, kit, probe, made.puts) for probe in wanted.probes if probe not in made.refused)
    assert kit.rates is not None
    budget = replace(ledger.totals(), cap_nanousd=settings.cap_nanousd)
    host = remote_host(settings)
    return Offer(
        annotator=kit.name,
        simulated=kit.simulated or "",
        host=host,
        dataset=settings.leakage.dataset,
        split=wanted.split,
        published=published(settings, wanted.split),
        parts=parts,
        refused=made.refused,
        worst_nanousd=worst(kit, unpaid(ledger, made.puts).values()),
        free_nanousd=max(0, budget.free_nanousd),
        declared_free=kit.rates.declared_free,
        sends=_sends(settings, kit, host, made.puts, wanted),
        units=get(settings.project.task).units,
    )


def _part(ledger: LedgerStore, kit: AnnotatorKit, probe: Probe, puts: Iterable[Put]) -> Part:
    mine = [put for put in puts if put.row.probe is probe]
    subjects = {put.row.subject for put in mine}
    open_ones = unpaid(ledger, mine)
    requests = {put.request.key for put in mine}
    return Part(
        probe,
        sum(isinstance(one, int) for one in subjects),
        sum(isinstance(one, str) for one in subjects),
        len(requests),
        len(requests) - len(open_ones),
        worst(kit, open_ones.values()),
    )


def _sends(settings: Settings, kit: AnnotatorKit, host: str | None, puts: Sequence[Put], wanted: Wanted) -> str:
    """Which of the project's texts go where: those of dev and test are what figures rest on."""
    count = len({put.row.subject for put in puts if isinstance(put.row.subject, int)})
    units = get(settings.project.task).count(count)
    where = f"{host} (model {kit.name})" if host else f"{kit.name}, on this machine"
    said = f"this sends {units} of {wanted.split} to {where}"
    if any(put.row.probe is Probe.LABEL_ORDER for put in puts):
        said += ", with the gold labels of rows before them (label_order)"
    if host and wanted.split in (Role.TEST, Role.DEV):
        said += f": {settings.annotator.provider} then has texts that your F1 is measured on"
    return said


def consent(settings: Settings, offered: Offer) -> None:
    """Raises SettingsError where text would leave this machine and nobody has said that it may."""
    if offered.host is not None and not settings.annotator.allow_remote:
        raise SettingsError(
            f"nothing was sent, for consent is missing: {offered.sends}; if they may, set annotator.allow_remote = true"
        )


def described(
    paths: ProjectPaths, settings: Settings, store: Store, ledger: LedgerStore, labels: LabelSet, wanted: Wanted
) -> Offer:
    """The offer of a project, before a worker is started; asks nobody, writes nothing.

    Raises:
        SettingsError: the settings do not name an annotator that can be asked.
        ProjectError: none of the probes can be asked here.
    """
    refuse_gold(settings)
    kit = describe(paths, settings, labels)
    assert kit.kind is Kind.LLM
    made = Planner(store, settings, kit, wanted, paths.folder).plan()
    refuse_empty(made)
    return offer(settings, kit, ledger, made, wanted)
