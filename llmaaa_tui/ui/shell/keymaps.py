"""Which key does what: presets for fingers trained elsewhere, and a person's own keys, held against clashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ..glyphs import ASCII
from ..keys.command import Command

DEFAULT = "prodigy"

PRESETS: dict[str, dict[str, str]] = {
    "prodigy": {},
    "labelstudio": {
        "review.accept": "enter,ctrl+enter,a",
        "review.details": "i",
        "review.undo": "u",
        "review.next": "n,right,ctrl+right,down,j",
        "review.before": "N,left,ctrl+left,up,k",
        "mend.done": "enter,ctrl+enter,a",
        "span.delete": "backspace,d,delete",
        "cursor.next_span": "j,tab,alt+full_stop",
    },
    "argilla": {
        "review.accept": "enter,a",
        "review.reject": "backspace,x",
        "review.details": "i",
        "review.undo": "u",
        "review.next": "right,n,down,j",
        "review.before": "left,N,up,k",
        "cursor.next_span": "tab,j",
    },
    "vim": {
        "look.palette": "colon,ctrl+p",
        "review.next": "j,n,right,down",
        "review.before": "k,N,left,up",
        "review.redo": "ctrl+r,U",
        "mend.redo": "ctrl+r,U",
        "cursor.right": "l,w,right",
        "cursor.left": "h,b,left",
        "label.search": "slash",
    },
}
"""What differs from the commands' own keys, by preset and id. Terminals lose Ctrl+Enter: a plain key goes with it."""

_NEVER_ARRIVE = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+j": "enter",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
}
_SIGNS = {
    "?": "question_mark",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    ";": "semicolon",
    ":": "colon",
    ".": "full_stop",
    "/": "slash",
    "\\": "backslash",
    "|": "vertical_line",
    "-": "minus",
    "+": "plus",
    "=": "equals_sign",
    "_": "underscore",
    "*": "asterisk",
    "#": "number_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "@": "at",
    "!": "exclamation_mark",
    "'": "apostrophe",
    '"': "quotation_mark",
    "`": "grave_accent",
    "^": "circumflex_accent",
    "~": "tilde",
    "$": "dollar_sign",
}
"""Signs and Textual's names of them. The comma parts keys, so it is none."""
_NAMES = {name: sign for sign, name in _SIGNS.items()} | {"comma": ","}
_NAMED = {
    "escape": "esc",
    "enter": "enter",
    "tab": "tab",
    "space": "space",
    "backspace": "⌫",
    "delete": "del",
    "insert": "ins",
    "home": "home",
    "end": "end",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}
