"""Handlers of reviews of pull requests, which finish by the clock."""

import re
from typing import Any

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.base.stages import stage
from devin_async.sandbox.contract.filling import fill
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Record

PENDING_SECONDS, RUNNING_SECONDS = 5, 60

# GitHub, GitLab, Bitbucket and Azure DevOps each have a word of their own for it.
_PULL_REQUEST = re.compile(
    r"https?://(?P<repo>[^/]+/.+?)/(?:-/)?"
    r"(?:pull|pulls|merge_requests|pull-requests|pullrequest)/(?P<number>\d+)/?"
)


def _parsed(url: str, place: str) -> tuple[str, int]:
    match = _PULL_REQUEST.fullmatch(url)
    if match is None:
        message = "Input should be the URL of a pull request"
        raise invalid([field_error((place, "pr_url"), message, "value_error")])
    return match["repo"], int(match["number"])


def start_review(call: Call, state: State) -> dict[str, Any]:
    """Review the newest commit of a pull request, unless a review of it is under way."""
    repo_path, number = _parsed(call.body["pr_url"], "body")
    owner = call.path.get("org_id")
    collection = state.store.collection("review")
    for record in collection.of(owner):
        is_same = _is_of(record, repo_path, number)
        if is_same and _status(record, state) in ("pending", "running"):
            return _show(call, state, record)
    commit = hex_id(state.seed, "head", repo_path, number, length=40)
    fields = {"repo_path": repo_path, "pr_number": number, "commit_sha": commit}
    return _show(call, state, collection.add(owner, fields))


def get_review(call: Call, state: State) -> dict[str, Any]:
    """Read the newest review of a pull request or of one of its commits."""
    repo_path, number = _parsed(call.query["pr_url"], "query")
    owner, commit = call.path.get("org_id"), call.query["commit_sha"] or ""
    for record in reversed(list(state.store.collection("review"))):
        is_seen = owner is None or record.owner in (None, owner)
        is_wanted = record.fields["commit_sha"].startswith(commit.lower())
        if is_seen and is_wanted and _is_of(record, repo_path, number):
            return _show(call, state, record)
    raise Problem(404, "There is no review of this commit")


def _is_of(record: Record, repo_path: str, number: int) -> bool:
    fields = record.fields
    return bool(fields["repo_path"] == repo_path and fields["pr_number"] == number)


def _status(record: Record, state: State) -> str:
    ends = {"pending": PENDING_SECONDS, "running": RUNNING_SECONDS}
    return stage(state.clock.now() - record.created_at, ends, "completed")


def _show(call: Call, state: State, record: Record) -> dict[str, Any]:
    values = {
        **record.fields,
        "status": _status(record, state),
        "created_at": int(record.created_at),
    }
    operation = call.operation
    return fill(operation.resolve, operation.answer, values, record.record_id)


HANDLERS: dict[tuple[str, str], Handler] = {
    (method, f"{scope}/pr-reviews"): handler
    for scope in ("/v3/organizations/{org_id}", "/v3/enterprise")
    for method, handler in (("POST", start_review), ("GET", get_review))
}
