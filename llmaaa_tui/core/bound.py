"""How high an error rate can be at most, given the errors of a random sample."""

from __future__ import annotations

import math

_STEPS = 200
_TINY = 1e-300


def upper_bound(errors: int, n: int, level: float = 0.95) -> float:
    """The exact one-sided (Clopper-Pearson) upper bound of an error rate, between 0 and 1.

    Args:
        errors: how many of the sample were wrong.
        n: the size of the sample; without one nothing is known, and the bound is 1.
        level: how sure the bound is: an error rate above it gives so few errors with probability 1 - level at most.

    Raises:
        ValueError: there are not 0 to n errors, or the level is not between 0 and 1.
    """
    if not 0 <= errors <= n or not 0 < level < 1:
        raise ValueError(f"no bound for {errors} errors of {n} at {level}")
    if errors == n:
        return 1.0
    if errors == 0:
        return -math.expm1(math.log1p(-level) / n)
    low, high = errors / n, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _more_errors(errors, n, middle) < level:
            low = middle
        else:
            high = middle
    return high


def _more_errors(errors: int, n: int, rate: float) -> float:
    """The probability of more than `errors` errors among n: the regularised incomplete beta function."""
    a, b = errors + 1, n - errors
    front = math.exp(math.lgamma(n + 1) - math.lgamma(a) - math.lgamma(b) + a * math.log(rate) + b * math.log1p(-rate))
    # The fraction converges fast on its own side of the mean alone.
    if rate < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, rate) / a
    return 1.0 - front * _fraction(b, a, 1.0 - rate) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1))
    value = d
    step = 0
    while True:
        step += 1
        twice = a + 2 * step
        for term in (
            step * (b - step) * x / ((twice - 1) * twice),
            -(a + step) * (a + b + step) * x / (twice * (twice + 1)),
        ):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-15 or step > 100_000:
            return value


def _away(value: float) -> float:
    """The value, kept away from zero."""
    return value if abs(value) > _TINY else _TINY
