"""Guardrail violations, of the enterprise or of one organization."""

from os import PathLike
from typing import Any, ClassVar, Literal

from devin_async.export import OnProgress
from devin_async.manifest import Manifest
from devin_async.models.enterprise import GuardrailViolation
from devin_async.pagination import After, Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.tailing import Tail
from devin_async.timed import EXPORT_PAGE, EXPORT_PARALLEL, TimedResource, event_filter, event_query
from devin_async.values import When, devin_id

__all__ = ["EnterpriseGuardrailViolations", "OrganizationGuardrailViolations"]


class GuardrailViolations(TimedResource):
    """What the violations of both scopes share."""

    LIST: ClassVar[Endpoint[GuardrailViolation]]

    def list(
        self,
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        order: Literal["asc", "desc"] | None = None,
        session_id: str | None = None,
        guardrail_id: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
    ) -> Pager[GuardrailViolation]:
        """List guardrail violations, newest first unless *order* says otherwise.

        Args:
            time_after: Start of the range, an aware datetime or unix seconds (UTC).
            time_before: End of the range. One of more than 100 days, or without *time_after*, is
                read as consecutive ones.
            order: "asc" or "desc", by time; the server's default is "desc".
            session_id: Only of this session, with or without the `devin-` prefix.
            guardrail_id: Only of this guardrail.
            resume: Checkpoint of any page of this list, however it was read, to go on from.
            parallel: Requests at once, 1 to 256: the range is cut into windows that are read side
                by side and given in order. Equal to the serial list of a range that does not
                change while it is read; an open end is fixed at 30 s before now. At most 2 pages
                for each request at once are in memory.

        `GET /v3beta1/enterprise/guardrail-violations`, of one organization
        `GET /v3beta1/enterprise/organizations/{org_id}/guardrail-violations`,
        permission ManageEnterpriseSettings. Beta.
        """
        query = _query(time_after, time_before, order, session_id, guardrail_id)
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
        session_id: str | None = None,
        guardrail_id: str | None = None,
        page_size: int = EXPORT_PAGE,
        parallel: int = EXPORT_PARALLEL,
        on_progress: OnProgress | None = None,
    ) -> Manifest:
        """Write guardrail violations to a file, exactly once, as `audit_logs.export` does.

        Args:
            path: A new file, or one that this export began; compressed if it ends in `.gz`.
            time_after: Start of the range; None begins with the first violation.
            time_before: End of the range; None is 30 s before the export was started first.
            order: "asc" or "desc", by time.
            session_id: Only of this session.
            guardrail_id: Only of this guardrail.
            page_size: Items a request, 1 to 200.
            parallel: Requests at once, 1 to 256.
            on_progress: Called with an `ExportProgress` after each page.

        Raises:
            InvalidArgumentError: The path is a directory, or holds another list or range.
            ExportError: The file cannot be written, is in use, or is not ours.
        """
        query = _query(time_after, time_before, order, session_id, guardrail_id)
        return await self._export(
            self.LIST, query, path, page_size=page_size, parallel=parallel, on_progress=on_progress
        )

    def tail(
        self,
        *,
        since: When | None = None,
        settle: int = 30,
        interval: float = 10,
        session_id: str | None = None,
        guardrail_id: str | None = None,
        resume: Checkpoint | None = None,
    ) -> Tail[GuardrailViolation]:
        """Follow the violations forever, oldest first, each once, as `audit_logs.tail` does.

        What appears more than *settle* seconds after its time is not promised.

        Args:
            since: Where to begin, an aware datetime or unix seconds; now when left out.
            settle: Seconds that a violation may be late; so long are ids remembered.
            interval: Seconds between two rounds.
            session_id: Only of this session.
            guardrail_id: Only of this guardrail.
            resume: Checkpoint of a page of this tail, instead of *since*.
        """
        query = _query(None, None, None, session_id, guardrail_id)
        return self._tail(
            self.LIST,
            query,
            id_field="violation_id",
            since=since,
            settle=settle,
            interval=interval,
            resume=resume,
        )


def _query(
    time_after: When | None,
    time_before: When | None,
    order: str | None,
    session_id: str | None,
    guardrail_id: str | None,
) -> dict[str, Any]:
    return event_query(time_after, time_before, order) | {
        "session_id": None if session_id is None else devin_id("session_id", session_id),
        "guardrail_id": guardrail_id,
    }


class EnterpriseGuardrailViolations(GuardrailViolations):
    """Reached as `devin.enterprise.guardrail_violations`."""

    LIST = Endpoint(
        "GET",
        "/v3beta1/enterprise/guardrail-violations",
        GuardrailViolation,
        "ManageEnterpriseSettings",
        paging="cursor",
    )


class OrganizationGuardrailViolations(GuardrailViolations):
    """Reached as `devin.enterprise.organization(id).guardrail_violations`."""

    LIST = Endpoint(
        "GET",
        "/v3beta1/enterprise/organizations/{org_id}/guardrail-violations",
        GuardrailViolation,
        "ManageEnterpriseSettings",
        paging="cursor",
    )
