"""What a session can be started with on the command line, and how a plan of that is shown."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from attrs import frozen
from cyclopts import Parameter
from rich.console import Group
from rich.text import Text

from devin_async.cli.errors import UsageError
from devin_async.cli.options import Flag, Texts, whole
from devin_async.cli.output import Output
from devin_async.cli.text import escaped_json, shown

if TYPE_CHECKING:
    from devin_async.models.sessions import NewSession
    from devin_async.protocol.dry_run import PlannedRequest

__all__ = ["MODES", "SessionSettings", "WithSettings", "show_plan"]

MODES = ("normal", "fast", "lite", "ultra", "fusion")
"""The modes that the API documents, as `models.sessions.DevinMode` has them."""


@frozen(kw_only=True)
class SessionSettings:
    """What a session is started with, besides its prompt."""

    title: Annotated[str | None, Parameter(help="Title of the session; made up when left out.")] = (
        None
    )
    tag: Annotated[Texts, Parameter(help="Tag; may be given again.")] = None
    repo: Annotated[Texts, Parameter(help="Repository as owner/name; may be given again.")] = None
    playbook_id: Annotated[str | None, Parameter(help="Playbook to follow.")] = None
    devin_mode: Annotated[
        str | None,
        Parameter(help=f"{', '.join(MODES[:-1])} or {MODES[-1]}; left out, the organization's."),
    ] = None
    max_acu_limit: Annotated[
        int | None, whole(1), Parameter(help="ACUs that the session may use at the most.")
    ] = None
    allow_unknown: Annotated[
        Flag, Parameter(help="Send a --devin-mode that is not among those.")
    ] = False

    def check(self) -> None:
        """Check that it can be meant.

        Raises:
            UsageError: The mode is none that is documented, and it was not said to be meant.
        """
        if self.devin_mode is None or self.allow_unknown or self.devin_mode in MODES:
            return
        raise UsageError(
            f"--devin-mode is {self.devin_mode!r}; allowed: {', '.join(MODES)}, or another one "
            "with --allow-unknown"
        )

    def fields(self, *, schema: Mapping[str, Any] | None = None) -> "NewSession":
        """Return it as `create` takes it, with the JSON Schema of the output that is wanted."""
        return {
            "title": self.title,
            "tags": self.tag,
            "repos": self.repo,
            "playbook_id": self.playbook_id,
            "devin_mode": self.devin_mode,
            "max_acu_limit": self.max_acu_limit,
            "structured_output_schema": schema,
        }


WithSettings: TypeAlias = Annotated[SessionSettings, Parameter(name="*")]


def show_plan(output: Output, request: "PlannedRequest", **about: Any) -> None:
    """Print a request that was not sent."""
    from rich.json import JSON  # noqa: PLC0415

    body = escaped_json(json.dumps(request.json, ensure_ascii=False))
    head = Text(shown(f"{request.method} {request.path}"), style="bold")
    output.show(Group(head, JSON(body, ensure_ascii=True)))
    output.row(request.method, request.path, body)
    output.record("planned", **about, method=request.method, path=request.path, json=request.json)
