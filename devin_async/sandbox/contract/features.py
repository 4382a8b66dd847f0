"""Parts of the API that an account may lack: calls to them are forbidden."""

from collections.abc import Collection
from typing import Literal, get_args

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.contract.operations import Operation

Feature = Literal["usage_policies", "group_limits", "schedules"]
FEATURES: tuple[str, ...] = get_args(Feature)


def refuse_missing(operation: Operation, without: Collection[str]) -> None:
    """Refuse a call that belongs to a feature the account lacks.

    Raises:
        Problem: With 403.
    """
    feature = _feature_of(operation)
    if feature in without:
        raise Problem(
            403, f"The account does not have {feature}", error_code="feature_not_available"
        )


def _feature_of(operation: Operation) -> str | None:
    if "/usage-policies/" in operation.path:
        return "usage_policies"
    if operation.path.endswith("/org-group-limits"):
        return "group_limits"
    # An organization that moved to automations still sees the schedules it had.
    if operation.method == "POST" and operation.path.endswith("/schedules"):
        return "schedules"
    return None
