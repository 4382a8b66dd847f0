"""What lies on the disk of an export: read, compared with its manifest, and explained."""

import contextlib
import errno
import hashlib
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path

from devin_async.base.files import check_path
from devin_async.errors import ExportError
from devin_async.lists.export.manifest import Manifest, is_compressed, manifest_path, read_manifest

__all__ = ["contents_of", "explained", "load", "verify"]

_CHUNK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS


def load(path: Path) -> Manifest | None:
    """Read the manifest of an export, if there is one.

    Raises:
        ExportError: What lies there is none, or that of another file.
    """
    place = manifest_path(path)
    try:
        manifest = read_manifest(place, place.read_bytes())
    except FileNotFoundError:
        return None
    if manifest.file != path.name:
        raise ExportError(f"{str(place)!r} is the manifest of {manifest.file!r}")
    return manifest


def contents_of(path: Path, size: int, start: int = 0) -> Iterator[bytes]:
    """Read a file from *start*, where a member begins, until *size*, uncompressed.

    Raises:
        zlib.error: They are no whole gzip members.
    """
    unpacker, is_within = zlib.decompressobj(_GZIP), False
    size -= start
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(min(size, _CHUNK)):
            size -= len(chunk)
            if not is_compressed(path):
                yield chunk
                continue
            while chunk:
                yield unpacker.decompress(chunk)
                chunk, is_within = unpacker.unused_data, not unpacker.eof
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
    if is_within:
        raise zlib.error("it ends within a member")


@contextlib.contextmanager
def explained(path: Path) -> Generator[None]:
    """Tell in one line what an error of the disk means for an export."""
    try:
        yield
    except ExportError:
        raise
    except FileNotFoundError as error:
        where = str(path.parent)
        raise ExportError(f"the directory {where!r} is gone, and the export with it") from error
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
        raise ExportError(
            f"{str(path)!r} cannot be written: {reason}",
            hint="What was committed stays; the same export goes on from there.",
        ) from error
    except zlib.error as error:
        raise ExportError(f"{str(path)!r} was changed: it is no gzip any more ({error})") from None


_REASONS = {
    errno.ENOSPC: "the disk is full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "the disk is full",
    errno.ELOOP: "it is a symbolic link; give the file that it leads to",
}


def verify(path: Path) -> Manifest:
    """Check a finished export against its manifest, row by row.

    Raises:
        ExportError: There is none, it is not finished, or its file was changed.
        InvalidArgumentError: *path* is a directory, or in none.
    """
    check_path(path)
    with explained(path):
        manifest = load(path)
        if manifest is None:
            raise ExportError(
                f"{str(path)!r} has no manifest beside it: it is no export, or was moved alone"
            )
        if not manifest.finished:
            raise ExportError(
                f"{str(path)!r} is not finished ({manifest.count} rows so far); export it again"
            )
        if not path.exists():
            raise ExportError(f"{str(path)!r} is missing, though its manifest is there")
        size = path.stat().st_size
        if size != manifest.size:
            raise ExportError(
                f"{str(path)!r} has {size} bytes, but its manifest says {manifest.size}"
            )
        _check_rows(path, manifest)
    return manifest


def _check_rows(path: Path, manifest: Manifest) -> None:
    digest, count = hashlib.sha256(), 0
    for content in contents_of(path, manifest.size):
        digest.update(content)
        count += content.count(b"\n")
    if digest.hexdigest() != manifest.sha256:
        raise ExportError(f"{str(path)!r} was changed: its SHA-256 is {digest.hexdigest()}")
    if count != manifest.count:
        raise ExportError(f"{str(path)!r} has {count} rows, but its manifest says {manifest.count}")
