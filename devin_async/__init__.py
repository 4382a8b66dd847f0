"""An asyncio client for the Devin API.

    async with DevinClient() as devin:
        async for organization in devin.enterprise.organizations.list():
            print(organization.name)

Names load when they are first used (PEP 562), so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from devin_async._version import __version__ as __version__

if TYPE_CHECKING:
    from devin_async.base.markers import UNSET as UNSET
    from devin_async.client import DevinClient as DevinClient
    from devin_async.client import Response as Response
    from devin_async.errors import APIStatusError as APIStatusError
    from devin_async.errors import AuthenticationError as AuthenticationError
    from devin_async.errors import BadRequestError as BadRequestError
    from devin_async.errors import BudgetExceededError as BudgetExceededError
    from devin_async.errors import ConfigurationError as ConfigurationError
    from devin_async.errors import ConflictError as ConflictError
    from devin_async.errors import ConnectionFailedError as ConnectionFailedError
    from devin_async.errors import DevinError as DevinError
    from devin_async.errors import DryRun as DryRun
    from devin_async.errors import ExportError as ExportError
    from devin_async.errors import FanOutError as FanOutError
    from devin_async.errors import InvalidArgumentError as InvalidArgumentError
    from devin_async.errors import LedgerError as LedgerError
    from devin_async.errors import NotFoundError as NotFoundError
    from devin_async.errors import OutcomeUnknownError as OutcomeUnknownError
    from devin_async.errors import PaginationError as PaginationError
    from devin_async.errors import PermissionDeniedError as PermissionDeniedError
    from devin_async.errors import RateLimitedError as RateLimitedError
    from devin_async.errors import RequestTimeoutError as RequestTimeoutError
    from devin_async.errors import ResponseDecodeError as ResponseDecodeError
    from devin_async.errors import ResponseTooLargeError as ResponseTooLargeError
    from devin_async.errors import ServerError as ServerError
    from devin_async.errors import ServerOutcomeUnknownError as ServerOutcomeUnknownError
    from devin_async.errors import SessionFailedError as SessionFailedError
    from devin_async.errors import StructuredOutputError as StructuredOutputError
    from devin_async.errors import ValidationFailedError as ValidationFailedError
    from devin_async.errors import WaitTimeoutError as WaitTimeoutError
    from devin_async.events import Event as Event
    from devin_async.jobs.budget import Budget as Budget
    from devin_async.jobs.fan_out import FanOut as FanOut
    from devin_async.jobs.ledger import Ledger as Ledger
    from devin_async.jobs.ledger import LedgerItem as LedgerItem
    from devin_async.jobs.ledger import LedgerReport as LedgerReport
    from devin_async.jobs.outcomes import Outcome as Outcome
    from devin_async.jobs.outcomes import PlannedItem as PlannedItem
    from devin_async.lists.cursors import Checkpoint as Checkpoint
    from devin_async.lists.cursors import Page as Page
    from devin_async.lists.export.manifest import Manifest as Manifest
    from devin_async.lists.export.run import ExportProgress as ExportProgress
    from devin_async.lists.pager import Pager as Pager

_HOMES = {
    "jobs.budget": ("Budget",),
    "client": ("DevinClient", "Response"),
    "lists.cursors": ("Checkpoint", "Page"),
    "errors": (
        "APIStatusError",
        "AuthenticationError",
        "BadRequestError",
        "BudgetExceededError",
        "ConfigurationError",
        "ConflictError",
        "ConnectionFailedError",
        "DevinError",
        "DryRun",
        "ExportError",
        "FanOutError",
        "InvalidArgumentError",
        "LedgerError",
        "NotFoundError",
        "OutcomeUnknownError",
        "PaginationError",
        "PermissionDeniedError",
        "RateLimitedError",
        "RequestTimeoutError",
        "ResponseDecodeError",
        "ResponseTooLargeError",
        "ServerError",
        "ServerOutcomeUnknownError",
        "SessionFailedError",
        "StructuredOutputError",
        "ValidationFailedError",
        "WaitTimeoutError",
    ),
    "events": ("Event",),
    "lists.export.run": ("ExportProgress",),
    "jobs.fan_out": ("FanOut",),
    "jobs.ledger": ("Ledger", "LedgerItem", "LedgerReport"),
    "lists.export.manifest": ("Manifest",),
    "base.markers": ("UNSET",),
    "jobs.outcomes": ("Outcome", "PlannedItem"),
    "lists.pager": ("Pager",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__"]
__all__ += list(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
