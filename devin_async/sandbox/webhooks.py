"""The inboxes of automations: a path beside the API that starts what an automation says."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from .automation_rules import has_webhook
from .problems import Answer, Problem, json_answer
from .state import State
from .store import Record

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
    for action in automation.fields["actions"]:
        if action.get("type") == "start_session" and automation.owner:
            settings: Mapping[str, Any] = action.get("session") or {}
            request = {"prompt": action["prompt"], "tags": settings.get("tags")}
            session = state.sessions.create(
                automation.owner, request, automation.hidden["principal"], origin="automation"
            )
            session.automation_id = automation.record_id
    automation.hidden["last_invocation"] = {
        "fired_at": int(state.clock.now()),
        "status": "succeeded",
    }
