"""The page before the first paid call: who is asked, what it costs, what fits, what leaves the machine."""

from __future__ import annotations

from textual.content import Content

from ...core.tasks import shown_as
from ..cells import said
from ..estimate import Estimate, Part
from ..glyphs import Glyphs
from ..words import count, manner, tokens, usd
from .common import NAME, amounts, fact, fits_words, price_facts, table, warned

_HEADS = ("requests", "tokens in", "out", "expected $", "at most $")
_WIDTHS = (NAME + 3, 9, 10, 11, 8, 11, 11)
_FEW = (0, 1, 5, 6)
"""The columns of a narrow screen."""


def summary(estimate: Estimate) -> Content:
    """The one sentence that matters most."""
    part = estimate.this_round
    word = f" ({said(estimate.simulated).plain.upper()})" if estimate.simulated else ""
    who = Content.assemble(said(estimate.model or estimate.provider).stylize("bold"), word)
    what = shown_as(estimate.task).count(part.items)
    if estimate.host:
        does = Content.assemble(f"sends {what} to ", who, " at ", said(estimate.host).stylize("bold"))
    else:
        does = Content.assemble("asks ", who, f" on this machine about {what}")
    if estimate.prices.declared_free:
        cost = Content("declared free")
    else:
        about, most = f"${usd(part.expected_nanousd)}", f"${usd(part.worst_nanousd)}"
        cost = Content.assemble("about ", (about, "bold"), ", at most ", (most, "bold"))
    return Content.assemble(f"Round {part.number} ", does, ": ", cost, ".")


def page(estimate: Estimate, width: int, glyphs: Glyphs) -> Content:
    """The whole page in lines of at most `width` cells; what a person agrees to comes first."""
    task = shown_as(estimate.task)
    lines = [*summary(estimate).wrap(width), Content(), *_costs(estimate, width), Content()]
    lines += _sent(estimate, width)
    lines.append(Content())
    lines += fact("Budget", amounts(estimate.budget, glyphs, whole=False), width)
    lines += fact("", fits_words(estimate.fits, task.units), width)
    lines += _tight(estimate, width, glyphs)
    lines += price_facts(estimate.prices, estimate.age_days, estimate.warning, width, glyphs)
    why = estimate.per_request_why
    how = manner(estimate.per_request, why, estimate.samples, estimate.k, estimate.economy, unit=task.unit)
    lines += fact("Asked", said(how), width)
    if estimate.human_high_nanousd:
        low, high = usd(estimate.human_low_nanousd), usd(estimate.human_high_nanousd)
        people = f"{glyphs.about} ${low} {glyphs.dash} {high} would be paid for the same {task.units}"
        lines += fact("People", people, width)
        lines += (
            fact("", Content.styled(said(estimate.human_basis).plain, "$muted"), width) if estimate.human_basis else []
        )
    for note in estimate.notes:
        lines += fact("Note", said(note), width)
    return Content("\n").join(lines)


def _sent(estimate: Estimate, width: int) -> list[Content]:
    """What leaves this machine, what never does, and what the provider is asked to do with it."""
    if not estimate.host:
        return fact("Sent", "nothing: the text stays on this machine", width)
    lines = fact("Sent", said(", ".join(estimate.sent)), width)
    lines += fact("Never sent", said(", ".join(estimate.never)), width)
    if estimate.retention:
        lines += fact("Kept there", said(", ".join(estimate.retention)), width)
    return lines


def _costs(estimate: Estimate, width: int) -> list[Content]:
    """This round, the rest, and both together."""
    first, rest = estimate.this_round, estimate.rest
    named = [(f"round {first.number}", first)]
    if rest.items:
        named.append((f"{rest.number} more {'round' if rest.number == 1 else 'rounds'}", rest))
        named.append(("in all", first + rest))
    heads = ("", shown_as(estimate.task).units, *_HEADS)
    return table(heads, [_row(name, part) for name, part in named], _WIDTHS, width, _FEW)


def _row(name: str, part: Part) -> tuple[str, ...]:
    return (
        name,
        count(part.items),
        count(part.requests),
        tokens(part.input),
        tokens(part.output),
        usd(part.expected_nanousd),
        usd(part.worst_nanousd),
    )


def _tight(estimate: Estimate, width: int, glyphs: Glyphs) -> list[Content]:
    """A warning where the cap may end this round early."""
    surely, items = estimate.fits.surely, estimate.this_round.items
    if surely is None or surely >= items:
        return []
    if surely == 0:
        words = "not one request surely fits under the cap: raise budget.cap_usd, or nothing is asked"
        return warned(words, width, glyphs, "$bad")
    words = f"this round does not surely fit: asking stops at the cap, after {count(surely)} of {count(items)} or later"
    return warned(words, width, glyphs)
