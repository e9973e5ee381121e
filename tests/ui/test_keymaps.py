"""Keys that a person chooses: presets, the file's own, what is refused and how that is said; footer and help follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, told, until

from llmaaa_tui.core.review import QueueRow
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII
from llmaaa_tui.ui.keys.command import Command
from llmaaa_tui.ui.keys.registry import SCREENS, WINDOWS
from llmaaa_tui.ui.review.queue import Queue
from llmaaa_tui.ui.review.text import nothing
from llmaaa_tui.ui.shell import preferences
from llmaaa_tui.ui.shell.keymaps import PRESETS, in_ascii, keymap, normal, written
from llmaaa_tui.ui.shell.preferences import Preferences, chosen_theme, read, remember_theme
from llmaaa_tui.ui.view import View

ALL = SCREENS | WINDOWS


def command(id_: str, keys: str) -> Command:
    return Command(id_, keys, keys, "do", "do", "do", "Do.")


SMALL = {
    "one": (command("a.x", "x"), command("a.y", "y"), command("a.z", "z,enter")),
    "two": (command("a.x", "x"), command("b.q", "q")),
}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a", "a"),
        ("A", "A"),
        ("ctrl+enter, a", "ctrl+enter,a"),
        ("?", "question_mark"),
        ("[,]", "left_square_bracket,right_square_bracket"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        ("comma", "comma"),
        ("f5,,f5", "f5"),
        ("ж", "ж"),
    ],
)
def test_keys_as_people_write_them(text: str, keys: str) -> None:
    assert normal(text) == keys


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it names no key"),
        ("entr", "'entr' is no key; do you mean enter"),
        ("ctlr+a", "'ctlr' is none of ctrl, shift, alt"),
        ("ctrl+i", "terminals send 'ctrl+i' as tab"),
        ("ctrl+[", "as escape"),
        ("ab", "'ab' is no key"),
    ],
)
def test_what_is_no_key(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        normal(text)
    assert words in str(error.value)


def test_an_own_key_is_taken_and_shown() -> None:
    chosen = keymap("", {"a.x": "ctrl+x,w"}, SMALL)
    assert chosen.problems == ()
    (one, *_others) = chosen.on(SMALL["one"])
    assert (one.keys, one.shown) == ("ctrl+x,w", "^x w")
    assert chosen.on((command("b.q", "q"),))[0].shown == "q", "what nobody changed is as it was"


def test_an_unknown_id_names_file_and_the_nearest() -> None:
    chosen = keymap("", {"a.xx": "w"}, SMALL, "~/config.toml")
    assert chosen.problems == ("~/config.toml: [keys] a.xx: no command has this name; do you mean a.x.",)
    assert chosen.keys == {}


def test_a_key_that_would_mean_two_things_is_refused_with_both_names() -> None:
    chosen = keymap("", {"a.x": "q"}, SMALL, "config.toml")
    (problem,) = chosen.problems
    assert "a.x" in problem
    assert "b.q" in problem
    assert "on the screen two" in problem
    assert chosen.keys == {}
    assert keymap("", {"a.x": "q", "b.q": "w"}, SMALL).problems == (), "given away, a key is free"
    swapped = keymap("", {"a.x": "y", "a.y": "x"}, SMALL)
    assert (swapped.problems, swapped.keys) == ((), {"a.x": "y", "a.y": "x"})
    both = keymap("", {"a.x": "w", "a.y": "w"}, SMALL)
    assert len(both.problems) == 1
    assert list(both.keys.values()) == ["w"], "one of the two stays"


def test_an_unknown_preset_names_those_there_are() -> None:
    chosen = keymap("labelstudoi", {}, SMALL, "config.toml")
    assert chosen.name == "prodigy"
    assert "labelstudio" in chosen.problems[0]
    assert "do you mean" in chosen.problems[0]


def test_how_keys_are_written() -> None:
    assert written("j,down") == "j ↓"
    assert written("ctrl+enter,a") == "^enter"
    assert written("question_mark") == "?"
    assert in_ascii(written("shift+tab")) == "shift+tab"
    assert in_ascii("j ↓").isascii()


def test_the_file_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    assert read(file) == Preferences()
    file.write_text('keymap = "vim"\ntheme = "nord"\n[keys]\n"review.accept" = "ctrl+enter,a"\nrun.pause = "P"\n')
    likes = read(file)
    assert (likes.keymap, likes.theme, likes.problems) == ("vim", "nord", ())
    assert likes.keys == {"review.accept": "ctrl+enter,a", "run.pause": "P"}, "also without the quotes"
    file.write_text('keymp = "vim"\ntheme = 3\n[keys]\nrun.pause = 4\n')
    problems = read(file).problems
    assert f"{file}: keymp: is no setting of the screen; do you mean keymap" in problems[0]
    assert "theme: must be text" in problems[1]
    assert "[keys] run.pause: must be text" in problems[2]
    file.write_text("keymap = \n")
    assert "is no TOML" in read(file).problems[0]
    file.write_bytes(b"\xff\xfe")
    assert "cannot be read" in read(file).problems[0]


def test_the_environment_names_a_keymap_for_now() -> None:
    likes = Preferences(keymap="vim")
    assert preferences.from_environment(likes, {"LLMAAA_KEYMAP": "argilla"}).keymap == "argilla"
    assert preferences.from_environment(likes, {}).keymap == "vim"


def test_a_theme_is_remembered_until_the_file_says_another(tmp_path: Path) -> None:
    likes = Preferences(theme="nord")
    assert chosen_theme(likes, tmp_path, {}) == "nord"
    remember_theme(likes, tmp_path, "dracula")
    assert (tmp_path / "theme.json").stat().st_mode & 0o777 == 0o600
    assert chosen_theme(likes, tmp_path, {}) == "dracula"
    assert chosen_theme(likes, tmp_path, {"LLMAAA_THEME": "monokai"}) == "monokai"
    assert chosen_theme(Preferences(theme="gruvbox"), tmp_path, {}) == "gruvbox"
    (tmp_path / "theme.json").write_text("[]")
    assert chosen_theme(likes, tmp_path, {}) == "nord"


async def test_footer_help_and_keys_follow_the_keys_in_force() -> None:
    controls = Told()
    likes = Preferences(keys={"run.pause": "P", "look.help": "f1,H", "go.loop": "1"})
    app = LoopApp(Shown(snapshots.working(4)), controls, preferences=likes)
    async with app.run_test(size=(140, 36)) as pilot:
        text = await until(pilot, "P pause")
        assert "P pause" in text.splitlines()[-1]
        await pilot.press("p")
        await pilot.press("P")
        assert await told(pilot, controls, 1) == ["pause"]
        await pilot.press("H")
        text = await until(pilot, "esc closes")
        assert " P  pause or resume" in text
        assert " p  pause or resume" not in text


async def test_what_cannot_be_followed_is_said_and_the_screen_works() -> None:
    likes = Preferences(keymap="emacs", theme="nrod", keys={"run.pase": "P"}, file="config.toml")
    app = LoopApp(Shown(snapshots.working(4)), Told(), preferences=likes)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "do you mean run.pause")
        said = " ".join(notice.message for notice in app._notifications)
        assert "'emacs' is none" in said
        assert "theme: 'nrod' is none" in said
        assert app.theme == "llmaaa-dark"


def test_sentences_name_the_keys_in_force() -> None:
    view = View(keymap=keymap("argilla", {"run.start": "S"}, ALL))
    decided = Queue([QueueRow(1, None, None, 0.0)])
    words = "\n".join(line.plain for line in nothing(decided, view, filtered=False))
    assert "← looks back, u takes the last decision back" in words
    assert "S starts the worker" in words
    plain = View(keymap=keymap("argilla", {}, ALL), glyphs=ASCII).key
    assert plain("review.before").isascii()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_free_of_problems_on_the_real_screens(preset: str) -> None:
    assert keymap(preset, {}, ALL).problems == ()
