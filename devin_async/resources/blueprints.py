"""Blueprints: what snapshots are set up by, of the enterprise or of one organization."""

from typing import ClassVar

from devin_async.base.arguments import check_count, check_ids
from devin_async.errors import InvalidArgumentError
from devin_async.lists.pager import Pager
from devin_async.models.snapshot_setup import Blueprint, BlueprintFile, PresignedDownload
from devin_async.protocol.bodies import Uploaded, file_body
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Blueprints(Resource):
    """What the blueprints of both scopes share; changing one starts no build."""

    GET: ClassVar[Endpoint[Blueprint]]
    DELETE: ClassVar[Endpoint[None]]
    CONTENTS: ClassVar[Endpoint[PresignedDownload]]
    FILES: ClassVar[Endpoint[BlueprintFile]]
    UPLOAD_FILE: ClassVar[Endpoint[BlueprintFile]]
    DELETE_FILE: ClassVar[Endpoint[None]]

    async def get(self, blueprint_id: str) -> Blueprint:
        """Read a blueprint, without its text.

        `GET .../snapshot-setup/blueprints/{blueprint_id}`, permission ManageAccountSnapshots
        (organization: ManageRepoBlueprints). Beta.
        """
        return await self._call(self.GET, path=check_ids(blueprint_id=blueprint_id))

    async def delete(self, blueprint_id: str) -> None:
        """Delete a blueprint.

        `DELETE .../snapshot-setup/blueprints/{blueprint_id}`, permission as for `get`. Beta.
        """
        await self._call(self.DELETE, path=check_ids(blueprint_id=blueprint_id))

    async def contents(self, blueprint_id: str) -> PresignedDownload:
        """Get a link to a blueprint's text, which is YAML.

        `GET .../snapshot-setup/blueprints/{blueprint_id}/contents`, permission as for `get`. Beta.
        """
        return await self._call(self.CONTENTS, path=check_ids(blueprint_id=blueprint_id))

    def files(self, blueprint_id: str, *, limit: int | None = None) -> Pager[BlueprintFile]:
        """List a blueprint's files; not paged by the API.

        `GET .../snapshot-setup/blueprints/{blueprint_id}/files`, permission as for `get`. Beta.
        """
        return self._pager(self.FILES, {"limit": limit}, path=check_ids(blueprint_id=blueprint_id))

    async def upload_file(
        self,
        blueprint_id: str,
        file: Uploaded,
        *,
        name: str | None = None,
        content_type: str = "application/octet-stream",
    ) -> BlueprintFile:
        """Give a blueprint a file, streamed.

        Args:
            file: A path, the content, a file that is open for reading bytes, or an async iterable
                of pieces of it.
            name: Name of the file; needed unless *file* is a path.
            content_type: Its media type.

        Raises:
            ConflictError: Another file has the variable that *name* leads to.

        `POST .../snapshot-setup/blueprints/{blueprint_id}/files`, permission as for `get`. Beta.
        """
        path, body = check_ids(blueprint_id=blueprint_id), file_body(file, name, content_type)
        query = {"name": body.file_name}
        return await self._call(self.UPLOAD_FILE, path=path, query=query, body=body)

    async def delete_file(self, blueprint_id: str, file_id: str) -> None:
        """Take a file away from a blueprint.

        `DELETE .../blueprints/{blueprint_id}/files/{file_id}`, permission as for `get`. Beta.
        """
        path = check_ids(blueprint_id=blueprint_id, file_id=file_id)
        await self._call(self.DELETE_FILE, path=path)


