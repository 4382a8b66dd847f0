"""Blueprints: what snapshots are set up by, of the enterprise or of one organization."""

import os
from collections.abc import AsyncIterable
from typing import ClassVar

from devin_async.calling import Resource
from devin_async.errors import InvalidArgumentError
from devin_async.models.snapshot_setup import Blueprint, BlueprintFile, PresignedDownload
from devin_async.pagination import Pager
from devin_async.protocol import Endpoint
from devin_async.resources.attachments import file_body
from devin_async.values import check_count, check_id

__all__ = ["Blueprints", "EnterpriseBlueprints", "OrganizationBlueprints"]


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

        `GET /v3beta1/enterprise/snapshot-setup/blueprints/{blueprint_id}`, permission
        ManageAccountSnapshots; of an organization
        `GET /v3beta1/organizations/{org_id}/snapshot-setup/blueprints/{blueprint_id}`, permission
        ManageRepoBlueprints. Beta.
        """
        return await self._call(self.GET, path=_path(blueprint_id))

    async def delete(self, blueprint_id: str) -> None:
        """Delete a blueprint.

        `DELETE .../snapshot-setup/blueprints/{blueprint_id}`, permission as for `get`. Beta.
        """
        await self._call(self.DELETE, path=_path(blueprint_id))

    async def contents(self, blueprint_id: str) -> PresignedDownload:
        """Get a link to a blueprint's text, which is YAML.

        `GET .../snapshot-setup/blueprints/{blueprint_id}/contents`, permission as for `get`. Beta.
        """
        return await self._call(self.CONTENTS, path=_path(blueprint_id))

    def files(self, blueprint_id: str, *, limit: int | None = None) -> Pager[BlueprintFile]:
        """List a blueprint's files; not paged by the API.

        `GET .../snapshot-setup/blueprints/{blueprint_id}/files`, permission as for `get`. Beta.
        """
        return self._pager(self.FILES, path=_path(blueprint_id), limit=limit)

    async def upload_file(
        self,
        blueprint_id: str,
        file: str | os.PathLike[str] | bytes | AsyncIterable[bytes],
        *,
        name: str | None = None,
        content_type: str = "application/octet-stream",
    ) -> BlueprintFile:
        """Give a blueprint a file, streamed.

        Args:
            blueprint_id: The blueprint.
            file: A path, the content, or an async iterable of pieces of it.
            name: Name of the file; needed unless *file* is a path.
            content_type: Its media type.

        Raises:
            ConflictError: Another file has the variable that *name* leads to.

        `POST .../snapshot-setup/blueprints/{blueprint_id}/files`, permission as for `get`. Beta.
        """
        path, body = _path(blueprint_id), file_body(file, name, content_type)
        query = {"name": body.file_name}
        return await self._call(self.UPLOAD_FILE, path=path, query=query, body=body)

    async def delete_file(self, blueprint_id: str, file_id: str) -> None:
        """Take a file away from a blueprint.

        `DELETE .../snapshot-setup/blueprints/{blueprint_id}/files/{file_id}`, permission as for
        `get`. Beta.
        """
        path = _path(blueprint_id) | {"file_id": check_id("file_id", file_id)}
        await self._call(self.DELETE_FILE, path=path)


class OrganizationBlueprints(Blueprints):
    """Reached as `devin.organization(id).blueprints`.

    Those that belong to the whole organization are written with the permission
    ManageOrgSnapshots, those of a repository with ManageRepoBlueprints.
    """

    PATH = "/v3beta1/organizations/{org_id}/snapshot-setup/blueprints"

    LIST = Endpoint("GET", PATH, Blueprint, "ManageRepoBlueprints", paging="none", envelope="data")

    def list(self, *, repo_name: str | None = None, limit: int | None = None) -> Pager[Blueprint]:
        """List the blueprints in the order in which they run; not paged by the API.

        Args:
            repo_name: Only those of this repository.
            limit: Items in all.

        `GET /v3beta1/organizations/{org_id}/snapshot-setup/blueprints`, permission
        ManageRepoBlueprints. Beta.
        """
        return self._pager(self.LIST, query={"repo_name": repo_name}, limit=limit)

    CREATE = Endpoint("POST", PATH, Blueprint, "ManageRepoBlueprints", body="json")

    async def create(
        self, contents: str | None = None, *, repo_name: str | None = None
    ) -> Blueprint:
        """Create a blueprint.

        Args:
            contents: Its text, YAML; blank when left out.
            repo_name: The repository that it is for; the whole organization when left out.

        `POST /v3beta1/organizations/{org_id}/snapshot-setup/blueprints`, permission
        ManageRepoBlueprints. Beta.
        """
        return await self._call(self.CREATE, json={"contents": contents, "repo_name": repo_name})

    UPDATE = Endpoint(
        "PATCH", PATH + "/{blueprint_id}", Blueprint, "ManageRepoBlueprints", body="json"
    )

    async def update(
        self, blueprint_id: str, *, contents: str | None = None, position: int | None = None
    ) -> Blueprint:
        """Change a blueprint's text, its place in the order, or both.

        Args:
            blueprint_id: The blueprint.
            contents: Its new text, YAML.
            position: Its new place in the order; only those of a repository have one.

        `PATCH /v3beta1/organizations/{org_id}/snapshot-setup/blueprints/{blueprint_id}`,
        permission ManageRepoBlueprints. Beta.
        """
        if contents is None and position is None:
            raise InvalidArgumentError("there is nothing to change; give contents or position")
        json = {"contents": contents, "position": check_count("position", position)}
        return await self._call(self.UPDATE, path=_path(blueprint_id), json=json)

    GET = Endpoint("GET", PATH + "/{blueprint_id}", Blueprint, "ManageRepoBlueprints")
    DELETE = Endpoint[None](
        "DELETE", PATH + "/{blueprint_id}", None, "ManageRepoBlueprints", kind="empty"
    )
    CONTENTS = Endpoint(
        "GET", PATH + "/{blueprint_id}/contents", PresignedDownload, "ManageRepoBlueprints"
    )
    FILES = Endpoint(
        "GET",
        PATH + "/{blueprint_id}/files",
        BlueprintFile,
        "ManageRepoBlueprints",
        paging="none",
        envelope="data",
    )
    UPLOAD_FILE = Endpoint(
        "POST",
        PATH + "/{blueprint_id}/files",
        BlueprintFile,
        "ManageRepoBlueprints",
        body="multipart",
    )
    DELETE_FILE = Endpoint[None](
        "DELETE",
        PATH + "/{blueprint_id}/files/{file_id}",
        None,
        "ManageRepoBlueprints",
        kind="empty",
    )


class EnterpriseBlueprints(Blueprints):
    """Reached as `devin.enterprise.blueprints`; there is one at the most."""

    PATH = "/v3beta1/enterprise/snapshot-setup/blueprints"

    LIST = Endpoint(
        "GET", PATH, Blueprint, "ManageAccountSnapshots", paging="none", envelope="data"
    )

    def list(self, *, limit: int | None = None) -> Pager[Blueprint]:
        """List the blueprints; not paged by the API.

        `GET /v3beta1/enterprise/snapshot-setup/blueprints`, permission ManageAccountSnapshots.
        Beta.
        """
        return self._pager(self.LIST, limit=limit)

    CREATE = Endpoint("POST", PATH, Blueprint, "ManageAccountSnapshots", body="json")

    async def create(self, contents: str | None = None) -> Blueprint:
        """Create the blueprint.

        Args:
            contents: Its text, YAML; blank when left out.

        Raises:
            ConflictError: There is one already.

        `POST /v3beta1/enterprise/snapshot-setup/blueprints`, permission ManageAccountSnapshots.
        Beta.
        """
        return await self._call(self.CREATE, json={"contents": contents})

    REPLACE = Endpoint(
        "PUT", PATH + "/{blueprint_id}", Blueprint, "ManageAccountSnapshots", body="json"
    )

    async def replace(self, blueprint_id: str, contents: str) -> Blueprint:
        """Replace the blueprint's text, which is YAML.

        `PUT /v3beta1/enterprise/snapshot-setup/blueprints/{blueprint_id}`, permission
        ManageAccountSnapshots. Beta.
        """
        json = {"contents": contents}
        return await self._call(self.REPLACE, path=_path(blueprint_id), json=json)

    GET = Endpoint("GET", PATH + "/{blueprint_id}", Blueprint, "ManageAccountSnapshots")
    DELETE = Endpoint[None](
        "DELETE", PATH + "/{blueprint_id}", None, "ManageAccountSnapshots", kind="empty"
    )
    CONTENTS = Endpoint(
        "GET", PATH + "/{blueprint_id}/contents", PresignedDownload, "ManageAccountSnapshots"
    )
    FILES = Endpoint(
        "GET",
        PATH + "/{blueprint_id}/files",
        BlueprintFile,
        "ManageAccountSnapshots",
        paging="none",
        envelope="data",
    )
    UPLOAD_FILE = Endpoint(
        "POST",
        PATH + "/{blueprint_id}/files",
        BlueprintFile,
        "ManageAccountSnapshots",
        body="multipart",
    )
    DELETE_FILE = Endpoint[None](
        "DELETE",
        PATH + "/{blueprint_id}/files/{file_id}",
        None,
        "ManageAccountSnapshots",
        kind="empty",
    )


def _path(blueprint_id: str) -> dict[str, str]:
    return {"blueprint_id": check_id("blueprint_id", blueprint_id)}
