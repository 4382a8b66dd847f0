"""What an examination tells: checks, for people with their details, for others without a value."""

import platform
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from attrs import frozen

from devin_async._version import __version__

__all__ = ["Check", "Examination", "Mismatch", "Status"]

Status = Literal["ok", "forbidden", "absent", "unsteady", "differs", "failed", "skipped"]

_FAULTS = frozenset({"unsteady", "differs", "failed"})


@frozen(kw_only=True)
class Mismatch:
    """A field of an answer that is not what the contract says; of which type it is, no value.

    Attributes:
        json_path: Where it is, such as `$.items[0].tags`.
        expected: What the contract says, such as "array of str".
        actual: What it is: "null", "missing", or its type.
    """

    json_path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.json_path}: expected {self.expected}, got {self.actual}"


@frozen(kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What: a part of the way there, or an operation such as `GET /v3/self`.
        status: "ok"; "forbidden" (the key may not, 403), "absent" (404), "unsteady" (it failed
            before it was answered), "differs" (from the contract), "failed", or "skipped" for what
            another fault keeps from being looked at.
        detail: What there is to say, for who looks: it may hold names and ids.
        permission: What the operation needs, where it was forbidden.
        http_status: HTTP status of the answer that failed.
        error: Name of the error that it raised.
        mismatches: What of the answer is not as the contract says.
        seconds: How long it took.
    """

    name: str
    status: Status
    detail: str = ""
    permission: str | None = None
    http_status: int | None = None
    error: str | None = None
    mismatches: Sequence[Mismatch] = ()
    seconds: float = 0.0

    @property
    def is_fault(self) -> bool:
        """Tell whether something is wrong, and not just not allowed or not there."""
        return self.status in _FAULTS

    def without_values(self) -> dict[str, Any]:
        """Return what can be shown to others: names of operations, types and paths."""
        return {
            "name": self.name,
            "status": self.status,
            "permission": self.permission,
            "http_status": self.http_status,
            "error": self.error,
            "mismatches": [
                {"json_path": one.json_path, "expected": one.expected, "actual": one.actual}
                for one in self.mismatches
            ],
        }


@frozen(kw_only=True)
class Examination:
    """All checks, in the order in which they were made."""

    checks: Sequence[Check]

    @property
    def faults(self) -> list[Check]:
        """What is wrong."""
        return [check for check in self.checks if check.is_fault]

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is wrong; what the key may not do is no fault."""
        return not self.faults

    @property
    def summary(self) -> str:
        """One line: how many checks have which status."""
        counts: dict[str, int] = {}
        for check in self.checks:
            counts[check.status] = counts.get(check.status, 0) + 1
        return ", ".join(f"{count} {status}" for status, count in counts.items())

    def table(self) -> str:
        """Write it as text: a line for each check and mismatch, and one that adds up."""
        width = max((len(check.status) for check in self.checks), default=0)
        lines = [line for check in self.checks for line in _lines(check, width)]
        return "\n".join([*lines, self.summary])

    def without_values(self) -> dict[str, Any]:
        """Return a report that can be shown to others: it holds types and paths, and no value."""
        return {
            "devin_async": __version__,
            "python": platform.python_version(),
            "platform": platform.system(),
            "checks": [check.without_values() for check in self.checks],
        }


def _lines(check: Check, width: int) -> Iterable[str]:
    detail = f": {check.detail}" if check.detail else ""
    yield f"{check.status:{width}}  {check.name}{detail}"
    for mismatch in check.mismatches:
        yield f"{'':{width}}    {mismatch}"
