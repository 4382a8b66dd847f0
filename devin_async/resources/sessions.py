"""Sessions of an organization."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar, Unpack

from devin_async import jobs, models
from devin_async.base.arguments import (
    check_count,
    check_filled,
    check_length,
    check_page_size,
    check_text,
    check_urls,
)
from devin_async.base.plain_json import as_array
from devin_async.base.secret import Secret
from devin_async.base.times import When, seconds_of, to_seconds
from devin_async.codec import v3beta1
from devin_async.errors import DevinError, InvalidArgumentError, WaitTimeoutError
from devin_async.jobs.once import Once, check_once, create_once
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.session_content import (
    SessionAttachment,
    SessionEvent,
    SessionEventCategory,
    SessionEventDetail,
    SessionEventDirection,
    SessionEventMatch,
    SessionTags,
)
from devin_async.models.sessions import NewSession, Session, SessionMessage, SessionSecret
from devin_async.protocol.endpoints import Endpoint
from devin_async.resources.session_base import SessionFilters, Sessions, checked_tags

__all__ = ["OrganizationSessions"]

T = TypeVar("T")

_LARGEST_EVENT_PAGE = 100
_MOST_EVENT_IDS = 20
_MOST_DETAILS = 50


class OrganizationSessions(Sessions):
    """Reached as `devin.organization(id).sessions`."""

    PATH = "/v3/organizations/{org_id}/sessions"
    ONE = PATH + "/{devin_id}"

    CREATE = Endpoint(
        "POST",
        PATH,
        Session,
        "UseDevinSessions",
        body="json",
        v3beta1=Endpoint(
            "POST",
            "/v3beta1/organizations/{org_id}/sessions",
            Session,
            "UseDevinSessions",
            body="json",
            dialect=v3beta1.NEW_SESSION,
        ),
    )

    async def create(
        self,
        prompt: str,
        *,
        once: str | None = None,
        once_strict: bool = False,
        rerun: bool = False,
        settle: float = 120,
        **settings: Unpack[NewSession],
    ) -> Session:
        """Start a session; never sent twice unless the first try certainly did not arrive.

        The API knows no idempotency key, so *once* travels as the tag `once:<key>`, which lists
        find. A session that has it is given back instead of a new one. It costs a list call, and
        the permission ViewOrgSessions. Not promised: two processes that create at one instant; a
        session that lists show later than *settle*; a tag that somebody removed.

        Args:
            prompt: What to do.
            once: Key of this piece of work, up to 200 characters, such as
                "health-2026-11-22-org-7". After an unknown outcome the session is looked for, for
                *settle*, and only then is created again.
            once_strict: Raise OutcomeUnknownError instead of creating again.
            rerun: A try of this key may have been cut off just now, so look for *settle* before the
                first create, too. A fan-out that runs an unknown item again says so by itself.
            settle: Seconds that a new session may be missing in lists.
            settings: `NewSession`: title, tags, playbook_id, max_acu_limit and others.

        Raises:
            OutcomeUnknownError: It may have been started; look for it before repeating.
            ValidationFailedError: Also when the organization refuses the tag; nothing was started.
            BudgetExceededError: The client has a budget that it does not fit into.

        `POST /v3/organizations/{org_id}/sessions`, permission UseDevinSessions.
        """
        check_filled("prompt", prompt)
        key = check_once(once, strict=once_strict, rerun=rerun, settle=settle)
        json, secrets = _new_session(prompt, settings, key)
        budget = self._caller.budget
        if key is None and budget is None:
            return await self._call(self.CREATE, json=json, secrets=secrets)
        send = partial(self._call, self.CREATE, json=json, secrets=secrets)
        if budget is not None:
            send = partial(jobs.budget.Admission(budget, settings.get("max_acu_limit")).send, send)
        return await (send() if key is None else self._create_once(key, send))

    async def run(
        self,
        prompt: str,
        *,
        result: type[T],
        timeout: float | None = 3600,  # noqa: ASYNC109 - of many calls, on the client's clock
        interval: float = 5,
        once: str | None = None,
        **settings: Unpack[NewSession],
    ) -> "jobs.structured.SessionResult[T]":
        """Start a session, wait until it has settled, and give its structured output.

        The session is beside the output, with its url, pull requests and ACUs.

        Args:
            prompt: What to do.
            result: Class of the output: an attrs class, a dataclass, a TypedDict or a Struct. Its
                JSON Schema goes along; docstrings become descriptions, and
                `Annotated[int, msgspec.Meta(ge=0, description="...")]` bounds and explains a field.
            timeout: Seconds to wait; None for no limit. The session runs on.
            interval: Seconds between the first looks.
            once: As for `create`: run again, it waits for the session that is there.
            settings: As for `create`.

        Raises:
            SessionFailedError: It settled without output; `session` says why.
            StructuredOutputError: The output does not fit; `json_path` and `value` say where.
            WaitTimeoutError: It took longer; `session` can be waited for again.
            DevinError: It could not be started or, with `outcome` "unknown", not be waited for.
        """
        if settings.get("structured_output_schema") is not None:
            raise InvalidArgumentError("structured_output_schema is given, but result= makes it")
        asked: NewSession = {
            **settings,
            "structured_output_schema": jobs.structured.schema_of(result),
        }
        self._watch(timeout, interval)  # refused before a session is started, not after
        session = await self.create(prompt, once=once, **asked)
        name = session.session_id
        try:
            done = await self.wait(name, timeout=timeout, interval=interval, output=True)
        except DevinError as error:
            error.outcome = "unknown"  # of the run; of a look it would say to repeat it
            error.add_note(f"session {name} was started, and may run on")
            if isinstance(error, WaitTimeoutError):
                error.session = error.session or session
            raise
        output = jobs.structured.read_output(done, result, self._caller.redactor())
        return jobs.structured.SessionResult(output=output, session=done)

    async def _create_once(self, once: Once, send: Callable[[], Awaitable[Session]]) -> Session:
        """Send a create, unless a list has the session of its key already."""
        caller = self._caller
        place = "/".join((*self._scope.values(), once.tag))
        trying = caller.tries.of(place, self._clock)
        most = caller.options.max_attempts
        return await create_once(once, send, self._tagged, trying, most_sends=most)

    async def _tagged(self, tag: str) -> Session | None:
        """Find the first session that has *tag*."""
        sessions = await self._listed(tags=[tag]).collect()
        tagged = [one for one in sessions if tag in (as_array(one.tags) or ())]
        return min(tagged, key=lambda one: seconds_of(one.created_at), default=None)

    LIST = Endpoint("GET", PATH, Session, "ViewOrgSessions", paging="cursor")

    def list(self, **filters: Unpack[SessionFilters]) -> Pager[Session]:
        """List sessions.

        `GET /v3/organizations/{org_id}/sessions`, permission ViewOrgSessions.
        """
        return self._sessions(self.LIST, filters)

    LIST_INSIGHTS = Endpoint(
        "GET",
        PATH + "/insights",
        lambda: models.session_insights.SessionInsights,
        "ViewOrgSessions",
        paging="cursor",
    )

    def list_insights(
        self, **filters: Unpack[SessionFilters]
    ) -> "Pager[models.session_insights.SessionInsights]":
        """List sessions with their insights.

        `GET /v3/organizations/{org_id}/sessions/insights`, permission ViewOrgSessions.
        """
        return self._sessions(self.LIST_INSIGHTS, filters)

    GET = Endpoint("GET", ONE, Session, "ViewOrgSessions")
    MESSAGES = Endpoint(
        "GET", ONE + "/messages", SessionMessage, "ViewOrgSessions", paging="cursor"
    )
    SEND_MESSAGE = Endpoint("POST", ONE + "/messages", Session, "ManageOrgSessions", body="json")
    ATTACHMENTS = Endpoint(
        "GET", ONE + "/attachments", SessionAttachment, "ViewOrgSessions", paging="none"
    )
    INSIGHTS = Endpoint(
        "GET", ONE + "/insights", lambda: models.session_insights.SessionInsights, "ViewOrgSessions"
    )
    GENERATE_INSIGHTS = Endpoint(
        "POST",
        ONE + "/insights/generate",
        lambda: models.session_insights.InsightsRequest,
        "ManageOrgSessions",
    )
    TAGS = Endpoint("GET", ONE + "/tags", str, "ViewOrgSessions", paging="none", envelope="tags")
    APPEND_TAGS = Endpoint("POST", ONE + "/tags", SessionTags, "ManageOrgSessions", body="json")
    REPLACE_TAGS = Endpoint("PUT", ONE + "/tags", SessionTags, "ManageOrgSessions", body="json")

    TERMINATE = Endpoint("DELETE", ONE, Session, "ManageOrgSessions")

    async def terminate(self, session_id: str, *, archive: bool | None = None) -> Session:
        """End a session for good; *archive* puts it away as well.

        `DELETE /v3/organizations/{org_id}/sessions/{devin_id}`, permission ManageOrgSessions.
        """
        query = {"archive": archive}
        return await self._call(self.TERMINATE, path=self._of(session_id), query=query)

    ARCHIVE = Endpoint("POST", ONE + "/archive", Session, "ManageOrgSessions")

    async def archive(self, session_id: str) -> Session:
        """Put a session and those that it started away; they go to sleep.

        `POST .../sessions/{devin_id}/archive`, permission ManageOrgSessions.
        """
        return await self._call(self.ARCHIVE, path=self._of(session_id))

    UNARCHIVE = Endpoint("POST", ONE + "/unarchive", Session, "ManageOrgSessions", unconfirmed=True)

    async def unarchive(self, session_id: str) -> Session:
        """Get a session back, without those that it started.

        `POST .../sessions/{devin_id}/unarchive`, permission ManageOrgSessions. Unconfirmed.
        """
        return await self._call(self.UNARCHIVE, path=self._of(session_id))

    EVENTS = Endpoint(
        "GET", ONE + "/events", SessionEvent, "ViewOrgSessions", paging="cursor", unconfirmed=True
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

        Experimental: a server was seen to answer 404 to the three calls of events.

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
        ONE + "/events/search",
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

        Experimental, as `events` is.

        `GET .../sessions/{devin_id}/events/search`, permission ViewOrgSessions. Unconfirmed.
        """
        filters = _event_query(categories, event_types, direction, created_after, created_before)
        check_page_size(options.get("page_size"), largest=_LARGEST_EVENT_PAGE)
        asked = {"query": query, **filters}
        return self._pager(self.SEARCH_EVENTS, options, path=self._of(session_id), query=asked)

    EVENT_DETAILS = Endpoint(
        "GET",
        ONE + "/events/details",
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

        Experimental, as `events` is.

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


def _new_session(
    prompt: str, settings: NewSession, key: Once | None
) -> tuple[dict[str, Any], tuple[Secret, ...]]:
    """Check what a session is started with; give the body, and the secrets in it."""
    if not settings and key is None:
        return {"prompt": prompt}, ()
    tags = checked_tags(settings.get("tags"))
    if key is not None:
        tags = checked_tags([*(tags or ()), key.tag], name="tags (once= adds one)")
    if "attachment_urls" in settings:
        check_urls("attachment_urls", settings["attachment_urls"])
    check_count("max_acu_limit", settings.get("max_acu_limit"), smallest=1)
    secrets = _checked_secrets(settings.get("session_secrets"))
    return {**settings, "prompt": prompt, "tags": tags}, secrets


def _checked_secrets(secrets: Sequence[SessionSecret] | None) -> tuple[Secret, ...]:
    """Check the secrets of a session, and give the values that no message may repeat."""
    values: list[Any] = []  # each is a Secret, as the signature made of it
    for secret in secrets or ():
        check_text("session_secrets key", secret.key, smallest=1, largest=256)
        check_text("session_secrets value", secret.value, largest=65_536)
        values.append(secret.value)
    return tuple(values)
