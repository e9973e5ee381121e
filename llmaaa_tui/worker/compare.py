"""Several annotators asked about one sample of gold, n times each, and the student beside them; then held together.

Their answers stay in the ledger, and the figures with the answers' requests in tables of their own: the loop, the
league and the teacher's line know nothing of them. Killed and asked for again, nothing is bought twice.

Source: LLMs in the Loop (arXiv 2404.02261), annotator choice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..annotators.contracts import Outcome, Settled
from ..annotators.retry import Unsent
from ..annotators.suspicion import flags
from ..annotators.transport import Trouble
from ..config import Settings
from ..core.annotation import ItemAnswer
from ..core.comparison import Comparison
from ..core.labels import LabelSet
from ..core.money import format_usd
from ..core.seeds import derive
from ..core.snapshot import Ended
from ..core.states import Failure, Phase, Role, State
from ..errors import AnnotatorError, BudgetError, LlmaaaError, WaitingError
from ..evaluation.comparison import ANNOTATOR, Contender, compare
from ..paths import ProjectPaths
from ..store import replies, students
from ..store.comparing import Given, write_comparison
from ..store.database import Store
from ..student.predict import predict
from .annotator import AnnotatorKit, build, describe
from .asking import Asking, note_parse, outcomes
from .compare_plan import Plan, Planned, Wanted, planned
from .contenders import Chosen, alone, kept_apart
from .context import Context
from .progress import Meter

COMPARE = "compare"
STUDENT = "student"
DONE, STOPPED = 0, 7
NO_ROUND = 0


@dataclass
class _Asked:
    """What came of one contender's requests.

    Attributes:
        answers: by item and repeat.
        keys: the request of each.
        settled: the paid answers, by request.
        skipped: requests that did not fit under the cap.
        waiting: requests on which a person has to rule; elsewhere: requests that another project asks now.
        lost: requests that never came back.
    """

    answers: dict[tuple[int, int], ItemAnswer] = field(default_factory=dict)
    keys: dict[tuple[int, int], str] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    skipped: int = 0
    waiting: int = 0
    elsewhere: int = 0
    lost: list[Outcome] = field(default_factory=list)


def kit_for(
    wanted: Mapping[str, Any], paths: ProjectPaths, settings: Settings, labels: LabelSet, store: Store
) -> AnnotatorKit:
    """The project's own annotator, as the run is written down under; who is asked is built when it is known."""
    return describe(paths, settings, labels)


def measure(context: Context, wanted: Mapping[str, Any]) -> Ended:
    """Ask all contenders, compare them, and write it down whole; a part of a sample is never reported.

    Raises:
        SettingsError: they cannot be compared, or consent or a price is missing; nothing was sent.
        BudgetError: the cap is too low; what was bought is kept.
        WaitingError: a person has to rule, or a provider's batch is not ready.
        LlmaaaError: a contender keeps failing, or an encoder cannot be had.
    """
    overrides = tuple(wanted.get("set", ()))
    plan = planned(
        context.paths,
        context.settings,
        context.labels,
        context.store,
        context.ledger,
        context.student,
        Wanted.of(wanted),
        overrides,
    )
    kits = [_build(context, one.who) for one in plan.plans]  # consent, keys and simulators of all, before any is asked
    _announce(context, plan)
    meter = replace(context.meter(NO_ROUND, Phase.EVALUATE), rounds=None, then="")
    found: list[_Asked] = []
    for one, kit in zip(plan.plans, kits, strict=True):
        asked = _ask(context, one, kit, meter, plan)
        if asked is None:
            return Ended(STOPPED, "stopped by a person; what was answered is kept: ask for the same comparison again")
        found.append(asked)
    return Ended(DONE, _write(context, plan, found))


def _build(context: Context, who: Chosen) -> AnnotatorKit:
    apart = kept_apart(who, context.settings)
    state = context.paths.profile_state(who.settings.annotator.profile) if apart else None
    return build(context.paths, who.settings, context.labels, context.store, state=state)


