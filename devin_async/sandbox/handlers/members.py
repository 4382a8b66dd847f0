"""Handlers of people and groups: their roles in the enterprise and in organizations."""

from typing import Any

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.handlers.role_changes import give_role
from devin_async.sandbox.world.members import Group, Person
from devin_async.sandbox.world.roles import chosen_role
from devin_async.sandbox.world.state import Call, Handler, State

_ENTERPRISE = "/v3/enterprise"
_ORGANIZATION = "/v3/enterprise/organizations/{org_id}"
_BETA = "/v3beta1/organizations/{org_id}"


def _place(call: Call) -> str | None:
    return call.path.get("org_id")


def _user(person: Person, org_id: str | None, state: State) -> dict[str, Any]:
    return {
        "user_id": person.user_id,
        "email": person.email,
        "name": person.name,
        "role_assignments": state.members.assignments(person, org_id),
    }


def _idp_user(person: Person, org_id: str | None, state: State) -> dict[str, Any]:
    whole = _user(person, org_id, state)
    del whole["role_assignments"]
    return {**whole, "idp_role_assignments": state.members.group_roles(person, org_id)}


def _matches(person: Person, call: Call, state: State) -> bool:
    email = call.query["email"]
    is_visible = person.joined_at is None or person.joined_at <= state.visible_until
    return is_visible and email in (None, person.email)


def list_users(call: Call, state: State) -> Any:
    """List the people who have a role themselves."""
    org_id = _place(call)
    users = (
        (person.number, person)
        for person in state.members
        if _matches(person, call, state) and (org_id is None or person.role_in(org_id))
    )
    return listing(call, users, lambda person: _user(person, org_id, state))


def list_idp_users(call: Call, state: State) -> Any:
    """List the people who have a role through a group."""
    org_id = _place(call)
    users = (
        (person.number, person)
        for person in state.members
        if _matches(person, call, state) and state.members.group_roles(person, org_id)
    )
    return listing(call, users, lambda person: _idp_user(person, org_id, state))


def get_user(call: Call, state: State) -> dict[str, Any]:
    """Read a person with all roles, those of a group included."""
    org_id = _place(call)
    person = state.members.get(call.path["user_id"], org_id)
    return {**_user(person, org_id, state), **_idp_user(person, org_id, state)}


def invite_users(call: Call, state: State) -> list[dict[str, Any]]:
    """Invite people by their addresses; those already here stay as they are."""
    role = chosen_role(call.body, "enterprise_role_id", None)
    existing = set(state.members.user_ids)
    people = [state.members.invite(email, role) for email in dict.fromkeys(call.body["emails"])]
    for person in people:
        if person.user_id not in existing:
            state.log(call, "add_enterprise_member", None, user_id=person.user_id)
    return [_user(person, None, state) for person in people]


def give_user_role(call: Call, state: State) -> dict[str, Any]:
    """Give a person a role, in place of the one it has in the same place."""
    org_id = _place(call)
    person = state.members.get(call.path["user_id"])
    if call.operation.method == "PATCH" and org_id and person.role_in(org_id) is None:
        raise Problem(404, "The user is not a member of the organization")
    who = {"user_id": person.user_id}
    give_role(call, state, person.set_role, added="add_member", changed="assign_roles", **who)
    return _user(person, org_id, state)


def remove_user(call: Call, state: State) -> dict[str, Any]:
    """Remove a person from the enterprise, or from one organization."""
    org_id = _place(call)
    person = state.members.get(call.path["user_id"])
    if org_id and person.role_in(org_id) is None:
        raise Problem(404, "The user is not a member of the organization")
    shown = _user(person, org_id, state)
    if org_id is None:
        state.members.remove(person)
    else:
        person.org_roles[org_id] = None
    state.log(call, "delete_member", org_id, user_id=person.user_id)
    return shown


def _group(group: Group, org_id: str | None, state: State) -> dict[str, Any]:
    return {
        "idp_group_name": group.name,
        "role_assignments": state.members.group_assignments(group, org_id),
    }


def list_groups(call: Call, state: State) -> Any:
    """List the groups that have a role."""
    org_id = _place(call)
    groups = (
        (group.number, group)
        for group in state.members.groups()
        if state.members.group_assignments(group, org_id)
    )
    return listing(call, groups, lambda group: _group(group, org_id, state))


