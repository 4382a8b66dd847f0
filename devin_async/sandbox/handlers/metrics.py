"""Handlers of metrics: each one counts the same past in another way."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from devin_async.sandbox.contract.filling import fill
from devin_async.sandbox.world.activity import Presence, Work
from devin_async.sandbox.world.organizations import DAY, Organization
from devin_async.sandbox.world.sessions import categories
from devin_async.sandbox.world.state import Call, Handler, State

DEFAULT_DAYS = 30
_HORIZON = 400 * DAY

_EPOCH = date(1970, 1, 1)


def _organizations(call: Call, state: State) -> list[Organization]:
    org_id, wanted = call.path.get("org_id"), call.query.get("org_ids")
    return [
        item
        for item in state.organizations
        if org_id in (None, item.org_id) and (not wanted or item.org_id in wanted)
    ]


def _days(call: Call, state: State) -> range:
    """Return the UTC days that start in the range asked for; without one, the last thirty."""
    before = call.query["time_before"] or int(state.clock.now())
    after = call.query["time_after"]
    if after is None:
        after = before - DEFAULT_DAYS * DAY
    return range(-(-after // DAY), -(-before // DAY))


def _presences(call: Call, state: State) -> Iterator[Presence]:
    """Yield what was done by those whom the filters name."""
    people, service_users = call.query.get("user_ids"), call.query.get("service_user_ids")
    actors = {*(people or ()), *(service_users or ())}
    for presence in state.activity.during(_organizations(call, state), _days(call, state)):
        if not actors or presence.actor in actors:
            yield presence


def _works(call: Call, state: State) -> list[Work]:
    if call.query.get("playbook_id") is not None:
        return []  # the past knows no playbook of today
    return [work for presence in _presences(call, state) for work in presence.sessions]


def _pull_requests(works: Iterable[Work]) -> Counter[str]:
    return Counter(work.pull_request for work in works if work.pull_request)


def usage(call: Call, state: State) -> dict[str, Any]:
    """Count sessions, searches and pull requests."""
    presences = list(_presences(call, state))
    works = [work for presence in presences for work in presence.sessions]
    states = _pull_requests(works)
    return {
        "sessions_count": len(works),
        "searches_count": sum(presence.searches for presence in presences),
        "prs_created_count": states.total(),
        "prs_merged_count": states["merged"],
    }


def searches(call: Call, state: State) -> dict[str, Any]:
    """Count searches."""
    presences = _presences(call, state)
    return {"searches_created_count": sum(presence.searches for presence in presences)}


def pull_requests(call: Call, state: State) -> dict[str, Any]:
    """Count pull requests by status."""
    states = _pull_requests(_works(call, state))
    counts = {
        "prs_created_count": states.total(),
        "prs_opened_count": states["open"],
        "prs_merged_count": states["merged"],
        "prs_closed_count": states["closed"],
        **dict.fromkeys(_TAKEN_OVER, 0),
    }
    return fill(call.operation.resolve, call.operation.answer, counts, "prs")


_TAKEN_OVER = (
    "prs_taken_over_count",
    "prs_taken_over_opened_count",
    "prs_taken_over_merged_count",
    "prs_taken_over_closed_count",
)


def sessions(call: Call, state: State) -> dict[str, Any]:
    """Count sessions by size and origin."""
    works = _works(call, state)
    merged = [work for work in works if work.pull_request == "merged"]
    acus = sum(work.acus for work in works)
    counts = {
        "sessions_created_count": len(works),
        "sessions_created_by_size": Counter(work.size for work in works),
        "sessions_created_by_origin": Counter(work.origin for work in works),
        "sessions_created_with_playbook_count": sum(work.with_playbook for work in works),
        "sessions_created_with_search_count": sum(work.with_search for work in works),
        "sessions_with_merged_prs_count": len(merged),
        "sessions_with_merged_prs_by_size": Counter(work.size for work in merged),
        "avg_acus_per_session": round(acus / len(works) / 100, 2) if works else 0.0,
    }
    return fill(call.operation.resolve, call.operation.answer, counts, "sessions")


def sessions_by_category(call: Call, state: State) -> dict[str, Any]:
    """Count sessions and what they consumed by category."""
    names = categories()
    groups: dict[str, list[Work]] = {}
    for work in _works(call, state):
        groups.setdefault(names[work.category % len(names)], []).append(work)
    return {"categories": [_category(name, groups[name]) for name in sorted(groups)]}


def _category(name: str, works: list[Work]) -> dict[str, Any]:
    counts = {"sessions_count": len(works), "acus": sum(work.acus for work in works) / 100}
    general = {
        "subcategory_id": f"{name}_general",
        "display_name": f"{name.replace('_', ' ').capitalize()}, general",
        **counts,
    }
    return {"category": name, **counts, "subcategories": [general]}


def active_users(call: Call, state: State) -> dict[str, Any]:
    """Count the people who were active at any time of the range."""
    days = _days(call, state)
    return {
        "active_users": _count_active(call, state, days),
        "start_time": call.query["time_after"],
        "end_time": call.query["time_before"],
    }


def _active_per(step: Callable[[date], date]) -> Handler:
    """Return a handler that counts active people in each calendar period of the range.

    Args:
        step: Returns the first day of the period that follows the one a day lies in.
    """

    def count(call: Call, state: State) -> list[dict[str, Any]]:
        after = call.query["time_after"]
        # A range may reach ahead, where nobody was active yet, but not to the end of time.
        before = min(call.query["time_before"], int(state.clock.now()) + _HORIZON)
        return [
            {
                "active_users": _count_active(call, state, range(first, last)),
                "start_time": first * DAY,
                "end_time": last * DAY,
            }
            for first, last in _periods(after, before, step)
        ]

    return count


def _periods(after: int, before: int, step: Callable[[date], date]) -> Iterator[tuple[int, int]]:
    """Yield the first day of each period that overlaps a range, and the day behind it."""
    if after >= before:
        return
    last_day = datetime.fromtimestamp(before - 1, UTC).date()
    start = _EPOCH if after <= 0 else datetime.fromtimestamp(after, UTC).date()
    # Going back the longest period and forth again finds the start of the one *after* lies in.
    first = step(start - timedelta(days=31))
    while step(first) <= start:
        first = step(first)
    while first <= last_day:
        following = step(first)
        yield (first - _EPOCH).days, (following - _EPOCH).days
        first = following


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_monday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _count_active(call: Call, state: State, days: range) -> int:
    """Count the people with enough sessions or enough searches on some days."""
    sessions_of: Counter[str] = Counter()
    searches_of: Counter[str] = Counter()
    for presence in state.activity.during(_organizations(call, state), days):
        if presence.is_person:
            sessions_of[presence.actor] += len(presence.sessions)
            searches_of[presence.actor] += presence.searches
    fewest_sessions = _fewest(call.query["min_sessions"])
    fewest_searches = _fewest(call.query["min_searches"])
    return sum(
        sessions_of[actor] >= fewest_sessions or searches_of[actor] >= fewest_searches
        for actor in sessions_of.keys() | searches_of.keys()
    )


def _fewest(wanted: int | None) -> int:
    # The organization's documents name no default; one is what the enterprise's say.
    return 1 if wanted is None else wanted


_REPORTS: dict[str, Handler] = {
    "usage": usage,
    "searches": searches,
    "prs": pull_requests,
    "sessions": sessions,
    "active-users": active_users,
    "dau": _active_per(_next_day),
    "wau": _active_per(_next_monday),
    "mau": _active_per(_next_month),
}

HANDLERS: dict[tuple[str, str], Handler] = {
    **{
        ("GET", f"{scope}/metrics/{name}"): handler
        for scope in ("/v3/enterprise", "/v3/organizations/{org_id}")
        for name, handler in _REPORTS.items()
    },
    ("GET", "/v3/enterprise/organizations/{org_id}/metrics/usage"): usage,
    ("GET", "/v3/enterprise/metrics/sessions-by-category"): sessions_by_category,
}
