"""The geometry of the first screen: at every size nothing overlaps, nothing is lost, nothing hangs over the edge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmaaa_tui.ui.areas import Wish, plan

PANELS = {"rounds", "curve", "batch", "money", "log"}
WISHES = [Wish(), Wish(rounds=4, notice=1), Wish(rounds=40, notice=2, panel="curve"), Wish(rounds=10, panel="log")]
WISHES += [replace(wish, leak=leak) for wish, leak in zip(WISHES, (1, 3, 5, 2), strict=True)]


@pytest.mark.parametrize("wish", WISHES)
def test_regions_tile_the_screen(wish: Wish) -> None:
    for width in (60, 80, 99, 100, 120, 159, 160, 179, 180, 200, 300):
        for height in (15, 18, 24, 30, 36, 45, 60, 90):
            planned = plan(width, height, wish)
            assert sum(region.area for region in planned.regions.values()) == width * height, (width, height)
            for name, region in planned.regions.items():
                assert region.width > 0, (name, width, height)
                assert region.height > 0, (name, width, height)
                assert region.right <= width, (name, width, height)
                assert region.bottom <= height, (name, width, height)
                others = [other for key, other in planned.regions.items() if key != name]
                assert not any(region.overlaps(other) for other in others), (name, width, height)


@pytest.mark.parametrize("wish", WISHES)
def test_every_panel_is_shown_or_one_tab_away(wish: Wish) -> None:
    for width in (60, 80, 100, 120, 160, 200):
        for height in (15, 24, 36, 60):
            planned = plan(width, height, wish)
            assert set(planned.regions) | set(planned.shared) >= PANELS
            for panel in planned.shared:
                turned = plan(width, height, replace(wish, panel=panel))
                assert panel in turned.regions


def test_columns_by_width() -> None:
    assert {r.x for n, r in plan(99, 60, Wish(4)).regions.items()} == {0}
    assert len({r.x for r in plan(100, 36, Wish(4)).regions.values()}) == 2
    assert len({r.x for r in plan(160, 45, Wish(4)).regions.values()}) == 3


def test_too_small_is_one_message() -> None:
    assert set(plan(59, 40, Wish()).regions) == {"small"}
    assert set(plan(90, 14, Wish()).regions) == {"small"}


def test_leakage_costs_a_line_on_a_narrow_screen_and_has_a_box_on_a_wide_one() -> None:
    assert "leak" not in plan(120, 36, Wish(5)).regions
    assert plan(80, 24, Wish(5, leak=5)).regions["leak"].height == 1
    assert plan(100, 20, Wish(5, leak=5)).regions["leak"].height == 1, "the batch needs the room"
    assert plan(120, 36, Wish(5, leak=1)).regions["leak"].height == 3
    assert plan(120, 36, Wish(5, leak=5)).regions["leak"].height == 5
    assert plan(200, 60, Wish(5, leak=5)).regions["leak"].height == 7
    for size in ((80, 24), (120, 36), (200, 60)):
        assert plan(*size, Wish(5, leak=5)).regions["batch"].height >= 9
