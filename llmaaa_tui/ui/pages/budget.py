"""The page about money: against the cap, money of unknown outcome, models, prices, purposes, rounds."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from ...core.books import Books, CapRow, ModelSpend, Pace
from ...core.forecast import Curve
from ...core.routes import Dollars
from ...core.snapshot import Snapshot, Unconfirmed
from ...core.tasks import shown_as
from ..cells import cut, ends, fill, fit, said
from ..glyphs import Glyphs
from ..widgets.sheet import Block
from ..words import count, manner, tokens, usd
from .common import NAME, age_days, ago, amounts, amounts_bar, fact, fits_words, price_facts, table

RULINGS = (
    ("release", "the provider's page says it was not billed: free the money"),
    ("resend", "ask once more, with money held anew"),
    ("skip", "never ask it again; its money stays counted"),
)
VERDICTS = {"resend": "will be asked again", "skip": "is not asked again"}
TABLE = 92
"""Cells from which the models stand in a table."""
CAPS = 3
"""So many of the newest caps are listed."""
HEADS = (
    ("calls", 7),
    ("failed", 7),
    ("open", 6),
    ("in", 8),
    ("cached", 8),
    ("out", 7),
    ("confirmed", 10),
    ("unconf.", 9),
    ("held", 8),
    ("s each", 7),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is read beside the picture: the books, the learning curve's law where there are rounds enough, and dollars
    to the F1 that is asked for."""

    books: Books
    curve: Curve | None = None
    dollars: Dollars | None = None


def money(snapshot: Snapshot, books: Books | None, live: bool, width: int, glyphs: Glyphs) -> Block:
    """Cap, spent, held, unconfirmed and free; how fast it goes; which caps were set."""
    budget = snapshot.budget
    lines = [
        *amounts(budget, glyphs).wrap(width),
        amounts_bar(budget, width, glyphs),
        *Content(fits_words(snapshot.fits, shown_as(snapshot.task).units)).wrap(width),
    ]
    if budget.free_nanousd < 0:
        over = f"{glyphs.warning} ${usd(-budget.free_nanousd)} over the cap: nothing more is sent"
        lines += [line.stylize("$bad bold") for line in Content(over).wrap(width)]
    if books is not None:
        lines += _pace(books.pace, budget.free_nanousd, live, width, glyphs)
        lines += _caps(books.caps, width, glyphs)
        others = books.everybody_nanousd - sum(one.confirmed_nanousd for one in books.models)
        if others > 0:
            lines += fact("Others", f"${usd(others)} of what is spent is other projects' on this ledger", width)
    return Block("Against the cap", tuple(lines), Content.styled("USD", "$muted"))


def _pace(pace: Pace | None, free_nanousd: int, live: bool, width: int, glyphs: Glyphs) -> list[Content]:
    if pace is None or pace.nanousd_per_hour is None:
        return fact("Burn rate", "known once something was paid", width)
    if pace.minutes < 1:
        return fact("Burn rate", f"${usd(pace.nanousd)} in under a minute of answers: too short for a rate", width)
    last = f"${usd(pace.nanousd_per_hour)} an hour over the last {_minutes(pace.minutes)} in which answers were paid"
    if pace.total_minutes > 0:
        whole = round(pace.total_nanousd / pace.total_minutes * 60)
        last += f" {glyphs.dot} ${usd(whole)} an hour over the run's {_minutes(pace.total_minutes)}"
    lines = fact("Burn rate", last, width)
    if live and pace.nanousd_per_hour and free_nanousd > 0:
        hours = free_nanousd / pace.nanousd_per_hour
        lines += fact("", Content.styled(f"what is free lasts {_minutes(hours * 60)} at that rate", "$muted"), width)
    return lines


def seconds(number: float) -> str:
    """`12.4`; what a simulator takes has three places."""
    return f"{number:.1f}" if number >= 0.1 else f"{number:.3f}"


