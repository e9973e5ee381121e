"""Step 1: which files, and the folder of the project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from ...core.tasks import Task, UnknownTaskError, get, names
from ...errors import LlmaaaError
from ...launch import answer_of
from ..keys import home as keys
from ..keys.command import bindings
from ..widgets.choice import Choice
from .draft import FILES, Draft, complete
from .step import Step

ASKED = (
    ("pool", "Texts to choose from", "JSONL, CoNLL, CSV, TACRED, or a text a line"),
    ("gold", "Labelled texts (gold)", "60 or more; split for you"),
    ("test", "Test texts, if any", "gold for reporting only; may be left empty"),
    ("language", "Language of the texts", "named in every prompt"),
    ("domain", "Kind of text", "e.g. news; named in every prompt; may be left empty"),
    ("folder", "Folder of the project", "is made; must not be there yet"),
)


def _known() -> Iterator[Task]:
    """All tasks that can be used here; a package's that cannot is left out."""
    for name in names():
        with suppress(UnknownTaskError):
            yield get(name)


class Paths(Suggester):
    """Goes on with what is typed as a path; `→` takes it."""

    async def get_suggestion(self, value: str) -> str | None:
        """See the base class."""
        return complete(value)


class FilesStep(Step):
    """Reads the files when all is typed; an error names file and line, and nothing is lost."""

    HEADING = "New project 1/4 · files and language"
    HINTS = (("tab", "next field"), ("→", "take the path"), ("enter", "read them"), ("esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(keys.FILES))
    AUTO_FOCUS = "#pool"

    def __init__(self, draft: Draft, glyphs: Any) -> None:
        super().__init__(draft, glyphs)
        self.found: Mapping[str, Any] = {}
        self._tasks = tuple(_known())

    def fields(self) -> Iterable[Widget]:
        """See the base class: the task first, which left and right turn."""
        how = Content.styled("  left and right choose; up goes there", "$muted")
        yield Static(Content.styled("What is labelled", "bold") + how, classes="step-label")
        chosen = next((place for place, task in enumerate(self._tasks) if task.name == self.draft.task), 0)
        words = [f"{task.title} ({task.name})" for task in self._tasks]
        yield Choice(words, chosen, self.glyphs, id="task")
        for name, question, hint in ASKED:
            yield Static(Content.assemble((question, "bold"), (f"  {hint}", "$muted")), classes="step-label")
            paths = None if name in ("language", "domain") else Paths(use_cache=False, case_sensitive=True)
            field = Input(getattr(self.draft, name), id=name, suggester=paths, compact=True)
            field.cursor_blink = False
            yield field

    @on(Choice.Changed)
    def _turned(self, message: Choice.Changed) -> None:
        self.draft.task = self._tasks[message.place].name
        self.problem("")

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        setattr(self.draft, message.input.id or "", message.value)
        self.problem("")

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        missing = next((name for name in (*FILES[:2], "folder") if not getattr(self.draft, name).strip()), None)
        if missing is not None:
            self.query_one(f"#{missing}", Input).focus()
            if message.input.id in (missing, "folder"):
                self.problem(f"the field “{next(words for name, words, _hint in ASKED if name == missing)}” is needed")
            return
        self.problem("")
        self.query_one(".step-below", Static).update(Content.styled(f"Reading {self.glyphs.ellipsis}", "$muted"))
        self.run_worker(self._read(), group="read", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        try:
            self.found = await answer_of(*self.draft.new(preview=True))
        except LlmaaaError as error:
            self.problem(str(error))
        else:
            self.dismiss(True)
        finally:
            if self.is_mounted:
                self.query_one(".step-below", Static).update(Content())
