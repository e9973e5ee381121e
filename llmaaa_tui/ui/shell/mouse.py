"""Taking the mouse from the terminal and giving it back, so that the terminal can select text."""

from __future__ import annotations

from textual.driver import Driver


def toggle(driver: Driver | None) -> bool | None:
    """Take the mouse where the terminal has it, else leave it; gives whether it is taken, None where that cannot be.

    Textual decides this once, when it starts; its Linux driver can do it at any time.
    """
    on, off = getattr(driver, "_enable_mouse_support", None), getattr(driver, "_disable_mouse_support", None)
    if driver is None or on is None or off is None:
        return None
    if driver._mouse:
        off()
        driver._mouse = False
        return False
    driver._mouse = True
    on()
    if getattr(driver, "_mouse_pixels", False):  # the terminal now counts in cells, the parser still in pixels
        driver._enable_mouse_pixels()  # type: ignore[attr-defined]
    return True
