"""What the review says about an item, in lines: its layers, what they have otherwise, why it is here, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from ...core.difference import difference
from ...core.review import Filter, Layer, Order, ReviewItem, Said, Tally, Verdict
from ...core.states import State
from ...core.tasks import Task
from ..cells import cut, fit, safe, said
from ..glyphs import Glyphs
from ..view import View
from ..words import count, f1, failure, usd
from .queue import Queue

DIFFERENCE, GOLD = "difference", "gold"
ORDERS = {
    Order.SUSPICIOUS: "most suspicious first",
    Order.NEWEST: "newest first",
    Order.RANDOM: "in random order",
    Order.WEIGHT: "least trusted first",
}
VERDICTS = {
    Verdict.ACCEPT: "accepted",
    Verdict.REJECT: "rejected",
    Verdict.MEND: "mended",
    Verdict.SKIP: "skipped",
}
DIGITS = 10
"""Labels that have a key of their own: 1 to 9, then 0."""
_NAME = 11
_SURFACE = 30

Drawn = list[tuple[str, Said]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer that `tab` turns to: how it is called, and the answer (None for the difference)."""

    name: str
    layer: Layer | None


def layers(item: ReviewItem) -> list[Shown]:
    """The answers there are, the judged one first, and the difference where there are two."""
    vote = item.llm is not None and item.llm.kind == "vote"
    named = (("LLM vote" if vote else "LLM", item.llm), ("student", item.student), ("human", item.human))
    found = [Shown(name, layer) for name, layer in (*named, (GOLD, item.gold)) if layer is not None]
    return [*found, Shown(DIFFERENCE, None)] if len(found) > 1 else found


def others(item: ReviewItem, *, blind: bool = False) -> tuple[tuple[tuple[str, Said], ...], ...]:
    """What stands under a person's own labels, the ways that one key turns through: everybody's answers but gold,
    with gold, none; failures say nothing."""
    if blind:
        return ((),)
    named = (("LLM", item.llm), ("student", item.student), (GOLD, item.gold), ("before", item.human))
    known = tuple((name, layer.said) for name, layer in named if layer is not None and layer.state is not State.FAILED)
    return tuple(dict.fromkeys((tuple(one for one in known if one[0] != GOLD), known, ())))


def asks_gold(chosen: str) -> bool:
    """Whether who turned to this layer has asked for the solution."""
    return chosen in (GOLD, DIFFERENCE)


def drawn(item: ReviewItem, chosen: str, all_of_them: bool) -> Drawn:
    """The layers to draw under the sentence, the chosen one first; a failed answer says nothing and is not drawn.

    Gold is left out until somebody turns to it: who sees the solution measures nothing.
    """
    shown = [one for one in layers(item) if one.name != GOLD or asks_gold(chosen)]
    if chosen == DIFFERENCE:
        return differences(item)
    first = [one for one in shown if one.name == chosen]
    rest = [one for one in shown if one.name != chosen] if all_of_them else []
    return [
        (one.name, one.layer.said)
        for one in (*first, *rest)
        if one.layer is not None and one.layer.state is not State.FAILED
    ]


def differences(item: ReviewItem) -> Drawn:
    """Per further answer what it has and the LLM has not (+), and the other way round (-)."""
    found: Drawn = []
    for name, only_llm, only_other in _compared(item):
        if only_other:
            found.append((f"+ {name}", only_other))
        if only_llm:
            found.append((f"- {name}", only_llm))
    return found


def _compared(item: ReviewItem) -> list[tuple[str, Said, Said]]:
    """(name, labels of the LLM alone, labels of the other alone) for each further answer that can be compared."""
    if item.llm is None or item.llm.state is State.FAILED:
        return []
    found = []
    for name, layer in (("student", item.student), ("human", item.human), ("gold", item.gold)):
        if layer is not None and layer.state is not State.FAILED:
            found.append((name, _only(item.llm, layer), _only(layer, item.llm)))
    return found


