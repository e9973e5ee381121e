"""What the list of sentences is narrowed to, and how many sentences there are of each kind."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style

from ...core.catalogue import Counts, Status, Wanted
from ..cells import ends, fit, said
from ..words import count
from .lines import Lines
from .sentences import mark

ROLES = ("pool", "demonstration", "meta", "dev", "test")
ROLE_WORDS = {"demonstration": "demonstrations"}


def found_words(wanted: Wanted, found: int, scanned: int, of: int | None, searching: bool, ended: bool) -> str:
    """How far a search is, honestly: what was looked at is said as long as not all of it was."""
    if searching:
        return (
            f"searching {count(scanned)}" + (f" of {count(of)}" if of is not None else "") + f", {count(found)} found"
        )
    return f"{count(found)} found" if ended else f"{count(found)} found so far"


class Census(Lines):
    """Two lines: roles and what is searched for; statuses with their numbers, the chosen one marked."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.wanted = Wanted()
        self.counts: Counts | None = None
        self.found = ""

    def tell(self, wanted: Wanted, counts: Counts | None, found: str) -> None:
        """Take what is shown."""
        self.wanted, self.counts, self.found = wanted, counts, found
        self.redraw()

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        return [self._roles(width), self._statuses(width)]

    def _roles(self, width: int) -> Content:
        counts, glyphs = self.counts, self.view.glyphs
        right = Content()
        wanted = self.wanted
        if wanted.searches:
            room = max(8, width // 3)
            label = said(wanted.label).stylize(f"{self.view.span_styles.get(wanted.label, '')} bold".strip())
            parts_ = [Content.assemble((f"{self.view.key('sentence.label')} ", "$focus bold"), label)]
            parts_ = parts_ if wanted.label else []
            if wanted.text:
                needle = fit(said(wanted.text).plain, room, glyphs.ellipsis)
                parts_.append(Content.assemble(("/", "$focus bold"), (needle, "bold")))
            found = f"  {self.found} " if self.found else " "
            right = Content("  ").join(parts_) + Content.styled(found, "$muted")
        parts = []
        for role in ROLES:
            number = None if counts is None else counts.pool if role == "pool" else counts.roles.get(role, 0)
            if number or role in ("pool", self.wanted.role):
                parts.append(
                    self._entry(ROLE_WORDS.get(role, role), number, role == self.wanted.role, f"role('{role}')")
                )
        return ends(Content(" ") + Content("  ").join(parts), right, width)

    def _statuses(self, width: int) -> Content:
        """As many statuses as fit; those of which there are none only where there is room."""
        counts, wanted, glyphs = self.counts, self.wanted, self.view.glyphs
        if wanted.role != "pool":
            role, copies = self.view.key("sentence.role"), self.view.key("sentence.copies")
            keys = f"{role} shows another role {glyphs.dot} {copies} copies"
            return Content.styled(f" gold, as the file said it {glyphs.dot} {keys}", "$muted")
        numbers = counts.status if counts is not None else {}
        everything = self._entry("all", None, wanted.status is None, "status('')")

        def line(short: bool, empty: bool) -> Content:
            parts = [everything]
            for status in Status:
                number = numbers.get(status, 0)
                if number or empty or status is wanted.status:
                    chosen = status is wanted.status
                    sign, style = mark(status, glyphs)
                    word = "" if short and not chosen else status.value
                    entry = self._entry(word, number if counts is not None else None, chosen, f"status('{status}')")
                    parts.append(Content.assemble((sign, style), " ") + entry)
            return Content(" ") + Content("  ").join(parts)

        for short, empty in ((False, True), (False, False), (True, False)):
            content = line(short, empty)
            if content.cell_length <= width:
                break
        return content

    def _entry(self, word: str, number: int | None, chosen: bool, action: str) -> Content:
        """A word and its number; brackets around the chosen one, so that it is seen without colour."""
        figure = "" if number is None else count(number)
        text = f"{word} {figure}".strip()
        if chosen:
            entry = Content.assemble(("[", "$focus bold"), (text, "bold"), ("]", "$focus bold"))
        else:
            entry = Content.styled(text, "$muted")
        return entry.stylize(Style.from_meta({"@click": f"screen.{action}"}))
