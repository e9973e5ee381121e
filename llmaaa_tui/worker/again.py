"""Ask again what people rejected and want asked again: another sample of the annotator, or the second model."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.review import Again
from ..core.states import Kind, Phase, State
from ..store import replies, runs, verdicts
from .annotate import second_kit, second_settings
from .annotator import AnnotatorKit, describe
from .asking import Asking, Group, ask_all, asking
from .context import Context

ASK_AGAIN = "ask_again"
REFUSED = "ask_again_refused"


def ask_again(context: Context, number: int, phase: Phase) -> bool:
    """Ask whatever waits to be asked again, before the round goes on; False where somebody halted it.

    What does not fit under the cap waits for the next round or run; what fails once more stays rejected.

    Raises:
        AnnotatorError: the annotator keeps failing; what it answered is kept.
        WaitingError: nothing is left to do here until a provider's batch is ready or a person has ruled.
    """
    for how in Again:
        name = _name(context, how)
        if name is None:
            _refuse(context, how, number)
            continue
        wanted = verdicts.reasks(context.store, how, name)
        if not wanted:
            continue
        kit = context.kit if how is Again.SAMPLE else second_kit(context)
        groups = [Group((one.item,), one.neighbours, one.seq) for one in wanted]
        numbers = verdicts.next_samples(context.store, [one.item for one in wanted], kit.name)
        asked = asking(context, kit, None, ASK_AGAIN, groups, context.meter(number, phase), again=numbers)
        if not ask_all(context, asked):
            return False
        context.event("asked_again", _sentence(context, kit, asked, numbers), number)
    return True


def _name(context: Context, how: Again) -> str | None:
    """Who would answer; None where nobody can."""
    if context.kit.kind is not Kind.LLM:
        return None
    if how is Again.SAMPLE:
        return context.kit.name
    if not context.settings.annotator.escalate:
        return None
    return describe(context.paths, second_settings(context.settings), context.labels).name


def _refuse(context: Context, how: Again, number: int) -> None:
    """Say, once for each that waits, that nobody can be asked."""
    wanted = verdicts.reasks(context.store, how, "")
    if not wanted or max(one.seq for one in wanted) < runs.last_event(context.store, REFUSED):
        return
    why = (
        "the gold annotator has no other answer"
        if context.kit.kind is not Kind.LLM
        else "annotator.escalate names no second model"
    )
    context.event(REFUSED, f"{context.task.count(len(wanted))} cannot be asked again: {why}", number)


def _sentence(context: Context, kit: AnnotatorKit, asked: Asking, numbers: Mapping[int, int]) -> str:
    seen = replies.answered(context.store, numbers, kit.name)
    ended = [seen[item].get(sample) for item, sample in numbers.items()]
    failed = sum(state is State.FAILED for state in ended)
    held = ended.count(None) - len(asked.skipped)
    parts = [f"{len(ended) - failed - ended.count(None)} answered"]
    parts += [f"{failed} failed and stay rejected"] if failed else []
    parts += [f"{len(asked.skipped)} not asked: the budget is used up"] if asked.skipped else []
    parts += [f"{held} not asked: nobody knows whether an earlier question was billed"] if held else []
    return f"asked {kit.name} again about {context.task.count(len(ended))}: {', '.join(parts)}"
