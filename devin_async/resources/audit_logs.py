"""Audit logs, of the enterprise or of one organization."""

from typing import ClassVar, Literal

from devin_async import dialect
from devin_async.models.audit_logs import AuditLog
from devin_async.pagination import Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.base import Resource
from devin_async.values import When, check_choice, check_time_range

__all__ = ["AuditLogs", "EnterpriseAuditLogs", "OrganizationAuditLogs"]


class AuditLogs(Resource):
    """What the audit logs of both scopes share."""

    LIST: ClassVar[Endpoint[AuditLog]]

    def list(
        self,
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        order: Literal["asc", "desc"] | None = None,
        action: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: str | Checkpoint | None = None,
    ) -> Pager[AuditLog]:
        """List audit logs, newest first unless *order* says otherwise.

        Args:
            time_after: Start of the range, an aware datetime or unix seconds (UTC).
            time_before: End of the range; needs *time_after*, and at most 100 days after it.
            order: "asc" or "desc", by time; the server's default is "desc".
            action: Only this action, such as "create_session".
            page_size: Items a request, 1 to 200; the server's default is 100.
            limit: Items in all.
            after: Cursor or checkpoint to go on from.

        `GET /v3/enterprise/audit-logs`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/audit-logs`,
        permission ManageEnterpriseSettings.
        """
        since, until = check_time_range(time_after, time_before, most_days=100)
        query = {
            "time_after": since,
            "time_before": until,
            "order": check_choice("order", order, ("asc", "desc")),
            "action": action,
        }
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)


class EnterpriseAuditLogs(AuditLogs):
    """Reached as `devin.enterprise.audit_logs`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/audit-logs",
        AuditLog,
        "ManageEnterpriseSettings",
        paging="cursor",
        seed=dialect.LIST_AUDIT_LOGS,
    )


class OrganizationAuditLogs(AuditLogs):
    """Reached as `devin.enterprise.organization(id).audit_logs`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/organizations/{org_id}/audit-logs",
        AuditLog,
        "ManageEnterpriseSettings",
        paging="cursor",
    )
