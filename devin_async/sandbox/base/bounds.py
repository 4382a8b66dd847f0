"""Which ends of a time range belong to it: the documents do not say, so a test may choose."""

from typing import Literal, get_args

import attrs

BoundsName = Literal["half_open", "inclusive", "exclusive"]
BOUNDS_NAMES: tuple[str, ...] = get_args(BoundsName)


@attrs.frozen
class Bounds:
    """Say which ends of a time range belong to it.

    Attributes:
        lower: Whether the lower bound does.
        upper: Whether the upper bound does.
    """

    lower: bool = True
    upper: bool = False

    @classmethod
    def named(cls, name: BoundsName) -> "Bounds":
        """Return the rule with a name: `half_open` counts the lower end only."""
        return cls(lower=name != "exclusive", upper=name == "inclusive")

    def contain(self, time: int, after: int | None, before: int | None) -> bool:
        """Tell whether *time* lies in the range, open where a bound is None."""
        above = after is None or time > after or (self.lower and time == after)
        below = before is None or time < before or (self.upper and time == before)
        return above and below
