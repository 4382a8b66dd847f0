"""Files that people attach to sessions, and those that sessions deliver."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

from devin_async.sandbox.base.problems import field_error, invalid
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.contract.multipart import Upload
from devin_async.sandbox.world.session_life import Session, is_answered
from devin_async.sandbox.world.state import State
from devin_async.sandbox.world.store import Collection, Record

KIND = "attachment"

_PATH = re.compile(r"/v3/organizations/[^/]+/attachments/([^/]+)/[^/]+")


def attachments(state: State) -> Collection:
    """Return all attachments."""
    return state.store.collection(KIND)


def keep(state: State, org_id: str, file: Upload, *name: object) -> Record:
    """Keep a file under the id that *name* makes, or return what is kept there already."""
    kept = attachments(state)
    parts = name or ("upload", sum(1 for _ in kept))
    record_id = str(UUID(hex_id(state.seed, KIND, *parts)))
    return kept.find(record_id) or kept.add(org_id, {}, {"file": file}, record_id)


def show(record: Record, base_url: str) -> dict[str, Any]:
    """Render an attachment."""
    file: Upload = record.hidden["file"]
    place = f"/v3/organizations/{record.owner}/attachments/{record.record_id}"
    return {
        "attachment_id": record.record_id,
        "name": file.name,
        "url": f"{base_url}{place}/{quote(file.name, safe='')}",
    }


def check_attachments(urls: Sequence[str], org_id: str, state: State) -> None:
    """Refuse attachments of the sandbox that the organization does not have.

    Raises:
        Problem: With 422.
    """
    message = "There is no such attachment"
    errors = [
        field_error(("body", "attachment_urls", index), message, "value_error")
        for index, url in enumerate(urls)
        if _PATH.fullmatch(urlsplit(url).path) and not _belongs(_find(url, state), org_id)
    ]
    if errors:
        raise invalid(errors)


def _belongs(record: Record | None, org_id: str) -> bool:
    return record is not None and record.owner == org_id


def of_session(session: Session, state: State, base_url: str) -> list[dict[str, Any]]:
    """Render the attachments of a session, those of its user first."""
    urls = dict.fromkeys(url for turn in session.turns for url in turn.attachment_urls)
    uploaded = [_uploaded(url, state, base_url) for url in urls]
    now = state.clock.now()
    answered = (i for i in range(len(session.turns)) if is_answered(session, i, now))
    return [*uploaded, *(_delivered(session, index, state, base_url) for index in answered)]


def _uploaded(url: str, state: State, base_url: str) -> dict[str, Any]:
    record = _find(url, state)
    if record is None:
        return {
            "attachment_id": str(UUID(hex_id(state.seed, url))),
            "name": unquote(urlsplit(url).path.rpartition("/")[2]) or "attachment",
            "url": url,
            "source": "user",
            "content_type": None,
        }
    kind = record.hidden["file"].content_type
    return {**show(record, base_url), "source": "user", "content_type": kind}


def _delivered(session: Session, index: int, state: State, base_url: str) -> dict[str, Any]:
    text = f"# Report\n\nTurn {index + 1} of {session.session_id} is done.\n"
    file = Upload(f"report-{index + 1}.md", "text/markdown", text.encode())
    record = keep(state, session.org_id, file, session.session_id, index)
    return {**show(record, base_url), "source": "devin", "content_type": file.content_type}


def _find(url: str, state: State) -> Record | None:
    match = _PATH.fullmatch(urlsplit(url).path)
    return attachments(state).find(match[1]) if match else None
