"""Signed links: paths beside the API that give a file to whoever holds them, until they end."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.problems import Answer, Problem
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.contract.multipart import Upload

PREFIX = "/_downloads/"
LIFETIME = 600  # seconds


class Downloads:
    """Hand out links to files, and give the files to those who follow them.

    Args:
        seed: Makes signatures repeat.
        clock: Tells when links end.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._files: dict[str, Upload] = {}

    def link(self, base_url: str, key: str, file: Upload) -> tuple[str, int]:
        """Return a link to *file* and when it ends, in unix seconds.

        Args:
            base_url: Where the sandbox is reached.
            key: What the file is, such as a kind and an id.
            file: The file.
        """
        folder = f"{PREFIX}{hex_id(self._seed, 'download', key)}/"
        expires_at = int(self._clock.now()) + LIFETIME
        self._files[folder + file.name] = file
        signature = self._signature(folder + file.name, str(expires_at))
        place = f"{base_url}{folder}{quote(file.name, safe='')}"
        return f"{place}?expires={expires_at}&signature={signature}", expires_at

    def follow(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return the file of a link to a percent-encoded *path*.

        The signature alone opens it, a token changes nothing.

        Raises:
            Problem: With 403, when the link was changed or has ended.
        """
        # Clients spell one path in several ways: what counts is what it means.
        place, expires = unquote(path), query.get("expires", "")
        file = self._files.get(place)
        if file is None or query.get("signature") != self._signature(place, expires):
            raise Problem(403, "The signature does not fit the link")
        if self._clock.now() >= int(expires):
            raise Problem(403, "The link has ended")
        disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        return Answer(
            body=file.data,
            content_type=file.content_type,
            headers={"Content-Disposition": disposition},
        )

    def _signature(self, path: str, expires: str) -> str:
        return hex_id(self._seed, "signature", path, expires, length=40)
