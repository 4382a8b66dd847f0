"""Knowledge notes and their folders, of an organization or of the enterprise."""

from typing import ClassVar, Literal

from devin_async.calling import Resource
from devin_async.markers import Open
from devin_async.models.knowledge import KnowledgeFolders, KnowledgeNote
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_id

__all__ = ["EnterpriseKnowledge", "Knowledge", "OrganizationKnowledge"]

_NOTES = "/v3/organizations/{org_id}/knowledge/notes"
_NOTE = "/v3/organizations/{org_id}/knowledge/notes/{note_id}"
_ENTERPRISE_NOTES = "/v3/enterprise/knowledge/notes"
_ENTERPRISE_NOTE = "/v3/enterprise/knowledge/notes/{note_id}"


class Knowledge(Resource):
    """What the knowledge of both scopes shares."""

    CREATE: ClassVar[Endpoint[KnowledgeNote]]

    async def create(
        self,
        name: str,
        *,
        body: str,
        trigger: str,
        folder_id: str | None = None,
        pinned_repo: str | None = None,
        is_enabled: bool | None = None,
    ) -> KnowledgeNote:
        """Create a note.

        Args:
            name: Its title.
            body: What to know.
            trigger: When to recall it, in words.
            folder_id: Folder to put it in.
            pinned_repo: Repository that always recalls it, as `owner/name`.
            is_enabled: Whether it is recalled at all; the server's default is True.

        `POST /v3/organizations/{org_id}/knowledge/notes`, permission ManageOrgKnowledge; of the
        enterprise `POST /v3/enterprise/knowledge/notes`, permission ManageAccountKnowledge.
        """
        json = {
            "name": name,
            "body": body,
            "trigger": trigger,
            "folder_id": folder_id,
            "pinned_repo": pinned_repo,
            "is_enabled": is_enabled,
        }
        return await self._call(self.CREATE, json=json)

    GET: ClassVar[Endpoint[KnowledgeNote]]

    async def get(self, note_id: str) -> KnowledgeNote:
        """Read a note.

        `GET /v3/organizations/{org_id}/knowledge/notes/{note_id}`, permission UseDevinSessions; of
        the enterprise `GET /v3/enterprise/knowledge/notes/{note_id}`, permission
        ManageAccountKnowledge.
        """
        return await self._call(self.GET, path={"note_id": check_id("note_id", note_id)})

    REPLACE: ClassVar[Endpoint[KnowledgeNote]]

    async def replace(
        self,
        note_id: str,
        *,
        name: str,
        body: str,
        trigger: str,
        folder_id: str | None = None,
        pinned_repo: str | None = None,
        is_enabled: bool | None = None,
    ) -> KnowledgeNote:
        """Replace a note as a whole: what is left out is not kept. Arguments are those of `create`.

        `PUT /v3/organizations/{org_id}/knowledge/notes/{note_id}`, permission ManageOrgKnowledge;
        of the enterprise `PUT /v3/enterprise/knowledge/notes/{note_id}`, permission
        ManageAccountKnowledge.
        """
        json = {
            "name": name,
            "body": body,
            "trigger": trigger,
            "folder_id": folder_id,
            "pinned_repo": pinned_repo,
            "is_enabled": is_enabled,
        }
        path = {"note_id": check_id("note_id", note_id)}
        return await self._call(self.REPLACE, path=path, json=json)

    DELETE: ClassVar[Endpoint[KnowledgeNote]]

    async def delete(self, note_id: str) -> KnowledgeNote:
        """Delete a note; gives it as it was.

        `DELETE /v3/organizations/{org_id}/knowledge/notes/{note_id}`, permission
        ManageOrgKnowledge; of the enterprise `DELETE /v3/enterprise/knowledge/notes/{note_id}`,
        permission ManageAccountKnowledge.
        """
        return await self._call(self.DELETE, path={"note_id": check_id("note_id", note_id)})

    FOLDERS: ClassVar[Endpoint[KnowledgeFolders]]

    async def folders(self) -> KnowledgeFolders:
        """Read all folders at once; folders are made and moved in the web application only.

        `GET /v3/organizations/{org_id}/knowledge/folders`, permission UseDevinSessions; of the
        enterprise `GET /v3/enterprise/knowledge/folders`, permission ManageAccountKnowledge.
        """
        return await self._call(self.FOLDERS)


class OrganizationKnowledge(Knowledge):
    """Reached as `devin.organization(id).knowledge`."""

    LIST = Endpoint("GET", _NOTES, KnowledgeNote, "UseDevinSessions", paging="cursor")

    def list(
        self,
        *,
        search: str | None = None,
        folder_path: str | None = None,
        pinned_repo: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[KnowledgeNote]:
        """List the notes that the organization sees.

        Args:
            search: Only notes that hold this text.
            folder_path: Only notes in this folder.
            pinned_repo: Only notes pinned to this repository.

        `GET /v3/organizations/{org_id}/knowledge/notes`, permission UseDevinSessions.
        """
        query = {"search": search, "folder_path": folder_path, "pinned_repo": pinned_repo}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    CREATE = Endpoint("POST", _NOTES, KnowledgeNote, "ManageOrgKnowledge", body="json")
    GET = Endpoint("GET", _NOTE, KnowledgeNote, "UseDevinSessions")
    REPLACE = Endpoint("PUT", _NOTE, KnowledgeNote, "ManageOrgKnowledge", body="json")
    DELETE = Endpoint("DELETE", _NOTE, KnowledgeNote, "ManageOrgKnowledge")
    FOLDERS = Endpoint(
        "GET", "/v3/organizations/{org_id}/knowledge/folders", KnowledgeFolders, "UseDevinSessions"
    )


class EnterpriseKnowledge(Knowledge):
    """Reached as `devin.enterprise.knowledge`."""

    LIST = Endpoint(
        "GET", _ENTERPRISE_NOTES, KnowledgeNote, "ManageAccountKnowledge", paging="cursor"
    )

    def list(
        self,
        *,
        access_type: Open[Literal["org", "enterprise"]] | None = None,
        search: str | None = None,
        folder_path: str | None = None,
        pinned_repo: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[KnowledgeNote]:
        """List the notes of the enterprise and of its organizations.

        Args:
            access_type: "org" for notes of organizations only, "enterprise" for shared ones only.
            search: Only notes that hold this text.
            folder_path: Only notes in this folder.
            pinned_repo: Only notes pinned to this repository.

        `GET /v3/enterprise/knowledge/notes`, permission ManageAccountKnowledge.
        """
        query = {
            "access_type": access_type,
            "search": search,
            "folder_path": folder_path,
            "pinned_repo": pinned_repo,
        }
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    CREATE = Endpoint(
        "POST", _ENTERPRISE_NOTES, KnowledgeNote, "ManageAccountKnowledge", body="json"
    )
    GET = Endpoint("GET", _ENTERPRISE_NOTE, KnowledgeNote, "ManageAccountKnowledge")
    REPLACE = Endpoint(
        "PUT", _ENTERPRISE_NOTE, KnowledgeNote, "ManageAccountKnowledge", body="json"
    )
    DELETE = Endpoint("DELETE", _ENTERPRISE_NOTE, KnowledgeNote, "ManageAccountKnowledge")
    FOLDERS = Endpoint(
        "GET", "/v3/enterprise/knowledge/folders", KnowledgeFolders, "ManageAccountKnowledge"
    )
