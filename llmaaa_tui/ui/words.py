"""Numbers and states as people read them: F1, money, counts, clock times, failures."""

from __future__ import annotations

from ..core.money import NANO, format_usd
from ..core.snapshot import Score
from ..core.states import Failure

FAILURES: dict[str, str] = {
    Failure.REFUSAL: "refused",
    Failure.CUT_OFF: "cut off",
    Failure.NOT_JSON: "not JSON",
    Failure.SCHEMA: "wrong shape",
    Failure.NO_ANSWER: "no answer",
    Failure.MISSING: "left out of the answer",
    Failure.LENGTH: "fewer or more tags than words",
    Failure.ALTERED: "words altered",
    Failure.INVALID_BIO: "impossible tags",
    Failure.UNGROUNDED: "not in the text",
    Failure.UNKNOWN_LABEL: "unknown label",
    Failure.TRANSPORT: "connection failed",
    Failure.REJECTED: "rejected by the provider",
    Failure.BUDGET: "no money left",
}
RUNGS = {2: "after NFC", 3: "quotes or spaces differ", 4: "case differs", 5: "accents differ", 6: "fuzzy"}
DOING = {
    "select": "picking",
    "annotate": "annotating",
    "review": "in review",
    "train": "training",
    "evaluate": "evaluating",
}


def failure(name: str) -> str:
    """A failure class in words; an unknown one as it is named."""
    return FAILURES.get(name, name.replace("_", " "))


def manner(
    per_request: int, why: str, samples: int, k: int, economy: bool, escalate: str = "", unit: str = "sentence"
) -> str:
    """How a run asks, in words: items a request and why, answers, demonstrations, the batch API, a second model."""
    if not why and per_request == 2:
        why = "the only size with recorded accuracy"
    elif not why and per_request > 2:
        why = "set by hand: only 2 has recorded accuracy"
    parts = [f"{per_request} a request" + (f": {why}" if why else "")]
    parts.append(f"{k} demonstrations each" if k and per_request == 1 else f"{k} demonstrations" if k else "none shown")
    if samples > 1:
        parts.append(f"{samples} answers a {unit} and a vote")
    if economy:
        parts.append("in the provider's batches: cheaper, but answers may take hours")
    if escalate:
        parts.append(f"unsure or failed ones again by {escalate}")
    return "; ".join(parts)


def f1(value: float, places: int = 2) -> str:
    """`0.713` → `.71`, a gap of `-0.07` → `-.07`; 1 stays `1.00`."""
    text = f"{value:.{places}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def signed(value: float) -> str:
    """A change of F1: `+.13`, `-.02`, `.00`."""
    text = f1(abs(value))
    if text == ".00":
        return text
    return ("+" if value > 0 else "-") + text


def half_width(score: Score) -> float:
    """Half of the score's interval, for `±`; the interval need not lie evenly about the score."""
    return max(0.0, (score.high - score.low) / 2)


def count(number: int) -> str:
    """`6443` → `6,443`."""
    return f"{number:,}"


def tokens(number: int) -> str:
    """`31240` → `31 k`, `1250000` → `1.2 M`; under a thousand as it is."""
    if number < 1000:
        return str(number)
    if number < 999_500:
        return f"{round(number / 1000)} k"
    return f"{number / 1_000_000:.1f} M"


def clock(seconds: float) -> str:
    """Seconds → `0:41`, `12:05` or `3:07:00`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def usd(nanousd: int, *, left: bool = False) -> str:
    """Dollars with as many places as the amount needs: `0.0004`, `0.163`, `14.20`, `1,204`.

    Rounded up, but down where it is money `left` to spend.
    """
    if nanousd >= 1000 * NANO:
        return f"{nanousd // NANO if left else -(-nanousd // NANO):,}"
    if nanousd >= 10 * NANO:
        return format_usd(nanousd, 2, left=left)
    if 0 < nanousd < NANO // 100:
        return format_usd(nanousd, 4, left=left)
    return format_usd(nanousd, 3, left=left)


def ratio(value: float) -> str:
    """How many times: `0.72`, `1.4`, `86`, `1,240`."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{round(value):,}"
