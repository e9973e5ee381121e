"""What puts an annotator's figures in doubt: every screen that shows them says it, in amber and with a mark."""

from __future__ import annotations

from textual.content import Content

from ..core.leakage import Finding, Probe, sentence, suspected
from ..core.snapshot import Snapshot
from .cells import safe
from .glyphs import Glyphs

STYLE = "$warn"
PROBES = {
    Probe.SOURCE: "source question",
    Probe.CONTINUATION: "continuation",
    Probe.QUIZ: "quiz",
    Probe.LABEL_ORDER: "label order",
    Probe.PERTURBED: "other names",
}
"""What a probe is called on the screen."""


def of(snapshot: Snapshot | None, annotator: str) -> Finding | None:
    """The surest finding against an annotator; None where nothing speaks against it."""
    return suspected(snapshot.leakage, annotator) if snapshot and snapshot.leakage else None


def why(found: Finding) -> str:
    """The reason in one sentence without its stop, made safe."""
    where = safe(found.dataset) or "the texts"
    if found.round is not None:
        where += " in the rounds' selections"
    return f"{PROBES[found.probe]} about {where}: {sentence(found)}"


def badge(name: Content, found: Finding | None, glyphs: Glyphs) -> Content:
    """A name; of one in doubt amber, with a mark before it that is seen without colour."""
    if found is None:
        return name
    return Content.assemble((f"{glyphs.warning} ", f"{STYLE} bold"), name.stylize(STYLE))
