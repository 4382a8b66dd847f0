"""What a session of an organization holds: tags, attachments, events, insights."""

from collections.abc import Sequence

from devin_async.errors import InvalidArgumentError
from devin_async.models.session_content import (
    SessionAttachment,
    SessionEvent,
    SessionEventCategory,
    SessionEventDetail,
    SessionEventDirection,
    SessionEventMatch,
    SessionTags,
)
from devin_async.models.session_insights import InsightsRequest, SessionInsights
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.session_base import Sessions, checked_tags
from devin_async.values import When, check_count, check_length, check_page_size, to_seconds

__all__ = ["OrganizationSessionContent"]

_LARGEST_EVENT_PAGE = 100
_MOST_EVENT_IDS = 20
_MOST_DETAILS = 50


class OrganizationSessionContent(Sessions):
    """Tags, attachments, events and insights of an organization's sessions."""

    PATH = "/v3/organizations/{org_id}/sessions/{devin_id}"

    TAGS = Endpoint("GET", PATH + "/tags", str, "ViewOrgSessions", paging="none", envelope="tags")

    def tags(self, session_id: str) -> Pager[str]:
        """List the tags of a session; not paged by the API.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/tags`, permission ViewOrgSessions.
        """
        return self._pager(self.TAGS, path=self._of(session_id))

    APPEND_TAGS = Endpoint("POST", PATH + "/tags", SessionTags, "ManageOrgSessions", body="json")

    async def append_tags(self, session_id: str, tags: Sequence[str]) -> SessionTags:
        """Add tags, 50 at the most; those that it has already stay.

        `POST /v3/organizations/{org_id}/sessions/{devin_id}/tags`, permission ManageOrgSessions.
        """
        json = {"tags": checked_tags(tags)}
        return await self._call(self.APPEND_TAGS, path=self._of(session_id), json=json)

    REPLACE_TAGS = Endpoint("PUT", PATH + "/tags", SessionTags, "ManageOrgSessions", body="json")

    async def replace_tags(self, session_id: str, tags: Sequence[str]) -> SessionTags:
        """Replace all tags, by 50 at the most.

        `PUT /v3/organizations/{org_id}/sessions/{devin_id}/tags`, permission ManageOrgSessions.
        """
        json = {"tags": checked_tags(tags)}
        return await self._call(self.REPLACE_TAGS, path=self._of(session_id), json=json)

    ATTACHMENTS = Endpoint(
        "GET", PATH + "/attachments", SessionAttachment, "ViewOrgSessions", paging="none"
    )

    def attachments(self, session_id: str) -> Pager[SessionAttachment]:
        """List the files of a session, the user's and Devin's; not paged by the API.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/attachments`, permission
        ViewOrgSessions.
        """
        return self._pager(self.ATTACHMENTS, path=self._of(session_id))

    INSIGHTS = Endpoint("GET", PATH + "/insights", SessionInsights, "ViewOrgSessions")

    async def insights(self, session_id: str) -> SessionInsights:
        """Read a session with its insights.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/insights`, permission ViewOrgSessions.
        """
        return await self._call(self.INSIGHTS, path=self._of(session_id))

    GENERATE_INSIGHTS = Endpoint(
        "POST", PATH + "/insights/generate", InsightsRequest, "ManageOrgSessions"
    )

    async def generate_insights(self, session_id: str) -> InsightsRequest:
        """Ask for an analysis, which takes about a minute; read it by `insights`.

        `POST /v3/organizations/{org_id}/sessions/{devin_id}/insights/generate`, permission
        ManageOrgSessions.
        """
        return await self._call(self.GENERATE_INSIGHTS, path=self._of(session_id))

    EVENTS = Endpoint(
        "GET", PATH + "/events", SessionEvent, "ViewOrgSessions", paging="cursor", unconfirmed=True
    )

    def events(
        self,
        session_id: str,
        *,
        categories: Sequence[SessionEventCategory] | None = None,
        event_types: Sequence[str] | None = None,
        direction: SessionEventDirection | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[SessionEvent]:
        """List what happened in a session, in short.

        Args:
            session_id: With or without the `devin-` prefix.
            categories: Of any of these; not together with *event_types*.
            event_types: Of any of these; not together with *categories*.
            direction: "incoming" or "outgoing".
            created_after: An aware datetime or unix seconds (UTC).
            created_before: An aware datetime or unix seconds (UTC).
            page_size: Items a request, 1 to 100; the server's default is 50.
            limit: Items in all.
            after: Cursor or checkpoint to go on from.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/events`, permission ViewOrgSessions.
        Unconfirmed.
        """
        query = _event_query(categories, event_types, direction, created_after, created_before)
        return self._pager(
            self.EVENTS,
            path=self._of(session_id),
            query=query,
            page_size=check_page_size(page_size, largest=_LARGEST_EVENT_PAGE),
            limit=limit,
            after=after,
        )

    SEARCH_EVENTS = Endpoint(
        "GET",
        PATH + "/events/search",
        SessionEventMatch,
        "ViewOrgSessions",
        paging="cursor",
        unconfirmed=True,
    )

    def search_events(
        self,
        session_id: str,
        query: str,
        *,
        categories: Sequence[SessionEventCategory] | None = None,
        event_types: Sequence[str] | None = None,
        direction: SessionEventDirection | None = None,
        created_after: When | None = None,
        created_before: When | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[SessionEventMatch]:
        """Search the events of a session for a text, in any case; filters as for `events`.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/events/search`, permission
        ViewOrgSessions. Unconfirmed.
        """
        filters = _event_query(categories, event_types, direction, created_after, created_before)
        return self._pager(
            self.SEARCH_EVENTS,
            path=self._of(session_id),
            query={"query": query, **filters},
            page_size=check_page_size(page_size, largest=_LARGEST_EVENT_PAGE),
            limit=limit,
            after=after,
        )

    EVENT_DETAILS = Endpoint(
        "GET",
        PATH + "/events/details",
        SessionEventDetail,
        "ViewOrgSessions",
        paging="none",
        unconfirmed=True,
    )

    def event_details(
        self,
        session_id: str,
        *,
        event_ids: Sequence[str] | None = None,
        offset: int | None = None,
        limit: int | None = None,
        max_content_length: int | None = None,
    ) -> Pager[SessionEventDetail]:
        """Read events whole, by their ids or by their place; not paged by the API.

        Args:
            session_id: With or without the `devin-` prefix.
            event_ids: At most 20; not together with *offset*.
            offset: Place of the first event, from 0, by time.
            limit: Events at the most, 1 to 50; the server's default is 20.
            max_content_length: Characters of a field before it is cut; the default is 10,000.

        `GET /v3/organizations/{org_id}/sessions/{devin_id}/events/details`, permission
        ViewOrgSessions. Unconfirmed.
        """
        check_length("event_ids", event_ids, _MOST_EVENT_IDS)
        if event_ids is not None and offset is not None:
            raise InvalidArgumentError("event_ids and offset were given; allowed: one of the two")
        query = {
            "event_ids": event_ids,
            "offset": check_count("offset", offset),
            "limit": check_count("limit", limit, smallest=1, largest=_MOST_DETAILS),
            "max_content_length": check_count("max_content_length", max_content_length),
        }
        return self._pager(self.EVENT_DETAILS, path=self._of(session_id), query=query)


def _event_query(
    categories: Sequence[str] | None,
    event_types: Sequence[str] | None,
    direction: str | None,
    created_after: When | None,
    created_before: When | None,
) -> dict[str, object]:
    if categories is not None and event_types is not None:
        raise InvalidArgumentError("categories and event_types were given; allowed: one of the two")
    return {
        "categories": categories,
        "event_types": event_types,
        "direction": direction,
        "created_after": to_seconds("created_after", created_after),
        "created_before": to_seconds("created_before", created_before),
    }
