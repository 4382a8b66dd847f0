"""Violations of guardrails, computed from their index like audit logs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from devin_async.sandbox.base.randomness import hex_id, mix
from devin_async.sandbox.world.timeline import Timeline, in_order

_GUARDRAILS = (
    ("guardrail-secrets", "No secrets in prompts", "blocked"),
    ("guardrail-tone", "Polite language", "flagged"),
    ("guardrail-scope", "Work only", "flagged"),
)
_SHARED_BY = 2  # violations of one session
_WITHOUT_SESSION = 5  # one in five happened before there was a session


class Violations:
    """Serve computed violations.

    Args:
        timeline: Says how many there are, and when.
        org_ids: The organizations they happened in.
        seed: Makes ids repeat.
    """

    def __init__(self, timeline: Timeline, org_ids: Sequence[str], seed: int) -> None:
        self._timeline = timeline
        self._org_ids = org_ids
        self._seed = seed

    def select(
        self, query: Mapping[str, Any], org_id: str | None, position: int | None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield positions and violations in the order wanted, lazily.

        Args:
            query: The filters and the order.
            org_id: The organization, or None for all.
            position: The last position already seen, or None to begin.
        """
        if not self._org_ids:
            return
        descending = query["order"] == "desc"
        low, high = self._timeline.ahead(
            query["time_after"], query["time_before"], position, descending=descending
        )
        for index in in_order(range(low, high), descending=descending):
            violation = self._compute(index)
            if (
                org_id in (None, violation["org_id"])
                and query["guardrail_id"] in (None, violation["guardrail_id"])
                and query["session_id"] in (None, violation["session_id"])
            ):
                yield index, violation

    def _compute(self, index: int) -> dict[str, Any]:
        organizations = len(self._org_ids)
        guardrail_id, name, action = _GUARDRAILS[index // organizations % len(_GUARDRAILS)]
        org_id = self._org_ids[index % organizations]
        session = hex_id(self._seed, "violating", org_id, index // organizations // _SHARED_BY)
        return {
            "violation_id": index + 1,
            "guardrail_id": guardrail_id,
            "guardrail_name": name,
            "org_id": org_id,
            "session_id": f"devin-{session}" if index % _WITHOUT_SESSION else None,
            "event_id": "event-" + hex_id(self._seed, "violation", index),
            "action_taken": action,
            "confidence_score": (mix(self._seed, index) % 50 + 50) / 100,
            "reasoning": f"The message is against the rule: {name}.",
            "user_message": f"Message {index + 1}",
            "created_at": self._timeline.time_of(index),
        }
