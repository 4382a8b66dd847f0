"""Playbooks, of an organization or of the enterprise."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypedDict, Unpack

from devin_async.base.arguments import check_ids
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.playbooks import Playbook
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

_MACRO = re.compile(r"![A-Za-z0-9_-]+")


class PlaybookSettings(TypedDict, total=False):
    """What a playbook can have besides its text.

    Attributes:
        macro: Shortcut that calls it in a prompt: "!", then letters, digits, "_" or "-".
        structured_output_schema: JSON Schema (draft 7, up to 64 KB, without references to other
            documents) of the result that its sessions give.
    """

    macro: str | None
    structured_output_schema: Mapping[str, Any] | None


class Playbooks(Resource):
    """What the playbooks of both scopes share."""

    LIST: ClassVar[Endpoint[Playbook]]

    def list(self, **options: Unpack[ListOptions]) -> Pager[Playbook]:
        """List the playbooks that the scope sees.

        `GET .../playbooks`, permission UseDevinSessions (enterprise: ManageAccountPlaybooks).
        """
        return self._pager(self.LIST, options)

    CREATE: ClassVar[Endpoint[Playbook]]

    async def create(
        self, title: str, *, body: str, **settings: Unpack[PlaybookSettings]
    ) -> Playbook:
        """Create a playbook; *body* is the instructions.

        `POST .../playbooks`, permission ManageOrgPlaybooks (enterprise: ManageAccountPlaybooks).
        """
        return await self._call(self.CREATE, json=_playbook(title, body, settings))

    GET: ClassVar[Endpoint[Playbook]]

    async def get(self, playbook_id: str) -> Playbook:
        """Read a playbook.

        `GET .../playbooks/{playbook_id}`, permission as for `list`.
        """
        return await self._call(self.GET, path=check_ids(playbook_id=playbook_id))

    REPLACE: ClassVar[Endpoint[Playbook]]

    async def replace(
        self, playbook_id: str, *, title: str, body: str, **settings: Unpack[PlaybookSettings]
    ) -> Playbook:
        """Replace a playbook as a whole: what is left out is lost. Arguments as for `create`.

        `PUT .../playbooks/{playbook_id}`, permission as for `create`.
        """
        json = _playbook(title, body, settings)
        return await self._call(self.REPLACE, path=check_ids(playbook_id=playbook_id), json=json)

    DELETE: ClassVar[Endpoint[Playbook]]

    async def delete(self, playbook_id: str) -> Playbook:
        """Delete a playbook; gives it as it was.

        `DELETE .../playbooks/{playbook_id}`, permission as for `create`.
        """
        return await self._call(self.DELETE, path=check_ids(playbook_id=playbook_id))


class OrganizationPlaybooks(Playbooks):
    """Reached as `devin.organization(id).playbooks`."""

    PATH = "/v3/organizations/{org_id}/playbooks"
    ONE = PATH + "/{playbook_id}"

    LIST = Endpoint("GET", PATH, Playbook, "UseDevinSessions", paging="cursor")
    CREATE = Endpoint("POST", PATH, Playbook, "ManageOrgPlaybooks", body="json")
    GET = Endpoint("GET", ONE, Playbook, "UseDevinSessions")
    REPLACE = Endpoint("PUT", ONE, Playbook, "ManageOrgPlaybooks", body="json")
    DELETE = Endpoint("DELETE", ONE, Playbook, "ManageOrgPlaybooks")


class EnterprisePlaybooks(Playbooks):
    """Reached as `devin.enterprise.playbooks`."""

    PATH = "/v3/enterprise/playbooks"
    ONE = PATH + "/{playbook_id}"

    LIST = Endpoint("GET", PATH, Playbook, "ManageAccountPlaybooks", paging="cursor")
    CREATE = Endpoint("POST", PATH, Playbook, "ManageAccountPlaybooks", body="json")
    GET = Endpoint("GET", ONE, Playbook, "ManageAccountPlaybooks")
    REPLACE = Endpoint("PUT", ONE, Playbook, "ManageAccountPlaybooks", body="json")
    DELETE = Endpoint("DELETE", ONE, Playbook, "ManageAccountPlaybooks")


def _playbook(title: str, body: str, settings: PlaybookSettings) -> dict[str, Any]:
    macro = settings.get("macro")
    if macro is not None and _MACRO.fullmatch(macro) is None:
        raise InvalidArgumentError(
            f"macro is {macro!r}; allowed: '!', then letters, digits, '_' or '-'"
        )
    return {"title": title, "body": body, **settings}
