"""What the first page and the wizard's steps say, as lines of at most a given width."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from ...core.annotation import GroundedClass, GroundedSpan
from ...core.document import Pair, Span
from ...recent import Recent
from ..cells import cut, fit, said
from ..glyphs import Glyphs
from ..pages.common import ago, fact, warned
from ..spans import chips, colours, one_line, tagged
from ..words import count, usd
from .draft import PROVIDERS, Draft

_COUNTED = re.compile(r"\s*(pool|demonstration|meta|dev|test): \d+ \S+$")
MOST = 9
"""Recent projects with a digit of their own."""


def welcome(recent: Sequence[Recent], width: int, glyphs: Glyphs, now: datetime | None = None) -> list[Content]:
    """The first page: what this is, and the ways to begin."""
    lines = [
        Content.styled("A language model annotates, you decide with one key, a small model learns.", "bold"),
        Content.styled("Pick what teaches most, label it, train, measure; round by round.", "$muted"),
        Content(),
        _choice("d", "demo", "the whole loop on a shipped example: no key, no download, no GPU, no cost", width),
        _choice("n", "new project", "from your files, step by step: a preview first, then one priced question", width),
        Content(),
    ]
    if not recent:
        lines.append(Content.styled("No project was opened here yet.", "$muted"))
    for place, one in enumerate(recent[:MOST], start=1):
        when = ago(one.opened_utc, now)
        name = fit(said(one.name or one.folder).plain, 24, glyphs.ellipsis)
        head = Content.assemble((f"  {place} ", "$focus bold"), (name, "bold"), " " * max(1, 26 - cell_len(name)))
        tail = Content.styled(f"{when} ago  " if when else "", "$muted") + said(one.folder).stylize("$muted")
        lines.append(cut(head + tail, width, glyphs.ellipsis))
    return [cut(line, width, glyphs.ellipsis) for line in lines]


def _choice(key: str, word: str, words: str, width: int) -> Content:
    line = Content.assemble((f"  {key} ", "$focus bold"), (f"{word:<13}", "bold"))
    return line + Content.styled(words if width >= 90 else words.partition(":")[0], "$muted")


def preview(found: Mapping[str, Any], mode: str, width: int, glyphs: Glyphs) -> list[Content]:
    """What was read, who serves for what, the label set, and sentences to judge the parsing by."""
    roles = found["roles"]
    named = [f"{count(number)} {role}" for role, number in roles.items() if number]
    lines = fact("Splits", Content.styled(", ".join(named), "bold"), width)
    if mode == "strict":
        what = "demonstrations, meta, dev and test share no text and no near copy"
    else:
        what = "one gold set serves as demonstrations, meta and dev: dev is not held out"
    lines += fact("Mode", f"{mode}: {what}", width)
    styles = colours([label["name"] for label in found["labels"]])
    labels = [
        Content.assemble(
            said(label["name"]).stylize(f"{styles[label['name']]} bold"),
            f" ({said(label['words']).plain}, {count(label['gold'])} in gold)",
        )
        for label in found["labels"]
    ]
    lines += fact("Labels", Content(", ").join(labels), width)
    if found["negative"]:
        words = f"{found['negative']} says that none of the others holds: it counts for no F1"
        lines += fact("Negative", said(words), width)
    for line in found["lines"]:
        if not _COUNTED.match(line):  # the splits line says that already
            lines += fact("", said(line).stylize("$muted"), width)
    if not found["simulable"]:
        words = "the pool has texts without labels, so only a real annotator can be asked"
        lines += fact("", words, width)
    lines.append(Content())
    for one in found["sentences"]:
        role = "gold" if one["role"] == "dev" else one["role"]
        text = _item(one, one["spans"], one["classes"], styles, glyphs)
        lines.append(cut(Content.styled(f"{role:<6}", "$muted") + text, width, glyphs.ellipsis))
    return lines


def _item(
    one: Mapping[str, Any],
    spans: Sequence[Mapping[str, Any]],
    classes: Sequence[str],
    styles: Mapping[str, str],
    glyphs: Glyphs,
) -> Content:
    """An item of a command's answer on one line, with the labels that somebody gives it."""
    pair = one.get("pair")
    grounded = [GroundedSpan(Span(s["start"], s["end"], s["label"])) for s in spans]
    asked = Pair(tuple(pair["head"]), tuple(pair["tail"])) if pair else None
    text = one_line(tagged(one["text"], grounded, styles, glyphs, asked))
    return chips([GroundedClass(name) for name in classes], styles, glyphs) + Content(" ") + text if classes else text


def annotator(draft: Draft, simulable: bool, width: int, glyphs: Glyphs) -> list[Content]:
    """Who annotates: the providers with a mark on the chosen one, and whether its key is there."""
    lines = []
    for number, (name, words) in enumerate(PROVIDERS, start=1):
        chosen = name == draft.provider
        style = "bold" if chosen else ""
        if name == "simulator" and not simulable:
            words, style = "needs labels on all of the pool, and yours has not", "$faint"
        mark = glyphs.cursor if chosen else " "
        line = Content.assemble((f"{mark} F{number} ", "$focus bold"), (f"{name:<12}", style), (words, "$muted"))
        lines.append(cut(line, width, glyphs.ellipsis))
    lines.append(Content())
    if draft.key and draft.provider != "compatible":
        here = "is set" if draft.has_key else "is not set here: export it, then start llmaaa again"
        lines += fact("Key", f"read from the environment variable {draft.key}, which {here}; it is never stored", width)
        if not draft.has_key:
            lines += warned("without it nothing can be asked", width, glyphs)
    elif draft.provider == "compatible":
        lines += fact("Key", f"{draft.key} where the server wants one; none is fine for most", width)
    return lines


def trial(result: Mapping[str, Any], styles: Mapping[str, str], width: int, glyphs: Glyphs) -> list[Content]:
    """One question that was asked: what the annotator says, what gold says, what it cost."""

    def drawn(whose: str) -> Content:
        return _item(result, result[whose], result[f"{whose}_classes"], styles, glyphs)

    word = f" ({said(result['simulated']).plain.upper()})" if result["simulated"] else ""
    lines = fact("Asked", said(result["annotator"]) + Content.styled(word, "$warn bold"), width)
    if result["failure"]:
        why = said(result["failure"].replace("_", " ")).stylize("$bad bold")
        lines += fact("It says", Content.assemble("failed: ", why, " ", said(result["detail"])), width)
    else:
        lines += fact("It says", drawn("answer"), width)
    lines += fact("Gold says", drawn("gold"), width)
    answer, gold = ((result[whose], set(result[f"{whose}_classes"])) for whose in ("answer", "gold"))
    agree = not result["failure"] and answer == gold
    verdict = "the same" if agree else "they differ; a single one proves nothing either way"
    lines += fact("", Content.styled(verdict, "$good" if agree else "$warn"), width)
    cost = f"${usd(result['cost_nanousd'])} in {result['seconds']:.1f} s"
    return lines + fact("Cost", Content.styled(cost, "bold"), width)
