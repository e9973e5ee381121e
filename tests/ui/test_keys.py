"""Every key of every screen and window, held against each other, and pressed on the screen it belongs to."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from textual.binding import Binding
from textual.keys import _character_to_key
from textual.screen import Screen
from ui import snapshots
from ui.doubles import Shown, Told, until

from llmaaa_tui.cli.flags import KEYMAPS
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.keys.command import Command
from llmaaa_tui.ui.keys.common import COMMON, COMMON_LABELS, PLACES
from llmaaa_tui.ui.keys.registry import SCREENS, WINDOWS
from llmaaa_tui.ui.place import Place
from llmaaa_tui.ui.shell.keymaps import PRESETS, clashes, normal

ALL = SCREENS | WINDOWS
EATEN = {
    *(f"ctrl+{letter}" for letter in "absqzhijm"),
    "ctrl+left_square_bracket",
}
"""Keys of tmux, screen, flow control and suspension, and those that terminals send as another key."""
EVERY = [(screen, command) for screen, commands in ALL.items() for command in commands]
WINDOW_CLASSES = {
    "chord": ("chord", "ChordScreen"),
    "quit": ("quit", "QuitScreen"),
    "help": ("help", "HelpScreen"),
    "trouble": ("trouble", "TroubleScreen"),
    "jump": ("jump", "JumpScreen"),
}


def screen_class(name: str) -> type[Screen[object]] | None:
    """The class of a screen or window that exists; None for one that is not built yet."""
    if name in WINDOW_CLASSES:
        module, cls = WINDOW_CLASSES[name]
        found: type[Screen[object]] = getattr(import_module(f"llmaaa_tui.ui.screens.{module}"), cls)
        return found
    try:
        module_ = import_module(f"llmaaa_tui.ui.screens.{name}")
    except ModuleNotFoundError:
        return None
    known = [value for value in vars(module_).values() if isinstance(value, type) and issubclass(value, Screen)]
    of_it = [value for value in known if value.__module__ == module_.__name__]
    return getattr(module_, "SCREEN", None) or (of_it[-1] if of_it else None)


def keys(command: Command) -> list[str]:
    return command.keys.split(",")


@pytest.mark.parametrize("preset", PRESETS)
def test_no_key_means_two_things_on_one_screen(preset: str) -> None:
    assert clashes(PRESETS[preset], ALL) == []


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_names_commands_there_are_and_leaves_each_a_plain_key(preset: str) -> None:
    known = {command.id for _screen, command in EVERY}
    assert PRESETS[preset].keys() <= known
    for id_, own in PRESETS[preset].items():
        assert normal(own) == own, (id_, "Textual's own names")
        assert EATEN.isdisjoint(own.split(",")), id_
        assert any("+" not in key for key in own.split(",")), f"{id_} has only keys that some terminals lose"


def test_the_command_line_offers_every_preset() -> None:
    assert tuple(PRESETS) == KEYMAPS


@pytest.mark.parametrize(("screen", "command"), EVERY, ids=[f"{screen}-{command.id}" for screen, command in EVERY])
def test_every_command_is_whole(screen: str, command: Command) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", command.id), "an id is group.verb"
    assert "" not in (command.word, command.says, command.shown)
    assert command.tooltip.endswith("."), "a tooltip is a sentence"
    assert EATEN.isdisjoint(keys(command)), "tmux, screen, flow control or the terminal itself take this key"
    plain = [key for key in keys(command) if not key.startswith(("ctrl+", "alt+"))]
    assert plain or command.id == "look.palette", "some terminals send no modified keys"
    for key in keys(command):
        assert len(key) > 1 or key.isalnum(), f"{key}: Textual calls it {_character_to_key(key)}"


def test_an_id_has_one_meaning() -> None:
    seen: dict[str, tuple[str, str, bool]] = {}
    for screen, command in EVERY:
        meaning = (command.action, command.word, command.writes)
        assert seen.setdefault(command.id, meaning) == meaning, (screen, command.id)
    for screen, commands in ALL.items():
        ids = [command.id for command in commands]
        assert len(ids) == len(set(ids)), screen


def test_some_keys_mean_the_same_everywhere() -> None:
    for screen, commands in SCREENS.items():
        by_key = {key: command for command in commands for key in keys(command)}
        assert by_key.get("p") is None or by_key["p"].id == "run.pause", screen
        assert by_key.get("space") is None or by_key["space"].id.endswith(".skip"), screen
        assert by_key.get("semicolon") is None or by_key["semicolon"].id == "look.jump", screen
        assert by_key["question_mark"].id == "look.help", screen
        assert "escape" in by_key, f"{screen}: escape leaves"
        if any(command.id == "run.quit" for command in commands):
            missing = {command.id for command in COMMON_LABELS} - {command.id for command in commands}
            assert not missing, (screen, missing)


@pytest.mark.parametrize("screen", ALL)
def test_every_binding_of_a_class_is_one_of_its_commands_and_runs_an_action_that_exists(screen: str) -> None:
    cls = screen_class(screen)
    if cls is None:
        pytest.skip("a window within another module")
    commands = ALL[screen]
    for binding in cls.BINDINGS:
        assert isinstance(binding, Binding)
        assert binding.id, binding
        assert binding.tooltip, binding
    named = {b.id for b in cls.BINDINGS if isinstance(b, Binding)}
    if issubclass(cls, Place):
        assert named == {command.id for command in commands}
    for command in commands:
        where, _, name = command.action.partition("(")[0].rpartition(".")
        owner: type = LoopApp if where == "app" else cls
        assert hasattr(owner, f"action_{name}") or hasattr(owner, f"_action_{name}"), (command.id, command.action)


def places() -> list[str]:
    return [name for name in SCREENS if name in {place for place, _title, _letter in PLACES}]


@pytest.mark.parametrize("screen", places())
async def test_every_key_pressed_on_its_screen_runs_its_action(screen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if screen_class(screen) is None:
        pytest.skip("not built yet")
    app = LoopApp(Shown(snapshots.working(4)), Told(), place=screen)
    ran: list[str] = []

    async def run(action: object, *_args: object, **_more: object) -> bool:
        ran.append(str(action))
        return True

    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "swahili-news")
        assert screen == app.place.NAME
        monkeypatch.setattr(app, "run_action", run)
        every = [(key, c) for c in SCREENS[screen] for key in keys(c) if key != "ctrl+p"]
        pressed = [(key, c.action) for key, c in every if c not in (*COMMON, *COMMON_LABELS)]
        await pilot.press(*(key for key, _action in pressed))
        assert list(zip((key for key, _action in pressed), ran, strict=False)) == pressed
        for key, common in every:  # the same path without the keyboard, which is what takes the time
            if common in (*COMMON, *COMMON_LABELS):
                ran.clear()
                await app._check_bindings(key)
                assert ran == [common.action], (common.id, key)
        monkeypatch.undo()
