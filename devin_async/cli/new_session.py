"""What a session can be started with on the command line, and how a plan of that is shown."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Group
from rich.json import JSON
from rich.text import Text

from devin_async.cli.output import Output
from devin_async.models.sessions import NewSession
from devin_async.protocol.dry_run import PlannedRequest

__all__ = ["SessionSettings", "WithSettings", "show_plan"]


@frozen(kw_only=True)
class SessionSettings:
    """What a session is started with, besides its prompt."""

    title: Annotated[str | None, Parameter(help="Title of the session; made up when left out.")] = (
        None
    )
    tag: Annotated[list[str] | None, Parameter(negative="", help="Tag; may be given again.")] = None
    repo: Annotated[
        list[str] | None,
        Parameter(negative="", help="Repository as owner/name; may be given again."),
    ] = None
    playbook_id: Annotated[str | None, Parameter(help="Playbook to follow.")] = None
    devin_mode: Annotated[
        str | None,
        Parameter(help="normal, fast, lite, ultra or fusion; left out, the organization's."),
    ] = None
    max_acu_limit: Annotated[
        int | None,
        Parameter(validator=Number(gte=1), help="ACUs that the session may use at the most."),
    ] = None

    def fields(self, *, schema: Mapping[str, Any] | None = None) -> NewSession:
        """Give it as `create` takes it, with the JSON Schema of the output that is wanted."""
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


def show_plan(output: Output, request: PlannedRequest, **about: Any) -> None:
    """Print a request that was not sent."""
    body = json.dumps(request.json, ensure_ascii=False)
    output.show(Group(Text(f"{request.method} {request.path}", style="bold"), JSON(body)))
    output.row(request.method, request.path, body)
    output.record("planned", **about, method=request.method, path=request.path, json=request.json)
