"""An asyncio client for the Devin API.

    async with DevinClient() as devin:
        async for organization in devin.enterprise.organizations.list():
            print(organization.name)

Public is what `__all__` lists, with `devin_async.models`, `.sandbox`, `.doctor`, `.fastapi`,
`.dask`, `.otel`, `.testing`, the pytest plugin and the command. All else is internal and may move.

But for the errors, names load when they are first used (PEP 562), so that importing the package
costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from devin_async import errors
from devin_async._version import __version__ as __version__
from devin_async.errors import *  # noqa: F403 - errors.__all__ lists them

if TYPE_CHECKING:
    from devin_async.base.markers import UNSET as UNSET
    from devin_async.base.signals import Terminated as Terminated
    from devin_async.base.signals import shutdown as shutdown
    from devin_async.base.times import billing_day as billing_day
    from devin_async.base.times import billing_days as billing_days
    from devin_async.client import DevinClient as DevinClient
    from devin_async.client import Response as Response
    from devin_async.config import CallOptions as CallOptions
    from devin_async.config import ClientOptions as ClientOptions
    from devin_async.events import Event as Event
    from devin_async.jobs.budget import Budget as Budget
    from devin_async.jobs.fan_out import FanOut as FanOut
    from devin_async.jobs.fan_out import FanOutOptions as FanOutOptions
    from devin_async.jobs.ledger import Ledger as Ledger
    from devin_async.jobs.ledger import LedgerItem as LedgerItem
    from devin_async.jobs.ledger import LedgerReport as LedgerReport
    from devin_async.jobs.outcomes import Failed as Failed
    from devin_async.jobs.outcomes import Outcome as Outcome
    from devin_async.jobs.outcomes import PlannedItem as PlannedItem
    from devin_async.jobs.outcomes import Succeeded as Succeeded
    from devin_async.jobs.structured import SessionResult as SessionResult
    from devin_async.jobs.waiting import is_settled as is_settled
    from devin_async.jobs.watching import MessageAdded as MessageAdded
    from devin_async.jobs.watching import OutputChanged as OutputChanged
    from devin_async.jobs.watching import PullRequestChanged as PullRequestChanged
    from devin_async.jobs.watching import SessionSettled as SessionSettled
    from devin_async.jobs.watching import SessionUpdate as SessionUpdate
    from devin_async.jobs.watching import StatusChanged as StatusChanged
    from devin_async.lists.cursors import Checkpoint as Checkpoint
    from devin_async.lists.cursors import Page as Page
    from devin_async.lists.delivery import Delivery as Delivery
    from devin_async.lists.export.manifest import Manifest as Manifest
    from devin_async.lists.export.run import ExportProgress as ExportProgress
    from devin_async.lists.options import ListOptions as ListOptions
    from devin_async.lists.options import RangeOptions as RangeOptions
    from devin_async.lists.pager import Pager as Pager
    from devin_async.models.sessions import SessionSecret as SessionSecret
    from devin_async.protocol.dry_run import PlannedRequest as PlannedRequest

# What type checkers read above, for `__getattr__`: a test keeps both equal.
_HOMES = {
    "base.markers": ("UNSET",),
    "base.signals": ("Terminated", "shutdown"),
    "base.times": ("billing_day", "billing_days"),
    "client": ("DevinClient", "Response"),
    "config": ("CallOptions", "ClientOptions"),
    "events": ("Event",),
    "jobs.budget": ("Budget",),
    "jobs.fan_out": ("FanOut", "FanOutOptions"),
    "jobs.ledger": ("Ledger", "LedgerItem", "LedgerReport"),
    "jobs.outcomes": ("Failed", "Outcome", "PlannedItem", "Succeeded"),
    "jobs.structured": ("SessionResult",),
    "jobs.waiting": ("is_settled",),
    "jobs.watching": (
        "MessageAdded",
        "OutputChanged",
        "PullRequestChanged",
        "SessionSettled",
        "SessionUpdate",
        "StatusChanged",
    ),
    "lists.cursors": ("Checkpoint", "Page"),
    "lists.delivery": ("Delivery",),
    "lists.export.manifest": ("Manifest",),
    "lists.export.run": ("ExportProgress",),
    "lists.options": ("ListOptions", "RangeOptions"),
    "lists.pager": ("Pager",),
    "models.sessions": ("SessionSecret",),
    "protocol.dry_run": ("PlannedRequest",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__"]
__all__ += errors.__all__
__all__ += list(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name == "doctor":  # a module, for `devin_async.doctor.examine(devin)`
        return import_module(f"{__name__}.doctor")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
