"""What the loop is held against: the annotator asked about the test itself, and a student of the gold alone.

Source: LLMaAA (arXiv 2310.19596), section 4: "prompting" and "supervised". The baselines that are loops (gold labels,
random picks) are projects of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..config import Settings
from ..core.document import Span
from ..core.labels import LabelSet
from ..core.seeds import derive
from ..core.snapshot import Baseline, Ended, Score
from ..core.states import Kind, Phase, Role
from ..core.tokens import to_tags, words_of
from ..errors import BudgetError, ProjectError, SettingsError
from ..evaluation.bootstrap import score
from ..paths import ProjectPaths
from ..store import items, replies
from ..store.baselines import write_baselines
from ..store.database import Store
from ..student.examples import TrainProgress
from ..student.predict import predict
from ..student.train import train
from .annotator import AnnotatorKit, build, describe
from .context import Context
from .teacher import ask_split

PROMPTING, SUPERVISED = "prompting", "supervised"
FOLDER = "baseline-supervised"
DONE, STOPPED = 0, 7
NO_ROUND = 0
"""The round that the pulse names while a baseline is measured."""


def kit_for(
    names: Sequence[str], paths: ProjectPaths, settings: Settings, labels: LabelSet, store: Store
) -> AnnotatorKit:
    """Who annotates; where nobody is asked it need not be reachable, known or priced."""
    if PROMPTING in names:
        return build(paths, settings, labels, store)
    try:
        return describe(paths, settings, labels)
    except SettingsError:
        return AnnotatorKit(settings.annotator.model or settings.annotator.provider, Kind.LLM, None)


def measure(context: Context, names: Sequence[str]) -> Ended:
    """Measure these baselines, in their order.

    Raises:
        SettingsError: the annotator of the baseline is the gold itself.
        ProjectError: there is no gold to learn from or to measure on.
        BudgetError: asking about the whole split does not fit under the cap.
        LlmaaaError: the annotator keeps failing, or the encoder cannot be had.
    """
    said = []
    for name in names:
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
        raise ProjectError("--baseline prompting: no sentence of test or dev may be sent, so nobody can be measured")
    if not ask_split(context, role):
        if context.control.should_halt():
            return []
        raise BudgetError(f"--baseline prompting: all of {role} does not fit under the cap; raise budget.cap_usd")
    bought = replies.teacher_spans(store, ids, kit.name)
    documents, gold = items.documents(store, ids), items.gold_of(store, ids)

    def tags(spans: dict[int, tuple[Span, ...]]) -> list[list[str]]:
        return [to_tags(spans[item], words_of(documents[item])) for item in ids]

    failed = sum(bought.get(item) is None for item in ids)
    found = score(tags(gold), tags({item: bought.get(item) or () for item in ids}), _seed(context, "teacher"))
    return [Baseline(PROMPTING, role, found, failed=failed)]


def _supervised(context: Context) -> list[Baseline]:
    """A student of demonstrations and meta, stopped by dev; [] where somebody stopped it. Nobody is asked."""
    gold = {one.words: one for role in (Role.DEMONSTRATION, Role.META) for one in context.gold_examples(role)[1]}
    dev, test = context.gold_examples(Role.DEV)[1], context.gold_examples(Role.TEST)[1]
    measured = [(Role.TEST, test)] if context.project.mode == "paper" else [(Role.DEV, dev), (Role.TEST, test)]
    splits = [(role, examples) for role, examples in measured if examples]
    if not gold or not splits:
        what = "learn from: give demonstrations or meta" if not gold else "measure on: give --test"
        raise ProjectError(f"--baseline supervised: there is no gold to {what} when the project is made")
    folder = context.paths.models / FOLDER
    meter = replace(context.meter(NO_ROUND, Phase.TRAIN), rounds=None, then="")

    def report(progress: TrainProgress) -> None:
        meter.tell(progress.step, progress.steps, f"baseline supervised, epoch {progress.epoch} of {progress.epochs}")

    result = train(
        replace(context.student, reweight="none"),
        context.labels,
        list(gold.values()),
        dev,
        folder,
        derive(context.settings.project.seed, 0, "baseline supervised"),
        report,
        context.control.should_stop,
    )
    if result.folder is None:
        return []
    folder.chmod(0o700)
    predictions = predict(context.student, folder, [one.words for _, examples in splits for one in examples])
    predicted = predictions.tags
    found = []
    for role, examples in splits:
        said, predicted = predicted[: len(examples)], predicted[len(examples) :]
        measured_at = score([list(one.tags) for one in examples], said, _seed(context, SUPERVISED))
        found.append(Baseline(SUPERVISED, role, measured_at, train_size=len(gold)))
    if context.project.mode == "paper":
        context.event("baseline", "in paper mode dev is what the supervised student learnt, so it says nothing there")
    return found


def _seed(context: Context, subject: str) -> int:
    return derive(context.settings.project.seed, 0, f"bootstrap {subject}")
