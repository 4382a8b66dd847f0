"""What happened in a session of an organization: its events."""

from collections.abc import Sequence
from typing import Unpack

from devin_async.base.arguments import check_count, check_length, check_page_size
from devin_async.base.times import When, to_seconds
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.session_content import (
    SessionEvent,
    SessionEventCategory,
    SessionEventDetail,
    SessionEventDirection,
    SessionEventMatch,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resources.session_base import Sessions

_LARGEST_EVENT_PAGE = 100
_MOST_EVENT_IDS = 20
_MOST_DETAILS = 50


class SessionEvents(Sessions):
    """The events of an organization's sessions."""

    PATH = "/v3/organizations/{org_id}/sessions/{devin_id}"

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
        **options: Unpack[ListOptions],
    ) -> Pager[SessionEvent]:
        """List what happened in a session, in short.

        Args:
            session_id: With or without the `devin-` prefix.
            categories: Of any of these; not together with *event_types*.
            event_types: Of any of these; not together with *categories*.
            direction: "incoming" or "outgoing".
            created_after: An aware datetime or unix seconds (UTC).
            created_before: An aware datetime or unix seconds (UTC).
            options: `ListOptions`; the page size is 1 to 100, and 50 if left out.

        `GET .../sessions/{devin_id}/events`, permission ViewOrgSessions. Unconfirmed.
        """
        query = _event_query(categories, event_types, direction, created_after, created_before)
        check_page_size(options.get("page_size"), largest=_LARGEST_EVENT_PAGE)
        return self._pager(self.EVENTS, options, path=self._of(session_id), query=query)

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
        **options: Unpack[ListOptions],
    ) -> Pager[SessionEventMatch]:
        """Search the events of a session for a text, in any case; filters as for `events`.

        `GET .../sessions/{devin_id}/events/search`, permission ViewOrgSessions. Unconfirmed.
        """
        filters = _event_query(categories, event_types, direction, created_after, created_before)
        check_page_size(options.get("page_size"), largest=_LARGEST_EVENT_PAGE)
        asked = {"query": query, **filters}
        return self._pager(self.SEARCH_EVENTS, options, path=self._of(session_id), query=asked)

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

        `GET .../sessions/{devin_id}/events/details`, permission ViewOrgSessions. Unconfirmed.
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
