"""`whoami`."""

from rich.table import Table

from devin_async.base.text import one_line
from devin_async.cli.options import DataOptions, WithData, connect
from devin_async.cli.output import Output

__all__ = ["whoami"]

_DEFAULTS = DataOptions()


async def whoami(*, options: WithData = _DEFAULTS) -> None:
    """Tell who the key belongs to."""
    output = Output(as_json=options.json)
    async with connect() as devin:
        me = await devin.whoami()
    told = {
        "name": me.name,
        "principal": me.principal,
        "principal_type": me.principal_type,
        "role": me.role,
        "default_org_id": me.default_org_id,
    }
    output.record("identity", **told)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in told.items():
        if value is not None:
            table.add_row(name, one_line(value))
            output.line(f"{name}: {value}")
    output.show(table)
