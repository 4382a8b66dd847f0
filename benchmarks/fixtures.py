"""The bytes that the fake server sends: realistic, and the same in every run."""

import functools
import json
import random
from collections.abc import Callable
from typing import Any

__all__ = [
    "ORG_ID",
    "PAGES",
    "PAGE_SIZE",
    "PROMPT",
    "SESSION_ID",
    "START",
    "Make",
    "audit_log",
    "dump",
    "filled_audit_log",
    "filled_session",
    "identity",
    "organization",
    "page",
    "page_parts",
    "session",
]

ORG_ID = "org-5d0c31b8"
SESSION_ID = "devin-00000000000000000000000000000000"
PAGE_SIZE = 200
PAGES = 200
PROMPT = "Write a script that analyses CSV data"
START = 1_767_225_600

Make = Callable[[int], dict[str, Any]]
"""Makes the thing with a number."""

_TITLES = (
    "Fix the flaky login test",
    "Migrate the worker to Python 3.13",
    "Analyse the CSV data",
    "Upgrade Django",
    "Why is the export slow?",
)
_STATUSES = (
    ("running", "working"),
    ("running", "waiting_for_user"),
    ("running", "finished"),
    ("suspended", "inactivity"),
    ("exit", None),
)
_CATEGORIES = ("bug_fixing", "migrations_and_upgrades", "code_review", "data_and_automation", None)
_ACTIONS = ("create_session", "update_session", "login", "create_secret", "add_organization_member")


def session(index: int) -> dict[str, Any]:
    """Make a session with every field of the contract; what is not set is null."""
    chance = random.Random(index)
    status, detail = _STATUSES[index % len(_STATUSES)]
    number = f"{index:032x}"
    by_person = index % 3 > 0
    return {
        "session_id": number,  # lists leave the prefix out
        "org_id": ORG_ID,
        "url": f"https://app.devin.ai/sessions/{number}",
        "status": status,
        "tags": ["backend", f"team-{index % 7}"][: index % 3],
        "created_at": START + index * 977,
        "updated_at": START + index * 977 + chance.randrange(60, 90_000),
        "acus_consumed": round(chance.uniform(0, 12), 2),
        "pull_requests": [_pull_request(index)] if index % 4 == 0 else [],
        "title": _TITLES[index % len(_TITLES)],
        "status_detail": detail,
        "structured_output": {"passed": True, "rows": index} if index % 10 == 0 else None,
        "category": _CATEGORIES[index % len(_CATEGORIES)],
        "subcategory": None,
        "origin": "webapp" if by_person else "api",
        "devin_mode": "normal",
        "automation_id": None,
        "parent_session_id": None,
        "child_session_ids": None,
        "playbook_id": None,
        "user_id": f"user-{chance.randrange(10**8):08d}" if by_person else None,
        "service_user_id": None if by_person else f"service-user-{chance.randrange(10**8):08d}",
        "security_profile": None,
        "is_archived": index % 20 == 0,
        "is_advanced": None,
    }


def _pull_request(index: int) -> dict[str, Any]:
    return {"pr_url": f"https://github.com/acme/shop/pull/{1000 + index}", "pr_state": "open"}


def audit_log(index: int) -> dict[str, Any]:
    """Make an entry of the audit log."""
    by_person = index % 3 > 0
    return {
        "audit_log_id": f"log-{index:024x}",
        "action": _ACTIONS[index % len(_ACTIONS)],
        "created_at": START + index * 61,
        "data": {"session_id": f"devin-{index:032x}", "title": _TITLES[index % len(_TITLES)]},
        "org_id": ORG_ID,
        "user_id": f"user-{index:08d}" if by_person else None,
        "user_email": f"person{index % 40}@example.com" if by_person else None,
        "service_user_id": None if by_person else f"service-user-{index:08d}",
        "service_user_name": None if by_person else "nightly export",
    }


def filled_session(index: int) -> dict[str, Any]:
    """Make a session in which no field is null and no list is empty."""
    return session(index) | {
        "tags": ["backend", f"team-{index % 7}"],
        "pull_requests": [_pull_request(index), _pull_request(index + 1)],
        "status_detail": "working",
        "structured_output": {"passed": True, "rows": index, "files": ["a.py", "b.py"]},
        "category": "bug_fixing",
        "subcategory": "flaky_test",
        "automation_id": f"automation-{index:024x}",
        "parent_session_id": f"{index + 1:032x}",
        "child_session_ids": [f"{index + 2:032x}", f"{index + 3:032x}"],
        "playbook_id": f"playbook-{index:024x}",
        "user_id": f"user-{index:08d}",
        "service_user_id": f"service-user-{index:08d}",
        "security_profile": {"selection": "profile", "profile_id": f"profile-{index:08d}"},
        "is_advanced": False,
    }


def filled_audit_log(index: int) -> dict[str, Any]:
    """Make an entry of the audit log in which no field is null."""
    return audit_log(index) | {
        "user_id": f"user-{index:08d}",
        "user_email": f"person{index % 40}@example.com",
        "service_user_id": f"service-user-{index:08d}",
        "service_user_name": "nightly export",
    }


def organization(index: int) -> dict[str, Any]:
    """Make an organization."""
    return {
        "org_id": f"org-{index:08x}",
        "name": f"Acme {index}",
        "max_cycle_acu_limit": 500,
        "max_session_acu_limit": None,
        "created_at": START,
        "updated_at": START + 86_400,
    }


def identity() -> dict[str, Any]:
    """Make what `GET /v3/self` tells a service user."""
    return {
        "principal_type": "service_user",
        "service_user_id": "service-user-00000001",
        "service_user_name": "nightly export",
        "org_id": ORG_ID,
    }


def page(make: Make, number: int = 0, pages: int = PAGES) -> bytes:
    """Make page *number* of a list; those of odd numbers are alike, and so are the others."""
    return b"".join(page_parts(make, number, pages))


def page_parts(make: Make, number: int, pages: int) -> tuple[bytes, bytes]:
    """Make the same in two parts, the large one of which is made once only."""
    last = number == pages - 1
    meta = {
        "end_cursor": None if last else str(number + 1),
        "has_next_page": not last,
        "total": None,
    }
    return _items(make, number % 2 * PAGE_SIZE), dump(meta)[1:]


@functools.cache
def _items(make: Make, first: int) -> bytes:
    """Make the items of a page, none of which the page before has: such would be left out."""
    items = [make(index) for index in range(first, first + PAGE_SIZE)]
    return dump({"items": items})[:-1] + b","


def dump(value: Any) -> bytes:
    """Write JSON without blanks, as the API does."""
    return json.dumps(value, separators=(",", ":")).encode()
