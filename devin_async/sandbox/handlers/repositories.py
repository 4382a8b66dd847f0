"""Handlers of repositories and their indexing: jobs that finish by the clock."""

from collections.abc import Iterable, Mapping
from typing import Any

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.base.stages import stage
from devin_async.sandbox.handlers.git import PERMISSIONS
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.world.state import Call, Handler, State

DEFAULT_BRANCH = "main"
SEARCH_SECONDS, WIKI_SECONDS = 30, 90
_SHORT_COMMIT = 8  # characters of the commit that a job of a wiki tells

_REPOSITORIES = "/v3beta1/organizations/{org_id}/repositories"
_INDEXING = _REPOSITORIES + "/{repository_path}/indexing"


def _reachable(call: Call, state: State) -> list[dict[str, Any]]:
    permissions = state.store.collection(PERMISSIONS.kind).of(call.org_id)
    return list(state.catalog.reachable([record.fields for record in permissions]))


def list_repositories(call: Call, state: State) -> Any:
    """List the repositories that the organization reaches."""
    query, now = call.query, state.clock.now()
    wanted, only = (query["filter_name"] or "").lower(), query["only_repo_paths"]
    repositories = [
        (index, repository)
        for index, repository in enumerate(_reachable(call, state))
        if wanted in repository["repo_path"].lower()
        and (not only or repository["repo_path"] in only)
        and repository["repo_path"] not in (query["exclude_repo_paths"] or ())
    ]

    def show(repository: Mapping[str, Any]) -> dict[str, Any]:
        branches = _branches(call, state, repository["repo_path"])
        status = _status(repository["repo_path"], branches, now)
        return {**repository, "indexing_status": status if query["load_indexing_status"] else None}

    return listing(call, repositories, show, ends_with_cursor=True)


def list_indexing(call: Call, state: State) -> Any:
    """List how the repositories are indexed."""
    paths = [repository["repo_path"] for repository in _reachable(call, state)]
    return listing(call, enumerate(paths), lambda path: _show(call, state, path))


def get_indexing(call: Call, state: State) -> dict[str, Any]:
    """Read how one repository is indexed."""
    path = _checked(call, state, [call.path["repository_path"]])[0]
    return _status(path, _branches(call, state, path), state.clock.now())


def index_repository(call: Call, state: State) -> dict[str, Any]:
    """Index branches of a repository, its default one when none is named."""
    path = _checked(call, state, [call.path["repository_path"]])[0]
    return _index(call, state, path, call.body.get("branch_names"))


def index_repositories(call: Call, state: State) -> list[dict[str, Any]]:
    """Index branches of several repositories."""
    wanted = call.body["repositories"]
    _checked(call, state, [item["repository_path"] for item in wanted])
    return [
        _index(call, state, item["repository_path"], item.get("branch_names")) for item in wanted
    ]


def unindex_repository(call: Call, state: State) -> dict[str, Any]:
    """Index a repository no longer."""
    path = _checked(call, state, [call.path["repository_path"]])[0]
    return _write(call, state, path, {})


def unindex_repositories(call: Call, state: State) -> list[dict[str, Any]]:
    """Index several repositories no longer."""
    paths = _checked(call, state, call.body["repository_paths"])
    return [_write(call, state, path, {}) for path in paths]


def unindex_branch(call: Call, state: State) -> dict[str, Any]:
    """Index a branch no longer."""
    path = _checked(call, state, [call.path["repository_path"]])[0]
    branches, gone = _branches(call, state, path), call.path["branch_name"]
    if gone not in branches:
        raise Problem(404, "The branch is not indexed")
    kept = {branch: since for branch, since in branches.items() if branch != gone}
    return _write(call, state, path, kept)


def _checked(call: Call, state: State, paths: Iterable[str]) -> list[str]:
    reachable = {repository["repo_path"] for repository in _reachable(call, state)}
    wanted = list(paths)
    if not reachable.issuperset(wanted):
        raise Problem(404, "The organization reaches no such repository")
    return wanted


def _index(call: Call, state: State, path: str, branch_names: list[str] | None) -> dict[str, Any]:
    now = state.clock.now()
    started = dict.fromkeys(branch_names or [DEFAULT_BRANCH], now)
    return _write(call, state, path, {**_branches(call, state, path), **started})


def _branches(call: Call, state: State, path: str) -> dict[str, float]:
    """Return the indexed branches and since when they are, in unix seconds."""
    branches: dict[str, float] = state.store.read(f"indexing:{path}", call.org_id, {})
    return branches


def _write(call: Call, state: State, path: str, branches: dict[str, float]) -> dict[str, Any]:
    state.store.write(f"indexing:{path}", call.org_id, branches)
    return _show(call, state, path)


def _show(call: Call, state: State, path: str) -> dict[str, Any]:
    branches = _branches(call, state, path)
    return {
        "repository_path": path,
        "branches": list(branches),
        "indexing_enabled": bool(branches),
        "indexing_status": _status(path, branches, state.clock.now()),
    }


def _status(path: str, branches: Mapping[str, float], now: float) -> dict[str, Any]:
    jobs = [_job(path, branch, since, SEARCH_SECONDS, now) for branch, since in branches.items()]
    wikis = [_job(path, branch, since, WIKI_SECONDS, now) for branch, since in branches.items()]
    return {
        "indexing_enabled": bool(branches),
        "latest_completed_search_index_job": _last_completed(jobs),
        "latest_completed_wiki_index_job": _last_completed(map(_shortened, wikis)),
        "latest_indexes": jobs,
    }


def _job(path: str, branch: str, since: float, seconds: int, now: float) -> dict[str, Any]:
    return {
        "job_id": f"repo-idx-job-{hex_id(0, path, branch, int(since), seconds)}",
        "branch_name": branch,
        "commit": hex_id(0, path, branch, length=40),
        "status": stage(now - since, {"in_progress": seconds}, "completed"),
        "created_at": int(since),
    }


def _shortened(job: Mapping[str, Any]) -> dict[str, Any]:
    return {**job, "commit": job["commit"][:_SHORT_COMMIT]}


def _last_completed(jobs: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    completed = [job for job in jobs if job["status"] == "completed"]
    return max(completed, key=lambda job: job["created_at"], default=None)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", _REPOSITORIES): list_repositories,
    ("GET", _REPOSITORIES + "/indexing"): list_indexing,
    ("PUT", _REPOSITORIES + "/indexing"): index_repositories,
    ("DELETE", _REPOSITORIES + "/indexing"): unindex_repositories,
    ("GET", _INDEXING): get_indexing,
    ("PUT", _INDEXING): index_repository,
    ("DELETE", _INDEXING): unindex_repository,
    ("DELETE", _INDEXING + "/branches/{branch_name}"): unindex_branch,
}
