"""Attachments of an organization: files that sessions are given, or make."""

import os
from pathlib import Path

from devin_async.base.arguments import check_count, check_id
from devin_async.base.files import choose_target, save
from devin_async.models.session_content import Attachment
from devin_async.protocol.bodies import Uploaded, file_body
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Attachments(Resource):
    """Reached as `devin.organization(id).attachments`."""

    PATH = "/v3/organizations/{org_id}/attachments"

    UPLOAD = Endpoint("POST", PATH, Attachment, "UseDevinSessions", body="multipart")

    async def upload(
        self,
        file: Uploaded,
        *,
        name: str | None = None,
        content_type: str = "application/octet-stream",
    ) -> Attachment:
        """Upload a file, streamed; its url then goes into `attachment_urls`.

        Args:
            file: A path, the content, a file that is open for reading bytes, or an async iterable
                of pieces of it.
            name: Name of the file; needed unless *file* is a path.
            content_type: Its media type.

        `POST /v3/organizations/{org_id}/attachments`, permission UseDevinSessions.
        """
        return await self._call(self.UPLOAD, body=file_body(file, name, content_type))

    DOWNLOAD = Endpoint[None](
        "GET", PATH + "/{uuid}/{name}", None, "ViewOrgSessions", kind="download", unconfirmed=True
    )

    async def download(
        self,
        attachment_id: str,
        name: str,
        destination: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Download a file to disk, where it appears when it is complete; gives its path.

        The redirect to the storage is followed without the key.

        Args:
            attachment_id: Its id, the `uuid` of the path.
            name: Its name; refused as a file's name when it is not a safe one, such as `.bashrc`
                or `CON`.
            destination: A file, or a directory in which it gets *name*.
            max_bytes: Largest size in bytes; the client's `max_download_bytes` unless given.
            overwrite: Replace a file that is there already.

        Raises:
            ResponseTooLargeError: It is larger than that.
            ConnectionFailedError: It leads where nobody should go.
            ResponseDecodeError: The storage gives a part of it, or nothing.
            FileError: It cannot be written, as on a full disk.

        `GET .../attachments/{uuid}/{name}`, permission ViewOrgSessions. Unconfirmed.
        """
        check_count("max_bytes", max_bytes, smallest=1)
        path = {"uuid": check_id("attachment_id", attachment_id), "name": check_id("name", name)}
        target = choose_target(destination, name, overwrite=overwrite)
        async with self._download(self.DOWNLOAD, path=path) as download:
            most_bytes = max_bytes or self._caller.options.max_download_bytes
            await save(download.chunks, target, most_bytes=most_bytes, overwrite=overwrite)
        return target
