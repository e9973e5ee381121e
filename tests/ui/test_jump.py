"""Letters on everything in sight; the next key goes there."""

from __future__ import annotations

from ui import snapshots
from ui.doubles import Shown, Told, screen_text, told, until

from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.place import links
from llmaaa_tui.ui.screens.jump import LETTERS, letters


def test_names_are_short_and_never_the_beginning_of_another() -> None:
    assert letters(3) == ["a", "s", "d"]
    assert len(LETTERS) == len(set(LETTERS))
    many = letters(60)
    assert len(set(many)) == 60
    assert {len(name) for name in many} == {2}


async def test_a_letter_presses_what_it_stands_on_and_another_screen_is_one_of_them() -> None:
    controls = Told()
    app = LoopApp(Shown(snapshots.working(4)), controls)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        found = links(app.place)
        actions = [target.args[0] for _region, target in found]  # type: ignore[attr-defined]
        assert actions[:2] == ["screen.go('loop')", "screen.go('review')"]
        footer = screen_text(app).splitlines()[-1]
        pause = actions.index("screen.pause")
        assert footer[found[pause][0].x :].startswith("p pause"), "the letter stands on what it presses"
        await pilot.press("semicolon")
        await pilot.pause()
        assert type(app.screen).__name__ == "JumpScreen"
        marked = screen_text(app).splitlines()[-1]
        assert marked[found[pause][0].x] == LETTERS[pause]
        await pilot.press(LETTERS[pause])
        assert await told(pilot, controls, 1) == ["pause"]
        assert app.screen is app._loop_screen


async def test_a_target_of_the_screen_is_reached_and_escape_or_another_key_stays() -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told())
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        for key in ("escape", "semicolon", "1", "exclamation_mark"):
            await pilot.press("semicolon")
            await pilot.pause()
            await pilot.press(key)
            await pilot.pause()
            assert app.screen is app._loop_screen, key
        went: list[str] = []
        region = app.place.query_one("#batch").region
        app.jump([(region, lambda: went.append("there")), *links(app.place)])
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        assert went == ["there"]
