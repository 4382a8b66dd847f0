"""What an analysis says of a session: sizes by consumption, and findings that fit its life."""

from collections.abc import Mapping, Sequence
from typing import Any

from devin_async.sandbox.world.session_life import Session

ANALYSIS_SECONDS = 60.0

_SIZES = ((0.5, "xs"), (1.0, "s"), (2.5, "m"), (10.0, "l"))


def size_of(acus: float) -> str:
    """Name the size of a session that consumed so much."""
    return next((size for limit, size in _SIZES if acus < limit), "xl")


def with_insights(
    session: Session, shown: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], now: float
) -> dict[str, Any]:
    """Add counts and, once it is done, the analysis.

    Args:
        session: The session.
        shown: The session as the API renders it.
        messages: What was said in it.
        now: The current time in unix seconds.
    """
    sources = [message["source"] for message in messages]
    requested_at = session.insights_requested_at
    is_done = requested_at is not None and now >= requested_at + ANALYSIS_SECONDS
    return {
        **shown,
        "num_user_messages": sources.count("user"),
        "num_devin_messages": sources.count("devin"),
        "session_size": size_of(shown["acus_consumed"]),
        "analysis": _analysis(session) if is_done else None,
    }


def _analysis(session: Session) -> dict[str, Any]:
    prompt: str = session.request["prompt"]
    return {
        "classification": {
            "category": session.category,
            "confidence": 0.9,
            "programming_languages": ["Python"],
            "tools_and_frameworks": ["pytest"],
        },
        "issues": [
            {
                "id": "issue-1",
                "title": "Tests were slow",
                "issue": "The test run took most of the time.",
                "impact": "The session consumed more than it had to.",
                "label": "machine_setup",
            }
        ],
        "action_items": [
            {
                "action_item": "Install the dependencies in the snapshot.",
                "issue_id": "issue-1",
                "type": "machine_setup",
            }
        ],
        "timeline": [
            {
                "title": f"Turn {number}",
                "description": turn.message[:80],
                "color": "green",
                "issue_id": None,
            }
            for number, turn in enumerate(session.turns, start=1)
        ],
        "note_usage": {"good_usages": [], "bad_usages": []},
        "suggested_prompt": {
            "original_prompt": prompt,
            "suggested_prompt": f"{prompt} Run the tests before you finish.",
            "feedback_items": [
                {
                    "summary": "Say when the work is done",
                    "details": "The prompt names no test to pass.",
                    "excerpt": prompt[:40],
                    "issue_id": None,
                }
            ],
        },
    }
