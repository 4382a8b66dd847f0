"""What the options of commands have in common."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeAlias

from attrs import frozen
from cyclopts import Parameter, Token
from cyclopts.validators import Number

__all__ = [
    "Budget",
    "ClientOptions",
    "Count",
    "DataOptions",
    "Flag",
    "LocalDataOptions",
    "Options",
    "Org",
    "Parallel",
    "Port",
    "Positive",
    "Seconds",
    "Share",
    "Speed",
    "Texts",
    "Whole",
    "WithClient",
    "WithData",
    "WithLocalData",
    "WithOptions",
    "whole",
]

_MOST_PARALLEL = 256  # as `lists.ranges.places` has it, which is slow to load


def whole(least: int | None = None, most: int | None = None) -> Parameter:
    """Describe a whole number: digits only, for cyclopts would round 5.9 to 6, and read 0x10."""
    return Parameter(converter=_whole_number(least, most))


def _whole_number(least: int | None, most: int | None) -> Callable[[Any, Sequence[Token]], int]:
    bounds = "" if least is None else f" from {least}"
    allowed = f"a whole number{bounds}{'' if most is None else f' to {most}'}"

    def read(_: Any, tokens: Sequence[Token]) -> int:
        text = tokens[0].value.strip()
        digits = text.removeprefix("-")
        number = int(text) if digits.isascii() and digits.isdigit() else None
        is_below = number is not None and least is not None and number < least
        is_above = number is not None and most is not None and number > most
        if number is None or is_below or is_above:
            raise ValueError(f"{text!r}; allowed: {allowed}.")
        return number

    return read


Whole: TypeAlias = Annotated[int, whole()]
"""A whole number."""

Count: TypeAlias = Annotated[int, whole(0)]
"""A number of things on the command line."""

Positive: TypeAlias = Annotated[int, whole(1)]
"""A number of things that cannot be none."""

Budget: TypeAlias = Annotated[int | None, whole(1)]
"""ACUs, or no bound."""

Parallel: TypeAlias = Annotated[int, whole(1, _MOST_PARALLEL)]
"""How many requests at once."""

Port: TypeAlias = Annotated[int, whole(0, 65535)]
"""A port to listen on; 0 chooses one."""

Share: TypeAlias = Annotated[float, Parameter(validator=Number(gte=0, lt=1))]
"""A part of a whole."""

Speed: TypeAlias = Annotated[float, Parameter(validator=Number(gt=0, lt=float("inf")))]
"""How many times as fast as real time."""

Seconds: TypeAlias = Annotated[float, Parameter(validator=Number(gt=0, lt=float("inf")))]
"""How long."""

Flag: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False)]
"""What is said or not."""

Texts: TypeAlias = Annotated[list[str] | None, Parameter(negative="")]
"""What may be given several times."""

Org: TypeAlias = str | None
"""The organization that is meant, by its id or its name, as `--org`."""


@frozen(kw_only=True)
class Options:
    """What every command takes."""

    debug: Annotated[Flag, Parameter(help="Show the traceback of an error.")] = False


@frozen(kw_only=True)
class LocalDataOptions(Options):
    """What a command takes that prints data and needs no API."""

    json: Annotated[Flag, Parameter(help="Print one JSON object a line.")] = False


@frozen(kw_only=True)
class ClientOptions(Options):
    """What a command takes that talks to the API."""

    profile: Annotated[
        str | None, Parameter(help="Profile to use; left out, DEVIN_PROFILE or the environment.")
    ] = None


@frozen(kw_only=True)
class DataOptions(ClientOptions):
    """What a command takes that talks to the API and prints data."""

    json: Annotated[Flag, Parameter(help="Print one JSON object a line.")] = False
    raw: Annotated[
        Flag, Parameter(help="Print text of others as it came: no escapes, no quoted formulas.")
    ] = False


# The star spreads the fields over the command, as if each were a parameter of its own.
WithOptions: TypeAlias = Annotated[Options, Parameter(name="*")]
WithLocalData: TypeAlias = Annotated[LocalDataOptions, Parameter(name="*")]
WithClient: TypeAlias = Annotated[ClientOptions, Parameter(name="*")]
WithData: TypeAlias = Annotated[DataOptions, Parameter(name="*")]
