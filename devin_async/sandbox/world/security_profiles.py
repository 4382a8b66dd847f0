"""Which security profile holds where: selections, defaults, and what refers to a profile."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from devin_async.sandbox.base.problems import field_error, invalid
from devin_async.sandbox.world.state import State
from devin_async.sandbox.world.store import Record

KIND, SETTINGS = "security-profile", "security_profile_settings"

DefaultName = Literal["default", "automations_default"]
INHERIT: Mapping[str, Any] = {"selection": "inherit", "profile_id": None}
_NO_FIELDS: Mapping[str, Any] = {}


def find_profile(profile_id: str, org_id: str | None, state: State) -> Record | None:
    """Return a profile that an organization may choose: one of its own, or the enterprise's."""
    record = state.store.collection(KIND).find(profile_id)
    return record if record is not None and record.owner in (None, org_id) else None


def settings_of(org_id: str | None, state: State) -> dict[str, Any]:
    """Return the defaults of an organization or of the enterprise."""
    empty = {"default": dict(INHERIT), "automations_default": dict(INHERIT)}
    settings: dict[str, Any] = state.store.read(SETTINGS, org_id, empty)
    return settings


def check_selection(
    selection: Any, org_id: str | None, state: State, place: tuple[str, ...]
) -> None:
    """Refuse a selection that names no profile where it has to, or none that can be chosen.

    Raises:
        Problem: With 422.
    """
    choice = _fields(selection)
    profile_id, kind = choice.get("profile_id"), choice.get("selection")
    if choice is _NO_FIELDS or not isinstance(profile_id, str | None):
        raise invalid([field_error(place, "Input should be a valid selection", "dict_type")])
    if kind == "profile" and not profile_id:
        message = "A profile_id is needed where the selection is a profile"
        raise invalid([field_error((*place, "profile_id"), message, "missing")])
    if kind == "inherit" and profile_id:
        message = "A profile_id should be left out where the selection is inherited"
        raise invalid([field_error((*place, "profile_id"), message, "value_error")])
    if profile_id and find_profile(profile_id, org_id, state) is None:
        message = "There is no such security profile"
        raise invalid([field_error((*place, "profile_id"), message, "value_error")])


def inherited(org_id: str, name: DefaultName, state: State) -> str | None:
    """Return the profile that holds without a choice: the organization's, else the enterprise's."""
    for owner in (org_id, None):
        profile_id: str | None = settings_of(owner, state)[name].get("profile_id")
        if profile_id is not None:
            return profile_id
    return None


def kinds_that_refer(profile_id: str, state: State) -> list[str]:
    """Return the kinds of things that refer to a profile."""
    owners = (None, *state.organizations.ids)
    defaults = (choice for owner in owners for choice in settings_of(owner, state).values())
    automations = (
        one.fields.get("security_profile") for one in state.store.collection("automation")
    )
    sessions = (
        session.request.get("security_profile")
        for session in state.sessions.newest_first(None)
        if session.terminated_at is None
    )
    choices = {"default": defaults, "automation": automations, "session": sessions}
    return [
        kind
        for kind, selections in choices.items()
        if any(_names(selection, profile_id) for selection in selections)
    ]


def _names(selection: Any, profile_id: str) -> bool:
    return _fields(selection).get("profile_id") == profile_id


def _fields(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else _NO_FIELDS
