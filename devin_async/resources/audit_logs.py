"""Audit logs, of the enterprise or of one organization."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import ClassVar, Unpack
from urllib.parse import quote

from devin_async import jobs, lists
from devin_async.base.files import check_folder
from devin_async.codec import v3beta1
from devin_async.lists.events import (
    EventList,
    EventOptions,
    ExportOptions,
    TailOptions,
    check_export,
)
from devin_async.lists.pager import Pager
from devin_async.models.audit_logs import AuditLog
from devin_async.models.organizations import Organization
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource
from devin_async.resources.organizations import Organizations


class AuditLogs(Resource):
    """What the audit logs of both scopes share."""

    LIST: ClassVar[Endpoint[AuditLog]]

    def list(
        self, *, action: str | None = None, **options: Unpack[EventOptions]
    ) -> Pager[AuditLog]:
        """List audit logs, newest first unless *order* says otherwise.

        What is newer than 30 seconds is given as far as it is visible and may still grow: go on
        from `page.range_end`, up to where the list is complete.

        Args:
            action: Only this action, such as "create_session".
            **options: Range, order, pages, and requests at once: `EventOptions`.

        `GET .../audit-logs`, permission ManageEnterpriseSettings.
        """
        return self._logs(action).list(**options)

    async def export(
        self,
        path: str | PathLike[str],
        *,
        action: str | None = None,
        **options: Unpack[ExportOptions],
    ) -> "lists.export.manifest.Manifest":
        """Write audit logs to a file, one JSON object a line, each as the server sent it.

        Given again after any end of the process, it goes on, and the finished file is the same
        byte for byte. Beside it lies `<path>.manifest.json`. A finished export is left as it is.

        Args:
            path: A new file, or one that this export began; compressed if it ends in `.gz`.
            action: Only this action.
            **options: Range, order, and how it is read: `ExportOptions`.

        Raises:
            InvalidArgumentError: The path is a directory, or holds another list or range.
            ExportError: The file cannot be written, is in use, or is not ours.
        """
        return await self._logs(action).export(path, **options)

    def tail(
        self, *, action: str | None = None, **options: Unpack[TailOptions]
    ) -> "lists.tail.Tail[AuditLog]":
        """Follow the audit logs forever, oldest first, each once.

        Logs may appear late and out of order: one that appears up to *settle* seconds after its
        time is given, after those that came before it. What appears later still is not promised.
        Both are told by the server's clock.

        Args:
            action: Only this action.
            **options: Where to begin, and how long to wait: `TailOptions`.
        """
        return self._logs(action).tail(**options)

    def _logs(self, action: str | None) -> EventList[AuditLog]:
        return self._events(self.LIST, {"action": action})


class EnterpriseAuditLogs(AuditLogs):
    """Reached as `devin.enterprise.audit_logs`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/audit-logs",
        AuditLog,
        "ManageEnterpriseSettings",
        paging="cursor",
        v3beta1=Endpoint(
            "GET",
            "/v3beta1/enterprise/audit-logs",
            AuditLog,
            "ManageEnterpriseSettings",
            paging="cursor",
            dialect=v3beta1.AUDIT_LOGS,
        ),
    )

    async def export_organizations(
        self,
        folder: str | PathLike[str],
        *,
        action: str | None = None,
        concurrency: int = 8,
        compressed: bool = False,
        **options: Unpack[ExportOptions],
    ) -> "Sequence[jobs.outcomes.Outcome[Organization, lists.export.manifest.Manifest]]":
        """Write the audit logs of each organization to a file of its own; see `export`.

        The files are `<org_id>.jsonl` in *folder*. An organization that fails stops no other one:
        its outcome has the error, and the same call goes on with it.

        Args:
            folder: A directory that is there.
            action: Only this action.
            concurrency: Organizations at once.
            compressed: Write `<org_id>.jsonl.gz`.
            **options: As for `export`; *parallel* is for each organization, and 2 when left out.
        """
        check_folder(folder)
        check_export(options)
        options.setdefault("parallel", 2)
        suffix = ".jsonl.gz" if compressed else ".jsonl"

        async def export_one(organization: Organization) -> "lists.export.manifest.Manifest":
            logs = OrganizationAuditLogs(self._caller, org_id=organization.org_id)
            file = Path(folder, quote(organization.org_id, safe="") + suffix)
            return await logs.export(file, action=action, **options)

        source = Organizations(self._caller).list()
        on_event = self._caller.options.on_event
        run = jobs.fan_out.FanOut(source, export_one, concurrency=concurrency, on_event=on_event)
        return await run.collect()


class OrganizationAuditLogs(AuditLogs):
    """Reached as `devin.enterprise.organization(id).audit_logs`."""

    PATH = "/v3/enterprise/organizations/{org_id}/audit-logs"

    LIST = Endpoint("GET", PATH, AuditLog, "ManageEnterpriseSettings", paging="cursor")
