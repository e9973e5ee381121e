"""What is pictured: tours through the real application on the recorded project, stop by stop.

A stop is reached from the one before by keys. Stops of `PUBLISHED` become pictures in docs/pictures; all stops become
texts in tests/ui/pictures, which a test holds against what is drawn now.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input
from ui import recorded, snapshots
from ui.doubles import Shown, Told, Worked, until
from ui.recorded import ARRIVING, DONE, MEASURED, PICTURED

from llmaaa_tui.recent import Recent
from llmaaa_tui.resources import data_root
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.home.app import HomeApp

TEXTS = Path(__file__).with_name("pictures")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MANIFEST = PICTURES / "manifest.json"
THEMES = {"dark": "llmaaa-dark", "light": "llmaaa-light"}
HOME, PAID = "home", "paid"
"""The first page; a project with a paid annotator that has not begun, which is made and not recorded."""
NARROW, USUAL, WIDE = (80, 24), (120, 36), (200, 60)

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)

Size = tuple[int, int]


@dataclass(frozen=True)
class Stop:
    """A state of the screen: what it is called, what leads there, and words that stand there.

    Attributes:
        typed: what stands in fields, by their ids, before the keys are pressed.
        kept: whether it is pictured; what names folders of this machine is only passed.
    """

    name: str
    keys: tuple[str, ...] = ()
    words: str = ""
    typed: tuple[tuple[str, str], ...] = ()
    kept: bool = True


@dataclass(frozen=True)
class Tour:
    """Stops of one running application, which begins at a place of the project at a moment, or at HOME or PAID."""

    moment: str
    size: Size
    stops: tuple[Stop, ...]
    place: str = "loop"
    readonly: bool = False

    @property
    def name(self) -> str:
        return self.named(self.stops[0])

    def named(self, stop: Stop) -> str:
        """What the picture of a stop is called: `loop-help-120x36`."""
        return f"{stop.name}-{self.size[0]}x{self.size[1]}"


def keys(text: str) -> tuple[str, ...]:
    """Keys by their names."""
    return tuple(text.split())


REVIEW = Stop("review", keys("n n"), "why here")
PUBLISHED = (
    Tour(ARRIVING, USUAL, (Stop("loop"), Stop("budget", keys("f3"), "calls"), Stop("run", keys("f7"), "is running"))),
    Tour(
        DONE,
        USUAL,
        (
            Stop("five-rounds", words="Ended"),
            Stop("data", keys("f6"), "of 660"),
        ),
    ),
    Tour(MEASURED, USUAL, (Stop("annotators", keys("f4"), "F1 against"), Stop("leakage", keys("f5"), "p (Holm)"))),
    *(Tour(ARRIVING, size, (Stop("loop"),)) for size in (NARROW, WIDE)),
    *(Tour(DONE, size, (REVIEW,), place="review") for size in (NARROW, USUAL, WIDE)),
)
"""In both themes."""

EXAMPLE = (("pool", "pool.jsonl"), ("gold", "gold.jsonl"), ("test", "test.jsonl"), ("folder", "news"))
OTHERS = (
    *(
        Tour(
            MEASURED,
            size,
            (
                Stop("loop-measured"),
                Stop("annotators", keys("f4"), "Compared"),
                Stop("annotators-card", keys("tab"), "▸ A"),
                Stop("leakage", keys("f5"), "p (Holm)"),
            ),
        )
        for size in (NARROW, WIDE)
    ),
    Tour(
        DONE,
        USUAL,
        (
            Stop("annotators-before", keys("f4"), "How to read it"),
            Stop("leakage-before", keys("f5"), "What each probe asks"),
        ),
    ),
    *(
        Tour(
            DONE,
            size,
            (
                Stop("data", keys("f6")),
                Stop("run", keys("f7")),
                Stop("budget", keys("f3")),
            ),
        )
        for size in (NARROW, WIDE)
    ),
    Tour(
        ARRIVING,
        USUAL,
        (
            Stop("loop-help", keys("question_mark")),
            Stop("loop-chord", keys("escape g")),
            Stop("loop-jump", keys("escape semicolon")),
            Stop("loop-sentence", keys("escape enter")),
            Stop("loop-quit", keys("escape q")),
            Stop("loop-past", keys("escape left_square_bracket left_square_bracket"), "PAST: round 2"),
        ),
    ),
    Tour(
        ARRIVING,
        NARROW,
        (
            Stop("loop-panel", keys("tab")),
            Stop("loop-panel-2", keys("tab")),
            Stop("loop-help", keys("question_mark")),
            Stop("loop-chord", keys("escape g")),
            Stop("loop-quit", keys("escape q")),
        ),
    ),
    Tour(
        DONE,
        USUAL,
        (
            Stop("review-help", keys("n n question_mark")),
            Stop("review-why", keys("escape w")),
            Stop("review-exchange", keys("escape r")),
            Stop("review-details", keys("escape enter")),
            Stop("review-filter", keys("escape slash")),
            Stop("review-mend", keys("escape e")),
            Stop("review-mend-labels", keys("l")),
            Stop("review-bulk", keys("escape escape A")),
        ),
        place="review",
    ),
    Tour(
        DONE,
        NARROW,
        (
            Stop("review-first"),
            Stop("review-mend", keys("n n e")),
            Stop("review-filter", keys("escape slash")),
            Stop("review-bulk", keys("escape A")),
        ),
        place="review",
    ),
    Tour(
        DONE,
        USUAL,
        (
            Stop("data-search", keys("slash b a n k enter")),
            Stop("data-sentence", keys("enter")),
        ),
        place="data",
    ),
    Tour(
        DONE,
        USUAL,
        (
            Stop("budget-assumption", keys("tab tab enter")),
            Stop("budget-cap", keys("escape c")),
        ),
        place="budget",
    ),
    Tour(DONE, USUAL, (Stop("review-readonly"),), place="review", readonly=True),
    Tour(PAID, USUAL, (Stop("not-started"), Stop("preflight", keys("s"), "Never sent"))),
    Tour(
        HOME,
        NARROW,
        (
            Stop("home"),
            Stop("new-files", keys("n"), "1/4"),
            Stop("new-preview", keys("enter"), "2/4", EXAMPLE, kept=False),
            Stop("new-annotator", keys("enter"), "3/4"),
        ),
    ),
)
"""As text alone."""
TOURS = (*PUBLISHED, *OTHERS)


def baseline() -> dict[str, str]:
    """What pictures depend on beside the program: another Textual draws other frames."""
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "textual": version("textual"),
        "rich": version("rich"),
    }


@asynccontextmanager
async def on_tour(tour: Tour) -> AsyncIterator[Pilot[Any]]:
    """The application of a tour, before its first stop; its files lie in the folder one is in."""
    with ExitStack() as stack:
        async with _app(tour, stack).run_test(size=tour.size) as pilot:
            await recorded.settled(pilot)
            yield pilot


def _app(tour: Tour, stack: ExitStack) -> App[Any]:
    if tour.moment == HOME:
        stack.enter_context(recorded.still(NEW_YEAR))
        for name in ("pool", "gold", "test"):
            Path(f"{name}.jsonl").write_bytes((data_root() / "example" / f"{name}.jsonl").read_bytes())
        return HomeApp([Recent("/home/ada/swahili-news", "swahili-news", "2026-12-31T08:30:00+00:00")])
    if tour.moment == PAID:
        stack.enter_context(recorded.still(NEW_YEAR))
        return LoopApp(Shown(snapshots.empty()), Told(), estimator=Worked(snapshots.ESTIMATE), preflight=True)
    project = recorded.unpack(Path("example"), tour.moment)
    stack.enter_context(recorded.still(project.now()))
    return project.app(tour.place, readonly=tour.readonly)


async def reach(pilot: Pilot[Any], stop: Stop) -> str:
    """Do what leads to a stop and wait until it stands there; its text."""
    for name, typed in stop.typed:
        pilot.app.screen.query_one(f"#{name}", Input).value = typed
    for key in stop.keys:
        await pilot.press(key)
        await pilot.pause()
    if stop.words:
        await until(pilot, stop.words, 30)
    text = await recorded.settled(pilot)
    assert stop.words in text, f"{stop.name}: {stop.words!r} does not stand there:\n{text}"
    return f"{text}\n"


async def svg(pilot: Pilot[Any], theme: str) -> str:
    """The screen in a theme, as Textual draws it, under names that do not depend on what it shows."""
    pilot.app.theme = THEMES[theme]
    await pilot.pause(0.02)
    return re.sub(r"terminal-\d+", "terminal", pilot.app.export_screenshot(title=PICTURED))
