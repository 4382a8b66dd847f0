"""`orgs`: the organizations of the enterprise."""

from contextlib import aclosing
from typing import TYPE_CHECKING

from rich.text import Text

from devin_async.cli.connection import connect
from devin_async.cli.options import DataOptions, WithData
from devin_async.cli.output import Output, fields_of
from devin_async.cli.times import iso_time, short_time
from devin_async.cli.views.tables import Column, Listing, counted

if TYPE_CHECKING:
    from devin_async.models.organizations import Organization

__all__ = ["orgs"]

_DEFAULTS = DataOptions()


async def orgs(*, options: WithData = _DEFAULTS) -> None:
    """List the organizations of the enterprise.

    Without a terminal: org_id, name, ACU limits of a cycle and a session, created.

    Args:
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    everybody: list[Organization] = []
    async with connect(options) as devin:
        with output.progress() as draw:
            async with aclosing(aiter(devin.enterprise.organizations.list())) as organizations:
                async for organization in organizations:
                    everybody.append(organization)
                    _print(output, organization)
                    draw(Text(counted(len(everybody), "organization")))
    columns = (
        Column("ORGANIZATION", whole=False),
        Column("ORG_ID"),
        Column("ACUS A CYCLE", from_width=100, justify="right"),
        Column("ACUS A SESSION", from_width=100, justify="right"),
        Column("CREATED (UTC)", from_width=80),
    )
    output.show(Listing(columns, [_cells(one) for one in everybody]))
    output.show(Text(counted(len(everybody), "organization"), style="bold"))


def _print(output: Output, one: "Organization") -> None:
    output.row(
        one.org_id,
        one.name,
        one.max_cycle_acu_limit,
        one.max_session_acu_limit,
        iso_time(one.created_at),
    )
    output.record("organization", **fields_of(one))


def _cells(one: "Organization") -> tuple[str, ...]:
    return (
        str(one.name),
        str(one.org_id),
        _limit(one.max_cycle_acu_limit),
        _limit(one.max_session_acu_limit),
        short_time(one.created_at),
    )


def _limit(acus: object) -> str:
    return "no limit" if acus is None else f"{acus:,}" if isinstance(acus, int) else str(acus)