def get_group(call: Call, state: State) -> dict[str, Any]:
    """Read a group and its roles."""
    group, org_id = state.members.group(call.path["idp_group_name"]), _place(call)
    if org_id and not state.members.group_assignments(group, org_id):
        raise Problem(404, "The group has no role in the organization")
    return _group(group, org_id, state)


def give_group_role(call: Call, state: State) -> dict[str, Any]:
    """Give a group a role, in place of the one it has in the same place."""
    org_id = _place(call)
    group = state.members.group(call.path["idp_group_name"])
    if call.operation.method == "PATCH":
        _check_has_role(group, org_id, state)
    give_role(
        call,
        state,
        group.set_role,
        added="add_group_membership",
        changed="update_group_membership",
        idp_group_name=group.name,
    )
    return _group(group, org_id, state)


def take_group_role(call: Call, state: State) -> dict[str, Any]:
    """Take the role of a group away, in the enterprise or in one organization."""
    group, org_id = state.members.group(call.path["idp_group_name"]), _place(call)
    _check_has_role(group, org_id, state)
    shown = _group(group, org_id, state)
    group.set_role(org_id, None)
    state.log(call, "delete_group_membership", org_id, idp_group_name=group.name)
    return shown


def _check_has_role(group: Group, org_id: str | None, state: State) -> None:
    if org_id is None:
        has_role = group.role is not None
    else:
        has_role = bool(state.members.group_assignments(group, org_id))
    if not has_role:
        raise Problem(404, "The group has no role in this place")


def list_registered_groups(call: Call, state: State) -> Any:
    """List the registered groups."""
    groups = ((group.number, group) for group in state.members.groups())
    return listing(call, groups, _name)


def register_groups(call: Call, state: State) -> list[dict[str, Any]]:
    """Register groups; known ones stay as they are."""
    names = dict.fromkeys(call.body["idp_group_names"])
    return [_name(state.members.register(name)) for name in names]


def unregister_group(call: Call, state: State) -> dict[str, Any]:
    """Take a group and its roles away."""
    group = state.members.group(call.path["idp_group_name"])
    state.members.unregister(group)
    return _name(group)


def _name(group: Group) -> dict[str, Any]:
    return {"idp_group_name": group.name}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", _ENTERPRISE + "/members/users"): list_users,
    ("POST", _ENTERPRISE + "/members/users"): invite_users,
    ("GET", _ENTERPRISE + "/members/users/{user_id}"): get_user,
    ("PATCH", _ENTERPRISE + "/members/users/{user_id}"): give_user_role,
    ("DELETE", _ENTERPRISE + "/members/users/{user_id}"): remove_user,
    ("GET", _ORGANIZATION + "/members/users"): list_users,
    ("POST", _ORGANIZATION + "/members/users/{user_id}"): give_user_role,
    ("PATCH", _ORGANIZATION + "/members/users/{user_id}"): give_user_role,
    ("DELETE", _ORGANIZATION + "/members/users/{user_id}"): remove_user,
    ("GET", _BETA + "/members/users"): list_users,
    ("GET", _BETA + "/members/users/{user_id}"): get_user,
    ("GET", _ENTERPRISE + "/members/idp-users"): list_idp_users,
    ("GET", _ORGANIZATION + "/members/idp-users"): list_idp_users,
    ("GET", _BETA + "/members/idp-users"): list_idp_users,
    ("GET", _ENTERPRISE + "/idp-groups"): list_registered_groups,
    ("POST", _ENTERPRISE + "/idp-groups"): register_groups,
    ("DELETE", _ENTERPRISE + "/idp-groups/{idp_group_name}"): unregister_group,
    **{
        (method, f"{scope}/members/idp-groups{rest}"): handler
        for scope in (_ENTERPRISE, _ORGANIZATION)
        for method, rest, handler in (
            ("GET", "", list_groups),
            ("GET", "/{idp_group_name}", get_group),
            ("POST", "/{idp_group_name}", give_group_role),
            ("PATCH", "/{idp_group_name}", give_group_role),
            ("DELETE", "/{idp_group_name}", take_group_role),
        )
    },
}