def _announce(context: Context, plan: Planned) -> None:
    """Say what is asked and what it can cost.

    Raises:
        BudgetError: not even the expected cost is left under the cap.
    """
    wanted, free = plan.wanted, context.ledger.free()
    about = f"{context.task.count(len(plan.items))} of {wanted.split} ({wanted.draw} draw)"
    times = f", {wanted.repeats} times each" if wanted.repeats > 1 else ""
    who = f"comparing {len(plan.plans)} annotators" if len(plan.plans) > 1 else "measuring one annotator"
    context.event(COMPARE, f"{who} on {about}{times}")
    for one in plan.plans:
        context.event(COMPARE, one.sentence)
    for note in plan.notes(context.settings):
        context.event(COMPARE, note)
    if plan.expected_nanousd > free:
        raise BudgetError(
            f"comparing costs ${format_usd(plan.expected_nanousd, 4)} by what is expected, and "
            f"${format_usd(free, 4)} are left under the cap: nothing was asked; raise budget.cap_usd, or ask about "
            "fewer with --sample or --repeats"
        )
    if plan.worst_nanousd > free:
        context.event(COMPARE, f"at worst that is more than the ${format_usd(free, 4)} left under the cap, which holds")


def _ask(context: Context, plan: Plan, kit: AnnotatorKit, meter: Meter, whole: Planned) -> _Asked | None:
    """All answers of one contender; None where somebody halted it.

    Raises:
        BudgetError, WaitingError, AnnotatorError: they are not all there, and why.
    """
    mine = replace(context, settings=alone(plan.who), kit=kit)
    asking = Asking(kit, None, COMPARE, plan.groups, meter, whole.documents, whole.wanted.repeats)
    replies.map_requests(context.store, plan.requests, None, COMPARE)
    asked = _Asked()
    asyncio.run(_submit(mine, asking, plan, asked))
    count, all_of_it = len(asked.answers), len(whole.items) * whole.wanted.repeats
    there = f"{plan.who.name} has given {count:,} of {all_of_it:,} answers"
    if asking.hopeless:
        raise AnnotatorError(f"{plan.who.name} keeps failing: {asking.hopeless}; what it answered is kept")
    for outcome in asked.lost:
        gone = ItemAnswer(State.FAILED, failure=Failure.TRANSPORT, detail=outcome.detail)
        _take_all(asked, outcome, dict.fromkeys(outcome.request.items, gone))
    if asked.skipped:
        raise BudgetError(
            f"the cap ended the comparison: {there}, which are kept and say nothing of a whole sample; raise "
            "budget.cap_usd and ask for the same comparison again"
        )
    if asked.waiting:
        raise WaitingError(
            f"nobody knows whether {asked.waiting:,} requests to {plan.who.name} were billed: rule on them with llmaaa "
            "budget DIR, then ask for the same comparison again"
        )
    if asked.elsewhere:
        raise WaitingError(
            f"{asked.elsewhere:,} requests to {plan.who.name} are being asked by another project on the same ledger: "
            "ask for the same comparison again when they are answered"
        )
    return asked if len(asked.answers) == all_of_it else None


async def _submit(context: Context, asking: Asking, plan: Plan, asked: _Asked) -> None:
    total = len(plan.requests)
    done = 0
    async for outcome in outcomes(context, asking, plan.requests, new=True):
        _take(context, asking, asked, outcome)
        done += 1
        asking.meter.tell(done, total, plan.who.name)


def _take(context: Context, asking: Asking, asked: _Asked, outcome: Outcome) -> None:
    """Read one outcome; a failed answer is one that failed, and is not asked again."""
    request, trouble = outcome.request, outcome.extra.get("trouble")
    if outcome.settled is not None:
        assert asking.kit.annotator is not None
        documents = {item: asking.documents[item] for item in request.items}
        answers = asking.kit.annotator.read(outcome.settled.answer, request, documents)
        note_parse(context, outcome.settled.attempt, request, answers)
        asked.settled[request.key] = outcome.settled
        _take_all(
            asked, outcome, {item: replace(one, flags=flags(documents[item], one)) for item, one in answers.items()}
        )
    elif outcome.failure == Failure.BUDGET:
        asked.skipped += 1
    elif trouble == Unsent.RULING:
        asked.waiting += 1
    elif trouble == Unsent.PROVIDER:
        asked.elsewhere += 1
    elif trouble in (Trouble.ITEM_REFUSED, Trouble.NOT_RECORDED, Unsent.OUTCOME):
        failure = Failure(outcome.failure or Failure.REJECTED)
        _take_all(
            asked,
            outcome,
            dict.fromkeys(request.items, ItemAnswer(State.FAILED, failure=failure, detail=outcome.detail)),
        )
    else:
        asked.lost.append(outcome)
        if trouble == Trouble.CONNECT or len(asked.lost) >= context.settings.annotator.concurrency:
            asking.hopeless = outcome.detail


