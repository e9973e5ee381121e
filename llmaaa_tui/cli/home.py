"""`llmaaa` without a command: the first page, and then what was chosen there."""

from __future__ import annotations

from ..recent import recent


def first_page() -> int:
    """Show the first page, do what was chosen; gives the exit code."""
    from ..ui.home.app import HomeApp

    chosen = HomeApp(recent()).run()
    if chosen is None:
        return 0
    if chosen.folder is None:
        from .demo import command as demo

        code = demo.main([], standalone_mode=False)
        return code if isinstance(code, int) else 0
    from ..ui.run import ALLOW_REMOTE
    from .run import attach

    overrides = (ALLOW_REMOTE,) if chosen.remote else ()
    return attach(chosen.folder, overrides, "", readonly=False, start=chosen.start)
