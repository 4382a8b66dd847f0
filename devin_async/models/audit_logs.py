"""Audit logs."""

from datetime import datetime
from typing import Any

from attrs import frozen

from devin_async.models.model import Model


@frozen(kw_only=True)
class AuditLog(Model):
    """One entry of the audit log.

    Attributes:
        action: What was done, such as "create_session"; new actions appear without notice.
        data: Depends on the action.
        org_id: Where; None for the whole enterprise.
        user_id: Who, when it was a person.
        service_user_id: Who, when it was a service user.
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
