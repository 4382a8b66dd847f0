"""What the sessions of all scopes share: filters, and the calls on one session."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar, Unpack

from devin_async import models
from devin_async.base.arguments import check_filled, check_length, check_urls, devin_id
from devin_async.base.clock import Clock
from devin_async.base.secret import Redactor
from devin_async.base.times import When, to_seconds
from devin_async.jobs.sessions import SessionJobs
from devin_async.lists import ranges
from devin_async.lists.options import ListOptions, RangeOptions, split_options
from devin_async.lists.pager import Pager
from devin_async.models.session_content import SessionAttachment, SessionTags
from devin_async.models.sessions import Session, SessionCategory, SessionMessage, SessionOrigin
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

__all__ = ["EnterpriseSessionFilters", "SessionFilters", "Sessions", "checked_tags"]

T = TypeVar("T")

_MOST_TAGS = 50
_LISTED_PAGE = 100
_TIMES = ("created_after", "created_before", "updated_after", "updated_before")


class SessionFilters(RangeOptions, total=False):
    """What a list of sessions takes; filters of different kinds narrow it down together.

    With `parallel` the sessions come by `created_at`, then in the server's order within a second:
    the same ones as in the serial list, if none is created or changes meanwhile. Up to where the
    list is complete, `page.range_end` tells.

    Attributes:
        session_ids: Only these, with or without the `devin-` prefix.
        created_after: Created after this, an aware datetime or unix seconds (UTC).
        created_before: Created before this.
        updated_after: Changed after this.
        updated_before: Changed before this.
        tags: With any of these tags, exactly as written.
        playbook_id: That follow this playbook.
        origins: Started from any of these, such as "api" or "slack".
        schedule_id: Started by this schedule.
        user_ids: Of any of these people.
        service_user_ids: Of any of these service users.
        repo_names: On any of these repositories.
        category: Of this category.
        is_archived: Only archived ones, or only others; None gives both.
        automation_ids: Started by any of these automations.
        parent_session_id: Started by this session.
    """

    session_ids: Sequence[str] | None
    created_after: When | None
    created_before: When | None
    updated_after: When | None
    updated_before: When | None
    tags: Sequence[str] | None
    playbook_id: str | None
    origins: Sequence[SessionOrigin] | None
    schedule_id: str | None
    user_ids: Sequence[str] | None
    service_user_ids: Sequence[str] | None
    repo_names: Sequence[str] | None
    category: SessionCategory | None
    is_archived: bool | None
    automation_ids: Sequence[str] | None
    parent_session_id: str | None


class EnterpriseSessionFilters(SessionFilters, total=False):
    """What a list of the sessions of all organizations takes, besides `SessionFilters`.

    Attributes:
        org_ids: Of any of these organizations.
        include_deleted_orgs: Also of organizations that are gone.
    """

    org_ids: Sequence[str] | None
    include_deleted_orgs: bool | None


class Sessions(Resource, SessionJobs):
    """What can be done to one session in every scope."""

    LIST: ClassVar[Endpoint[Session]]
    GET: ClassVar[Endpoint[Session]]
    MESSAGES: ClassVar[Endpoint[SessionMessage]]
    SEND_MESSAGE: ClassVar[Endpoint[Session]]
    ATTACHMENTS: ClassVar[Endpoint[SessionAttachment]]
    INSIGHTS: ClassVar["Endpoint[models.session_insights.SessionInsights]"]
    GENERATE_INSIGHTS: ClassVar["Endpoint[models.session_insights.InsightsRequest]"]
    TAGS: ClassVar[Endpoint[str]]
    APPEND_TAGS: ClassVar[Endpoint[SessionTags]]
    REPLACE_TAGS: ClassVar[Endpoint[SessionTags]]

    async def get(self, session_id: str) -> Session:
        """Read a session; its id may come with or without the `devin-` prefix.

        `GET .../sessions/{devin_id}`, permission ViewOrgSessions (enterprise: ViewAccountSessions).
        """
        return await self._call(self.GET, path=self._of(session_id), query=self._hint)

    def messages(self, session_id: str, **options: Unpack[ListOptions]) -> Pager[SessionMessage]:
        """List the messages of a session, oldest first.

        `GET .../sessions/{devin_id}/messages`, permission ViewOrgSessions (enterprise:
        ViewAccountSessions).
        """
        path = self._of(session_id)
        return self._pager(self.MESSAGES, options, path=path, query=self._hint)

    async def send_message(
        self,
        session_id: str,
        message: str,
        *,
        message_as_user_id: str | None = None,
        attachment_urls: Sequence[str] | None = None,
    ) -> Session:
        """Send a message, which resumes a suspended session; gives the session, not the message.

        Args:
            session_id: With or without the `devin-` prefix.
            message: Its text.
            message_as_user_id: Write as this person; needs ImpersonateOrgSessions as well.
            attachment_urls: Urls of uploaded attachments, up to 2,083 characters each.

        `POST .../sessions/{devin_id}/messages`, permission ManageOrgSessions (enterprise:
        ManageAccountSessions).
        """
        json = {
            "message": check_filled("message", message),
            "message_as_user_id": message_as_user_id,
            "attachment_urls": check_urls("attachment_urls", attachment_urls),
        }
        path = self._of(session_id)
        return await self._call(self.SEND_MESSAGE, path=path, query=self._hint, json=json)

    def attachments(self, session_id: str) -> Pager[SessionAttachment]:
        """List the files of a session, the user's and Devin's; not paged by the API.

        `GET .../sessions/{devin_id}/attachments`, permission ViewOrgSessions (enterprise:
        ViewAccountSessions).
        """
        return self._pager(self.ATTACHMENTS, path=self._of(session_id), query=self._hint)

    async def insights(self, session_id: str) -> "models.session_insights.SessionInsights":
        """Read a session with its insights.

        `GET .../sessions/{devin_id}/insights`, permission ViewOrgSessions (enterprise:
        ViewAccountSessions).
        """
        return await self._call(self.INSIGHTS, path=self._of(session_id), query=self._hint)

    async def generate_insights(self, session_id: str) -> "models.session_insights.InsightsRequest":
        """Ask for an analysis, which takes about a minute; read it by `insights`.

        `POST .../sessions/{devin_id}/insights/generate`, permission ManageOrgSessions (enterprise:
        ManageAccountSessions).
        """
        path = self._of(session_id)
        return await self._call(self.GENERATE_INSIGHTS, path=path, query=self._hint)

    def tags(self, session_id: str) -> Pager[str]:
        """List the tags of a session; not paged by the API.

        `GET .../sessions/{devin_id}/tags`, permission ViewOrgSessions (enterprise:
        ViewAccountSessions, unconfirmed).
        """
        return self._pager(self.TAGS, path=self._of(session_id), query=self._hint)

    async def append_tags(self, session_id: str, tags: Sequence[str]) -> SessionTags:
        """Add tags, 50 at the most; those that it has already stay.

        `POST .../sessions/{devin_id}/tags`, permission ManageOrgSessions (enterprise:
        ManageAccountSessions, unconfirmed).
        """
        json = {"tags": checked_tags(tags)}
        path = self._of(session_id)
        return await self._call(self.APPEND_TAGS, path=path, query=self._hint, json=json)

    async def replace_tags(self, session_id: str, tags: Sequence[str]) -> SessionTags:
        """Replace all tags, by 50 at the most.

        `PUT .../sessions/{devin_id}/tags`, permission ManageOrgSessions (enterprise:
        ManageAccountSessions, unconfirmed).
        """
        json = {"tags": checked_tags(tags)}
        path = self._of(session_id)
        return await self._call(self.REPLACE_TAGS, path=path, query=self._hint, json=json)

    @property
    def _hint(self) -> dict[str, str]:
        """Tell the enterprise's calls which organization to look in."""
        return {}

    def _of(self, session_id: str) -> dict[str, str]:
        """Return the path's value; the prefix may be missing."""
        return {"devin_id": devin_id("session_id", session_id)}

    @property
    def _clock(self) -> Clock:
        return self._caller.transport.open_clock

    @property
    def _redactor(self) -> Redactor:
        return self._caller.redactor()

    @property
    def _place(self) -> str:
        return "/".join((self.LIST.path, *self._scope.values()))

    def _listed(
        self,
        *,
        session_ids: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        updated_after: int | None = None,
    ) -> Pager[Session]:
        asked: SessionFilters = {
            "session_ids": session_ids,
            "tags": tags,
            "updated_after": updated_after,
            "page_size": _LISTED_PAGE,
        }
        return self._sessions(self.LIST, asked)

    def _sessions(
        self, endpoint: Endpoint[T], arguments: SessionFilters, declared: type = SessionFilters
    ) -> Pager[T]:
        """Make a list of sessions; it can be cut by creation, a time that never changes."""
        query, options = split_options(arguments, declared)
        if "org_id" in self._hint:
            query["org_ids"] = [self._hint["org_id"]]
        for name in _TIMES:
            query[name] = to_seconds(name, query[name])
        if query["session_ids"] is not None:
            query["session_ids"] = [devin_id("session_ids", one) for one in query["session_ids"]]
        if query["parent_session_id"] is not None:
            query["parent_session_id"] = devin_id("parent_session_id", query["parent_session_id"])
        parallel, resume = options.pop("parallel", None), options.pop("resume", None)
        times = ranges.places.time_filter(
            query,
            names=ranges.places.CREATION_TIMES,
            longest=None,
            parallel=parallel,
            is_sorted=False,
        )
        return self._pager(endpoint, options, query=query, times=times, resume=resume)


def checked_tags(tags: Sequence[str] | None, *, name: str = "tags") -> Sequence[str] | None:
    """Check the tags of a session."""
    check_length(name, tags, _MOST_TAGS)
    return tags
