"""How an audit log looks on a terminal: one line, with the reader's time. No I/O."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from devin_async.cli.text import json_text, shown

if TYPE_CHECKING:
    from devin_async.models.audit_logs import AuditLog

__all__ = ["audit_line"]


def audit_line(log: "AuditLog") -> Text:
    """Write one in a line: when, what, who, where, and what else it says."""
    made: Any = log.created_at
    when = f"{made.astimezone():%Y-%m-%d %H:%M:%S %Z}" if isinstance(made, datetime) else str(made)
    who = log.user_email or log.user_id or log.service_user_name or log.service_user_id or ""
    data = {} if not log.data else log.data
    return Text.assemble(
        (shown(when), "dim"),
        "  ",
        (shown(str(log.action)), "bold cyan"),
        "  ",
        shown(str(who)),
        "  ",
        (shown(str(log.org_id or "")), "dim"),
        "  ",
        (json_text(data) if data else "", "dim"),
    )
