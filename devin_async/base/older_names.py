"""Arguments that earlier versions of the API, or other calls of it, have, and what to write."""

import re
from collections.abc import Container, Mapping, Sequence

__all__ = ["ADVICE", "advice_on"]

_BY_CURSOR = "lists go on by after=, a cursor or a checkpoint; limit= bounds the items in all"
_RANGE = "a range is time_after= and time_before=, aware datetimes or unix seconds"
_DAYS = "a range of billing days is start= and end=, dates, the last one included"
_CREATION = "created_after= and created_before= are a range, aware datetimes or unix seconds"

_NO_FILTER = "the API does not filter by it; read the list and look at .status"

_OF_LIST = (("page_size", _BY_CURSOR),)
_OF_RANGE = (("start", _DAYS), ("time_after", _RANGE), ("created_after", _CREATION))
_NO_LONGER_HIDDEN = (
    (
        "session_secrets",
        "sessions can no longer be unlisted; their organization decides who sees them",
    ),
)
_MODE = (("devin_mode", "the API no longer has it; devin_mode= chooses how a session works"),)

ADVICE: Mapping[str, Sequence[tuple[str, str]]] = {
    "idempotent": (
        ("once", "the API no longer has it; once=KEY of create gives back what is there already"),
    ),
    "snapshot_id": (
        (
            "session_secrets",
            "sessions start from the organization's snapshot; builds.pin chooses which",
        ),
    ),
    "unlisted": _NO_LONGER_HIDDEN,
    "is_unlisted": _NO_LONGER_HIDDEN,
    "advanced_mode": _MODE,
    "is_advanced": _MODE,
    "search": (
        ("session_secrets", "searching before a session is no longer asked for; leave it out"),
    ),
    "offset": _OF_LIST,
    "skip": _OF_LIST,
    "page": _OF_LIST,
    "cursor": _OF_LIST,
    "first": (("page_size", "the items of a request are page_size=, and those in all limit="),),
    "status": (("is_archived", f"{_NO_FILTER}, and see is_archived= and updated_after="),),
    "status_enum": (("is_archived", _NO_FILTER),),
    "order": (("page_size", "the API does not order this list; sort what it gives"),),
    "user_email": (
        ("user_ids", "people are told by their id: user_ids=, and users.list() finds them"),
    ),
    "session_id": (("session_ids", "sessions are told by a list here: session_ids=[...]"),),
    "attachments": (
        ("attachment_urls", "uploaded files are given by their urls: attachment_urls=[...]"),
    ),
    "files": (
        (
            "attachment_urls",
            "upload them by attachments.upload, and give their urls: attachment_urls=[...]",
        ),
    ),
    "secrets": (
        (
            "session_secrets",
            "one session's are session_secrets=[SessionSecret(...)], stored ones secret_ids=",
        ),
    ),
    "playbook": (("playbook_id", "a playbook is told by its id: playbook_id="),),
    "max_acu": (("max_acu_limit", "the limit of a session is max_acu_limit="),),
    "display_name": (("name", "its name is name="),),
    **dict.fromkeys(("start_date", "start", "since", "time_after"), _OF_RANGE),
    **dict.fromkeys(("end_date", "end", "until", "time_before"), _OF_RANGE),
    "trigger_description": (("trigger", "when a note is recalled is trigger="),),
    "parent_folder_id": (("folder_id", "the folder of a note is folder_id="),),
    "cron_schedule": (("frequency", "how often a schedule runs is frequency=, a cron text"),),
    "timeout": (
        (
            "attempt_timeout",
            "attempt_timeout= bounds one try, and deadline= the call with all its tries",
        ),
    ),
    **dict.fromkeys(
        ("max_retries", "retries"),
        (("max_attempts", "max_attempts= counts tries, the first one, too"),),
    ),
    **dict.fromkeys(
        ("verify", "verify_ssl"),
        (("ssl", "certificates are always checked; ssl= takes a context that trusts yours"),),
    ),
    "proxies": (("proxy", "one proxy for all is proxy="),),
    "http_client": (("session", "an HTTP session of your own, aiohttp's, is session="),),
    **dict.fromkeys(
        ("token", "key", "bearer_token"), (("base_url", "the key is the first argument"),)
    ),
    "timezone": tuple(
        (name, "times carry their zone: give an aware datetime")
        for name in ("time_after", "created_after", "scheduled_at")
    ),
}
"""What to write instead of a name: for a method that takes an argument, a sentence about it."""

_ARGUMENT = re.compile(r"(\w+)=")


def advice_on(name: str, taken: Container[str]) -> str | None:
    """Tell what to write instead of *name* for a method that takes the arguments *taken*.

    Advice that names one which the method does not take is none.
    """
    for needed, advice in ADVICE.get(name, ()):
        if all(one in taken for one in (needed, *_ARGUMENT.findall(advice))):
            return advice
    return None
