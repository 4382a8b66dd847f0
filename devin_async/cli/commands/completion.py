"""`completion`: the script that completes commands and options in a shell."""

import sys
from importlib.resources import files
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
    script = files("devin_async.cli.completions").joinpath(f"devin-async.{shell}")
    sys.stdout.write(script.read_text(encoding="utf-8"))
