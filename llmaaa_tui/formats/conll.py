"""CoNLL columns: one token a line, tag last, a blank line between sentences.

The text between tokens is not in such a file: the tokens are the truth and the text is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..core.document import Document
from ..errors import InputError
from .drafts import Draft, check_tag, is_tag
from .lines import BadLine
from .places import joined

DOCUMENT_MARK = "-DOCSTART-"
FEWEST, MOST = 2, 4

_TABS, _SPACES = re.compile("\t+"), re.compile(" +")
# Comment lines of CoNLL-U and MultiCoNER; a hash followed by anything else is a token.
_COMMENT = re.compile(r"#\s*(?:(id|sent_id)\b[\s=]*(\S*)|(?:text|newdoc|newpar|global\.columns)\b)")


def columns_of(line: str) -> list[str]:
    """The columns of a line: split at tabs where it has any (a token may hold a space then), else at spaces.

    Other blanks, such as the no-break space in `10 000`, belong to the token.
    """
    line = line.rstrip(" \t")
    if "\t" in line:
        return [column.strip(" ") for column in _TABS.split(line)]
    return _SPACES.split(line)


def looks_tagged(line: str) -> bool:
    """Whether a line that is not blank reads as a token with its tag, a document mark or a comment."""
    columns = columns_of(line)
    if columns[0] == DOCUMENT_MARK:
        return True
    if not is_tag(columns[-1]):
        return _COMMENT.match(line) is not None
    return FEWEST <= len(columns) <= MOST


def read(file: str, lines: Sequence[str]) -> list[Draft]:
    """Every sentence of the file, named by its `# id` comment where it has one.

    Raises:
        InputError: a line has too few, too many or other than the usual columns, no token, or no known tag.
    """
    drafts: list[Draft] = []
    words: list[str] = []
    tags: list[str] = []
    name, first_line = "", 0
    width, width_line = 0, 0

    def close() -> None:
        nonlocal words, tags, name
        if words:
            text, offsets = joined(words)
            drafts.append(Draft(Document(text, offsets, name, file=file, line=first_line), tags))
        words, tags, name = [], [], ""

    for number, line in enumerate(lines, 1):
        if not line.strip(" \t"):
            close()
            continue
        columns = columns_of(line)
        if columns[0] == DOCUMENT_MARK:
            close()
            continue
        comment = _COMMENT.match(line) if not words and not is_tag(columns[-1]) else None
        if comment:
            name = comment[2] or name
            continue
        try:
            _check_width(len(columns), width, width_line)
            if not columns[0].strip():
                raise BadLine("the token is blank: write a token first, its tag last, or leave the line out")
            tags.append(check_tag(columns[-1]))
        except BadLine as bad:
            raise InputError(file, number, str(bad)) from None
        if not words:
            first_line = number
        words.append(columns[0])
        width, width_line = len(columns), width_line or number
    close()
    return drafts


def _check_width(count: int, width: int, width_line: int) -> None:
    if not FEWEST <= count <= MOST:
        said = "1 column" if count == 1 else f"{count} columns"
        raise BadLine(f"{said}: expected {FEWEST} to {MOST}, the token first and its tag last")
    if width and count != width:
        raise BadLine(f"{count} columns where line {width_line} has {width}: every line needs as many")
