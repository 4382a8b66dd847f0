"""`whoami`."""

from devin_async.cli.connection import connect
from devin_async.cli.options import DataOptions, WithData
from devin_async.cli.output import Output
from devin_async.cli.views.tables import card

__all__ = ["whoami"]

_DEFAULTS = DataOptions()


async def whoami(*, options: WithData = _DEFAULTS) -> None:
    """Tell who the key belongs to."""
    output = Output(as_json=options.json, raw=options.raw)
    async with connect(options) as devin:
        me = await devin.whoami()
    fields = {
        "name": me.name,
        "principal": me.principal,
        "principal_type": me.principal_type,
        "role": me.role,
        "default_org_id": me.default_org_id,
    }
    output.record("identity", **fields)
    present = {name: str(value) for name, value in fields.items() if value is not None}
    for name, value in present.items():
        output.line(f"{name}: {value}")
    output.show(card(present.items()))
