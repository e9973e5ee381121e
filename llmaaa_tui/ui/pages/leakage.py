"""What leakage probes came to: a table, a card for each, round by round; before any, what they ask and what asks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.content import Content

from ...core.leakage import Finding, Probe, Verdict, sentence
from ...core.snapshot import Measure, Snapshot
from ...core.tasks import NER, Task
from .. import doubt
from ..cells import cut, safe, said
from ..doubt import PROBES
from ..glyphs import Glyphs
from ..widgets.sheet import Block
from ..words import count, f1
from .common import fact

ONE_LINE = 132
"""From so many cells on a finding has its verdict in the line of its figures."""
ASKS = {
    Probe.SOURCE: "Which dataset is this sample of? Naming it more often than for control texts says something.",
    Probe.CONTINUATION: "Finish this text: with the name of the dataset, and without. Finishing it word for word more "
    "often with the name, or than control texts, is a sign that it was learnt by heart.",
    Probe.QUIZ: "Which of four wordings is the dataset's own? Finding it more often than by chance, corrected for the "
    "annotator's favourite place.",
    Probe.LABEL_ORDER: "Here are rows of the file: what are the labels of the next one? Held against those of other "
    "rows.",
    Probe.PERTURBED: "Label this text, and the same with other names of the same kind. Who knows the answers loses F1.",
}
AGAINST = {
    Probe.SOURCE: "control texts",
    Probe.CONTINUATION: "without the name, or control texts",
    Probe.QUIZ: "chance, or control texts",
    Probe.LABEL_ORDER: "labels of other rows",
    Probe.PERTURBED: "no loss",
}
RULES = {
    "alias": "any usual name of the dataset counts",
    "paper": "by the expressions of LLMs in the Loop",
    "exact": "word for word",
    "near": "all but a tenth of the letters",
    "right": "the right one chosen",
    "f1": "F1 lost",
}
ABOUT = (
    "Evidence is p < .01 after Holm's correction over the probes that were run; without a control there is no verdict. "
    "No evidence leaves open what stands under the upper end of the interval: nobody can show that a model has not "
    "seen a text.",
    "{Units} are counted, repeats averaged first; what failed or refused is in no rate. The tests are wrong now and "
    "then: take evidence as a reason to look. docs/LEAKAGE.md says what each probe cannot tell.",
    "llmaaa leakage DIR --probe all asks all of them, --control FILE gives control texts.",
)
HOW = (
    "llmaaa leakage DIR --probe all --estimate says what would be asked, of whom, what is sent to which provider and "
    "what it costs at most; without --estimate it asks, under the cap. --dataset names the published set, --control "
    "FILE gives control texts: same language and kind, newer than the annotator or written by you."
)
ROUNDS = (
    "In each round a few of the {units} picked are asked about too (leakage.per_round), under a purpose of their own: "
    "what comes of it stands here and on the first screen."
)
SENT = "The {units} asked about go to {who}: by default those of test, which a provider then has seen."
MEANWHILE = (
    "Until then a high F1 of the annotator on a published corpus is no proof that it can do the task: it may have seen "
    "the corpus. Test data that was never published is not open to that doubt."
)


def figure(one: Measure | None, glyphs: Glyphs) -> str:
    """A rate with its interval and number of items."""
    if one is None:
        return glyphs.dash
    ends = "" if one.low is None or one.high is None else f" ({f1(one.low)}{glyphs.dash}{f1(one.high)})"
    return f"{f1(one.value)}{ends} n {count(one.n)}"


def rate(one: Finding, glyphs: Glyphs) -> str:
    """The rate of a finding, or its gap."""
    return figure(Measure(one.rate, one.n, one.low, one.high) if one.n else None, glyphs)


def style(one: Finding) -> str:
    """Amber for evidence, in the background where there is no verdict."""
    return {Verdict.EVIDENCE: f"{doubt.STYLE} bold", Verdict.NO_CONTROL: "$muted"}.get(one.verdict, "")


def p(value: float | None, glyphs: Glyphs) -> str:
    """A p value: `< .001`, `.012`."""
    return glyphs.dash if value is None else "< .001" if value < 0.001 else f1(value, 3)


def called(one: Finding) -> str:
    """The probe's name; of the rounds' selections it says so."""
    return PROBES[one.probe] + ("" if one.round is None else ", rounds")


# -- measured ---------------------------------------------------------------------------------------


def table(found: Sequence[Finding], width: int, glyphs: Glyphs) -> Block:
    """Every finding with its control, p and verdict, under its annotator and dataset."""
    head = f"{'':<23}{'rate':<21}{'held against':<21}{'p (Holm)':>9}"
    lines = [cut(Content.styled(head, "$head"), width)]
    about = None
    for one in found:
        if (one.annotator, one.dataset) != about:
            about = one.annotator, one.dataset
            mine = [other for other in found if (other.annotator, other.dataset) == about]
            flagged = any(other.verdict is Verdict.EVIDENCE for other in mine)
            lines.append(cut(_about(one, flagged, glyphs), width, glyphs.ellipsis))
        held = one.p if one.p_holm is None else one.p_holm
        figures = f"  {called(one):<21}{rate(one, glyphs):<21}{figure(one.against, glyphs):<21}{p(held, glyphs):>9}"
        mark = f"{glyphs.warning} " if one.verdict is Verdict.EVIDENCE else ""
        verdict = Content.styled(mark + glyphs.own(sentence(one)), style(one))
        if width >= ONE_LINE:
            lines.append(cut(Content.assemble(figures, "   ", verdict), width, glyphs.ellipsis))
        else:
            lines += [cut(Content(figures), width), cut(Content.assemble("    ", verdict), width, glyphs.ellipsis)]
    return Block("What the probes say", tuple(lines), Content.styled("95 % intervals", "$muted"))


def _about(one: Finding, flagged: bool, glyphs: Glyphs) -> Content:
    name = said(one.annotator).stylize("bold")
    if flagged:
        name = Content.assemble((f"{glyphs.warning} ", f"{doubt.STYLE} bold"), name.stylize(doubt.STYLE))
    dataset = said(one.dataset) if one.dataset else Content.styled("never published", "$muted")
    about = Content.assemble(name, (f" {glyphs.dot} ", "$faint"), dataset)
    if one.simulated:
        about = Content.assemble(about, "  ", (f" {safe(one.simulated).upper()} ", "$warn bold reverse"))
    return about


def card(one: Finding, width: int, glyphs: Glyphs, task: Task = NER) -> Block:
    """All that is known of one finding."""
    flagged = one.verdict is Verdict.EVIDENCE
    note = Content.styled(f"{safe(one.simulated).upper()}", "$warn bold") if one.simulated else Content()
    lines = [cut(_about(replace(one, simulated=""), flagged, glyphs), width, glyphs.ellipsis)]
    lines += fact("Asked", Content.styled(ASKS[one.probe], "$muted"), width)
    words = f"{glyphs.warning} {sentence(one)}" if flagged else sentence(one)
    lines += fact("Verdict", Content.styled(glyphs.own(words), style(one)), width)
    for name, words in _facts(one, glyphs, task):
        lines += fact(name, words, width)
    if one.hint:
        lines += fact("But", safe(glyphs.own(one.hint)), width)
    return Block(called(one).capitalize(), tuple(lines), note)


def _facts(one: Finding, glyphs: Glyphs, task: Task) -> list[tuple[str, str]]:
    repeats = f" {glyphs.times} {one.repeats} answers" if one.repeats > 1 else ""
    of = f"the selections of rounds up to {one.round}" if one.round is not None else safe(one.split)
    facts = [
        ("Gap" if one.probe is Probe.PERTURBED else "Rate", f"{rate(one, glyphs)} {task.units}{repeats}"),
        ("Counted", RULES.get(one.rule, safe(one.rule))),
    ]
    if one.against is not None:
        facts.append(("Against", f"{figure(one.against, glyphs)}: {AGAINST[one.probe]}"))
    if one.rouge_l is not None:
        facts.append(
            ("ROUGE-L", f"{figure(one.rouge_l, glyphs)}, {one.exact:,} exact, {one.near - one.exact:,} near exact")
        )
    if one.effect is not None:
        facts.append(("Difference", f"{figure(one.effect, glyphs)}, on average"))
    if one.p is not None:
        facts.append(("p", f"{p(one.p, glyphs)} one-sided, {p(one.p_holm, glyphs)} after correction"))
    if one.unanswered:
        facts.append(("No answer", f"{one.unanswered:,} refused or failed, in no rate"))
    return [*facts, *([("Of", of)] if of else [])]


def trend(found: Sequence[Finding], width: int, glyphs: Glyphs) -> Block | None:
    """The continuation probe of the rounds' selections, after each round; None before the first."""
    if not found:
        return None
    cells = max(0, min(30, width - 44))
    lines = [Content.styled(f"round  {'near exact so far':<22}{'exact':>6}{'p':>8} ", "$head")]
    for one in found:
        words = f"{one.round or 0:>5}  {rate(one, glyphs):<22}{one.exact:>6,}"
        held = one.p if one.p_holm is None else one.p_holm
        line = Content.assemble(words, (f"{p(held, glyphs):>8} ", style(one)), _bar(one, cells, glyphs))
        lines.append(cut(line, width, glyphs.ellipsis))
    note = Content.styled("all rounds up to each", "$muted")
    return Block("Round by round", tuple(lines), note, right=True)


