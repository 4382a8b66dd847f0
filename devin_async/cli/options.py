"""What commands have in common: their options, and the client they talk through."""

import warnings
from typing import Annotated, TypeAlias

from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number

from devin_async import DevinClient
from devin_async.cli.errors import CredentialsError
from devin_async.config import load_key
from devin_async.errors import ConfigurationError

__all__ = ["Count", "DataOptions", "Options", "Port", "WithData", "WithOptions", "connect"]

Count: TypeAlias = Annotated[int, Parameter(validator=Number(gte=0))]
"""A number of things on the command line."""

Port: TypeAlias = Annotated[int, Parameter(validator=Number(gte=0, lte=65535))]
"""A port to listen on; 0 chooses one."""


@frozen(kw_only=True)
class Options:
    """What every command takes."""

    debug: Annotated[
        bool, Parameter(negative="", show_default=False, help="Show the traceback of an error.")
    ] = False


@frozen(kw_only=True)
class DataOptions(Options):
    """What a command takes that prints data."""

    json: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print one JSON object a line.")
    ] = False


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