def _only(layer: Layer, other: Layer) -> Said:
    """What the one says and the other does not."""
    mine, theirs = layer.said.labels, other.said.labels
    spans, classes = difference(mine.spans, theirs.spans)[1], difference(mine.classes, theirs.classes)[1]
    return Said(
        tuple(one for one in layer.spans if one.span in spans),
        tuple(one for one in layer.classes if one.label in classes),
    )


def _apart(ours: Said, theirs: Said) -> str:
    """How far two answers differ, "" for not at all."""
    if ours.classes or theirs.classes:
        return " differs"
    number = len(ours.spans) + len(theirs.spans)
    return f" {number} differ" if number else ""


def head(wanted: Filter, order: Order, glyphs: Glyphs) -> Content:
    """Order and filter in words."""
    parts = [said(ORDERS[order])]
    if wanted.round is not None:
        parts.append(Content(f"round {wanted.round}"))
    if wanted.label:
        parts.append(said(f"with {wanted.label}"))
    if wanted.suspicious is not None:
        parts.append(Content("only suspicious" if wanted.suspicious else "without a suspicion"))
    if wanted.surer_than is not None:
        parts.append(Content(f"sure from {f1(wanted.surer_than)}"))
    if wanted.text:
        parts.append(said(f'holding "{fit(safe(wanted.text), _SURFACE, glyphs.ellipsis)}"'))
    if wanted.decided:
        parts.append(Content.styled("decided before", "$warn"))
    return Content(f" {glyphs.dot} ").join(parts)


def counts(tally: Tally, reviewer: str, dot: str, room: int) -> Content:
    """How many of each verdict, how far one can go back, and who decides."""
    parts = [
        f"{count(tally.accepted)} accepted",
        f"{count(tally.mended)} mended",
        f"{count(tally.rejected)} rejected",
        f"{count(tally.skipped)} skipped",
        f"undo {count(tally.undo)}" + (f" redo {count(tally.redo)}" if tally.redo else ""),
    ]
    who = [said(reviewer)] if reviewer else []
    words = Content(f" {dot} ").join([*map(Content, parts), *who])
    return (
        words if words.cell_length <= room else Content(f" {dot} ").join([*map(Content, parts[1:3] + parts[4:]), *who])
    )


def facts(item: ReviewItem, chosen: str, view: View, tally: Tally | None, width: int, *, roomy: bool) -> list[Content]:
    """The lines under the sentence. `roomy` lets each take two lines where it needs them."""
    dot = f" {view.glyphs.dot} "
    found: list[Content] = []

    def add(name: str, value: Content, lines: int = 1) -> None:
        room = width - _NAME - 3
        wrapped = value.wrap(room) if value.cell_length > room else [value]
        if len(wrapped) > lines:
            wrapped = [*wrapped[: lines - 1], cut(Content(" ").join(wrapped[lines - 1 :]), room, view.glyphs.ellipsis)]
        for place, line in enumerate(wrapped):
            found.append(Content.assemble("   ", (f"{name if place == 0 else '':<{_NAME}}", "$muted"), line))

    if view.kind.first_labels and not item.decided:
        add("labels", _digits(view), 2)
    add("layers", _names(item, chosen, view), 2)
    if chosen == DIFFERENCE:
        add(DIFFERENCE, _in_words(item, view.glyphs), 4 if roomy else 2)
    if item.decided is not None:
        add("decided", _decided(item, dot))
    add("why here", _why_here(item, view), 3 if roomy else 2)
    if item.strategy:
        add("why picked", _why_picked(item, dot), 2)
    if item.cost is not None:
        add("cost", _cost(item, view.task))
    if tally is not None:
        add("human cost", _pace(tally))
    return found


def _digits(view: View) -> Content:
    """The labels that have a key of their own, and how the others are reached."""
    labels, styles = view.snapshot.labels if view.snapshot else (), view.span_styles
    parts = [
        Content.assemble((view.key(f"review.label_{place}"), "$focus bold"), " ", said(label).stylize(styles[label]))
        for place, label in enumerate(labels[:DIGITS], start=1)
    ]
    rest = len(labels) - DIGITS
    if rest > 0:
        parts.append(Content.assemble((view.key("review.mend"), "$focus bold"), (f" {rest} more", "$muted")))
    return Content("  ").join(parts)


