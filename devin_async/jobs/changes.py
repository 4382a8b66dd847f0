"""Sessions that changed, oldest change first, each change once.

A list is read from the last change on. What changes while it is read may be on two of its pages, or
on none, but has changed after the reading began: nothing before that is read again, and what was
delivered of the rest is remembered by its id.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Self

import msgspec
from attrs import asdict, define, field

from devin_async.base.checkpoint_file import CheckpointFile
from devin_async.base.clock import Clock
from devin_async.base.tasks import in_thread
from devin_async.errors import InvalidArgumentError, ResponseDecodeError
from devin_async.jobs.waiting import name_of
from devin_async.models.sessions import Session

__all__ = ["Changes", "Saver"]

_PAUSE = 5.0  # seconds between two writes of a file


@define(kw_only=True)
class Changes:
    """How far the changes of a list of sessions are delivered.

    Attributes:
        complete: All changes before this moment are delivered, in unix seconds.
        delivered: What was delivered of the changes from then on: each session with its moment.
    """

    complete: float
    delivered: dict[str, float] = field(factory=dict[str, float])

    @classmethod
    def at(cls, checkpoint: Mapping[str, Any]) -> Self:
        """Begin at a checkpoint.

        Raises:
            InvalidArgumentError: It is none.
        """
        try:
            return msgspec.convert(checkpoint, cls)
        except msgspec.ValidationError:
            raise InvalidArgumentError("the checkpoint is none of changed sessions") from None

    def stored_in(self, file: CheckpointFile) -> "Changes":
        """Return those that go on where a file says; itself if there is none yet.

        Raises:
            InvalidArgumentError: The file holds something else.
            FileError: It cannot be read.
        """
        stored = file.read()
        return self if stored is None else self.at(stored)

    @property
    def checkpoint(self) -> Mapping[str, Any]:
        """Where to go on: plain JSON, as long as many sessions changed in the last moments."""
        return asdict(self)

    @property
    def second(self) -> int:
        """The second to list from, whether or not the API's filter includes it."""
        return max(int(self.complete) - 1, 0)

    def fresh(self, sessions: Iterable[Session]) -> list[Session]:
        """Choose what was not delivered, in the order of the changes; the newest row of each.

        Raises:
            ResponseDecodeError: A session does not tell when it changed.
        """
        newest: dict[str, Session] = {}
        for session in sessions:
            name = _name(session)
            if name not in newest or _moment(session) > _moment(newest[name]):
                newest[name] = session
        fresh = [one for name, one in newest.items() if self._is_new(name, _moment(one))]
        return sorted(fresh, key=lambda one: (_moment(one), one.session_id))

    def _is_new(self, name: str, moment: float) -> bool:
        return moment >= self.complete and self.delivered.get(name) != moment

    def take(self, session: Session, horizon: float) -> None:
        """Note that a session is delivered, and with it all that changed before.

        Args:
            session: The session.
            horizon: The list shows all that changed before this moment.
        """
        self.delivered[_name(session)] = _moment(session)
        self.move(min(_moment(session), horizon))

    def move(self, complete: float) -> None:
        """Note that all before a moment is delivered, and forget what only that needed."""
        if complete > self.complete:
            self.complete = complete
            self.delivered = dict(self._needed())

    def _needed(self) -> Iterator[tuple[str, float]]:
        return (
            (name, moment) for name, moment in self.delivered.items() if moment >= self.complete
        )


class Saver:
    """Writes how far changes are delivered to a file, when that moved.

    Args:
        file: The file; None for nowhere.
        changes: What is written.
        clock: Tells when it is time.
    """

    def __init__(self, file: CheckpointFile | None, changes: Changes, clock: Clock) -> None:
        self._file = file
        self._changes = changes
        self._clock = clock
        self._saved: Mapping[str, Any] | None = None
        self._due = clock.monotonic() + _PAUSE

    async def save_now_and_then(self) -> None:
        """Write it if that is some seconds ago."""
        if self._clock.monotonic() >= self._due:
            await self.save()

    async def save(self) -> None:
        """Write it unless it is written.

        Raises:
            FileError: It cannot be written.
        """
        checkpoint = self._changes.checkpoint
        if self._file is not None and checkpoint != self._saved:
            await in_thread(partial(self._file.write, checkpoint))
            self._saved = checkpoint
        self._due = self._clock.monotonic() + _PAUSE


def _name(session: Session) -> str:
    name = name_of(session)
    if name is None:
        raise ResponseDecodeError("a session of the list has no id", outcome="rejected")
    return name


def _moment(session: Session) -> float:
    """Tell when a session changed: one that never did says nothing, and was created then."""
    moment: Any = session.updated_at
    if moment is None:
        moment = session.created_at
    if isinstance(moment, datetime):
        return moment.timestamp()
    raise ResponseDecodeError(
        f"session {_name(session)} does not tell when it changed, and cannot be followed",
        outcome="rejected",
    )
