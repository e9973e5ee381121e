"""Who can read a stored answer: `Request.reader` names the form it was asked in, for ever."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.labels import LabelSet
from ..core.states import Failure
from ..errors import SettingsError
from .contracts import RawAnswer, Request
from .formats import AnswerFormat, Reader, numbered
from .formats_numbered import read_cut_off, read_lines
from .formats_settle import failed
from .generation import SENTENCES, SentencesReader
from .task_ner import EARLIEST
from .tasks import of
from .wires import WIRES


class NumberedReader:
    """Reads answers about numbered texts; which item has which number follows from the request and its documents."""

    def __init__(self, task: str, form: AnswerFormat) -> None:
        self._form = form
        self._name = reader_name(task, form)

    @property
    def parser(self) -> str:
        """E.g. "ner/compact.v2 parser 1"."""
        return f"{self._name} parser {self._form.parser}"

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """See `Reader`."""
        completion = WIRES[request.wire].completion(answer)
        lines, views = numbered(self._form, [documents[item] for item in request.items])
        n = max(lines, default=0)
        if completion.failure is Failure.CUT_OFF:
            found = read_cut_off(completion.text, n, completion.detail)
        elif completion.failure is not None:
            return {item: failed(completion.failure, completion.detail) for item in request.items}
        else:
            found = read_lines(completion.text, n)
        return {
            item: failed(*found.failures[line])
            if line in found.failures
            else self._form.read(found.values[line], view, found.notes)
            for item, line, view in zip(request.items, lines, views, strict=True)
        }


def reader_name(task: str, form: AnswerFormat) -> str:
    """As `Request.reader` holds it, e.g. "ner/compact.v2": the task by name, then form and version."""
    return f"{task}/{form.name}.{form.version}"


def reader_for(reader: str, labels: LabelSet) -> Reader:
    """Who reads the answers to requests of this reader.

    Raises:
        SettingsError: no reader of that name is known here; a newer release, or a package's task, may have asked.
    """
    if reader == SENTENCES:
        return SentencesReader(labels)
    reader = reader or EARLIEST
    name = reader.partition("/")[0]
    unknown = f"no reader {reader!r} is known here: a newer llmaaa, or a package with that task, asked; install it"
    try:
        task = of(name)
    except SettingsError as error:
        raise SettingsError(f"{unknown} ({error})") from error
    if reader in task.readers:
        return task.readers[reader](labels)
    for make in task.forms.values():
        form = make(labels)
        if reader_name(name, form) == reader:
            return NumberedReader(name, form)
    raise SettingsError(unknown)
