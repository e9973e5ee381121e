"""Lines of the pages about money: facts with a hanging indent, tables with figures at the right of their columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from textual.content import Content

from ...core.snapshot import Budget, Fits, Prices
from ..cells import said
from ..glyphs import Glyphs
from ..widgets.money import bar, used
from ..words import count, usd

NAME = 12
"""Cells of the column of names."""
OLD_DAYS = 60
"""Prices older than this deserve a look."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def fact(name: str, words: Content | str, width: int) -> list[Content]:
    """A name and what is known of it, further lines indented under it."""
    content = Content(words) if isinstance(words, str) else words
    first, *rest = content.wrap(max(10, width - NAME)) or [Content()]
    head = Content.styled(f"{name:<{NAME}}", "$muted")
    return [head + first, *(Content(" " * NAME) + line for line in rest)]


def warned(words: str, width: int, glyphs: Glyphs, style: str = "$warn") -> list[Content]:
    """A warning under the facts, with its mark."""
    mark = Content.styled(f"{glyphs.warning} ", f"{style} bold")
    first, *rest = said(words).wrap(max(10, width - NAME - 2)) or [Content()]
    indent = Content(" " * NAME)
    return [indent + mark + first, *(indent + Content("  ") + line for line in rest)]


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], width: int, few: Sequence[int]
) -> list[Content]:
    """A table: the first column to the left, figures to the right; where it does not fit, the columns `few` alone."""
    shown = range(len(heads)) if sum(widths) <= width else few

    def line(cells: Sequence[str]) -> str:
        return "".join(f"{cells[n]:>{widths[n]}}" if n else f"{cells[n]:<{widths[n]}}" for n in shown)

    return [Content.styled(line(heads), "$head"), *(Content(line(row)) for row in rows)]


def amounts(budget: Budget, glyphs: Glyphs, *, whole: bool = True) -> Content:
    """Cap, spent, held, unconfirmed and free in one line; `whole` names what is 0 too."""
    doubt = budget.unconfirmed_nanousd > 0
    mark = f"{glyphs.unconfirmed} " if doubt else ""
    parts = [Content.assemble("cap ", (f"${usd(budget.cap_nanousd)}", "bold"))]
    if whole or budget.spent_nanousd:
        parts.append(Content.assemble("spent ", (usd(budget.spent_nanousd), "bold")))
    if whole or budget.held_nanousd:
        parts.append(Content(f"held {usd(budget.held_nanousd)}"))
    if whole or doubt:
        words = Content(f"{mark}unconfirmed {usd(budget.unconfirmed_nanousd)}")
        parts.append(words.stylize("$warn") if doubt else words)
    parts.append(Content.assemble("free ", (usd(max(0, budget.free_nanousd), left=True), "bold")))
    return Content.styled(f" {glyphs.dot} ", "$faint").join(parts)


def amounts_bar(budget: Budget, width: int, glyphs: Glyphs) -> Content:
    """The same as a bar, with the percentage of the cap that is gone."""
    return bar(budget, width - 6, glyphs) + Content(f" {used(budget):3} %")


def fits_words(fits: Fits, units: str = "sentences") -> str:
    """How many more items fit under the cap."""
    if fits.surely is None or fits.probably is None:
        return f"how many {units} fit is known once the first answers are paid"
    return f"{count(fits.surely)} {units} surely fit, probably {count(fits.probably)}"


def per_million(nanousd: int) -> str:
    """Nano-USD per token as USD per million tokens, with two places where those say it all."""
    exact = usd(nanousd * 1_000_000)
    return exact[:-1] if exact.endswith("0") and len(exact.partition(".")[2]) == 3 else exact


def price_facts(prices: Prices, age_days: int | None, warning: str, width: int, glyphs: Glyphs) -> list[Content]:
    """The prices in force, where they come from, how old they are; a warning where they are old or none is known."""
    if prices.declared_free:
        lines = fact("Prices", f"declared free ({said(prices.source).plain})", width)
    else:
        figures = f"$/M tokens: {per_million(prices.input)} in, {per_million(prices.cached)} cached, "
        if prices.cache_write != prices.input:
            figures += f"{per_million(prices.cache_write)} cache write, "
        lines = fact("Prices", f"{figures}{per_million(prices.output)} out", width)
        origin, as_of = said(prices.source).plain, said(prices.as_of).plain
        of = "" if not (origin and as_of) else " of " if _DATE.match(prices.as_of) else ", "
        age = "" if age_days is None else f", {days(age_days)} old"
        lines += fact("", Content.styled(f"{origin}{of}{as_of}{age}", "$muted"), width)
    if not warning and age_days is not None and age_days > OLD_DAYS and not prices.declared_free:
        warning = f"over {OLD_DAYS} days old: check them, or declare yours in prices.toml"
    return lines + (warned(warning, width, glyphs) if warning else [])


def days(number: int) -> str:
    """`1 day`, `112 days`."""
    return "1 day" if number == 1 else f"{number:,} days"


def age_days(as_of: str, today: date | None = None) -> int | None:
    """The age in days of the first ISO date in some words about prices; None where there is none."""
    found = _DATE.search(as_of)
    if found is None:
        return None
    try:
        dated = date.fromisoformat(found.group())
    except ValueError:
        return None
    return max(0, ((today or datetime.now(UTC).date()) - dated).days)


def ago(since_utc: str, now: datetime | None = None) -> str:
    """How long ago: `3 min`, `2 h 05`, `4 days`; "" where the time cannot be read."""
    try:
        minutes = int(((now or datetime.now(UTC)) - datetime.fromisoformat(since_utc)).total_seconds()) // 60
    except (ValueError, TypeError):  # TypeError: a time without its zone
        return ""
    if minutes < 60:
        return f"{max(0, minutes)} min"
    return f"{minutes // 60} h {minutes % 60:02}" if minutes < 48 * 60 else days(minutes // 1440)
