"""Handlers of what is done with a session: tags, archive, insights, attachments, events."""

from collections.abc import Sequence
from typing import Any

from devin_async.sandbox.base.problems import Answer, Problem, field_error, invalid
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.handlers.sessions import session_of, sessions_page
from devin_async.sandbox.world.attachments import attachments, keep, of_session, show
from devin_async.sandbox.world.session_events import Event, events_of
from devin_async.sandbox.world.session_insights import with_insights
from devin_async.sandbox.world.session_life import Session
from devin_async.sandbox.world.session_rules import check_tags
from devin_async.sandbox.world.state import Call, Handler, State

MOST_TAGS = 50

_ORGANIZATION = "/v3/organizations/{org_id}"
_EVENTS = f"{_ORGANIZATION}/sessions/{{devin_id}}/events"


def get_tags(call: Call, state: State) -> dict[str, Any]:
    """Read the tags of a session."""
    return {"tags": session_of(call, state).tags}


def add_tags(call: Call, state: State) -> dict[str, Any]:
    """Add tags to a session, each once."""
    session = session_of(call, state)
    return _set_tags(call, state, session, [*session.tags, *call.body["tags"]])


def replace_tags(call: Call, state: State) -> dict[str, Any]:
    """Put other tags in place of those of a session."""
    return _set_tags(call, state, session_of(call, state), call.body["tags"])


def _set_tags(call: Call, state: State, session: Session, tags: Sequence[str]) -> dict[str, Any]:
    check_tags(call.body["tags"], session.org_id, state)
    distinct = list(dict.fromkeys(tags))
    if len(distinct) > MOST_TAGS:
        message = f"A session should have at most {MOST_TAGS} tags"
        raise invalid([field_error(("body", "tags"), message, "too_long")])
    session.request = {**session.request, "tags": distinct}
    return {"tags": distinct}


def archive_session(call: Call, state: State) -> dict[str, Any]:
    """Archive a session and those it started."""
    session = session_of(call, state)
    state.sessions.archive(session)
    state.log(call, "sleep_session", session.org_id, session_id=session.session_id)
    return state.sessions.as_changed_json(session)


def unarchive_session(call: Call, state: State) -> dict[str, Any]:
    """Take a session, but none of those it started, out of the archive."""
    session = session_of(call, state)
    session.is_archived = False
    return state.sessions.as_changed_json(session)


def get_insights(call: Call, state: State) -> dict[str, Any]:
    """Read the insights of a session."""
    return _insights(session_of(call, state), state)


def list_insights(call: Call, state: State) -> dict[str, Any]:
    """List sessions with their insights, newest first."""
    return sessions_page(call, state, lambda session: _insights(session, state))


def _insights(session: Session, state: State) -> dict[str, Any]:
    messages = state.sessions.messages(session)
    return with_insights(session, state.sessions.as_json(session), messages, state.clock.now())


def generate_insights(call: Call, state: State) -> dict[str, Any]:
    """Start the analysis of a session, once."""
    session = session_of(call, state)
    is_new = session.insights_requested_at is None
    if is_new:
        session.insights_requested_at = state.clock.now()
    return {"session_id": session.session_id, "status": "started" if is_new else "already_exists"}


def list_attachments(call: Call, state: State) -> list[dict[str, Any]]:
    """List the attachments of a session."""
    return of_session(session_of(call, state), state, call.base_url)


def upload_attachment(call: Call, state: State) -> dict[str, Any]:
    """Keep an uploaded file."""
    return show(keep(state, call.org_id, call.body), call.base_url)


def download_attachment(call: Call, state: State) -> Answer:
    """Send the caller on to a link that gives the file."""
    record = attachments(state).get(call.org_id, call.path["uuid"])
    file = record.hidden["file"]
    if file.name != call.path["name"]:
        raise Problem(404, "There is no such attachment")
    url, _ = state.downloads.link(call.base_url, f"attachment/{record.record_id}", file)
    return Answer(call.operation.status, content_type="", headers={"Location": url})


def list_events(call: Call, state: State) -> dict[str, Any]:
    """List what happened in a session, oldest first."""
    answer: dict[str, Any] = listing(call, enumerate(_events(call, state)), Event.as_summary)
    return answer


def search_events(call: Call, state: State) -> dict[str, Any]:
    """Search what happened in a session."""
    matches = (event.as_match(call.query["query"]) for event in _events(call, state))
    positioned = ((i, match) for i, match in enumerate(matches) if match is not None)
    answer: dict[str, Any] = listing(call, positioned, dict)
    return answer


def _events(call: Call, state: State) -> list[Event]:
    query = call.query
    if query["categories"] and query["event_types"]:
        raise _conflict("categories", "event_types")
    return [
        event
        for event in _all_events(call, state)
        if (not query["categories"] or event.category in query["categories"])
        and (not query["event_types"] or event.event_type in query["event_types"])
        and query["direction"] in (None, event.direction)
        and state.bounds.contain(event.created_at, query["created_after"], query["created_before"])
    ]


def _all_events(call: Call, state: State) -> list[Event]:
    session = session_of(call, state)
    messages = state.sessions.messages(session)
    return events_of(session, messages, state.seed, state.clock.now())


def get_event_details(call: Call, state: State) -> dict[str, Any]:
    """Read events in full, by their ids or from an offset on."""
    query = call.query
    if query["event_ids"] and query["offset"] is not None:
        raise _conflict("event_ids", "offset")
    events = _all_events(call, state)
    if query["event_ids"]:
        chosen = [event for event in events if event.event_id in query["event_ids"]]
    else:
        begin = query["offset"] or 0
        chosen = events[begin : begin + query["limit"]]
    return {"items": [event.as_detail(query["max_content_length"]) for event in chosen]}


def _conflict(first: str, second: str) -> Problem:
    message = f"{first} and {second} exclude each other"
    return invalid([field_error(("query", first), message, "value_error")])


def _of_scope(path: str) -> dict[tuple[str, str], Handler]:
    return {
        ("GET", path + "/insights"): list_insights,
        ("GET", path + "/{devin_id}/insights"): get_insights,
        ("POST", path + "/{devin_id}/insights/generate"): generate_insights,
        ("GET", path + "/{devin_id}/attachments"): list_attachments,
        ("GET", path + "/{devin_id}/tags"): get_tags,
        ("POST", path + "/{devin_id}/tags"): add_tags,
        ("PUT", path + "/{devin_id}/tags"): replace_tags,
    }


HANDLERS: dict[tuple[str, str], Handler] = {
    **_of_scope(_ORGANIZATION + "/sessions"),
    **_of_scope("/v3/enterprise/sessions"),
    ("POST", _ORGANIZATION + "/sessions/{devin_id}/archive"): archive_session,
    ("POST", _ORGANIZATION + "/sessions/{devin_id}/unarchive"): unarchive_session,
    ("POST", _ORGANIZATION + "/attachments"): upload_attachment,
    ("GET", _ORGANIZATION + "/attachments/{uuid}/{name}"): download_attachment,
    ("GET", _EVENTS): list_events,
    ("GET", _EVENTS + "/search"): search_events,
    ("GET", _EVENTS + "/details"): get_event_details,
}
