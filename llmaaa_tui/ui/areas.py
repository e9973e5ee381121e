"""Where everything stands on the first screen: one pure function from a size to regions, and its Textual layout.

Three breakpoints: under 100 columns one column, under 160 two, else three; under 60x15 a message. Where not all
panels fit, several share one place and `tab` turns to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

MIN_WIDTH, MIN_HEIGHT = 60, 15
TWO, THREE = 100, 160
FRAME = 2
LEAK = 3
"""Lines of the box about leakage, at most, where the screen is low."""
DETAIL = 5
"""Lines under the round table: a rule and four lines about the round looked at."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the content would like: rows of the round table, lines of the notice, the panel turned to, and lines about
    leakage."""

    rounds: int = 0
    notice: int = 0
    panel: str = "batch"
    leak: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Regions by widget id, and the panels that share one place (empty where all are shown)."""

    regions: dict[str, Region]
    shared: tuple[str, ...] = ()


def plan(width: int, height: int, wish: Wish) -> Plan:
    """Lay out the first screen on `width` x `height` cells."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return Plan({"small": Region(0, 0, width, height)})
    head = 2 + wish.notice
    fixed = {
        "header": Region(0, 0, width, 1),
        "progress": Region(0, 1, width, 1),
        "keys": Region(0, height - 1, width, 1),
    }
    if wish.notice:
        fixed["notice"] = Region(0, 2, width, wish.notice)
    body = Region(0, head, width, height - head - 1)
    if width < TWO:
        rest = _one(body, wish)
    elif width < THREE:
        rest = _two(body, wish)
    else:
        rest = _three(body, wish)
    return Plan(fixed | rest.regions, rest.shared)


def _one(body: Region, wish: Wish) -> Plan:
    x, y, width, height = body
    if height >= 44:
        rounds = min(wish.rounds + 1 + FRAME + DETAIL, height // 3)
        curve, money, log = 11, 12, 7
        leak = _leak(wish, height - rounds - curve - money - log)
        batch = height - rounds - curve - money - log - leak
        heights = {"rounds": rounds, "batch": batch, "leak": leak, "curve": curve, "money": money, "log": log}
        regions = {}
        for name, rows in heights.items():
            if rows:
                regions[name] = Region(x, y, width, rows)
            y += rows
        return Plan(regions)
    leak = int(wish.leak > 0)
    shared = ("batch", "curve", "money", "log")
    panel = wish.panel if wish.panel in shared else "batch"
    rounds = max(5, min(wish.rounds + 1 + FRAME, (height - 1) * 2 // 5))
    lower = height - rounds - 1 - leak
    regions = {
        "rounds": Region(x, y, width, rounds),
        panel: Region(x, y + rounds, width, lower),
        "strip": Region(x, y + height - 1, width, 1),
    }
    if leak:
        regions["leak"] = Region(x, y + rounds + lower, width, 1)
    return Plan(regions, shared)


def _leak(wish: Wish, room: int) -> int:
    """Lines for leakage out of the `room` of the batch: a box, one line where the batch needs the room, or none."""
    if not wish.leak:
        return 0
    box = FRAME + min(wish.leak, LEAK if room < 30 else wish.leak)
    return box if room - box >= 9 else int(room >= 6)


def _under(regions: dict[str, Region], wish: Wish) -> None:
    """Take the lines about leakage from under the batch."""
    x, y, width, height = regions["batch"]
    leak = _leak(wish, height)
    if leak:
        regions["batch"] = Region(x, y, width, height - leak)
        regions["leak"] = Region(x, y + height - leak, width, leak)


def _two(body: Region, wish: Wish) -> Plan:
    x, y, width, height = body
    left = width * 16 // 25
    right = width - left
    top = max(9, min(max(wish.rounds + 1 + FRAME + DETAIL, 13), height * 9 // 20))
    low = height - top
    regions = {
        "rounds": Region(x, y, left, top),
        "curve": Region(x + left, y, right, top),
        "batch": Region(x, y + top, left, low),
    }
    _under(regions, wish)
    money = min(12, low - 5)
    if money >= 7:
        regions["money"] = Region(x + left, y + top, right, money)
        regions["log"] = Region(x + left, y + top + money, right, low - money)
        return Plan(regions)
    panel = "log" if wish.panel == "log" else "money"
    regions[panel] = Region(x + left, y + top, right, low)
    return Plan(regions, ("money", "log"))


def _three(body: Region, wish: Wish) -> Plan:
    x, y, width, height = body
    third = 46 if width >= 180 else 42
    first = min(106, width * 53 // 100) if width >= 180 else width * 47 // 100
    second = width - first - third
    wished = max(wish.rounds + 1 + FRAME + DETAIL, height * 2 // 5)
    top = max(9, min(wished, height * 9 // 20))
    regions = {
        "rounds": Region(x, y, first, top),
        "curve": Region(x + first, y, second, top),
        "money": Region(x + first + second, y, third, top),
        "batch": Region(x, y + top, first + second, height - top),
        "log": Region(x + first + second, y + top, third, height - top),
    }
    _under(regions, wish)
    return Plan(regions)


class Areas(Layout):
    """Places the children by their ids as `plan` says; what the plan leaves out is not drawn."""

    name = "areas"

    def __init__(self) -> None:
        self.wish = Wish()

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """See the base class."""
        regions = plan(size.width, size.height, self.wish).regions
        return [
            WidgetPlacement(regions[child.id], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in regions
        ]
