"""What the loop is held against: the annotator asked about the test itself, and a student of the gold alone.

Source: LLMaAA (arXiv 2310.19596), section 4: "prompting" and "supervised". The baselines that are loops (gold labels,
random picks) are projects of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..core.labels import LabelSet
from ..core.seeds import derive, of_interval
from ..core.snapshot import Baseline, Ended, Score
from ..core.states import Kind, Phase, Role
from ..core.tasks import get
from ..errors import BudgetError, ProjectError, SettingsError
from ..evaluation import tasks as evaluation_tasks
from ..paths import ProjectPaths
from ..store import items, replies
from ..store.baselines import write_baselines
from ..store.database import Store
from ..student.examples import TrainProgress
from ..student.predict import predict
from ..student.train import train
from .annotator import AnnotatorKit, build, describe
from .context import Context
from .evaluate import scored
from .teacher import ask_split

PROMPTING, SUPERVISED = "prompting", "supervised"
FOLDER = "baseline-supervised"
DONE, STOPPED = 0, 7
NO_ROUND = 0
"""The round that the pulse names while a baseline is measured."""


def kit_for(
    wanted: Mapping[str, Any], paths: ProjectPaths, settings: Settings, labels: LabelSet, store: Store
) -> AnnotatorKit:
    """Who annotates; where nobody is asked it need not be reachable, known or priced."""
    if PROMPTING in wanted["baselines"]:
        return build(paths, settings, labels, store)
    try:
        return describe(paths, settings, labels)
    except SettingsError:
        return AnnotatorKit(settings.annotator.model or settings.annotator.provider, Kind.LLM, None)


def measure(context: Context, wanted: Mapping[str, Any]) -> Ended:
    """Measure the baselines that `wanted` names, in their order.

    Raises:
        SettingsError: the annotator of the baseline is the gold itself.
        ProjectError: there is no gold to learn from or to measure on.
        BudgetError: asking about the whole split does not fit under the cap.
        LlmaaaError: the annotator keeps failing, or the encoder cannot be had.
    """
    said = []
    for name in wanted["baselines"]:
        found = _prompting(context) if name == PROMPTING else _supervised(context)
        if not found:
            return Ended(STOPPED, f"stopped by a person before baseline {name} was measured; ask for it again")
        write_baselines(context.store, found)
        said.append(f"{name} " + ", ".join(f"{one.split} F1 {_words(one.score)}" for one in found))
        context.event("baseline", f"baseline {said[-1]}")
    return Ended(DONE, f"baselines measured: {'; '.join(said)}")


def _words(one: Score) -> str:
    return f"{one.f1:.3f} [{one.low:.3f}, {one.high:.3f}] n={one.n}"


def _prompting(context: Context) -> list[Baseline]:
    """The annotator's F1 on test (dev, where there is no test); a failed answer counts as nothing found."""
    store, kit = context.store, context.kit
    if kit.kind is Kind.GOLD:
        raise SettingsError(
            "--baseline prompting: annotator.provider is gold, which is what the annotator would be measured by; "
            "choose another with --set annotator.provider=NAME"
        )
    role = Role.TEST if items.sendable(store, Role.TEST) else Role.DEV
    ids = items.sendable(store, role)
    if not ids:
        unit = get(context.project.task).unit
        raise ProjectError(f"--baseline prompting: no {unit} of test or dev may be sent, so nobody can be measured")
    if not ask_split(context, role):
        if context.control.should_halt():
            return []
        raise BudgetError(f"--baseline prompting: all of {role} does not fit under the cap; raise budget.cap_usd")
    bought = replies.taught(store, ids, kit.name)
    documents, gold = items.documents(store, ids), items.gold_of(store, ids)
    failed = sum(bought.get(item) is None for item in ids)
    found = evaluation_tasks.of(context.project.task).evaluate(
        [gold[item] for item in ids],
        [bought.get(item) for item in ids],
        list(documents.values()),
        context.labels,
        seed=of_interval(context.settings.project.seed, 0, "teacher"),
    )
    return [Baseline(PROMPTING, role, found.overall, failed=failed)]


def _supervised(context: Context) -> list[Baseline]:
    """A student of demonstrations and meta, stopped by dev; [] where somebody stopped it. Nobody is asked."""
    gold = {one.text: one for role in (Role.DEMONSTRATION, Role.META) for one in context.gold(role).examples}
    dev, test = context.gold(Role.DEV), context.gold(Role.TEST)
    measured = [(Role.TEST, test)] if context.project.mode == "paper" else [(Role.DEV, dev), (Role.TEST, test)]
    splits = [(role, split) for role, split in measured if split.examples]
    if not gold or not splits:
        what = "learn from: give demonstrations or meta" if not gold else "measure on: give --test"
        raise ProjectError(f"--baseline supervised: there is no gold to {what} when the project is made")
    folder = context.paths.models / FOLDER
    meter = replace(context.meter(NO_ROUND, Phase.TRAIN), rounds=None, then="")

    def report(progress: TrainProgress) -> None:
        meter.tell(progress.step, progress.steps, f"baseline supervised, epoch {progress.epoch} of {progress.epochs}")

    result = train(
        replace(context.student, reweight="none"),
        context.project.task,
        context.labels,
        list(gold.values()),
        dev.examples,
        folder,
        derive(context.settings.project.seed, 0, "baseline supervised"),
        report,
        context.control.should_stop,
    )
    if result.folder is None:
        return []
    folder.chmod(0o700)
    predictions = predict(context.student, folder, [one.text for _, split in splits for one in split.examples])
    predicted = predictions.targets
    found = []
    for role, split in splits:
        said, predicted = predicted[: len(split.examples)], predicted[len(split.examples) :]
        measured_at = scored(context, split, said, of_interval(context.settings.project.seed, 0, SUPERVISED))
        found.append(Baseline(SUPERVISED, role, measured_at.overall, train_size=len(gold)))
    if context.project.mode == "paper":
        context.event("baseline", "in paper mode dev is what the supervised student learnt, so it says nothing there")
    return found
