"""`orgs`: the organizations of the enterprise."""

from contextlib import aclosing

from rich.text import Text

from devin_async.cli.options import DataOptions, WithData, connect
from devin_async.cli.output import Output, fields_of
from devin_async.cli.times import short_time
from devin_async.cli.views.tables import Column, Listing, counted
from devin_async.models.organizations import Organization

__all__ = ["orgs"]

_DEFAULTS = DataOptions()
_COLUMNS = (
    Column("organization", whole=False),
    Column("org_id"),
    Column("ACUs a cycle", from_width=100, justify="right"),
    Column("ACUs a session", from_width=100, justify="right"),
    Column("created (UTC)", from_width=80),
)


async def orgs(*, options: WithData = _DEFAULTS) -> None:
    """List the organizations of the enterprise.

    Without a terminal: org_id, name, ACU limits of a cycle and a session, created.

    Args:
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    found: list[Organization] = []
    async with connect() as devin:
        with output.progress() as draw:
            async with aclosing(aiter(devin.enterprise.organizations.list())) as organizations:
                async for organization in organizations:
                    found.append(organization)
                    _print(output, organization)
                    draw(Text(counted(len(found), "organization")))
    output.show(Listing(_COLUMNS, [_cells(one) for one in found]))
    output.show(Text(counted(len(found), "organization"), style="bold"))


def _print(output: Output, one: Organization) -> None:
    output.row(
        one.org_id,
        one.name,
        one.max_cycle_acu_limit,
        one.max_session_acu_limit,
        None if one.created_at is None else one.created_at.isoformat(),
    )
    output.record("organization", **fields_of(one))


def _cells(one: Organization) -> tuple[str, ...]:
    return (
        one.name,
        one.org_id,
        _limit(one.max_cycle_acu_limit),
        _limit(one.max_session_acu_limit),
        short_time(one.created_at),
    )


def _limit(acus: int | None) -> str:
    return "no limit" if acus is None else f"{acus:,}"
