"""The checkpoint of long work in a file: whole at each moment, and for its owner alone."""

import contextlib
import json
import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from devin_async.base.files import absolute_path, check_path, path_aside, remove_left_aside
from devin_async.base.locks import held_alone
from devin_async.base.plain_json import as_object
from devin_async.errors import FileError, InvalidArgumentError

__all__ = ["CheckpointFile"]

_PRIVATE = 0o600


class CheckpointFile:
    """A file with the checkpoint of one piece of work.

    Args:
        path: The file; made by the first `write`.
        work: What it is the checkpoint of, such as the list that is followed.

    Raises:
        InvalidArgumentError: *path* is a directory or in none.
    """

    def __init__(self, path: str | os.PathLike[str], work: str) -> None:
        self.path = check_path(absolute_path("path", path))
        self._work = work

    def read(self) -> Mapping[str, Any] | None:
        """Read the checkpoint; None if there is no file yet.

        Raises:
            InvalidArgumentError: The file is of other work, or no checkpoint at all.
            FileError: It cannot be read.
        """
        try:
            content = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(f"{str(self.path)!r} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError):  # no JSON, no text, or nested without end
            content = None
        fields = as_object(content) or {}
        place = as_object(fields.get("checkpoint"))
        if place is None or not isinstance(fields.get("work"), str):
            raise InvalidArgumentError(
                f"{str(self.path)!r} is no checkpoint; allowed: one that was written here, or a "
                "file that is not there yet"
            )
        if fields["work"] != self._work:
            raise InvalidArgumentError(
                f"{str(self.path)!r} is the checkpoint of {fields['work']!r}, not of {self._work!r}"
            )
        return place

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Keep others from going on by this file as long as a block runs.

        Raises:
            FileError: Another one does so now, or nothing can be written there.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held_alone(self.path))
            except BlockingIOError as error:
                raise FileError(
                    f"{str(self.path)!r} is in use: another one goes on by this checkpoint now",
                    hint="Give each its own file, or end the other one first.",
                ) from error
            except OSError as error:
                raise _cannot_be_written(self.path, error) from error
            remove_left_aside(self.path)
            yield

    def write(self, checkpoint: Mapping[str, Any]) -> None:
        """Write the checkpoint, in one step that leaves the old one or the new one.

        Raises:
            FileError: It cannot be written; the old one stays.
        """
        content = json.dumps({"work": self._work, "checkpoint": dict(checkpoint)})
        _replace_file(self.path, content.encode())


def _cannot_be_written(path: Path, error: OSError) -> FileError:
    return FileError(f"{str(path)!r} cannot be written: {error.strerror}")


def _replace_file(path: Path, content: bytes) -> None:
    """Put *content* in the place of a file, in one step, and on the disk before this returns.

    Raises:
        FileError: It cannot be written; the old one stays.
    """
    aside = path_aside(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(aside, flags, _PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise _cannot_be_written(path, error) from error
