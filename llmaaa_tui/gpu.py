"""What the graphics cards of this machine do now, as nvidia-smi says it. Nothing here imports torch."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

from .errors import LlmaaaError

QUERY = "name,memory.used,memory.total,utilization.gpu,temperature.gpu"
ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """One card: memory in MiB, utilisation in percent, degrees Celsius; None where the driver does not say."""

    name: str
    used_mib: int | None
    total_mib: int | None
    utilisation: int | None
    celsius: int | None


def parse(text: str) -> tuple[Gpu, ...]:
    """The cards in the answer to `nvidia-smi --query-gpu=QUERY --format=csv,noheader,nounits`.

    A figure may be `[N/A]` or `[Not Supported]`; a line that is no card is left out.
    """
    cards = []
    for line in text.splitlines():
        name, *figures = [part.strip() for part in line.rsplit(",", QUERY.count(","))]
        if name and len(figures) == QUERY.count(","):
            cards.append(Gpu(name, *(_figure(part) for part in figures)))
    return tuple(cards)


def gpus() -> tuple[Gpu, ...]:
    """The cards of this machine; none where there is no nvidia-smi. Takes up to `ASK_S` seconds.

    Raises:
        LlmaaaError: nvidia-smi is there, and does not answer.
    """
    command = shutil.which("nvidia-smi")
    if command is None:
        return ()
    try:
        done = subprocess.run(
            [command, f"--query-gpu={QUERY}", "--format=csv,noheader,nounits"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LlmaaaError(f"nvidia-smi did not answer within {ASK_S:.0f} s") from None
    except OSError as error:
        raise LlmaaaError(f"nvidia-smi cannot be run ({error.strerror})") from None
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines()
        raise LlmaaaError(f"nvidia-smi failed: {words[0] if words else f'code {done.returncode}'}")
    return parse(done.stdout)


def _figure(text: str) -> int | None:
    try:
        return round(float(text))
    except (ValueError, OverflowError):
        return None
