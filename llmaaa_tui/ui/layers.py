"""One sentence with everything known about it, as lines: its layers under one another, its place in the loop."""

from __future__ import annotations

from textual.content import Content

from ..core.catalogue import Sentence, Status
from ..core.review import Layer, ReviewItem, Said, Verdict
from ..core.states import State
from ..core.tokens import word_offsets
from .cells import fit, said
from .pages.common import NAME, fact
from .spans import chips
from .view import View
from .words import RUNGS, count, f1, failure, tokens, usd

KINDS = {"llm": "LLM", "vote": "vote", "student": "student", "human": "human", "gold": "gold"}
STATUSES = {
    Status.OPEN: "open: not picked yet",
    Status.PICKED: "picked, waits for the annotator",
    Status.LABELLED: "labelled by the annotator",
    Status.EMPTY: "the annotator found nothing in it",
    Status.FAILED: "the annotator failed: neither labelled nor trained",
    Status.ACCEPTED: "accepted by a person",
    Status.MENDED: "mended by a person",
    Status.REJECTED: "rejected by a person: not trained",
    Status.SKIPPED: "skipped by a person",
}

_DECIDED = {Verdict.ACCEPT: Status.ACCEPTED, Verdict.MEND: Status.MENDED, Verdict.REJECT: Status.REJECTED}


def sentence_of(item: ReviewItem) -> Sentence:
    """The item as the sentences' page knows it."""
    layer = item.human or item.llm
    state = layer.state if layer else None
    status = {
        State.FAILED: Status.FAILED,
        State.EMPTY: Status.EMPTY,
        State.LABELLED: Status.LABELLED,
        None: Status.OPEN,
    }
    decided = _DECIDED.get(item.decided.verdict, Status.SKIPPED) if item.decided else status[state]
    said = layer.said if layer else Said()
    return Sentence(item.item, item.text, decided, item.round, state, said.spans, said.classes, item.pair)


def describe(sentence: Sentence, item: ReviewItem | None, role: str, view: View, width: int) -> list[Content]:
    """All of a sentence in lines of at most `width` cells.

    Args:
        item: the pool item with its layers, or None where there is none (gold roles) or it is not read yet.
    """
    text = item.text if item else sentence.text
    words = item.tokens if item else word_offsets(text)
    layers = _layers(item) if item else []
    shown = [(_name(layer), layer.said) for layer in layers if layer.state is not State.FAILED]
    if not layers and (sentence.status is None or sentence.spans or sentence.classes):
        shown = [("gold" if sentence.status is None else "", Said(sentence.spans, sentence.classes))]
    pair = item.pair if item else sentence.pair
    lines = view.kind.page(text, words, pair, shown, width, view).lines()
    lines.append(Content())
    state = STATUSES[sentence.status] if sentence.status else f"{said(role).plain}: gold"
    lines += fact("status", state, width)
    for layer in layers:
        lines += fact(_name(layer), _said_by(layer, view), width)
    if item is not None:
        lines += _loop(item, view, width)
    for layer in layers:
        lines += _spans(layer, text, view, width)
    return lines


def _layers(item: ReviewItem) -> list[Layer]:
    return [layer for layer in (item.llm, item.student, item.human, item.gold) if layer is not None]


def _name(layer: Layer) -> str:
    return KINDS.get(layer.kind) or fit(said(layer.kind).plain, NAME - 2)


def _said_by(layer: Layer, view: View) -> Content:
    """Who answered, how it ended, and how sure."""
    parts = [said(layer.annotator)] if layer.annotator and layer.annotator != layer.kind else []
    if layer.round is not None:
        parts.append(Content(f"round {layer.round}"))
    if layer.state is State.FAILED:
        why = said(failure(layer.failure or "failed")).stylize("$bad bold")
        parts.append(why + Content(", neither labelled nor trained"))
    else:
        number = len(layer.spans)
        if layer.classes:
            parts.append(chips(layer.classes, view.span_styles, view.glyphs))
        elif layer.state is State.EMPTY:
            parts.append(Content("nothing in it"))
        else:
            parts.append(Content(f"{number} span{'s' * (number != 1)}"))
    if layer.confidence is not None and layer.confidence < 1:
        parts.append(Content(f"confidence {f1(layer.confidence)}"))
    if layer.in_sample:
        parts.append(Content("had learnt this very sentence"))
    if layer.flags:
        flags = ", ".join(flag.replace("_", " ") for flag in layer.flags)
        parts.append(said(flags).stylize("$warn"))
    if layer.detail:
        parts.append(said(layer.detail).stylize("$muted"))
    return Content.styled(f" {view.glyphs.dot} ", "$faint").join(parts)


def _loop(item: ReviewItem, view: View, width: int) -> list[Content]:
    """Why and when it was picked, decided, trained on; what it cost; where it comes from."""
    lines: list[Content] = []
    if item.round is not None:
        score = f" {item.score:.3f}" if item.score is not None else ""
        strategy = said(item.strategy).plain.replace("_", " ")
        lines += fact("picked", f"round {item.round}, {strategy}{score}, rank {item.rank} of {item.batch}", width)
    if item.neighbours:
        lines += fact("shown with", " ".join(f"#{number}" for number, _text in item.neighbours), width)
    if item.decided is not None:
        decided = item.decided
        how = " in a bulk acceptance" if decided.bulk else " without seeing any answer" if decided.blind else ""
        when = said(decided.created_utc).plain[:16].replace("T", " ")
        lines += fact("decided", f"{decided.verdict.value}{how} by {said(decided.reviewer).plain}, {when}", width)
    for n, reason in enumerate(item.reasons):
        lines += fact("" if n else "look at it", said(reason.words).stylize("$warn"), width)
    if item.weight is not None:
        place = "" if item.weight_place is None else f", {round(item.weight_place * 100)} % of them are lower"
        lines += fact("weight", f"{item.weight:.3f} in the newest training{place}", width)
    if item.demonstration:
        lines += fact("shown", "a person made it a demonstration", width)
    if item.cost is not None:
        cost = item.cost
        each = f", a request of {cost.items}" if cost.items > 1 else ""
        figures = f"{tokens(cost.input)} in, {tokens(cost.cached)} cached, {tokens(cost.output)} out"
        lines += fact("cost", f"${usd(cost.nanousd)}{each}: {figures}", width)
    source = said(f"{item.file}:{item.line}" if item.file else "").plain
    named = f" {said(item.name).plain}" if item.name else ""
    lines += fact("item", f"#{item.item}{named}, {count(len(item.text))} characters  {source}", width)
    return lines


def _spans(layer: Layer, text: str, view: View, width: int) -> list[Content]:
    """Each span of an answer and how it was found."""
    if not layer.spans:
        return []
    lines = [Content(), Content.styled(f"Spans of {_name(layer)}", "$head bold")]
    for grounded in layer.spans:
        span = grounded.span
        found = RUNGS.get(grounded.rung, "exact" if grounded.rung == 1 else f"rung {grounded.rung}")
        flags = ", ".join(flag.replace("_", " ") for flag in grounded.flags)
        sure = grounded.confidence
        unsure = f"  confidence {f1(sure)}" if sure is not None and sure < 1 else ""
        style = view.span_styles.get(span.label, "$span-8")
        line = Content.assemble(
            (f"{said(span.label).plain}  ", f"{style} bold"),
            said(text[span.start : span.end]).stylize(f"{style} underline"),
            (f"  {span.start}{view.glyphs.dash}{span.end}  {found}", "$muted"),
            (unsure, "$warn"),
            (f"  {said(flags).plain}" if flags else "", "$warn"),
        )
        lines += line.wrap(width)
    return lines
