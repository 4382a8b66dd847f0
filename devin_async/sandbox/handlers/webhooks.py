"""The inboxes of automations: a path beside the API that starts what an automation says."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from devin_async.sandbox.base.problems import Answer, Problem, json_answer
from devin_async.sandbox.world.automation_rules import has_webhook
from devin_async.sandbox.world.session_life import Session
from devin_async.sandbox.world.state import State
from devin_async.sandbox.world.store import Record

PREFIX = "/_webhooks/"
SECRET_HEADER = "X-Webhook-Secret"  # noqa: S105 - the name of a header


def receive(path: str, headers: Mapping[str, str], state: State) -> Answer:
    """Let an automation run once.

    Raises:
        Problem: With 404 or 401, when the inbox or its secret is not known.
    """
    automation = state.store.collection("automation").find(path.removeprefix(PREFIX))
    if automation is None or not has_webhook(automation.fields["triggers"]):
        raise Problem(404, "There is no such inbox")
    secret: str = automation.hidden["secret"]
    if not compare_digest(headers.get(SECRET_HEADER, "").encode(), secret.encode()):
        raise Problem(401, "The secret is not that of the inbox")
    if automation.fields["enabled"]:
        _run(automation, state)
    return json_answer({}, 202)


def _run(automation: Record, state: State) -> None:
    done = {_act(action, automation, state) for action in automation.fields["actions"]}
    status = next(name for name in ("failed", "skipped", "succeeded") if name in done)
    automation.hidden["last_invocation"] = {"fired_at": int(state.clock.now()), "status": status}


def _act(action: dict[str, Any], automation: Record, state: State) -> str:
    """Do one action, and tell how it went; what the sandbox cannot do is skipped."""
    kind = action.get("type", "start_session")
    if kind == "message_session":
        return _write(action, automation, state)
    if kind != "start_session":
        return "skipped"
    _start(action, automation, state)
    return "succeeded"


def _start(action: Mapping[str, Any], automation: Record, state: State) -> Session:
    config: Mapping[str, Any] = action.get("session") or {}
    settings: Mapping[str, Any] = automation.fields.get("session_settings") or {}
    request = {
        "prompt": action["prompt"],
        "tags": config.get("tags"),
        "devin_mode": settings.get("devin_mode"),
    }
    owner, principal = str(automation.owner), automation.hidden["principal"]
    session = state.sessions.create(owner, request, principal, origin="automation")
    session.automation_id = automation.record_id
    return session


def _write(action: dict[str, Any], automation: Record, state: State) -> str:
    """Write to the session of an action, which the first time may have to be made."""
    target: str | None = action.get("target_devin_id")
    if target is None:
        action["target_devin_id"] = _start(action, automation, state).session_id
        return "succeeded"
    session = state.sessions.find(target, automation.owner)
    if session is None or session.terminated_at is not None or session.is_archived:
        return "failed"
    state.sessions.send(session, action["prompt"], automation.hidden["principal"], None)
    return "succeeded"