class OrganizationBlueprints(Blueprints):
    """Reached as `devin.organization(id).blueprints`.

    Those that belong to the whole organization are written with the permission
    ManageOrgSnapshots, those of a repository with ManageRepoBlueprints.
    """

    PATH = "/v3beta1/organizations/{org_id}/snapshot-setup/blueprints"
    ONE = PATH + "/{blueprint_id}"
    FILES_PATH = ONE + "/files"

    LIST = Endpoint("GET", PATH, Blueprint, "ManageRepoBlueprints", paging="none", envelope="data")

    def list(self, *, repo_name: str | None = None, limit: int | None = None) -> Pager[Blueprint]:
        """List the blueprints, or a repository's, in their running order; not paged by the API.

        `GET .../snapshot-setup/blueprints`, permission ManageRepoBlueprints. Beta.
        """
        return self._pager(self.LIST, {"limit": limit}, query={"repo_name": repo_name})

    CREATE = Endpoint("POST", PATH, Blueprint, "ManageRepoBlueprints", body="json")

    async def create(
        self, contents: str | None = None, *, repo_name: str | None = None
    ) -> Blueprint:
        """Create a blueprint.

        Args:
            contents: Its text, YAML; blank when left out.
            repo_name: The repository that it is for; the whole organization when left out.

        `POST .../snapshot-setup/blueprints`, permission ManageRepoBlueprints. Beta.
        """
        return await self._call(self.CREATE, json={"contents": contents, "repo_name": repo_name})

    UPDATE = Endpoint("PATCH", ONE, Blueprint, "ManageRepoBlueprints", body="json")

    async def update(
        self, blueprint_id: str, *, contents: str | None = None, position: int | None = None
    ) -> Blueprint:
        """Change a blueprint's text (YAML), or its place in the order, if it is a repository's.

        `PATCH .../snapshot-setup/blueprints/{blueprint_id}`, permission ManageRepoBlueprints. Beta.
        """
        if contents is None and position is None:
            raise InvalidArgumentError("there is nothing to change; give contents or position")
        json = {"contents": contents, "position": check_count("position", position)}
        return await self._call(self.UPDATE, path=check_ids(blueprint_id=blueprint_id), json=json)

    GET = Endpoint("GET", ONE, Blueprint, "ManageRepoBlueprints")
    DELETE = Endpoint[None]("DELETE", ONE, None, "ManageRepoBlueprints", kind="empty")
    CONTENTS = Endpoint("GET", ONE + "/contents", PresignedDownload, "ManageRepoBlueprints")
    FILES = Endpoint(
        "GET", FILES_PATH, BlueprintFile, "ManageRepoBlueprints", paging="none", envelope="data"
    )
    UPLOAD_FILE = Endpoint(
        "POST", FILES_PATH, BlueprintFile, "ManageRepoBlueprints", body="multipart"
    )
    DELETE_FILE = Endpoint[None](
        "DELETE", FILES_PATH + "/{file_id}", None, "ManageRepoBlueprints", kind="empty"
    )


class EnterpriseBlueprints(Blueprints):
    """Reached as `devin.enterprise.blueprints`; there is one at the most."""

    PATH = "/v3beta1/enterprise/snapshot-setup/blueprints"
    ONE = PATH + "/{blueprint_id}"
    FILES_PATH = ONE + "/files"

    LIST = Endpoint(
        "GET", PATH, Blueprint, "ManageAccountSnapshots", paging="none", envelope="data"
    )

    def list(self, *, limit: int | None = None) -> Pager[Blueprint]:
        """List the blueprints; not paged by the API.

        `GET .../snapshot-setup/blueprints`, permission ManageAccountSnapshots. Beta.
        """
        return self._pager(self.LIST, {"limit": limit})

    CREATE = Endpoint("POST", PATH, Blueprint, "ManageAccountSnapshots", body="json")

    async def create(self, contents: str | None = None) -> Blueprint:
        """Create the blueprint: YAML, blank when left out.

        Raises:
            ConflictError: There is one already.

        `POST .../snapshot-setup/blueprints`, permission ManageAccountSnapshots. Beta.
        """
        return await self._call(self.CREATE, json={"contents": contents})

    REPLACE = Endpoint("PUT", ONE, Blueprint, "ManageAccountSnapshots", body="json")

    async def replace(self, blueprint_id: str, contents: str) -> Blueprint:
        """Replace the blueprint's text, which is YAML.

        `PUT .../snapshot-setup/blueprints/{blueprint_id}`, permission ManageAccountSnapshots. Beta.
        """
        json = {"contents": contents}
        return await self._call(self.REPLACE, path=check_ids(blueprint_id=blueprint_id), json=json)

    GET = Endpoint("GET", ONE, Blueprint, "ManageAccountSnapshots")
    DELETE = Endpoint[None]("DELETE", ONE, None, "ManageAccountSnapshots", kind="empty")
    CONTENTS = Endpoint("GET", ONE + "/contents", PresignedDownload, "ManageAccountSnapshots")
    FILES = Endpoint(
        "GET", FILES_PATH, BlueprintFile, "ManageAccountSnapshots", paging="none", envelope="data"
    )
    UPLOAD_FILE = Endpoint(
        "POST", FILES_PATH, BlueprintFile, "ManageAccountSnapshots", body="multipart"
    )
    DELETE_FILE = Endpoint[None](
        "DELETE", FILES_PATH + "/{file_id}", None, "ManageAccountSnapshots", kind="empty"
    )
