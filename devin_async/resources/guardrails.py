"""Guardrail violations, of the enterprise or of one organization."""

from os import PathLike
from typing import ClassVar, Unpack

from devin_async import lists
from devin_async.base.arguments import devin_id
from devin_async.lists.events import EventList, EventOptions, ExportOptions, TailOptions
from devin_async.lists.pager import Pager
from devin_async.models.enterprise import GuardrailViolation
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class GuardrailViolations(Resource):
    """What the violations of both scopes share.

    Each call can be asked for one session, with or without the `devin-` prefix, and one guardrail.
    """

    LIST: ClassVar[Endpoint[GuardrailViolation]]

    def list(
        self,
        *,
        session_id: str | None = None,
        guardrail_id: str | None = None,
        **options: Unpack[EventOptions],
    ) -> Pager[GuardrailViolation]:
        """List guardrail violations, newest first unless *order* says otherwise.

        What is newer than 30 seconds is given as far as it is visible and may still grow: go on
        from `page.range_end`, up to where the list is complete.

        `GET .../guardrail-violations`, permission ManageEnterpriseSettings. Beta.
        """
        return self._violations(session_id, guardrail_id).list(**options)

    async def export(
        self,
        path: str | PathLike[str],
        *,
        session_id: str | None = None,
        guardrail_id: str | None = None,
        **options: Unpack[ExportOptions],
    ) -> "lists.export.manifest.Manifest":
        """Write guardrail violations to a file, exactly once, as `audit_logs.export` does.

        Raises:
            InvalidArgumentError: The path is a directory, or holds another list or range.
            ExportError: The file cannot be written, is in use, or is not ours.
        """
        return await self._violations(session_id, guardrail_id).export(path, **options)

    def tail(
        self,
        *,
        session_id: str | None = None,
        guardrail_id: str | None = None,
        **options: Unpack[TailOptions],
    ) -> "lists.tail.Tail[GuardrailViolation]":
        """Follow the violations forever, oldest first, each once, as `audit_logs.tail` does.

        What appears more than *settle* seconds after its time is not promised.
        """
        return self._violations(session_id, guardrail_id).tail(**options)

    def _violations(
        self, session_id: str | None, guardrail_id: str | None
    ) -> EventList[GuardrailViolation]:
        session_id = None if session_id is None else devin_id("session_id", session_id)
        filters = {"session_id": session_id, "guardrail_id": guardrail_id}
        return self._events(self.LIST, filters)


class EnterpriseGuardrailViolations(GuardrailViolations):
    """Reached as `devin.enterprise.guardrail_violations`."""

    PATH = "/v3beta1/enterprise/guardrail-violations"

    LIST = Endpoint("GET", PATH, GuardrailViolation, "ManageEnterpriseSettings", paging="cursor")


class OrganizationGuardrailViolations(GuardrailViolations):
    """Reached as `devin.enterprise.organization(id).guardrail_violations`."""

    PATH = "/v3beta1/enterprise/organizations/{org_id}/guardrail-violations"

    LIST = Endpoint("GET", PATH, GuardrailViolation, "ManageEnterpriseSettings", paging="cursor")
