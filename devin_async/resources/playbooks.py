"""Playbooks, of an organization or of the enterprise."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devin_async.calling import Resource
from devin_async.errors import InvalidArgumentError
from devin_async.models.playbooks import Playbook
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_id

__all__ = ["EnterprisePlaybooks", "OrganizationPlaybooks", "Playbooks"]

_PLAYBOOKS = "/v3/organizations/{org_id}/playbooks"
_PLAYBOOK = "/v3/organizations/{org_id}/playbooks/{playbook_id}"
_ENTERPRISE_PLAYBOOKS = "/v3/enterprise/playbooks"
_ENTERPRISE_PLAYBOOK = "/v3/enterprise/playbooks/{playbook_id}"
_MACRO = re.compile(r"![A-Za-z0-9_-]+")


class Playbooks(Resource):
    """What the playbooks of both scopes share."""

    LIST: ClassVar[Endpoint[Playbook]]

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[Playbook]:
        """List the playbooks that the scope sees.

        `GET /v3/organizations/{org_id}/playbooks`, permission UseDevinSessions; of the enterprise
        `GET /v3/enterprise/playbooks`, permission ManageAccountPlaybooks.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    CREATE: ClassVar[Endpoint[Playbook]]

    async def create(
        self,
        title: str,
        *,
        body: str,
        macro: str | None = None,
        structured_output_schema: Mapping[str, Any] | None = None,
    ) -> Playbook:
        """Create a playbook.

        Args:
            title: Its title.
            body: The instructions.
            macro: Shortcut that calls it in a prompt: "!", then letters, digits, "_" or "-".
            structured_output_schema: JSON Schema (draft 7, up to 64 KB, without references to
                other documents) of the result that its sessions give.

        `POST /v3/organizations/{org_id}/playbooks`, permission ManageOrgPlaybooks; of the
        enterprise `POST /v3/enterprise/playbooks`, permission ManageAccountPlaybooks.
        """
        json = _playbook(title, body, macro, structured_output_schema)
        return await self._call(self.CREATE, json=json)

    GET: ClassVar[Endpoint[Playbook]]

    async def get(self, playbook_id: str) -> Playbook:
        """Read a playbook.

        `GET /v3/organizations/{org_id}/playbooks/{playbook_id}`, permission UseDevinSessions; of
        the enterprise `GET /v3/enterprise/playbooks/{playbook_id}`, permission
        ManageAccountPlaybooks.
        """
        path = {"playbook_id": check_id("playbook_id", playbook_id)}
        return await self._call(self.GET, path=path)

    REPLACE: ClassVar[Endpoint[Playbook]]

    async def replace(
        self,
        playbook_id: str,
        *,
        title: str,
        body: str,
        macro: str | None = None,
        structured_output_schema: Mapping[str, Any] | None = None,
    ) -> Playbook:
        """Replace a playbook as a whole: what is left out is lost. Arguments as for `create`.

        `PUT /v3/organizations/{org_id}/playbooks/{playbook_id}`, permission ManageOrgPlaybooks; of
        the enterprise `PUT /v3/enterprise/playbooks/{playbook_id}`, permission
        ManageAccountPlaybooks.
        """
        path = {"playbook_id": check_id("playbook_id", playbook_id)}
        json = _playbook(title, body, macro, structured_output_schema)
        return await self._call(self.REPLACE, path=path, json=json)

    DELETE: ClassVar[Endpoint[Playbook]]

    async def delete(self, playbook_id: str) -> Playbook:
        """Delete a playbook; gives it as it was.

        `DELETE /v3/organizations/{org_id}/playbooks/{playbook_id}`, permission ManageOrgPlaybooks;
        of the enterprise `DELETE /v3/enterprise/playbooks/{playbook_id}`, permission
        ManageAccountPlaybooks.
        """
        path = {"playbook_id": check_id("playbook_id", playbook_id)}
        return await self._call(self.DELETE, path=path)


class OrganizationPlaybooks(Playbooks):
    """Reached as `devin.organization(id).playbooks`."""

    LIST = Endpoint("GET", _PLAYBOOKS, Playbook, "UseDevinSessions", paging="cursor")
    CREATE = Endpoint("POST", _PLAYBOOKS, Playbook, "ManageOrgPlaybooks", body="json")
    GET = Endpoint("GET", _PLAYBOOK, Playbook, "UseDevinSessions")
    REPLACE = Endpoint("PUT", _PLAYBOOK, Playbook, "ManageOrgPlaybooks", body="json")
    DELETE = Endpoint("DELETE", _PLAYBOOK, Playbook, "ManageOrgPlaybooks")


class EnterprisePlaybooks(Playbooks):
    """Reached as `devin.enterprise.playbooks`."""

    LIST = Endpoint(
        "GET", _ENTERPRISE_PLAYBOOKS, Playbook, "ManageAccountPlaybooks", paging="cursor"
    )
    CREATE = Endpoint(
        "POST", _ENTERPRISE_PLAYBOOKS, Playbook, "ManageAccountPlaybooks", body="json"
    )
    GET = Endpoint("GET", _ENTERPRISE_PLAYBOOK, Playbook, "ManageAccountPlaybooks")
    REPLACE = Endpoint("PUT", _ENTERPRISE_PLAYBOOK, Playbook, "ManageAccountPlaybooks", body="json")
    DELETE = Endpoint("DELETE", _ENTERPRISE_PLAYBOOK, Playbook, "ManageAccountPlaybooks")


def _playbook(
    title: str, body: str, macro: str | None, schema: Mapping[str, Any] | None
) -> dict[str, Any]:
    if macro is not None and _MACRO.fullmatch(macro) is None:
        raise InvalidArgumentError(
            f"macro is {macro!r}; allowed: '!', then letters, digits, '_' or '-'"
        )
    return {"title": title, "body": body, "macro": macro, "structured_output_schema": schema}
