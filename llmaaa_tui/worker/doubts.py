"""Ask once more about labelled sentences whose label is doubtful (`loop.reask`), and vote over all their answers.

Which ones is decided when a round is picked, as ActiveLab does (see `acquisition.doubt`), and they are asked when its
batch is. The student that scores them has learnt their labels: what it still doubts, it could not learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..acquisition.doubt import Answers, doubtful
from ..annotators.vote import vote
from ..core.document import Document, Labels
from ..core.states import Kind, State
from ..store import items, replies, runs, verdicts
from ..store.doubts import Doubt, askable, asked_in, doubts_of, labels_before
from .asking import Group, ask_all, asking
from .context import Context
from .pool import Learnt
from .progress import Meter

DOUBT = "doubt"
REFUSED = "doubt_refused"
FURTHER = 2
"""Answers an item may have beyond `annotator.samples`."""


def doubts_wanted(context: Context, number: int) -> bool:
    """Whether a round asks about doubtful labels; where nobody has another answer, that is said once."""
    if not context.settings.loop.reask or number == 1:
        return False
    if context.kit.kind is Kind.LLM:
        return True
    if not runs.last_event(context.store, REFUSED):
        context.event(REFUSED, "loop.reask asks nobody: the gold annotator has no other answer", number)
    return False


def choose(context: Context, number: int, known: Learnt) -> list[tuple[int, float]]:
    """The most doubtful of the labels that may be asked about, with their scores, the most doubtful first."""
    store = context.store
    may = set(askable(store, number, context.kit.name, context.settings.annotator.samples + FURTHER))
    rows = [row for row, label in enumerate(known.labels) if label.item in may]
    asked = [known.labels[row].item for row in rows]
    documents = items.documents(store, asked)
    answers = _answers(context, documents, known.said.classes)
    scores = doubtful([answers[item] for item in asked], [known.said.probabilities[row] for row in rows])
    ranked = sorted((float(score), item) for item, score in zip(asked, scores, strict=True))
    return [(item, score) for score, item in ranked[: context.settings.loop.reask]]


def _answers(context: Context, documents: Mapping[int, Document], names: Sequence[str]) -> dict[int, Answers]:
    """By item the class of every position in every usable answer, (answers, positions)."""
    place = {name: row for row, name in enumerate(names)}
    given = replies.sampled(context.store, list(documents), context.kit.name)

    def classes(item: int, labels: Labels) -> list[int]:
        return [place[target] for target in context.learner.targets(documents[item], labels, context.labels)]

    return {
        item: np.array(
            [classes(item, answer.labels) for answer in answers if answer.state is not State.FAILED],
            dtype=np.int64,
        )
        for item, answers in given.items()
    }


def ask_doubts(context: Context, number: int, meter: Meter) -> bool:
    """Ask the round's doubtful items once more and vote; False where somebody halted it.

    Each is a further sample in a request of its own, never sent twice. What does not fit under the cap is left out,
    and what fails leaves the label as it is; so does whatever people have decided on meanwhile.

    Raises:
        AnnotatorError: the annotator keeps failing; what it answered is kept.
        WaitingError: nothing is left to do here until a provider's batch is ready or a person has ruled.
    """
    store, kit = context.store, context.kit
    decided = verdicts.judged(store)
    wanted = [one for one in doubts_of(store, number) if one.item not in decided]
    if not wanted or kit.kind is not Kind.LLM or not context.settings.loop.reask:
        return True
    # Chosen for an annotator that another took the place of, they stay: its one answer would be no vote over all.
    mine = labels_before(store, number, [one.item for one in wanted], kit.name)
    wanted = [one for one in wanted if one.item in mine]
    if not wanted:
        context.event("doubted", f"no doubtful label is asked once more: none of them is {kit.name}'s", number)
        return True
    ids = [one.item for one in wanted]
    left = [one for one in wanted if one.item not in asked_in(store, number, ids, kit.name)]
    skipped: set[int] = set()
    if left:
        numbers = verdicts.next_samples(store, [one.item for one in left], kit.name)
        groups = [Group((one.item,), one.neighbours, one.seq) for one in left]
        asked = asking(context, kit, number, DOUBT, groups, meter, again=numbers)
        if context.settings.annotator.provider == "recorded":
            asked.failures_in_a_row = -len(left)  # a recording that lacks them does not keep failing
        if not ask_all(context, asked):
            return False
        skipped = asked.skipped
    _vote(context, number, wanted, skipped)
    return True


def _vote(context: Context, number: int, wanted: Sequence[Doubt], skipped: set[int]) -> None:
    """Vote over all answers of those that have a new usable one; a vote that fails is not written."""
    store, name = context.store, context.kit.name
    ended = asked_in(store, number, [one.item for one in wanted], name)
    answered = [item for item, state in ended.items() if state != State.FAILED]
    voted = replies.voted(store, number, name)
    given = replies.sampled(store, [item for item in answered if item not in voted], name)
    result = {item: vote(answers, context.labels, context.task.shape).answer for item, answers in given.items()}
    result = {item: answer for item, answer in result.items() if answer.state is not State.FAILED}
    replies.write_answers(store, result, kind=Kind.VOTE, annotator=name, number=number)
    before = labels_before(store, number, list(result), name)
    old = items.labels_of(store, before.values())
    changed = sum(answer.labels != old[before[item]] for item, answer in result.items())
    parts = [f"{len(answered)} answered, {changed} labels changed"]
    parts += [f"{len(ended) - len(answered)} failed and keep their label"] if len(ended) > len(answered) else []
    parts += [f"{len(skipped)} not asked: the budget is used up"] if skipped else []
    held = len(wanted) - len(ended) - len(skipped)
    parts += [f"{held} not asked: nobody knows whether an earlier question was billed"] if held else []
    text = f"asked {name} once more about {len(wanted)} doubtful labels: {', '.join(parts)}"
    context.event("doubted", text, number)
