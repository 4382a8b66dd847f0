"""Audit logs, of the enterprise or of one organization."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from devin_async import dialect
from devin_async.export import OnProgress
from devin_async.fanout import FanOut, Outcome
from devin_async.manifest import Manifest, check_folder
from devin_async.models.audit_logs import AuditLog
from devin_async.models.organizations import Organization
from devin_async.pagination import After, Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.organizations import Organizations
from devin_async.tailing import Tail
from devin_async.timed import EXPORT_PAGE, EXPORT_PARALLEL, TimedResource, event_filter, event_query
from devin_async.values import When

__all__ = ["AuditLogs", "EnterpriseAuditLogs", "OrganizationAuditLogs"]


class AuditLogs(TimedResource):
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
        after: After = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
    ) -> Pager[AuditLog]:
        """List audit logs, newest first unless *order* says otherwise.

        Args:
            time_after: Start of the range, an aware datetime or unix seconds (UTC).
            time_before: End of the range. One of more than 100 days, or without *time_after*, is
                read as consecutive ones.
            order: "asc" or "desc", by time; the server's default is "desc".
            action: Only this action, such as "create_session".
            resume: Checkpoint of any page of this list, however it was read, to go on from.
            parallel: Requests at once, 1 to 256: the range is cut into windows that are read side
                by side and given in order. Equal to the serial list of a range that does not
                change while it is read; an open end is fixed at 30 s before now. At most 2 pages
                for each request at once are in memory.

        `GET /v3/enterprise/audit-logs`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/audit-logs`,
        permission ManageEnterpriseSettings.
        """
        query = _query(time_after, time_before, order, action)
        return self._pager(
            self.LIST,
            query=query,
            page_size=page_size,
            limit=limit,
            after=after,
            resume=resume,
            times=event_filter(query, parallel),
        )

    async def export(
        self,
        path: str | PathLike[str],
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        order: Literal["asc", "desc"] = "asc",
        action: str | None = None,
        page_size: int = EXPORT_PAGE,
        parallel: int = EXPORT_PARALLEL,
        on_progress: OnProgress | None = None,
    ) -> Manifest:
        """Write audit logs to a file, one JSON object a line, each as the server sent it.

        Given again after any end of the process, it goes on, and the finished file is the same
        byte for byte. Beside it lies `<path>.manifest.json`. A finished export is left as it is.

        Args:
            path: A new file, or one that this export began; compressed if it ends in `.gz`.
            time_after: Start of the range; None begins with the first event.
            time_before: End of the range; None is 30 s before the export was started first.
            order: "asc" or "desc", by time.
            action: Only this action.
            page_size: Items a request, 1 to 200.
            parallel: Requests at once, 1 to 256.
            on_progress: Called with an `ExportProgress` after each page.

        Raises:
            InvalidArgumentError: The path is a directory, or holds another list or range.
            ExportError: The file cannot be written, is in use, or is not ours.
        """
        query = _query(time_after, time_before, order, action)
        return await self._export(
            self.LIST, query, path, page_size=page_size, parallel=parallel, on_progress=on_progress
        )

    def tail(
        self,
        *,
        since: When | None = None,
        settle: int = 30,
        interval: float = 10,
        action: str | None = None,
        resume: Checkpoint | None = None,
    ) -> Tail[AuditLog]:
        """Follow the audit logs forever, oldest first, each once.

        Logs may appear late and out of order: one that appears up to *settle* seconds after its
        time is given, after those that came before it. What appears later still is not promised.
        Both are told by this machine's clock.

        Args:
            since: Where to begin, an aware datetime or unix seconds; now when left out.
            settle: Seconds that a log may be late; so long are ids remembered.
            interval: Seconds between two rounds.
            action: Only this action.
            resume: Checkpoint of a page of this tail, instead of *since*.
        """
        return self._tail(
            self.LIST,
            {"action": action},
            id_field="audit_log_id",
            since=since,
            settle=settle,
            interval=interval,
            resume=resume,
        )


def _query(
    time_after: When | None, time_before: When | None, order: str | None, action: str | None
) -> dict[str, Any]:
    return event_query(time_after, time_before, order) | {"action": action}


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

    async def export_organizations(
        self,
        folder: str | PathLike[str],
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        order: Literal["asc", "desc"] = "asc",
        action: str | None = None,
        page_size: int = EXPORT_PAGE,
        parallel: int = 2,
        concurrency: int = 8,
        compressed: bool = False,
    ) -> Sequence[Outcome[Organization, Manifest]]:
        """Write the audit logs of each organization to a file of its own; see `export`.

        The files are `<org_id>.jsonl` in *folder*. An organization that fails stops no other one:
        its outcome has the error, and the same call goes on with it.

        Args:
            folder: A directory that is there.
            time_after: Start of the range; None begins with the first event.
            time_before: End of the range; None is 30 s before the file was begun.
            order: "asc" or "desc", by time.
            action: Only this action.
            page_size: Items a request, 1 to 200.
            parallel: Requests at once for each organization, 1 to 256.
            concurrency: Organizations at once.
            compressed: Write `<org_id>.jsonl.gz`.
        """
        check_folder(folder)
        suffix = ".jsonl.gz" if compressed else ".jsonl"

        async def export_one(organization: Organization) -> Manifest:
            logs = OrganizationAuditLogs(self._caller, org_id=organization.org_id)
            return await logs.export(
                Path(folder, quote(organization.org_id, safe="") + suffix),
                time_after=time_after,
                time_before=time_before,
                order=order,
                action=action,
                page_size=page_size,
                parallel=parallel,
            )

        source = Organizations(self._caller).list()
        on_event = self._caller.options.on_event
        run = FanOut(source, export_one, concurrency=concurrency, on_event=on_event)
        return await run.collect()


class OrganizationAuditLogs(AuditLogs):
    """Reached as `devin.enterprise.organization(id).audit_logs`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/organizations/{org_id}/audit-logs",
        AuditLog,
        "ManageEnterpriseSettings",
        paging="cursor",
    )