def _names(item: ReviewItem, chosen: str, view: View) -> Content:
    """All layers by name, the chosen one in brackets, with how sure each is and whether it agrees."""
    glyphs = view.glyphs
    other = {name: _apart(ours, theirs) for name, ours, theirs in _compared(item)}
    parts = []
    for shown in layers(item):
        here, layer = shown.name == chosen, shown.layer
        words = Content.styled(f"{glyphs.open}{shown.name}{glyphs.close}" if here else shown.name, "$focus bold" * here)
        if shown.name == GOLD and not asks_gold(chosen):
            parts.append(words + Content.styled(f" {view.key('review.layer')} shows it", "$muted"))
            continue
        if layer is not None and layer.state is State.FAILED:
            words += Content.styled(f" {glyphs.failed} failed", "$bad bold")
        elif layer is not None and layer.state is State.EMPTY:
            words += Content.styled(" nothing here", "$muted")
        if layer is not None and layer.confidence is not None and layer.confidence < 1:
            words += Content.styled(f" {f1(layer.confidence)}", "$muted")
        if other.get(shown.name):
            words += Content.styled(other[shown.name], "$warn")
        elif shown.name in other:
            words += Content.styled(" the same", "$muted")
        if layer is not None and layer.in_sample:
            words += Content.styled(" has learnt it", "$muted")
        parts.append(words)
    return Content(f" {glyphs.dot} ").join(parts) if parts else Content.styled("no answer", "$muted")


def _in_words(item: ReviewItem, glyphs: Glyphs) -> Content:
    if item.llm is None or item.llm.state is State.FAILED:
        return Content.styled("the LLM has no answer to compare with", "$muted")
    parts = []
    for name, ours, theirs in _compared(item):
        if not ours and not theirs:
            parts.append(Content(f"{name} says the same"))
        marked = (("+", theirs), ("-", ours))
        words = [f"{mark} {one}" for mark, only in marked for one in _quoted(item, only, glyphs.ellipsis)]
        if words:
            parts.append(Content(f"{name}: " + ", ".join(words)))
    return Content(f" {glyphs.dot} ").join(parts)


def _quoted(item: ReviewItem, said_: Said, ellipsis: str) -> list[str]:
    """Labels in words: of a span with its surface."""
    found = [safe(one.label) for one in said_.classes]
    for grounded in said_.spans:
        span = grounded.span
        surface = safe(item.text[span.start : min(span.end, span.start + 2 * _SURFACE)])
        found.append(f'{safe(span.label)} "{fit(surface, _SURFACE, ellipsis)}"')
    return found


def _decided(item: ReviewItem, dot: str) -> Content:
    decided = item.decided
    assert decided is not None
    words = Content.styled(VERDICTS[decided.verdict], "$good bold")
    words += said(f" by {decided.reviewer}, {decided.created_utc[:16].replace('T', ' ')} UTC")
    if decided.bulk:
        words += Content(f"{dot}with many others")
    if decided.blind:
        words += Content(f"{dot}labelled blind")
    if item.demonstration:
        words += Content(f"{dot}a demonstration")
    return words


def _why_here(item: ReviewItem, view: View) -> Content:
    """The reasons to look; a failed answer with all that is known of its failure."""
    parts = [said(reason.words).stylize("$warn") for reason in item.reasons if reason.code != "failed"]
    if item.llm is not None and item.llm.state is State.FAILED:
        why = said(failure(item.llm.failure or "failed")).stylize("$bad bold")
        detail = said(f": {item.llm.detail}") if item.llm.detail else Content()
        left = f" {view.glyphs.dash} neither labelled nor trained; {view.key('review.mend')} labels it"
        parts.insert(0, Content.assemble(why, detail, (left, "$muted")))
    dot = f" {view.glyphs.dot} "
    return Content(dot).join(parts) if parts else Content.styled("no reason to doubt it", "$muted")


