"""Spend against the cap, how much further it reaches, and what people would cost; as a panel and as one line."""

from __future__ import annotations

from textual.content import Content

from ...core.snapshot import Budget, Snapshot
from ..cells import cut, ends, said
from ..glyphs import Glyphs
from ..words import count, ratio, usd
from .lines import Lines, Panel


def bar(budget: Budget, width: int, glyphs: Glyphs) -> Content:
    """Spent, held, unconfirmed and free, in four fillings; anything above nothing shows at least one cell."""
    left = width
    parts = []
    for nanousd, mark, style in (
        (budget.spent_nanousd, glyphs.spent, "$bad" if used(budget) >= 90 else "$focus"),
        (budget.held_nanousd, glyphs.held, "$warn"),
        (budget.unconfirmed_nanousd, glyphs.unconfirmed, "$warn"),
    ):
        cells = min(left, max(round(width * nanousd / max(1, budget.cap_nanousd)), int(nanousd > 0)))
        parts.append((mark * cells, style))
        left -= cells
    return Content.assemble(*parts, (glyphs.free * left, "$line"))


def used(budget: Budget) -> int:
    """Percent of the cap spent or held, rounded up; a cap of nothing is used up."""
    gone = budget.spent_nanousd + budget.held_nanousd + budget.unconfirmed_nanousd
    return -(-100 * gone // budget.cap_nanousd) if budget.cap_nanousd > 0 else 100


def people(snapshot: Snapshot, glyphs: Glyphs) -> tuple[str, str]:
    """What people would cost, low to high, and how many times the spend with its gold that is ("" before anything was
    spent)."""
    human, dash = snapshot.human, glyphs.dash
    cost = f"{glyphs.about} $ {usd(human.low_nanousd)} {dash} {usd(human.high_nanousd)}"
    if not human.high_nanousd:
        return dash, ""
    if human.ratio_low is None or human.ratio_high is None:
        return cost, ""
    return cost, _between(human.ratio_low, human.ratio_high, glyphs)


def _between(low: float, high: float, glyphs: Glyphs) -> str:
    least, most = ratio(low), ratio(high)
    return f"{least if least == most else f'{least} {glyphs.dash} {most}'} {glyphs.times}"


class Money(Panel):
    """Everything about money, to the right of its words."""

    def title(self) -> Content:
        """See the base class."""
        return Content("Money")

    def note(self) -> Content:
        """See the base class."""
        return Content.styled("USD", "$muted")

    def legend(self, width: int) -> tuple[Content, Content]:
        """See the base class."""
        if self.view.snapshot is None or not self.view.snapshot.budget.prices_as_of:
            return Content(), Content()
        as_of = said(self.view.snapshot.budget.prices_as_of).plain
        return Content(), Content.styled(f"prices {as_of}", "$faint")

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        snapshot, glyphs = self.view.snapshot, self.view.glyphs
        if snapshot is None:
            return []
        budget, fits = snapshot.budget, snapshot.fits
        percent = f" {used(budget):3} %"
        cost, times = people(snapshot, glyphs)

        def row(name: str, figure: str, style: str = "") -> Content:
            return ends(Content.styled(name, "$muted"), Content.styled(figure, style), width)

        lines = [row("spent", usd(budget.spent_nanousd), "bold"), row("held", usd(budget.held_nanousd))]
        doubt = budget.unconfirmed_nanousd > 0
        if doubt or height >= 9:
            # A mark beside the word: without colour it must still stand out from a line that is always there.
            figure = f"{glyphs.unconfirmed} {usd(budget.unconfirmed_nanousd)}" if doubt else usd(0)
            lines.append(row("unconfirmed", figure, "$warn" if doubt else "$muted"))
        if height >= 9:
            lines.append(row("free", usd(max(0, budget.free_nanousd), left=True)))
        lines += [row("cap", usd(budget.cap_nanousd)), bar(budget, width - len(percent), glyphs) + Content(percent)]
        middle = len(lines)
        surely, probably = (glyphs.dash if number is None else count(number) for number in (fits.surely, fits.probably))
        if height >= 10:
            lines += [row("more items fit surely", surely), row("probably", probably)]
        else:
            lines.append(row("more items fit", f"{surely} {glyphs.dash} {probably}"))
        lines.append(row("people would cost" if width >= 36 else "people", cost))
        beside = "LLM + gold" if snapshot.human.gold else "the spend"
        lines.append(row("which is", f"{times} {beside}" if times else glyphs.dash))
        purposes = [(name, cost) for name, cost in budget.by_purpose.items() if cost]
        spare = height - len(lines)
        if len(purposes) > 1 and spare >= len(purposes) + 1:
            lines += [
                Content(),
                *(row("for " + said(name).plain.replace("_", " "), usd(cost)) for name, cost in purposes),
            ]
            spare = height - len(lines)
        elif spare >= 2:
            lines.insert(middle, Content())
            lines.insert(len(lines) - 2, Content())
            spare -= 2
        basis = Content.styled(snapshot.human.basis, "$muted").wrap(width) if times else []
        if basis and spare >= len(basis):
            place = next(at for at, line in enumerate(lines) if line.plain.startswith("which is")) + 1
            lines[place:place] = basis
            spare -= len(basis)
        if snapshot.human.gold and snapshot.human.alone_low and snapshot.human.alone_high and times and spare:
            alone = _between(snapshot.human.alone_low, snapshot.human.alone_high, glyphs)
            place = next(at for at, line in enumerate(lines) if line.plain.startswith("which is")) + 1
            lines.insert(place, row("and", f"{alone} the LLM alone"))
        return lines


class MoneyStrip(Lines):
    """The same in one line, for screens without room for the panel."""

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        snapshot, glyphs = self.view.snapshot, self.view.glyphs
        if snapshot is None:
            return []
        budget = snapshot.budget
        _cost, times = people(snapshot, glyphs)
        dot = (f" {glyphs.dot} ", "$faint")
        parts: list[str | Content | tuple[str, str]] = [
            (" $ ", "$muted"),
            (usd(budget.spent_nanousd), "bold"),
            (f" of {usd(budget.cap_nanousd)} ", "$muted"),
            bar(budget, 8, glyphs),
            f" {used(budget)} %",
        ]
        if budget.held_nanousd:
            parts += [dot, ("held ", "$muted"), usd(budget.held_nanousd)]
        if budget.unconfirmed_nanousd:
            parts += [dot, (f"{glyphs.unconfirmed} {usd(budget.unconfirmed_nanousd)} unconfirmed", "$warn")]
        if snapshot.fits.probably is not None:
            parts += [dot, f"{glyphs.about} {count(snapshot.fits.probably)}", (" fit", "$muted")]
        if times:
            parts += [dot, ("people ", "$muted"), times.replace(" ", "")]
        return [cut(Content.assemble(*parts), width - 1, glyphs.ellipsis)]
