"""What happens in a session, as updates that come once: decided from looks at it, without I/O."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol, Self, Unpack

import attrs
import msgspec
from attrs import field, frozen

from devin_async.base.generators import closing
from devin_async.base.plain_json import as_array
from devin_async.base.times import seconds_of
from devin_async.errors import InvalidArgumentError
from devin_async.jobs.waiting import has_output, is_settled
from devin_async.lists.cursors import Checkpoint
from devin_async.lists.identity import identity_of
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.sessions import Session, SessionMessage, SessionPullRequest

__all__ = [
    "MessageAdded",
    "MessageReader",
    "OutputChanged",
    "PullRequestChanged",
    "SessionSettled",
    "SessionUpdate",
    "StatusChanged",
    "Tracker",
]

_DIGEST = 16


@frozen(kw_only=True)
class SessionUpdate:
    """Something that happened in a session; other kinds than these may come.

    Attributes:
        session_id: The session.
        at: When it happened, UTC; of what has no time of its own, when the session changed last.
        checkpoint: `watch(..., after=)` goes on behind this update: handle it, then store this.
    """

    session_id: str
    at: datetime
    checkpoint: Checkpoint = field(repr=False)


@frozen(kw_only=True)
class StatusChanged(SessionUpdate):
    """It has another status, or another reason for it; the first one tells which it has.

    Attributes:
        status: Its status, such as "running".
        status_detail: The detail, such as "waiting_for_user".
        previous_status: What it was before; None at first.
        previous_detail: The detail before.
    """

    status: str
    status_detail: str | None
    previous_status: str | None
    previous_detail: str | None


@frozen(kw_only=True)
class MessageAdded(SessionUpdate):
    """Devin or a person wrote a message.

    Attributes:
        message: The message.
    """

    message: SessionMessage


@frozen(kw_only=True)
class PullRequestChanged(SessionUpdate):
    """It made a pull request, or the state of one is another.

    Attributes:
        pull_request: The pull request.
        is_new: Whether it is told of for the first time.
        previous_state: The state before, such as "open".
    """

    pull_request: SessionPullRequest
    is_new: bool
    previous_state: str | None


@frozen(kw_only=True)
class OutputChanged(SessionUpdate):
    """Its structured output is there, or is another.

    Attributes:
        output: The output, any JSON value.
    """

    output: Any


@frozen(kw_only=True)
class SessionSettled(SessionUpdate):
    """It does nothing more by itself, as `is_settled` tells; the last update.

    Attributes:
        session: The session as it was read last.
    """

    session: Session


class HasMessages(Protocol):
    """What lists the messages of sessions."""

    def messages(self, session_id: str, **options: Unpack[ListOptions]) -> Pager[SessionMessage]:
        """List those of one."""
        ...


def _id_of(message: SessionMessage) -> str:
    return identity_of(message, "event_id")


@attrs.define
class MessageReader:
    """Reads the messages of a session, each once, and only the last page again.

    Attributes:
        session_id: The session.
        cursor: Where the last page begins; None for the first one.
        seen: The ids from there on that were read.
    """

    session_id: str
    cursor: str | None = None
    seen: frozenset[str] = frozenset()

    async def new(self, sessions: HasMessages) -> list[SessionMessage]:
        """Read what was not read yet; a failure gives nothing, so that the next look does."""
        messages: list[SessionMessage] = []
        cursor, seen = self.cursor, self.seen
        async with closing(sessions.messages(self.session_id, after=cursor).pages()) as pages:
            async for page in pages:
                messages += [one for one in page.items if _id_of(one) not in self.seen]
                if page.has_next_page:
                    cursor, seen = page.end_cursor, frozenset[str]()
                else:
                    seen = frozenset(map(_id_of, page.items))
        self.cursor, self.seen = cursor, seen
        return messages


@attrs.define(kw_only=True)
class Tracker:
    """What was told of a session so far, and what is new in a look at it.

    Attributes:
        session_id: The session.
        status: Its status; None before the first look.
        status_detail: The detail.
        pull_requests: The states of its pull requests, by their urls.
        output: Digest of its structured output; None without one.
        cursor: Where the last page of messages begins.
        messages: The ids behind it that were told.
        settled: When the session had changed last that was told to be settled, in unix seconds.
    """

    session_id: str
    status: str | None = None
    status_detail: str | None = None
    pull_requests: dict[str, str | None] = field(factory=dict[str, str | None])
    output: str | None = None
    cursor: str | None = None
    messages: list[str] = field(factory=list[str])
    settled: float | None = None

    @classmethod
    def at(cls, checkpoint: Checkpoint | None, session_id: str) -> Self:
        """Begin at what a caller gave as `after=`.

        Raises:
            InvalidArgumentError: It is no checkpoint of `watch`, or of another session.
        """
        if checkpoint is None:
            return cls(session_id=session_id)
        try:
            tracker = msgspec.convert(checkpoint, cls)
        except ValueError:  # that of msgspec is one, and so is that of half a character
            raise InvalidArgumentError(
                "after is no checkpoint of a watched session; allowed: that of an update"
            ) from None
        if tracker.session_id != session_id:
            raise InvalidArgumentError(
                f"after is a checkpoint of session {tracker.session_id}, not of {session_id}"
            )
        return tracker

    @property
    def checkpoint(self) -> Checkpoint:
        """Where to go on: plain, a few hundred bytes of JSON."""
        return attrs.asdict(self)

    @property
    def reader(self) -> MessageReader:
        """What reads the messages that were not told yet."""
        return MessageReader(self.session_id, self.cursor, frozenset(self.messages))

    def updates(
        self, session: Session, messages: Sequence[SessionMessage], reader: MessageReader
    ) -> Iterator[SessionUpdate]:
        """Tell what is new in a look, in the order in which it can have happened.

        Args:
            session: The session as it was read.
            messages: The new messages.
            reader: What read them.
        """
        is_resting = is_settled(session)
        if not is_resting:
            yield from self._status(session)
        yield from self._messages(messages, reader)
        yield from self._pull_requests(session)
        yield from self._output(session)
        if is_resting:  # it came to rest after it said and made what is there
            yield from self._status(session)

    def end(self, session: Session) -> Iterator[SessionUpdate]:
        """Tell that it has settled, unless that was told and nothing has changed since."""
        changed = seconds_of(session.updated_at)
        if self.settled != changed:
            self.settled = changed
            yield SessionSettled(session=session, **self._place(session.updated_at))

    def _status(self, session: Session) -> Iterator[SessionUpdate]:
        before = (self.status, self.status_detail)
        if before == (session.status, session.status_detail):
            return
        self.status, self.status_detail = session.status, session.status_detail
        yield StatusChanged(
            status=session.status,
            status_detail=session.status_detail,
            previous_status=before[0],
            previous_detail=before[1],
            **self._place(session.updated_at),
        )

    def _messages(
        self, messages: Sequence[SessionMessage], reader: MessageReader
    ) -> Iterator[SessionUpdate]:
        for message in messages:
            self.messages = [*self.messages, _id_of(message)]
            yield MessageAdded(message=message, **self._place(message.created_at))
        self.cursor, self.messages = reader.cursor, sorted(reader.seen)

    def _pull_requests(self, session: Session) -> Iterator[SessionUpdate]:
        requests = as_array(session.pull_requests) or ()
        for one in (one for one in requests if isinstance(one, SessionPullRequest)):
            is_new, before = (
                one.pr_url not in self.pull_requests,
                self.pull_requests.get(one.pr_url),
            )
            if is_new or before != one.pr_state:
                self.pull_requests = {**self.pull_requests, one.pr_url: one.pr_state}
                yield PullRequestChanged(
                    pull_request=one,
                    is_new=is_new,
                    previous_state=before,
                    **self._place(session.updated_at),
                )

    def _output(self, session: Session) -> Iterator[SessionUpdate]:
        output = session.structured_output
        if not has_output(session):
            return
        digest = sha256(msgspec.json.encode(output, order="sorted")).hexdigest()[:_DIGEST]
        if digest != self.output:
            self.output = digest
            yield OutputChanged(output=output, **self._place(session.updated_at))

    def _place(self, at: datetime) -> dict[str, Any]:
        return {"session_id": self.session_id, "at": at, "checkpoint": self.checkpoint}
