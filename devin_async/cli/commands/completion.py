"""`completion`: the script that completes commands and options in a shell."""

import sys
from typing import Literal

from devin_async.cli.options import Options, WithOptions
from devin_async.cli.static import completion_script

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
    sys.stdout.write(completion_script(shell))
