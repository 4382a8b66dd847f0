"""What commands have in common: their options, and the client they talk through."""

import sys
import warnings
from typing import IO, Annotated, TypeAlias

from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number

from devin_async import DevinClient
from devin_async.cli.errors import CredentialsError, UsageError
from devin_async.config import load_key
from devin_async.errors import ConfigurationError
from devin_async.scopes import OrganizationScope

__all__ = [
    "Count",
    "DataOptions",
    "Flag",
    "Options",
    "OrgId",
    "Port",
    "Positive",
    "Share",
    "Speed",
    "Texts",
    "WithData",
    "WithOptions",
    "connect",
    "organization_of",
    "read_text",
]

Count: TypeAlias = Annotated[int, Parameter(validator=Number(gte=0))]
"""A number of things on the command line."""

Positive: TypeAlias = Annotated[int, Parameter(validator=Number(gte=1))]
"""A number of things that cannot be none."""

Share: TypeAlias = Annotated[float, Parameter(validator=Number(gte=0, lt=1))]
"""A part of a whole."""

Speed: TypeAlias = Annotated[float, Parameter(validator=Number(gt=0))]
"""How many times as fast as real time."""

Port: TypeAlias = Annotated[int, Parameter(validator=Number(gte=0, lte=65535))]
"""A port to listen on; 0 chooses one."""

Flag: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False)]
"""What is said or not."""

Texts: TypeAlias = Annotated[list[str] | None, Parameter(negative="")]
"""What may be given several times."""

OrgId: TypeAlias = str | None
"""The organization that is meant, as `--org`; the API calls it `org_id`."""


@frozen(kw_only=True)
class Options:
    """What every command takes."""

    debug: Annotated[Flag, Parameter(help="Show the traceback of an error.")] = False


@frozen(kw_only=True)
class DataOptions(Options):
    """What a command takes that prints data."""

    json: Annotated[Flag, Parameter(help="Print one JSON object a line.")] = False


# The star spreads the fields over the command, as if each were a parameter of its own.
WithOptions: TypeAlias = Annotated[Options, Parameter(name="*")]
WithData: TypeAlias = Annotated[DataOptions, Parameter(name="*")]


def connect() -> DevinClient:
    """Make the client that the environment describes.

    Raises:
        CredentialsError: It has no key.
        ConfigurationError: Something else in it cannot be used.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the client says the same
            key = load_key(None)
    except ConfigurationError as error:
        raise CredentialsError(str(error)) from error
    return DevinClient(key)


def organization_of(devin: DevinClient, org_id: str | None) -> OrganizationScope:
    """Give the organization that `--org` names, else the one of DEVIN_ORG_ID.

    Raises:
        UsageError: There is neither.
    """
    try:
        return devin.organization(org_id)
    except ConfigurationError:
        raise UsageError(
            "no organization was given: pass --org ORG_ID, or set DEVIN_ORG_ID; "
            "`devin-async orgs` lists them"
        ) from None


def read_text(name: str, text: str | None) -> str:
    """Give what was typed, or all of stdin if nothing was.

    Raises:
        UsageError: It is empty, stdin is no text, or somebody would have to type it there.
    """
    given = _read_stdin(name) if text is None else text
    if not given.strip():
        raise UsageError(f"{name} is empty; allowed: a text, also on stdin")
    return given


def _read_stdin(name: str) -> str:
    stdin: IO[str] | None = sys.stdin  # None if who started the command closed it
    if stdin is None or stdin.isatty():
        raise UsageError(f"{name} is missing; allowed: a text, or one on stdin")
    try:
        return stdin.read().strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is read from stdin, which is no text: {error}") from None
