"""Giving roles, to whomever: a person, a group or a service user."""

from collections.abc import Callable

from devin_async.sandbox.world.roles import Role, chosen_role
from devin_async.sandbox.world.state import Call, State

__all__ = ["give_role"]


def give_role(
    call: Call,
    state: State,
    give: Callable[[str | None, Role], object],
    *,
    added: str,
    changed: str,
    **details: str,
) -> None:
    """Give the role that the body names, in place of the one that is held in the same place.

    Args:
        call: The call, whose path says where the role is to hold.
        state: The state.
        give: Gives the role in an organization, or in the enterprise, which is None.
        added: The action of the audit log where the role is a new one.
        changed: The same where it takes the place of another.
        details: Who was given it, for the audit log.

    Raises:
        Problem: With 422, when there is no such role on this level.
    """
    org_id = call.path.get("org_id")
    role = chosen_role(call.body, "role_id", org_id)
    give(org_id, role)
    action = changed if call.operation.method == "PATCH" else added
    state.log(call, action, org_id, role_id=role.role_id, **details)