def _bar(one: Finding, cells: int, glyphs: Glyphs) -> Content:
    """The interval of a rate between 0 and 1, a mark where the rate is."""
    if cells < 10 or not one.n:
        return Content()
    drawn = [" "] * cells
    first, last, at = (round(end * (cells - 1)) for end in (one.low, one.high, one.rate))
    drawn[first : last + 1] = [glyphs.line] * (last + 1 - first)
    drawn[at] = glyphs.alive
    side = (glyphs.side, "$line")
    return Content.assemble(side, ("".join(drawn), style(one) or "$focus"), side)


def about(width: int, task: Task = NER, *, right: bool = True) -> Block:
    """What the words mean, and how to ask again."""
    lines: list[Content] = []
    for words in ABOUT:
        lines += Content.styled(words.format(Units=task.units.capitalize()), "$muted").wrap(width)
    return Block("How to read it", tuple(lines), right=right)


# -- not measured -----------------------------------------------------------------------------------


def nothing(snapshot: Snapshot, left: int, right: int, task: Task = NER) -> list[Block]:
    """That nothing was asked, what asks, and what each probe asks."""
    name = said(snapshot.annotator)
    lines = [*Content.assemble("Nothing has been measured for ", name.stylize("bold"), ".").wrap(left)]
    who = name.plain or "the annotator"
    for words in (HOW, SENT.format(units=task.units, who=who), ROUNDS.format(units=task.units), MEANWHILE):
        lines += [Content(), *Content(words).wrap(left)]
    if snapshot.simulated:
        words = "This annotator is a simulation: it knows by heart what llmaaa simulator --memorised lets it know."
        if snapshot.simulated == "recorded":
            words = "This annotator's answers are recorded: what its model had read can be asked of the model alone."
        lines += [Content(), *Content.styled(words, "$warn").wrap(left)]
    asked: list[Content] = []
    for probe in Probe:
        asked += [Content()] if asked else []
        asked += [Content.styled(PROBES[probe].capitalize(), "bold"), *Content(ASKS[probe]).wrap(right)]
    return [Block("Not measured", tuple(lines)), Block("What each probe asks", tuple(asked), right=True)]
