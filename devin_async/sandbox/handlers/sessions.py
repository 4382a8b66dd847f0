"""Handlers of sessions and their messages, in an organization and over the enterprise."""

from collections.abc import Callable, Iterator
from typing import Any

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.handlers.cursors import page
from devin_async.sandbox.handlers.listing import cursor_position, listing
from devin_async.sandbox.world.attachments import check_attachments
from devin_async.sandbox.world.security_profiles import check_selection, inherited
from devin_async.sandbox.world.session_life import Session
from devin_async.sandbox.world.session_rules import check_impersonation, check_new_session
from devin_async.sandbox.world.state import Call, Handler, State

_SESSIONS = "/v3/organizations/{org_id}/sessions"
_SESSION = "/v3/organizations/{org_id}/sessions/{devin_id}"
_MESSAGES = "/v3/organizations/{org_id}/sessions/{devin_id}/messages"
_ALL_SESSIONS = "/v3/enterprise/sessions"
_ANY_SESSION = "/v3/enterprise/sessions/{devin_id}"
_ANY_MESSAGES = "/v3/enterprise/sessions/{devin_id}/messages"


def create_session(call: Call, state: State) -> dict[str, Any]:
    """Create a session."""
    answer = state.sessions.as_changed_json(start_session(call, state))
    return {**answer, "child_session_ids": None}


def start_session(call: Call, state: State) -> Session:
    """Create the session that the body asks for, and log it."""
    check_new_session(call.org_id, call.body, call.principal, state)
    check_attachments(call.body.get("attachment_urls") or (), call.org_id, state)
    default_tag = state.store.read("default_tag", call.org_id)
    body = {**call.body, "security_profile": _security_profile(call, state)}
    if default_tag and not body.get("tags"):
        body["tags"] = [default_tag]
    parent_id = call.query.get("devin_id")
    parent = None if parent_id is None else find_session(state, parent_id, call.org_id)
    session = state.sessions.create(call.org_id, body, call.principal, parent)
    state.log(call, "create_session", call.org_id, session_id=session.session_id)
    return session


def _security_profile(call: Call, state: State) -> dict[str, Any] | None:
    """Return the profile that holds for a new session: the one asked for, else the default."""
    choice = call.body.get("security_profile")
    if choice is not None:
        check_selection(choice, call.org_id, state, ("body", "security_profile"))
    if choice is None or choice.get("selection") == "inherit":
        profile_id = inherited(call.org_id, "default", state)
        is_shown = choice is not None or profile_id is not None
        return {"selection": "inherit", "profile_id": profile_id} if is_shown else None
    return {"selection": "profile", **choice}


def find_session(state: State, session_id: str, org_id: str | None) -> Session:
    """Return a session, in one organization or in all.

    Raises:
        Problem: With 404, when there is none.
    """
    session = state.sessions.find(session_id, org_id)
    if session is None:
        raise Problem(404, "There is no such session")
    return session


def session_of(call: Call, state: State) -> Session:
    """Return the session that the path names.

    Raises:
        Problem: With 404, when there is none.
    """
    org_id = call.path.get("org_id") or call.query.get("org_id")
    return find_session(state, call.path["devin_id"], org_id)


def get_session(call: Call, state: State) -> dict[str, Any]:
    """Read a session."""
    return state.sessions.as_json(session_of(call, state))


def list_sessions(call: Call, state: State) -> dict[str, Any]:
    """List sessions, newest first."""
    return sessions_page(call, state, state.sessions.as_json)


def sessions_page(
    call: Call, state: State, render: Callable[[Session], dict[str, Any]]
) -> dict[str, Any]:
    """Cut a page of the sessions that pass the filters, and count all of them."""
    below = cursor_position(call)
    sessions = [(session.index, session) for session in _matching(call, state)]
    ahead = [pair for pair in sessions if below is None or pair[0] < below]
    return page(call.list_name, ahead, call.query["first"], render, len(sessions))


def _matching(call: Call, state: State) -> Iterator[Session]:
    """Yield the sessions that pass the filters, newest first."""
    for session in state.sessions.newest_first(call.path.get("org_id")):
        kept = session.org_id in state.organizations or call.query.get("include_deleted_orgs")
        visible = session.created_at <= state.visible_until
        if kept and visible and state.sessions.matches(session, call.query):
            yield session


def terminate_session(call: Call, state: State) -> dict[str, Any]:
    """End a session for good; one that has ended already is a conflict."""
    session = session_of(call, state)
    _refuse_ended(session)
    state.sessions.terminate(session, archive=call.query["archive"])
    state.log(call, "terminate_session", session.org_id, session_id=session.session_id)
    return state.sessions.as_changed_json(session)


def _refuse_ended(session: Session) -> None:
    if session.terminated_at is not None:
        raise Problem(409, "The session has ended")


def list_messages(call: Call, state: State) -> dict[str, Any]:
    """List what was said in a session, oldest first."""
    messages = state.sessions.messages(session_of(call, state))
    shown = [item for item in messages if item["created_at"] <= state.visible_until]
    page_of_messages: dict[str, Any] = listing(call, enumerate(shown), dict)
    return page_of_messages


def send_message(call: Call, state: State) -> dict[str, Any]:
    """Give a session a message, which wakes it."""
    session = session_of(call, state)
    as_user: str | None = call.body.get("message_as_user_id")
    check_impersonation(as_user, call.principal, session.org_id, state)
    _refuse_ended(session)
    if session.is_archived:
        raise Problem(409, "The session is archived: it can be read only")
    check_attachments(call.body.get("attachment_urls") or (), session.org_id, state)
    urls = call.body.get("attachment_urls")
    state.sessions.send(session, call.body["message"], call.principal, as_user, urls)
    state.log(call, "send_message", session.org_id, session_id=session.session_id)
    return state.sessions.as_changed_json(session)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("POST", _SESSIONS): create_session,
    ("GET", _SESSIONS): list_sessions,
    ("GET", _SESSION): get_session,
    ("DELETE", _SESSION): terminate_session,
    ("GET", _MESSAGES): list_messages,
    ("POST", _MESSAGES): send_message,
    ("GET", _ALL_SESSIONS): list_sessions,
    ("GET", _ANY_SESSION): get_session,
    ("GET", _ANY_MESSAGES): list_messages,
    ("POST", _ANY_MESSAGES): send_message,
}