_MODIFIERS = {"ctrl": "^", "shift": "⇧", "alt": "alt+"}
_PLAIN = {"↑": "up", "↓": "down", "←": "left", "⇧": "shift+", "⌫": "bksp"}


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force.

    Attributes:
        name: the preset's.
        keys: Textual's names of the keys, comma separated, by id, where they differ from the command's own.
        problems: one sentence for each entry that was refused.
    """

    name: str = DEFAULT
    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def on(self, commands: Iterable[Command], *, ascii_only: bool = False) -> tuple[Command, ...]:
        """The commands with the keys in force, and how these are written."""
        made = []
        for command in commands:
            keys = self.keys.get(command.id)
            if keys is not None and keys != command.keys:
                command = replace(command, keys=keys, shown=written(keys))
            if ascii_only:
                word, says, tooltip = map(in_ascii, (command.word, command.says, command.tooltip))
                shown = in_ascii(command.shown, "right")
                command = replace(command, shown=shown, word=word, says=says, tooltip=tooltip)
            made.append(command)
        return tuple(made)


def keymap(name: str, own: Mapping[str, str], screens: Mapping[str, tuple[Command, ...]], file: str = "") -> Keymap:
    """A preset and a person's own keys over it; what cannot be is left out and said.

    Args:
        name: a preset's name; "" for the default.
        own: keys by command id, as a person wrote them.
        screens: every screen's commands, by the screen's name.
        file: where `own` stands, for the sentences.
    """
    problems: list[str] = []
    where = f"{file}: " if file else ""
    if name and name not in PRESETS:
        near = _nearest(name, PRESETS)
        problems.append(f"{where}keymap: {name!r} is none; there are {', '.join(PRESETS)}{near}.")
    chosen = name if name in PRESETS else DEFAULT
    known = {command.id for commands in screens.values() for command in commands}
    keys = {id_: value for id_, value in PRESETS[chosen].items() if id_ in known}
    added: dict[str, str] = {}
    for id_, text in own.items():
        try:
            if id_ not in known:
                raise ValueError(f"no command has this name{_nearest(id_, known)}")
            added[id_] = normal(text)
        except ValueError as error:
            problems.append(f"{where}[keys] {id_}: {error}.")
    for id_ in added:
        other = _taken(id_, keys | added, screens)
        if other is None:
            continue
        screen, key, by = other
        problems.append(
            f"{where}[keys] {id_}: {spoken(key)} is {by} on the screen {screen} already; give {by} another key too."
        )
        added = {kept: value for kept, value in added.items() if kept != id_}
    return Keymap(chosen, keys | added, tuple(problems))


def clashes(keys: Mapping[str, str], screens: Mapping[str, tuple[Command, ...]]) -> list[tuple[str, str, str, str]]:
    """Screen, key and the two ids, wherever a key means two things."""
    found = []
    for screen, commands in screens.items():
        owner: dict[str, str] = {}
        for command in commands:
            for key in keys.get(command.id, command.keys).split(","):
                first = owner.setdefault(key, command.id)
                if first != command.id:
                    found.append((screen, key, first, command.id))
    return found


def _taken(
    id_: str, keys: Mapping[str, str], screens: Mapping[str, tuple[Command, ...]]
) -> tuple[str, str, str] | None:
    """The first screen and key at which the command's keys are another's too, and whose."""
    for screen, key, first, second in clashes(keys, screens):
        if id_ in (first, second):
            return screen, key, second if first == id_ else first
    return None


def normal(text: str) -> str:
    """Keys as a person writes them ("ctrl+enter, ?") in Textual's names.

    Raises:
        ValueError: a word that names no key, or one that no terminal sends.
    """
    keys = [_key(word.strip()) for word in text.split(",") if word.strip()]
    if not keys:
        raise ValueError("it names no key")
    return ",".join(dict.fromkeys(keys))


def _key(word: str) -> str:
    """One key in Textual's name."""
    *modifiers, key = [*word[:-1].split("+")[:-1], "+"] if word.endswith("+") else word.split("+")
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise ValueError(f"{word!r} is no key: {modifier!r} is none of {', '.join(_MODIFIERS)}")
    key = _SIGNS.get(key, key)
    if key not in _NAMED and key not in _NAMES and not (len(key) == 1 and key.isalnum()):
        raise ValueError(f"{word!r} is no key{_nearest(key, [*_NAMED, *_NAMES])}")
    whole = "+".join([*modifiers, key])
    if whole in _NEVER_ARRIVE:
        raise ValueError(f"terminals send {word!r} as {_NEVER_ARRIVE[whole]}")
    return whole


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f"; do you mean {near[0]}" if near else ""


def spoken(key: str) -> str:
    """One key as people write it: `?`, `^p`, `⇧tab`."""
    *modifiers, last = key.split("+")
    last = _NAMES.get(last) or _NAMED.get(last) or last
    return "".join(_MODIFIERS.get(modifier, f"{modifier}+") for modifier in modifiers) + last


def written(keys: str) -> str:
    """The first key of a list, and the second where both are short, as the footer writes them."""
    first, *more = [spoken(key) for key in keys.split(",")]
    return f"{first} {more[0]}" if more and len(first) + len(more[0]) <= 3 else first


def in_ascii(words: str, arrow: str = "->") -> str:
    """Our own words where nothing but ASCII can be drawn; `arrow` stands for one to the right."""
    return ASCII.own("".join(arrow if one == "→" else _PLAIN.get(one, one) for one in words))
