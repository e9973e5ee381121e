"""The palette finds sentences by a part of their text or by number, and rounds to go back to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.command import Hit, Hits, Provider
from textual.content import Content

from ...core.catalogue import Page, Sentence, Wanted
from ..cells import cut, safe
from ..line import Line
from ..place import Place
from ..spans import one_line
from ..widgets.census import ROLES

if TYPE_CHECKING:
    from ...store.catalogue import Catalogue
    from ..app import LoopApp

LEAST, MOST = 2, 20
"""Characters from which it searches, and sentences it offers."""
REST_S = 0.15
"""A search begins when nothing was typed for so long."""
WIDTH, BEFORE = 70, 20
"""Cells of a sentence in the palette, and characters before what was found."""
NUMBER = re.compile(r"#\s*(\d{1,18})")
ROUND = re.compile(r"(?:round)?\s*:?\s*(?:go\s+to)?\s*(\d{1,6})", re.IGNORECASE)

Over = Callable[[], bool]


class SentenceProvider(Provider):
    """`#1234`, a part of a text, or `round 3`."""

    _line: Line[Catalogue] | None = None
    _turn = 0

    @property
    def _house(self) -> LoopApp:
        """The application, as what it is."""
        from ..app import LoopApp

        assert isinstance(self.app, LoopApp)
        return self.app

    async def startup(self) -> None:
        """A catalogue of its own, so that no screen waits for it."""
        if self._house.doors is not None:
            self._line = Line(self._house.doors.catalogue)

    async def shutdown(self) -> None:
        """Call the search off, and give the catalogue back."""
        self._turn += 1
        if self._line is not None:
            self._line.close()

    async def search(self, query: str) -> Hits:
        """Hits for what was typed; further typing calls it off."""
        if not isinstance(self.screen, Place):
            return  # what lies over a place is finished first; a blind sample shows nobody's answers
        for hit in self._rounds(query):
            yield hit
        line = self._line
        number = NUMBER.fullmatch(query.strip())
        if line is None or (number is None and len(query) < LEAST):
            return
        self._turn += 1
        turn, as_of = self._turn, self._house.view.as_of
        try:
            await asyncio.sleep(REST_S)
            left = MOST
            for role in ROLES:
                if number is not None:
                    work = partial(_numbered, role=role, item=int(number[1]), as_of=as_of)
                else:
                    work = partial(_holding, role=role, text=query, most=left, as_of=as_of, over=self._over(turn))
                page = await line.call(work)
                for sentence in page.sentences:
                    left -= 1
                    yield self._hit(sentence, role, "" if number else query, 1.0 if number else 0.2 + left / 1000)
                if left <= 0:
                    return
        finally:
            self._turn += turn == self._turn  # whoever stops listening stops the search

    def _over(self, turn: int) -> Over:
        return lambda: turn != self._turn

    def _rounds(self, query: str) -> Iterator[Hit]:
        """The round of that number, if there is one."""
        found, house = ROUND.fullmatch(query.strip()), self._house
        numbers = [row.round for row in house.live.rounds] if house.live is not None else []
        if found is not None and int(found[1]) in numbers:
            number = int(found[1])
            words = f"round: go to {number}"
            yield Hit(1.0, Content(words), partial(self._travel, number), words, "Every screen as it was at its end.")

    def _travel(self, number: int) -> None:
        house = self._house
        numbers = [row.round for row in house.live.rounds] if house.live is not None else []
        here = house.view.past if house.view.past in numbers else numbers[-1]
        house.travel(numbers.index(number) - numbers.index(here))

    def _hit(self, sentence: Sentence, role: str, needle: str, score: float) -> Hit:
        glyphs = self._house.view.glyphs
        content = one_line(Content("\n".join(safe(line) for line in sentence.text.split("\n"))))
        place = content.plain.casefold().find(safe(needle).casefold()) if needle else -1
        if place >= 0:
            content = content.stylize("bold underline", place, place + len(needle))
            if place > BEFORE * 2:
                content = Content(glyphs.ellipsis) + content[place - BEFORE :]
        head = Content.styled(f"#{sentence.item} ", "$muted")
        prompt = head + cut(content, WIDTH, glyphs.ellipsis)
        of = "" if role == "pool" else f", {role}"
        status = f", {sentence.status.value}" if sentence.status is not None else ""
        return Hit(score, prompt, partial(self._open, sentence, role), prompt.plain, f"sentence{of}{status}")

    def _open(self, sentence: Sentence, role: str) -> None:
        from ..screens.look import LookScreen

        house = self._house
        desk = house.doors.desk if house.doors is not None else None
        house.push_screen(LookScreen(house.view, sentence, role, desk))


def _numbered(catalogue: Catalogue, *, role: str, item: int, as_of: int | None) -> Page:
    """The sentence of that number, where it is of this role."""
    page = catalogue.page(Wanted(None, role), item - 1, 1, as_of=as_of)
    return page if page.sentences and page.sentences[0].item == item else Page((), None)


def _holding(catalogue: Catalogue, *, role: str, text: str, most: int, as_of: int | None, over: Over) -> Page:
    """Sentences of this role that hold a text."""
    return catalogue.page(Wanted(None, role, text), 0, most, as_of=as_of, cancelled=over)


PROVIDERS = (SentenceProvider,)
