"""What the pages of a bulk acceptance say: what would be accepted, and what the blind sample found."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from textual.content import Content

from ...core.bound import upper_bound
from ...core.difference import difference
from ...core.review import Bulk, Filter, QueueRow, ReviewItem, Said
from ...core.states import State
from ..cells import said
from ..view import View
from ..words import count, f1
from .common import fact

INDENT = 1
SHOWN = 14
"""Lines that one sentence takes at most where answers are compared."""


def usable(queue: Sequence[QueueRow]) -> tuple[tuple[int, int], ...]:
    """The (item, annotation) pairs of a queue that can be accepted: undecided, with an answer that did not fail."""
    return tuple(
        (row.item, row.annotation)
        for row in queue
        if row.annotation is not None and row.state in (State.LABELLED, State.EMPTY) and row.verdict is None
    )


def percent(rate: float) -> str:
    """A bound in percent, rounded up: `4.95 %` is `5 %`."""
    return f"{math.ceil(rate * 1000 - 1e-9) / 10:g} %"


def chosen_by(wanted: Filter) -> str:
    """A filter in words."""
    parts = []
    if wanted.round is not None:
        parts.append(f"round {wanted.round}")
    if wanted.label:
        parts.append(f"with {wanted.label}")
    if wanted.suspicious is not None:
        parts.append("only suspicious ones" if wanted.suspicious else "without a suspicion")
    if wanted.surer_than is not None:
        parts.append(f"sure from {f1(wanted.surer_than)}")
    if wanted.text:
        parts.append(f'with "{wanted.text}" in the text')
    return ", ".join(parts) or "every answer that waits for a decision"


def offer(
    queue: Sequence[QueueRow], wanted: Filter, n: int, opened: Bulk | None, view: View, width: int
) -> list[Content]:
    """The first page: what would be accepted, why a sample is labelled first, and what is open already."""
    inner = width - 2 * INDENT
    pairs = usable(queue)
    states = Counter(row.state for row in queue if row.verdict is None and row.annotation is not None)
    kinds = f"{count(states[State.LABELLED])} with labels, {count(states[State.EMPTY])} with nothing in them"
    lines = [Content()]
    mine = opened is not None and opened.filter == wanted
    if opened is not None and mine:
        lines += fact("would be", f"{_answers(len(opened.items))}, as they were when the sample was drawn", inner)
    else:
        lines += fact("would be", f"{_answers(len(pairs))}: {kinds}" if pairs else "none", inner)
    lines += fact("chosen by", said(chosen_by(wanted)), inner)
    if len(queue) > len(pairs) and not mine:
        failed = states[State.FAILED]
        rest = len(queue) - len(pairs) - failed
        left = [f"{count(failed)} failed"] if failed else []
        left += [f"{count(rest)} decided or without an answer"] if rest else []
        lines += fact("left out", ", ".join(left), inner)
    lines.append(Content())
    if opened is not None and mine:
        lines += _under_way(opened, view.task.units, inner)
    elif opened is not None:
        words = (
            f"A bulk acceptance of another filter is open ({chosen_by(opened.filter)}): "
            f"{len(opened.labelled)} of its {len(opened.sample)} sampled {view.task.units} are labelled. "
            "A changed filter needs a sample of its own: enter drops the open one and draws it; c goes on with the "
            "open one. The labels you gave stay either way."
        )
        lines += [line.stylize("$warn") for line in said(words).wrap(inner)]
        lines.append(Content())
    if pairs and not mine:
        lines += [line for words in _why(len(pairs), n) for line in Content(words).wrap(inner)]
    elif not pairs and opened is None:
        lines.append(Content("There is nothing to accept here: / in the review chooses a wider filter."))
    return [Content(" " * INDENT) + line for line in lines]


def _why(size: int, n: int) -> list[str]:
    """Why some are labelled first, in three sentences."""
    if size <= n:
        return [
            f"The sample would be all {size} of them, for a sample has {n}: to label it is to label everything,",
            "without having seen the answers. Nothing is then left to be accepted at once, and what you know",
            "afterwards is how often the annotator was wrong here.",
        ]
    return [
        f"First {n} of them, drawn at random, are labelled by you without seeing the answers.",
        f"If none of the {n} differs, at most {percent(upper_bound(0, n))} of all are wrong, with 95 % certainty.",
        f"Then you see what differs, and decide about the other {count(size - n)} in one step, which u takes back.",
    ]


def _under_way(bulk: Bulk, units: str, width: int) -> list[Content]:
    done, size = len(bulk.labelled), len(bulk.sample)
    words = f"{done} of the {size} sampled {units} are labelled. enter goes on; d drops it; esc leaves it open."
    return [*Content(words).wrap(width), *Content("What differs is shown when all of them are labelled.").wrap(width)]


def found(bulk: Bulk, items: Mapping[int, ReviewItem], view: View, width: int) -> list[Content]:
    """The last page: how often the sample differs, what that says about the rest, and each difference."""
    inner = width - 2 * INDENT
    errors, n = len(bulk.errors), len(bulk.labelled)
    rest = len(bulk.items) - len(bulk.sample)
    upper = bulk.upper if bulk.upper is not None else 1.0
    rate = f"{errors} of {n} differ from yours" if errors else f"none of {n} differs from yours"
    lines = [Content()]
    lines += fact("sample", Content.styled(rate, "$warn bold" if errors else "$good bold"), inner)
    bound = f"at most {percent(upper)} of all are wrong, with 95 % certainty (exact one-sided bound, n = {n})"
    lines += fact("so", bound, inner)
    if rest:
        about = f"; about {count(round(rest * errors / n))} wrong by the sample" if errors else ""
        most = max(0, math.floor(len(bulk.items) * upper + 1e-9) - errors)
        lines += fact("the rest", f"{_answers(rest)}{about}, at most {count(min(rest, most))}", inner)
    else:
        lines += fact("the rest", "nothing: the sample was all of them. A ends it; your labels stay", inner)
    if bulk.errors:
        glyphs = view.glyphs
        head = f" What differs {glyphs.line * max(0, inner - 14)}"
        lines += [Content(), Content.styled(head.lstrip(), "$head")]
    page = [Content(" " * INDENT) + line for line in lines]
    for number in bulk.errors:
        if number in items:
            page += _compared(bulk, items[number], view, width)
    return page


def _compared(bulk: Bulk, item: ReviewItem, view: View, width: int) -> list[Content]:
    """One sentence with both answers in lanes, around the first place in which they differ."""
    theirs = item.llm.said if item.llm is not None else Said()
    yours = bulk.labelled[item.item]
    layers = (("annotator", theirs), ("you", Said.of(yours)))
    sheet = view.kind.page(item.text, item.tokens, item.pair, layers, width - 2 * INDENT, view)
    _same, ours, others = difference(theirs.labels.spans, yours.spans)
    first = min((span.start for span in (*ours, *others)), default=0)
    top = sheet.block_of(first)[0] if sheet.height > SHOWN else 0
    name = said(item.name or f"{view.task.unit} {item.item}").stylize("$muted")
    judged = dict(bulk.items).get(item.item)
    if item.llm is None or item.llm.annotation != judged:
        name += Content.styled("  answered again since: the newer answer is shown", "$warn")
    drawn = [Content(" " * INDENT) + line for line in sheet.lines(top, SHOWN)]
    return [Content(), Content(" " * INDENT) + name, *drawn]


def _answers(number: int) -> str:
    return "1 answer" if number == 1 else f"{count(number)} answers"
