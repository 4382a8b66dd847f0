"""Arguments that earlier versions of the API had, and what to write today."""

from collections.abc import Mapping

__all__ = ["ADVICE"]

_BY_CURSOR = "lists go on by after=, a cursor or a checkpoint; limit= bounds the items in all"

ADVICE: Mapping[str, str] = {
    "idempotent": "the API no longer has it; once=KEY of create gives a session back instead of a "
    "second one",
    "snapshot_id": "sessions start from the organization's snapshot; builds.pin chooses which",
    "unlisted": "sessions can no longer be unlisted; their organization decides who sees them",
    "is_unlisted": "sessions can no longer be unlisted; their organization decides who sees them",
    "advanced_mode": "the API no longer has it; devin_mode= chooses how a session works",
    "is_advanced": "the API no longer has it; devin_mode= chooses how a session works",
    "search": "searching before a session is no longer asked for; leave it out",
    "offset": _BY_CURSOR,
    "skip": _BY_CURSOR,
    "page": _BY_CURSOR,
    "cursor": _BY_CURSOR,
    "first": "the items of a request are page_size=, and those in all limit=",
    "status": "the API does not filter by it; read the list and look at .status, and see "
    "is_archived= and updated_after=",
    "status_enum": "the API does not filter by it; read the list and look at .status",
    "order": "the API does not order this list; sort what it gives",
    "user_email": "people are told by their id: user_ids=, and users.list() finds them",
    "session_id": "sessions are told by a list here: session_ids=[...]",
    "attachments": "uploaded files are given by their urls: attachment_urls=[...]",
    "files": "upload them by attachments.upload, and give their urls: attachment_urls=[...]",
    "secrets": "secrets of one session are session_secrets=[SessionSecret(...)], stored ones "
    "secret_ids=[...]",
    "playbook": "a playbook is told by its id: playbook_id=",
    "max_acu": "the limit of a session is max_acu_limit=",
    "display_name": "the name of an organization is name=",
    "start_date": "a range is time_after= and time_before=, aware datetimes or unix seconds",
    "end_date": "a range is time_after= and time_before=, aware datetimes or unix seconds",
    "trigger_description": "when a note is recalled is trigger=",
    "parent_folder_id": "the folder of a note is folder_id=",
    "cron_schedule": "how often a schedule runs is frequency=, a cron text",
    "timezone": "times carry their zone: give an aware datetime",
}
"""What to write instead of a name, by that name."""