def _why_picked(item: ReviewItem, dot: str) -> Content:
    score = f" {f1(item.score)}" if item.score is not None else ""
    words = said(f"{item.strategy.replace('_', ' ')}{score}, rank {item.rank} of {item.batch}")
    if item.round is not None:
        words += Content(f", round {item.round}")
    if item.neighbours:
        nearest = " ".join(f"#{number}" for number, _text in reversed(item.neighbours))
        words += Content(f"{dot}nearest demonstrations {nearest}")
    return words


def _cost(item: ReviewItem, task: Task) -> Content:
    cost = item.cost
    assert cost is not None
    cached = f" ({cost.cached * 100 // cost.input} % cached)" if cost.input else ""
    shared = f" for {task.count(cost.items)}, each" if cost.items > 1 else ""
    return Content(f"{count(cost.input)} in{cached} + {count(cost.output)} out{shared} = ${usd(cost.nanousd)}")


def _pace(tally: Tally) -> Content:
    if tally.seconds is None:
        return Content.styled("not measured yet: decide a few", "$muted")
    return Content(f"you take {tally.seconds:.1f} s an item (n {count(tally.timed)})")


def why_page(item: ReviewItem, view: View, width: int) -> list[Content]:
    """Why to look and why it was picked, in full."""
    lines = [Content.styled("Why to look", "$head bold")]
    for reason in item.reasons:
        lines += Content.assemble("  ", said(reason.words), (f"  counts {f1(reason.weight)}", "$muted")).wrap(width)
    if not item.reasons:
        lines.append(Content.styled("  no reason to doubt it", "$muted"))
    lines += [Content(), Content.styled("Why it was picked", "$head bold")]
    if item.strategy:
        strategy = said(item.strategy.replace("_", " ")).plain
        score = f"{item.score:.4f}" if item.score is not None else "none"
        lines.append(Content(f"  strategy {strategy}, round {item.round}"))
        lines.append(Content(f"  score {score}, rank {item.rank} of {item.batch}"))
    else:
        lines.append(Content.styled("  it was not picked by a round", "$muted"))
    if item.weight is not None:
        place = "" if item.weight_place is None else f", {item.weight_place:.0%} of the others weigh less"
        lines.append(Content(f"  weight in the newest training {f1(item.weight)}{place}".replace("%", " %")))
    return [*lines, Content(), *shots(item, width)]


def shots(item: ReviewItem, width: int) -> list[Content]:
    """The demonstrations it was shown with, with their texts."""
    lines = [Content.styled("Demonstrations it was shown with, the nearest first", "$head bold")]
    for number, text in reversed(item.neighbours):
        lines += Content.assemble((f"  #{number}  ", "$muted"), said(text)).wrap(width)
    return lines if item.neighbours else [*lines, Content.styled("  none", "$muted")]


def nothing(queue: Queue, view: View, *, filtered: bool) -> list[Content]:
    """What to do where no sentence is left.

    Args:
        queue: its rows, and those of them that another screen serves, say why.
        view: whose keys and units are named.
        filtered: whether a filter is set.
    """
    lines: Sequence[str]
    key, task, busy = view.key, view.task, queue.busy
    start, find = key("run.start"), key("review.filter")
    if busy:
        one = f"{task.count(busy)} {'is' if busy == 1 else 'are'}"
        lines = (f"{one} being decided on another screen.", "What it lets go of comes here by itself.")
    elif queue.rows:
        lines = (
            "Everything here is decided.",
            f"{key('review.before').split()[0]} looks back, {key('review.undo')} takes the last decision back, "
            f"{find} chooses other {task.units}.",
            f"{start} starts the worker, which goes on with the run or begins another round.",
        )
    elif filtered:
        lines = (
            f"No {task.unit} passes this filter.",
            f"{find} chooses another; {key('review.order')} changes the order.",
        )
    else:
        lines = (
            "Nothing waits for a decision.",
            f"Answers come with each round: {start} starts the worker.",
            f"{find} also finds {task.units} that were decided before.",
        )
    return [Content.styled(lines[0], "bold"), *(Content.styled(line, "$muted") for line in lines[1:])]
