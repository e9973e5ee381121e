"""The lines of the run's screen: settings in force, runs, events, the log, the graphics cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from typing import Any

from textual.content import Content

from ...config import Settings, as_toml
from ...core.books import RunRow
from ...core.snapshot import EventLine
from ...gpu import Gpu
from ..cells import cut, fit, said
from ..glyphs import Glyphs
from ..words import clock

NAME, VALUE = 18, 20
"""Cells of a setting's name, and of its value where something stands behind it."""
COMMENTS_FROM = 64
OVER, SET = "!", "*"
ENDS = {0: "$good", 6: "$warn", 7: "$muted", 130: "$muted"}
"""Styles of exit codes; the others are errors."""


def settings_lines(
    in_force: Mapping[str, Any], written: Settings | None, width: int, glyphs: Glyphs
) -> tuple[list[Content], int, int]:
    """A run's settings in sections; how many differ from their default, and how many from what `llmaaa.toml` says.

    Args:
        in_force: as stored with a run; may be of another version, and lack or have what this one does not know.
        written: the settings in the file as it is now, or None where it cannot be read.
    """
    lines: list[Content] = []
    set_, over = 0, 0
    for section, known in _sections():
        values = in_force.get(section)
        if not isinstance(values, Mapping) or not values:
            continue
        if lines:
            lines.append(Content())
        lines.append(Content.styled(f"[{section}]", "$head bold"))
        there = getattr(written, section, None)
        for name, value in values.items():
            spec = known.get(name)
            default = spec.default if spec is not None else MISSING
            file = there.get(name, MISSING) if isinstance(there, Mapping) else getattr(there, name, MISSING)
            other = file is not MISSING and file != value
            changed = default is not MISSING and value != default
            over += other
            set_ += changed
            words = ""
            if other:
                words = f"llmaaa.toml: {said(as_toml(file)).plain}"
            elif changed:
                words = f"default {said(as_toml(default)).plain}"
            comment = str(spec.metadata.get("comment", "")) if spec is not None else ""
            lines.append(_setting(name, value, other, changed, words, comment, width, glyphs))
    return lines, set_, over


def _sections() -> Iterator[tuple[str, dict[str, Field[Any]]]]:
    for section in fields(Settings):
        made = section.default_factory() if section.default_factory is not MISSING else None
        yield section.name, {spec.name: spec for spec in fields(made)} if is_dataclass(made) else {}


def _setting(
    name: str, value: Any, other: bool, changed: bool, words: str, comment: str, width: int, glyphs: Glyphs
) -> Content:
    """One style a line, but for what is not the default: that stands out, and a scrolled panel sends little."""
    mark, style = (OVER, "$warn bold") if other else (SET, "bold") if changed else (" ", "$muted")
    shown = said(as_toml(value))
    head = Content(f"{mark} {fit(said(name).plain, NAME, glyphs.ellipsis):<{NAME}} ") + shown
    if width >= COMMENTS_FROM and comment:
        words = f"{words}  {comment}" if words else comment
    if words:
        head = head.pad_right(max(1, 3 + NAME + VALUE - head.cell_length))
    return cut(head.stylize(style) + Content.styled(words, "$muted"), width, glyphs.ellipsis)


def run_lines(runs: Sequence[RunRow], under_way: str, width: int, glyphs: Glyphs) -> list[Content]:
    """Each run in two lines: when, how long, with what goals; how it ended.

    Args:
        under_way: what the newest run is if it has not ended, in words; "" where nobody works.
    """
    lines: list[Content] = []
    for place, run in enumerate(runs):
        goals = ", ".join(said(goal).plain for goal in run.goals)
        until = f"until {goals}: " if goals else ""
        word = f"  {said(run.simulated).plain}" if run.simulated else ""
        head = Content.assemble(
            (f"{run.id:>3}  ", "$focus"),
            (when(run.started_utc), "bold"),
            (f"  llmaaa {said(run.version).plain}", "$muted"),
            (word, "$warn"),
        )
        if run.code is not None:
            style = ENDS.get(run.code, "$bad")
            took = seconds_between(run.started_utc, run.ended_utc)
            after = "" if took is None else f" after {clock(took)}"
            end = Content.assemble((f"code {run.code}{after}: ", style), said(run.reason))
        elif place == 0 and under_way:
            end = Content.styled(under_way, "$good")
        else:
            end = Content.styled("ended without a word: killed, or the machine went down", "$bad")
        lines.append(cut(head, width, glyphs.ellipsis))
        told = Content.styled(until, "$muted") + end
        lines += [Content("     ") + line for line in told.wrap(max(10, width - 5))]
    return lines


def event_lines(events: Sequence[EventLine], width: int, glyphs: Glyphs) -> list[Content]:
    """Each event with its day and time, further lines indented under its text."""
    lines: list[Content] = []
    for event in events:
        head = Content.assemble(
            (f"{when(event.created_utc)}  ", "$muted"), (f"{said(event.kind).plain.replace('_', ' '):<11} ", "$muted")
        )
        indent = head.cell_length
        text = said(glyphs.own(event.text))
        if event.kind in ("error", "failed", "lost"):
            text = text.stylize("$bad")
        if width - indent < 24:
            head, indent = Content.styled(f"{when(event.created_utc)[6:]}  ", "$muted"), 10
        first, *rest = text.wrap(max(10, width - indent)) or [Content()]
        lines += [head + first, *(Content(" " * indent) + line for line in rest)]
    return lines


def log_lines(lines: Sequence[str], width: int) -> list[Content]:
    """Lines of the log, those too long wrapped."""
    shown: list[Content] = []
    for line in lines:
        shown += said(line).wrap(max(10, width)) or [Content()]
    return shown


def gpu_words(cards: Sequence[Gpu], width: int, glyphs: Glyphs) -> Content:
    """Name, memory, utilisation and temperature of each card, as many as fit."""
    dot = Content.styled(f" {glyphs.side} ", "$line")
    line = Content()
    for place, card in enumerate(cards):
        parts = [said(card.name).plain]
        if card.total_mib is not None:
            used = "?" if card.used_mib is None else f"{card.used_mib / 1024:.1f}"
            parts.append(f"{used} of {card.total_mib / 1024:.0f} GiB")
        if card.utilisation is not None:
            parts.append(f"{card.utilisation} %")
        if card.celsius is not None:
            parts.append(f"{card.celsius} °C" if glyphs.braille else f"{card.celsius} C")
        entry = Content(f" {glyphs.dot} ".join(parts))
        longer = line + dot + entry if place else entry
        rest = len(cards) - place - 1
        if place and longer.cell_length > width - (10 if rest else 0):
            return line + Content.styled(f" {glyphs.ellipsis} {rest + 1} more", "$muted")
        line = longer
    return cut(line, width, glyphs.ellipsis)


def when(utc: str) -> str:
    """`2026-02-03T10:31:02.120+00:00` → `02-03 10:31:02`."""
    shown = said(utc).plain
    day, _, time = shown.partition("T")
    return f"{day[5:10]:>5} {time[:8]:>8}"


def seconds_between(start: str, end: str) -> float | None:
    """How long something took; None where a time cannot be read."""
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (ValueError, TypeError):
        return None
