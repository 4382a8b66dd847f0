"""Knowledge notes and their folders, of an organization or of the enterprise."""

from typing import ClassVar, Literal, TypedDict, Unpack

from devin_async.base.arguments import check_ids
from devin_async.base.markers import Open
from devin_async.lists.options import ListOptions, split_options
from devin_async.lists.pager import Pager
from devin_async.models.knowledge import KnowledgeFolders, KnowledgeNote
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class NoteSettings(TypedDict, total=False):
    """Where a note lies, and when it is recalled.

    Attributes:
        folder_id: Folder to put it in.
        pinned_repo: Repository that always recalls it, as `owner/name`.
        is_enabled: Whether it is recalled at all; the server's default is True.
    """

    folder_id: str | None
    pinned_repo: str | None
    is_enabled: bool | None


class NoteOptions(ListOptions, total=False):
    """Which notes a list gives, and how it is read.

    Attributes:
        search: Only notes that hold this text.
        folder_path: Only notes in this folder.
        pinned_repo: Only notes pinned to this repository.
    """

    search: str | None
    folder_path: str | None
    pinned_repo: str | None


class Knowledge(Resource):
    """What the knowledge of both scopes shares."""

    CREATE: ClassVar[Endpoint[KnowledgeNote]]

    async def create(
        self, name: str, *, body: str, trigger: str, **settings: Unpack[NoteSettings]
    ) -> KnowledgeNote:
        """Create a note.

        Args:
            body: What to know.
            trigger: When to recall it, in words.
            **settings: `NoteSettings`: folder_id, pinned_repo, is_enabled.

        `POST .../knowledge/notes`, permission ManageOrgKnowledge (enterprise:
        ManageAccountKnowledge).
        """
        json = {"name": name, "body": body, "trigger": trigger, **settings}
        return await self._call(self.CREATE, json=json)

    GET: ClassVar[Endpoint[KnowledgeNote]]

    async def get(self, note_id: str) -> KnowledgeNote:
        """Read a note.

        `GET .../knowledge/notes/{note_id}`, permission UseDevinSessions (enterprise:
        ManageAccountKnowledge).
        """
        return await self._call(self.GET, path=check_ids(note_id=note_id))

    REPLACE: ClassVar[Endpoint[KnowledgeNote]]

    async def replace(
        self, note_id: str, *, name: str, body: str, trigger: str, **settings: Unpack[NoteSettings]
    ) -> KnowledgeNote:
        """Replace a note as a whole: what is left out is not kept. Arguments are those of `create`.

        `PUT .../knowledge/notes/{note_id}`, permission as for `create`.
        """
        json = {"name": name, "body": body, "trigger": trigger, **settings}
        return await self._call(self.REPLACE, path=check_ids(note_id=note_id), json=json)

    DELETE: ClassVar[Endpoint[KnowledgeNote]]

    async def delete(self, note_id: str) -> KnowledgeNote:
        """Delete a note; gives it as it was.

        `DELETE .../knowledge/notes/{note_id}`, permission as for `create`.
        """
        return await self._call(self.DELETE, path=check_ids(note_id=note_id))

    FOLDERS: ClassVar[Endpoint[KnowledgeFolders]]

    async def folders(self) -> KnowledgeFolders:
        """Read all folders at once; folders are made and moved in the web application only.

        `GET .../knowledge/folders`, permission as for `get`.
        """
        return await self._call(self.FOLDERS)


class OrganizationKnowledge(Knowledge):
    """Reached as `devin.organization(id).knowledge`."""

    PATH = "/v3/organizations/{org_id}/knowledge/notes"
    ONE = PATH + "/{note_id}"

    LIST = Endpoint("GET", PATH, KnowledgeNote, "UseDevinSessions", paging="cursor")

    def list(self, **options: Unpack[NoteOptions]) -> Pager[KnowledgeNote]:
        """List the notes that the organization sees.

        `GET .../knowledge/notes`, permission UseDevinSessions.
        """
        query, paging = split_options(options, NoteOptions)
        return self._pager(self.LIST, paging, query=query)

    CREATE = Endpoint("POST", PATH, KnowledgeNote, "ManageOrgKnowledge", body="json")
    GET = Endpoint("GET", ONE, KnowledgeNote, "UseDevinSessions")
    REPLACE = Endpoint("PUT", ONE, KnowledgeNote, "ManageOrgKnowledge", body="json")
    DELETE = Endpoint("DELETE", ONE, KnowledgeNote, "ManageOrgKnowledge")
    FOLDERS = Endpoint(
        "GET", "/v3/organizations/{org_id}/knowledge/folders", KnowledgeFolders, "UseDevinSessions"
    )


class EnterpriseKnowledge(Knowledge):
    """Reached as `devin.enterprise.knowledge`."""

    PATH = "/v3/enterprise/knowledge/notes"
    ONE = PATH + "/{note_id}"

    LIST = Endpoint("GET", PATH, KnowledgeNote, "ManageAccountKnowledge", paging="cursor")

    def list(
        self,
        *,
        access_type: Open[Literal["org", "enterprise"]] | None = None,
        **options: Unpack[NoteOptions],
    ) -> Pager[KnowledgeNote]:
        """List the notes of the enterprise and of its organizations.

        Args:
            access_type: "org" for notes of organizations only, "enterprise" for shared ones only.
            **options: `NoteOptions`: search, folder_path, pinned_repo, and how the list is read.

        `GET .../knowledge/notes`, permission ManageAccountKnowledge.
        """
        query, paging = split_options(options, NoteOptions)
        return self._pager(self.LIST, paging, query=query | {"access_type": access_type})

    CREATE = Endpoint("POST", PATH, KnowledgeNote, "ManageAccountKnowledge", body="json")
    GET = Endpoint("GET", ONE, KnowledgeNote, "ManageAccountKnowledge")
    REPLACE = Endpoint("PUT", ONE, KnowledgeNote, "ManageAccountKnowledge", body="json")
    DELETE = Endpoint("DELETE", ONE, KnowledgeNote, "ManageAccountKnowledge")
    FOLDERS = Endpoint(
        "GET", "/v3/enterprise/knowledge/folders", KnowledgeFolders, "ManageAccountKnowledge"
    )
