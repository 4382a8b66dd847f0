"""`completion`: the script that completes commands and options in a shell."""

from typing import Literal

from devin_async.cli.options import Options, WithOptions

__all__ = ["completion"]

_DEFAULTS = Options()


def completion(
    shell: Literal["bash", "zsh", "fish"],
    /,
    *,
    options: WithOptions = _DEFAULTS,  # noqa: ARG001 - read where errors are reported
) -> None:
    """Print the completion script of a shell; no file is changed.

    Args:
        shell: Shell that it is for.
        options: What every command takes.
    """
    from devin_async.cli.app import app  # noqa: PLC0415 - it loads this module

    print(app.generate_completion(shell=shell))  # noqa: T201 - a program
