"""Our dark and our light theme, in colours that are the same in 256 colours and in true colour.

Every value lies on the xterm cube or grey ramp (Rich puts light greys one step darker there), and nothing is drawn
half-transparent: SSH does not forward COLORTERM, so 256 colours is what most people see, and there a tint is black.
"""

from __future__ import annotations

from collections.abc import Collection

from textual.theme import Theme

_DARK = {
    "muted": "#949494",
    "faint": "#585858",
    "line": "#4e4e4e",
    "head": "#afafaf",
    "focus": "#87afd7",
    "good": "#87d787",
    "warn": "#ffd787",
    "bad": "#ff8787",
    "curve-test": "#87d7ff",
    "curve-dev": "#d7af5f",
    "curve-teacher": "#afafaf",
    "cursor": "#303030",
    "span-1": "#87d7ff",
    "span-2": "#ffd787",
    "span-3": "#87d787",
    "span-4": "#d7afff",
    "span-5": "#ffafaf",
    "span-6": "#5fd7d7",
    "span-7": "#ff87d7",
    "span-8": "#d7d787",
}
_LIGHT = {
    "muted": "#626262",
    "faint": "#949494",
    "line": "#bcbcbc",
    "head": "#4e4e4e",
    "focus": "#005f87",
    "good": "#005f00",
    "warn": "#875f00",
    "bad": "#af0000",
    "curve-test": "#005faf",
    "curve-dev": "#875f00",
    "curve-teacher": "#626262",
    "cursor": "#dadada",
    "span-1": "#005faf",
    "span-2": "#875f00",
    "span-3": "#005f00",
    "span-4": "#5f00af",
    "span-5": "#af005f",
    "span-6": "#005f5f",
    "span-7": "#870087",
    "span-8": "#5f5f00",
}


def _theme(name: str, dark: bool, ground: str, text: str, raised: str, own: dict[str, str]) -> Theme:
    fixed = {
        "text": text,
        "text-muted": own["muted"],
        "text-disabled": own["faint"],
        "border": own["focus"],
        "border-blurred": own["line"],
        "scrollbar": own["faint"],
        "scrollbar-hover": own["muted"],
        "scrollbar-active": own["focus"],
        "scrollbar-background": ground,
        "scrollbar-background-hover": ground,
        "scrollbar-background-active": ground,
        "block-cursor-background": own["focus"],
        "block-cursor-foreground": ground,
        "block-cursor-blurred-background": own["cursor"],
        "block-cursor-blurred-foreground": text,
        "block-hover-background": own["cursor"],
        "input-selection-background": own["cursor"],
    }
    return Theme(
        name=name,
        primary=own["focus"],
        secondary=own["head"],
        accent=own["focus"],
        success=own["good"],
        warning=own["warn"],
        error=own["bad"],
        foreground=text,
        background=ground,
        surface=ground,
        panel=raised,
        dark=dark,
        variables=own | fixed,
    )


DARK = _theme("llmaaa-dark", True, "#1c1c1c", "#d0d0d0", "#262626", _DARK)
LIGHT = _theme("llmaaa-light", False, "#eeeeee", "#262626", "#e4e4e4", _LIGHT)


def defaults(dark: bool) -> dict[str, str]:
    """Our own variables, for themes that do not know them."""
    return _DARK if dark else _LIGHT


def nearest(name: str, known: Collection[str], otherwise: str) -> str:
    """The theme of this name; `otherwise` where there is none."""
    return name if name in known else otherwise