def _take_all(asked: _Asked, outcome: Outcome, answers: Mapping[int, ItemAnswer]) -> None:
    for item, answer in answers.items():
        asked.answers[item, outcome.request.sample] = answer
        asked.keys[item, outcome.request.sample] = outcome.request.key


def _write(context: Context, plan: Planned, found: list[_Asked]) -> str:
    """Compare and write down; the sentence that the run ends with."""
    wanted, ids, settings = plan.wanted, plan.items, context.settings
    repeats = range(wanted.repeats)
    contenders = [
        Contender(
            one.who.name,
            ANNOTATOR,
            one.who.manner,
            one.who.simulated,
            [tuple(asked.answers[item, sample] for sample in repeats) for item in ids],
            *_spent(one, asked),
            requests=len(asked.settled),
        )
        for one, asked in zip(plan.plans, found, strict=True)
    ]
    student = _student(context, plan)
    known = compare(
        context.task,
        [plan.gold[item] for item in ids],
        [plan.documents[item] for item in ids],
        context.labels,
        [*contenders, student] if student else contenders,
        seed=derive(settings.project.seed, 0, "bootstrap compare"),
    )
    called = {one.who.name: one.who.kit.name for one in plan.plans}
    paid = {key: settled.cost_nanousd for asked in found for key, settled in asked.settled.items()}
    comparison = Comparison(
        wanted.split,
        wanted.draw,
        len(ids),
        wanted.repeats,
        tuple(replace(row, annotator=called.get(row.name, "")) for row in known.rows),
        known.agreements,
        known.difference,
        known.pareto,
        known.recommendation,
        sum(paid.values()),
    )
    given = [
        Given(one.who.name, item, sample, answer, asked.keys[item, sample])
        for one, asked in zip(plan.plans, found, strict=True)
        for (item, sample), answer in asked.answers.items()
    ]
    if student:
        said = [answers[0] for answers in student.answers]
        given += [
            Given(student.name, item, 0, one, None) for item, one in zip(ids, said, strict=True) if one is not None
        ]
    write_comparison(context.store, comparison, ids, given)
    best = "; ".join(
        f"{row.name} F1 {row.f1.f1:.3f} [{row.f1.low:.3f}, {row.f1.high:.3f}]" for row in comparison.rows if row.f1
    )
    return f"compared on {context.task.count(len(ids))} of {wanted.split}: {best}; {comparison.recommendation}"


def _spent(plan: Plan, asked: _Asked) -> tuple[int | None, float | None]:
    """Nano-USD and seconds of the settled requests; None where nobody knows: recordings were paid by somebody else, a
    batch says nothing of its speed, and a paid answer without a price came without its bill."""
    kit, settled = plan.who.kit, asked.settled.values()
    assert kit.rates is not None
    if plan.who.settings.annotator.provider == "recorded":
        return None, None
    unknown = not kit.rates.declared_free and any(not one.cost_nanousd for one in settled)
    cost = None if unknown else sum(one.cost_nanousd for one in settled)
    return cost, None if kit.economy else sum(one.answer.seconds for one in settled)


def _student(context: Context, plan: Planned) -> Contender | None:
    """The project's best student on the same items, where there is one; asking it costs nothing."""
    try:
        number = students.student_of(context.store, context.paths.folder)
    except LlmaaaError:
        return None
    began = time.monotonic()
    documents = plan.documents
    said = predict(context.student, context.model_folder(number), context.texts(documents)).targets
    answers = [
        (context.learner.answer(document, targets, None, context.labels),)
        for document, targets in zip(documents.values(), said, strict=True)
    ]
    sources = students.label_sources(context.store, number)
    words = {one.simulated for one in sources if one.simulated}
    learnt = sum(one.labels for one in sources)
    manner = f"round {number}, trained on {learnt:,} labels"
    split = plan.wanted.split
    if split == Role.DEV:
        manner += ", stopped by these very items"
    elif split == Role.META and context.student.reweight != "none":
        manner += ", its labels weighed by these very items"
    if context.project.mode == "paper" and split != Role.TEST and split != Role.DEV:
        manner += ", stopped by these very items (paper mode)"
    names = {one.who.name for one in plan.plans}
    name = STUDENT if STUDENT not in names else f"{STUDENT} of round {number}"
    return Contender(name, STUDENT, manner, min(words, default=""), answers, 0, time.monotonic() - began)
