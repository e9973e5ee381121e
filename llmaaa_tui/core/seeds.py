"""Randomness that an interruption cannot change: each choice has its own generator."""

from __future__ import annotations

import hashlib
import random


def derive(seed: int, round_number: int, purpose: str, item: object = "") -> int:
    """A 63-bit seed for one choice, the same in every process and on every machine."""
    name = f"{seed}\x1f{round_number}\x1f{purpose}\x1f{item}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big") >> 1


def generator(seed: int, round_number: int, purpose: str, item: object = "") -> random.Random:
    """A generator seeded by (project seed, round, purpose, item)."""
    return random.Random(derive(seed, round_number, purpose, item))


def of_interval(seed: int, round_number: int, subject: str = "") -> int:
    """The seed of a bootstrap: one a round, so that its figures are drawn alike wherever they are worked out.

    Args:
        round_number: 0 for what belongs to no round.
        subject: what is measured where it is not that round's student, e.g. "teacher".
    """
    return derive(seed, round_number, f"bootstrap {subject}" if subject else "bootstrap")
