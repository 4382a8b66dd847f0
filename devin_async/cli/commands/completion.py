"""`completion`: the script that completes commands and options in a shell."""

from typing import Literal

from cyclopts import App

from devin_async.cli.options import Options, WithOptions

__all__ = ["completion_of"]

_DEFAULTS = Options()


def completion_of(app: App) -> App:
    """Make the command that completes *app*."""
    command = App(name="completion", version_flags=[])

    @command.default
    def completion(  # pyright: ignore[reportUnusedFunction] - it is called by its name
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
        print(app.generate_completion(shell=shell))  # noqa: T201 - a program

    return command
