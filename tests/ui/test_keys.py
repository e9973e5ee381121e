"""Every key of every screen and window, held against each other, and pressed on the screen it belongs to."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.keys import _character_to_key
from textual.screen import Screen
from textual.widgets import Input
from ui import snapshots
from ui.doubles import Shown, Told, Worked, screen_text, until

import llmaaa_tui.ui as package
from llmaaa_tui.cli.flags import KEYMAPS
from llmaaa_tui.core.catalogue import Sentence, Status
from llmaaa_tui.core.review import Filter, ReviewItem
from llmaaa_tui.core.tokens import word_offsets
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.home.step import Step
from llmaaa_tui.ui.keys.command import Command
from llmaaa_tui.ui.keys.common import COMMON, COMMON_LABELS, PLACES
from llmaaa_tui.ui.keys.registry import BEGIN, SCREENS, WINDOWS
from llmaaa_tui.ui.line import Line
from llmaaa_tui.ui.place import Place
from llmaaa_tui.ui.review.writer import Writer
from llmaaa_tui.ui.screens.bulk import BulkScreen
from llmaaa_tui.ui.screens.cap import CapScreen
from llmaaa_tui.ui.screens.copies import CopiesScreen
from llmaaa_tui.ui.screens.data import DataScreen, Needle
from llmaaa_tui.ui.screens.exchange import PageScreen
from llmaaa_tui.ui.screens.form import OneLine
from llmaaa_tui.ui.screens.help import HelpScreen
from llmaaa_tui.ui.screens.labels import LabelsScreen
from llmaaa_tui.ui.screens.look import LookScreen
from llmaaa_tui.ui.screens.mend import MendScreen
from llmaaa_tui.ui.screens.pick import PickScreen
from llmaaa_tui.ui.screens.preflight import PreflightScreen
from llmaaa_tui.ui.screens.quit import QuitScreen
from llmaaa_tui.ui.screens.review_filter import FilterScreen
from llmaaa_tui.ui.screens.sentence import SentenceScreen
from llmaaa_tui.ui.screens.trouble import TroubleScreen
from llmaaa_tui.ui.shell.keymaps import PRESETS, clashes, normal
from llmaaa_tui.ui.shell.terminal import TerminalApp

ALL = SCREENS | WINDOWS
EATEN = {
    *(f"ctrl+{letter}" for letter in "absqzhijm"),
    "ctrl+left_square_bracket",
}
"""Keys of tmux, screen, flow control and suspension, and those that terminals send as another key."""
EVERYTHING = ALL | BEGIN
EVERY = [(screen, command) for screen, commands in EVERYTHING.items() for command in commands]


def screen_class(name: str) -> type[DOMNode]:
    """The class of a screen, a window, or an entry with keys of its own."""
    if name == "search":
        return Needle
    if name == "chord":
        return Place
    module = import_module(f"llmaaa_tui.ui.{'home' if name in BEGIN else 'screens'}.{name}")
    known = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Screen | App)]
    of_it = [value for value in known if value.__module__ == module.__name__]
    found: type[DOMNode] = getattr(module, "SCREEN", None) or of_it[-1]
    return found


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


@pytest.mark.parametrize("screen", EVERYTHING)
def test_every_binding_of_a_class_is_one_of_its_commands_and_runs_an_action_that_exists(screen: str) -> None:
    cls = screen_class(screen)
    commands = EVERYTHING[screen]
    bound = [binding for one in cls.__mro__ for binding in vars(one).get("BINDINGS", ()) if own(one)]
    for binding in bound:
        assert isinstance(binding, Binding)
        assert binding.id, binding
        assert binding.tooltip, binding
    if screen != "chord":  # the last line of every place asks, and no binding
        assert {b.id for b in bound if isinstance(b, Binding)} == {command.id for command in commands}
    for command in commands:
        where, _, name = command.action.partition("(")[0].rpartition(".")
        owner = {"app": LoopApp, "screen": DataScreen}.get(where, cls)
        assert hasattr(owner, f"action_{name}") or hasattr(owner, f"_action_{name}"), (command.id, command.action)


def own(cls: type) -> bool:
    return cls.__module__.startswith("llmaaa_tui.")


def test_no_class_has_keys_that_no_list_names() -> None:
    listed = {screen_class(name) for name in EVERYTHING} | {Step, OneLine, TerminalApp}
    folder = Path(package.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        name = ".".join(file.relative_to(folder).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        module = import_module(f"llmaaa_tui.ui.{name}".rstrip("."))
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and vars(value).get("BINDINGS"):
                assert value in listed, value


def windows(app: LoopApp, folder: Path) -> dict[str, Screen[Any]]:
    """Whatever can lie over a place."""
    view = app.view
    line: Line[Any] = Line(lambda: None)
    item = view.snapshot.batch[0] if view.snapshot else snapshots.working(4).batch[0]
    asked = ReviewItem(item.item, item.text, word_offsets(item.text))
    sentence = Sentence(item.item, item.text, Status.OPEN)
    return {
        "mend": MendScreen(asked, ("PER", "ORG"), view),
        "bulk": BulkScreen((), Filter(), ("PER",), view, line, Writer(lambda: None), 59),  # type: ignore[arg-type, return-value]
        "pick": PickScreen(asked, ("PER", "ORG"), view, several=True),
        "labels": LabelsScreen(("PER", "ORG"), view.glyphs),
        "quit": QuitScreen(),
        "help": HelpScreen(()),
        "trouble": TroubleScreen((), None),
        "copies": CopiesScreen(view, None),
        "sentence": SentenceScreen(view, item.item),
        "look": LookScreen(view, sentence, "pool", None),
        "exchange": PageScreen("Page", lambda width: [Content("x" * width)], view, text="", key="w"),
        "preflight": PreflightScreen(Worked({}, RuntimeError("not now")), view.glyphs),
        "form": CapScreen(snapshots.working(4).budget, None),
        "review_filter": FilterScreen(Filter(), ("PER",), 3, view.glyphs),
    }


async def test_every_key_of_every_window_runs_its_action(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told())
    ran: list[str] = []

    async def run(action: object, *_args: object, **_more: object) -> bool:
        ran.append(str(action))
        return True

    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "swahili-news")
        made = windows(app, tmp_path)
        assert made.keys() == WINDOWS.keys() - {"chord", "jump", "search"} | {"mend", "bulk"}
        for name, window in made.items():
            await app.push_screen(window)
            typed = isinstance(app.focused, Input)
            window.set_focus(None)
            with monkeypatch.context() as patch:
                patch.setattr(app, "run_action", run)
                for command in ALL[name]:
                    for key in keys(command):
                        ran.clear()
                        if typed or len(key) > 1:
                            await app._check_bindings(key)
                        else:
                            await pilot.press(key)
                        assert ran == [command.action], (name, command.id, key)
            window.dismiss(None)
            await pilot.pause()
            assert app.screen is app.place, name


async def test_after_g_the_last_line_asks_and_any_other_key_stays() -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "swahili-news")
        for command in WINDOWS["chord"]:
            if command.id in ("chord.first", "chord.stay"):
                continue
            await pilot.press("g")
            foot = screen_text(app).splitlines()[-1]
            assert foot.startswith(" l Loop r Review b Budget a Annotators k Leakage d Data u Run g first esc stay")
            await pilot.press(keys(command)[0])
            assert command.id.partition(".")[2] == app.place.NAME
            await pilot.pause()
            assert "stay" not in screen_text(app)
        for key in ("escape", "p", "3"):
            await pilot.press("g", key)
            assert app.place.NAME == "run", "the key is none of the letters, and does nothing else either"
            assert "stay" not in screen_text(app)


async def test_the_palette_offers_what_is_in_front() -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told(), place="review")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "Review")
        assert "review: it is right" in titles(app)
        item = ReviewItem(1, "Rais Samia", word_offsets("Rais Samia"))
        screen = MendScreen(item, ("PER", "ORG"), app.view)
        await app.push_screen(screen)
        assert "review: it is right" not in titles(app), "the sentence beneath is another one's to judge"
        found = {command.title: command for command in app.get_system_commands(app.screen)}
        await found["label: label 1"].callback()
        assert [span.label for span in screen.mending.spans] == ["PER"]
        await pilot.press("ctrl+p", "2")
        assert "2 ORG" in await until(pilot, "label 2")
        assert "round: go to 2" not in screen_text(app), "what lies over a place is finished first"
        await pilot.press("escape", "escape", "ctrl+p", "2")
        await until(pilot, "round: go to 2")


def titles(app: LoopApp) -> set[str]:
    return {command.title for command in app.get_system_commands(app.screen)}


def places() -> list[str]:
    return [name for name in SCREENS if name in {place for place, _title, _letter in PLACES}]


@pytest.mark.parametrize("screen", places())
async def test_every_key_pressed_on_its_screen_runs_its_action(screen: str, monkeypatch: pytest.MonkeyPatch) -> None:
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
