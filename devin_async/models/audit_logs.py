"""Audit logs."""

from datetime import datetime
from typing import Any

from attrs import frozen

__all__ = ["AuditLog"]


@frozen(kw_only=True)
class AuditLog:
    """One entry of the audit log.

    Attributes:
        audit_log_id: Id of the entry.
        action: What was done, such as "create_session"; new actions appear without notice.
        created_at: UTC.
        data: Depends on the action.
        org_id: Where; None for the whole enterprise.
        user_id: Who, when it was a person.
        user_email: Their address.
        service_user_id: Who, when it was a service user.
        service_user_name: Its name.
    """

    audit_log_id: str
    action: str
    created_at: datetime
    data: dict[str, Any] | None = None
    org_id: str | None = None
    user_id: str | None = None
    user_email: str | None = None
    service_user_id: str | None = None
    service_user_name: str | None = None
