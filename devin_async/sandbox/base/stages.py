"""Status by age: what passes through stages as the clock goes on."""

from collections.abc import Mapping

__all__ = ["stage"]


def stage(age: float, ends: Mapping[str, float], last: str) -> str:
    """Return the first stage that has not ended at an *age* in seconds, else the *last* one.

    *ends* has the ages at which the stages before the last one end, in their order.
    """
    return next((name for name, end in ends.items() if age < end), last)