def _minutes(minutes: float) -> str:
    """`4 min`, `3 h 05`, `12 days`; a part of a minute counts as one."""
    whole = max(1, round(minutes))
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60:02}" if whole < 48 * 60 else f"{whole // 1440:,} days"


def _same(before: CapRow | None, row: CapRow) -> bool:
    return before is not None and (before.cap_nanousd, before.mine) == (row.cap_nanousd, row.mine)


def _caps(caps: Sequence[CapRow], width: int, glyphs: Glyphs) -> list[Content]:
    """The caps that differ from the one before: a run sets its own again when it begins."""
    by_time = sorted(caps, key=lambda row: row.created_utc)
    changed = [row for before, row in zip([None, *by_time], by_time, strict=False) if not _same(before, row)]
    if len(changed) < 2:
        return []
    words = [
        f"{usd(row.cap_nanousd)} {ago(row.created_utc)} ago{'' if row.mine else ', by another project'}"
        for row in changed[: -CAPS - 1 : -1]
    ]
    return fact("Cap set to", f" {glyphs.dot} ".join(words), width)


# -- money of unknown outcome ---------------------------------------------------------------------


def unconfirmed(snapshot: Snapshot, folder: str, width: int, glyphs: Glyphs) -> list[Block]:
    """The commands that settle attempts by hand, and each attempt with age, amount and why; () where all is well."""
    attempts = snapshot.budget.unconfirmed_attempts
    if not attempts:
        return []
    head = f"{glyphs.unconfirmed} Unconfirmed: nobody knows whether these were billed, so they count against the cap."
    lines = [line.stylize("$warn bold") for line in Content(head).wrap(width)]
    first = next((one.attempt for one in attempts if one.mine), attempts[0].attempt)
    named = [
        (f"  llmaaa budget {said(shlex.quote(folder)).plain} {verdict} {first}", what) for verdict, what in RULINGS
    ]
    longest = max(cell_len(command) for command, _what in named) + 2
    for command, what in named:
        line = Content.styled(command, "bold")
        if longest + max(len(words) for _command, words in named) <= width:
            lines.append(line.pad_right(longest - line.cell_length) + Content.styled(what, "$muted"))
        else:
            lines += [cut(line, width, glyphs.ellipsis), *_indented(what, 4, width)]
    if sum(one.mine for one in attempts) > 1:
        lines += _indented("--all in place of the number: every one of this project.", 2, width)
    if snapshot.worker.state in ("alive", "late"):
        lines += _indented("They rule once no worker runs, for its answers may yet come: X ends it.", 2, width)
    lines.append(Content())
    for one in attempts:
        lines += _attempt(one, width, glyphs)
    return [Block("Unknown outcome", tuple(lines))]


def _indented(words: str, by: int, width: int) -> list[Content]:
    return [Content(" " * by) + line for line in Content.styled(words, "$muted").wrap(width - by)]


def _attempt(one: Unconfirmed, width: int, glyphs: Glyphs) -> list[Content]:
    """One attempt in one line, or in two where the screen is narrow."""
    wide = width >= 88
    verdict = f"{VERDICTS.get(one.verdict, said(one.verdict).plain)}: " if one.verdict else ""
    why = Content.assemble((verdict, "$warn"), "" if one.mine else "another project: ", said(one.why))
    figures = Content.assemble(
        (f"  {'#' + str(one.attempt):<7}", "$focus"),
        (f"{usd(one.nanousd):>7}", "bold"),
        (f"{ago(one.since_utc):>10}  ", "$muted"),
        (f"{fit(said(one.purpose).plain, 9, glyphs.ellipsis):<9}  ", "$muted"),
        cut(said(one.model), 18 if wide else 40, glyphs.ellipsis),
    )
    if wide:
        return [cut(figures + Content("  ") + why, width, glyphs.ellipsis)]
    return [cut(figures, width, glyphs.ellipsis), cut(Content(" " * 9) + why, width, glyphs.ellipsis)]


# -- models ---------------------------------------------------------------------------------------


def models(books: Books | None, width: int, glyphs: Glyphs) -> Block:
    """Each model's calls, tokens and money; in a table where there is room, else a few lines each."""
    if books is None:
        return Block("Models", (Content.styled(f"Reading the ledger {glyphs.ellipsis}", "$muted"),))
    if not books.models:
        return Block("Models", (Content.styled("No request of this project has been sent yet.", "$muted"),))
    lines = _model_table(books.models, width, glyphs) if width >= TABLE else _model_list(books.models, width, glyphs)
    return Block("Models", tuple(lines), Content.styled("this project's requests", "$muted"))


def _name(one: ModelSpend, glyphs: Glyphs) -> Content:
    return Content.assemble(said(one.model), (f" {glyphs.dot} ", "$faint"), said(one.provider).stylize("$muted"))


def _model_table(rows: Sequence[ModelSpend], width: int, glyphs: Glyphs) -> list[Content]:
    room = width - sum(cells for _head, cells in HEADS)
    heads = "".join(f"{head:>{cells}}" for head, cells in HEADS)
    lines = [Content.styled(f"{'Model':<{room}}{heads}", "$head")]
    for one in rows:
        mark = f"{glyphs.unconfirmed} " if one.unconfirmed_nanousd else ""
        figures = (
            count(one.calls),
            count(one.failed),
            count(one.in_flight),
            tokens(one.input),
            tokens(one.cached),
            tokens(one.output),
            usd(one.confirmed_nanousd),
            mark + usd(one.unconfirmed_nanousd),
            usd(one.held_nanousd),
            glyphs.dash if one.seconds_mean is None else seconds(one.seconds_mean),
        )
        cells = "".join(f"{figure:>{wide}}" for figure, (_head, wide) in zip(figures, HEADS, strict=True))
        lines.append(fill(cut(_name(one, glyphs), room - 1, glyphs.ellipsis), room) + Content(cells))
    return lines


def _model_list(rows: Sequence[ModelSpend], width: int, glyphs: Glyphs) -> list[Content]:
    dot = f" {glyphs.dot} "
    lines: list[Content] = []
    for one in rows:
        calls = [f"{count(one.calls)} calls", f"{count(one.failed)} failed", f"{count(one.in_flight)} under way"]
        if one.seconds_mean is not None:
            calls.append(f"{seconds(one.seconds_mean)} s each")
        used = f"tokens {tokens(one.input)} in ({tokens(one.cached)} cached){dot}{tokens(one.output)} out"
        paid = [f"confirmed {usd(one.confirmed_nanousd)}", f"held {usd(one.held_nanousd)}"]
        mark = f"{glyphs.unconfirmed} " if one.unconfirmed_nanousd else ""
        paid.insert(1, f"{mark}unconfirmed {usd(one.unconfirmed_nanousd)}")
        lines.append(
            ends(_name(one, glyphs).stylize("bold"), Content.styled(f"${usd(one.confirmed_nanousd)}", "bold"), width)
        )
        for words in (dot.join(calls), used, dot.join(paid)):
            lines += _indented(words, 2, width)
    return lines


# -- prices, manner, purposes, rounds -------------------------------------------------------------


def prices(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Block:
    """Prices in force, how it is asked, what it was spent for."""
    budget = snapshot.budget
    if budget.prices is not None:
        lines = price_facts(budget.prices, age_days(budget.prices.as_of), "", width, glyphs)
    else:
        lines = fact("Prices", "known once a run has begun; e works out what it will cost before", width)
    if snapshot.manner is not None:
        asks = snapshot.manner
        unit = shown_as(snapshot.task).unit
        how = manner(asks.per_request, asks.why, asks.samples, asks.k, asks.economy, asks.escalate, unit)
        lines += fact("Asked", said(how), width)
    purposes = [(said(name).plain.replace("_", " "), cost) for name, cost in budget.by_purpose.items() if cost]
    if purposes:
        lines += fact("For", ", ".join(f"{name} {usd(cost)}" for name, cost in purposes), width)
    return Block("Prices", tuple(lines))


def rounds(snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Block]:
    """What each round cost, the newest first."""
    if not snapshot.rounds:
        return []
    rows = [
        (
            f"{row.round}",
            count(row.labelled + row.empty),
            tokens(row.tokens.input),
            tokens(row.tokens.cached),
            tokens(row.tokens.output),
            usd(row.cost_nanousd),
            usd(row.cost_nanousd // (row.labelled + row.empty)) if row.labelled + row.empty else glyphs.dash,
        )
        for row in reversed(snapshot.rounds)
    ]
    heads = ("Round", "answered", "tokens in", "cached", "out", "$", "$ each")
    lines = table(heads, rows, (NAME, 9, 11, 10, 9, 10, 10), width, (0, 1, 5, 6))
    return [Block("Rounds", tuple(lines))]
