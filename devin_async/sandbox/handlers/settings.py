"""Handlers of settings that exist once: IP access list, group limits, allowed and default tags."""

from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.contract.filling import fill
from devin_async.sandbox.world.state import Call, Handler, State

_IP_LIST = "/v3/enterprise/ip-access-list"
_GROUP_LIMITS = "/v3/enterprise/org-group-limits"
_TAGS = "/v3/enterprise/organizations/{org_id}/tags"


def get_ip_list(_call: Call, state: State) -> dict[str, Any]:
    """Read the ranges from which calls may come; the sandbox itself lets all of them in."""
    return {"ip_ranges": state.store.read("ip_ranges", None, [])}


def add_ip_ranges(call: Call, state: State) -> dict[str, Any]:
    """Add ranges, each once."""
    existing: Sequence[str] = state.store.read("ip_ranges", None, [])
    return _set_ip_list(call, state, [*existing, *_ranges(call)])


def replace_ip_list(call: Call, state: State) -> dict[str, Any]:
    """Put ranges in place of all there are."""
    return _set_ip_list(call, state, _ranges(call))


def clear_ip_list(call: Call, state: State) -> dict[str, Any]:
    """Take all ranges away."""
    return _set_ip_list(call, state, [])


def _set_ip_list(call: Call, state: State, ranges: Sequence[str]) -> dict[str, Any]:
    state.store.write("ip_ranges", None, list(dict.fromkeys(ranges)))
    state.log(call, "update_enterprise_settings", None, fields=["ip_ranges"])
    return get_ip_list(call, state)


def _ranges(call: Call) -> list[str]:
    """Return the ranges of a body as networks, so that one range has one spelling."""
    ranges: list[str] = []
    errors: list[dict[str, Any]] = []
    for index, text in enumerate(call.body["ip_ranges"]):
        try:
            ranges.append(str(ip_network(text, strict=False)))
        except ValueError:
            message = "Input should be an IP address or a range in CIDR notation"
            errors.append(field_error(("body", "ip_ranges", index), message, "value_error"))
    if errors:
        raise invalid(errors)
    return ranges


def get_group_limits(_call: Call, state: State) -> dict[str, Any]:
    """Read the limits of groups of organizations."""
    return {"groups": state.store.read("group_limits", None, {})}


def replace_group_limits(call: Call, state: State) -> dict[str, Any]:
    """Put groups in place of all there are; no organization sits in two."""
    errors = list(_group_errors(call, state))
    if errors:
        raise invalid(errors)
    operation = call.operation
    schema = {"$ref": "#/components/schemas/OrgGroupConfig"}
    groups = {
        name: fill(operation.resolve, schema, group, name)
        for name, group in call.body["groups"].items()
    }
    state.store.write("group_limits", None, groups)
    state.log(call, "set_org_group_limits", None, groups=sorted(groups))
    return get_group_limits(call, state)


def _group_errors(call: Call, state: State) -> Iterator[dict[str, Any]]:
    groups: dict[str, Any] = call.body["groups"]
    counts = Counter(org_id for group in groups.values() for org_id in group["org_ids"])
    for name, group in groups.items():
        for index, org_id in enumerate(group["org_ids"]):
            place = ("body", "groups", name, "org_ids", index)
            if org_id not in state.organizations:
                yield field_error(place, "There is no such organization", "value_error")
            elif counts[org_id] > 1:
                message = "An organization should be in one group only"
                yield field_error(place, message, "value_error")


def _allowed(call: Call, state: State) -> list[str]:
    tags: list[str] = state.store.read("tags", call.org_id, [])
    return tags


def get_tags(call: Call, state: State) -> dict[str, Any]:
    """Read the tags that sessions of an organization may have; none means any."""
    return {"tags": _allowed(call, state)}


def add_tags(call: Call, state: State) -> dict[str, Any]:
    """Allow further tags."""
    return _set_tags(call, state, [*_allowed(call, state), *call.body["tags"]])


def replace_tags(call: Call, state: State) -> dict[str, Any]:
    """Allow other tags in place of those allowed."""
    return _set_tags(call, state, call.body["tags"])


def clear_tags(call: Call, state: State) -> dict[str, Any]:
    """Allow all tags again."""
    return _set_tags(call, state, [])


def remove_tag(call: Call, state: State) -> dict[str, Any]:
    """Allow one tag no longer."""
    tags, gone = _allowed(call, state), call.path["tag"]
    if gone not in tags:
        raise Problem(404, "There is no such tag")
    return _set_tags(call, state, [tag for tag in tags if tag != gone])


def _set_tags(call: Call, state: State, tags: Sequence[str]) -> dict[str, Any]:
    distinct = list(dict.fromkeys(tags))
    state.store.write("tags", call.org_id, distinct)
    if state.store.read("default_tag", call.org_id) not in distinct:
        state.store.write("default_tag", call.org_id, None)
    state.log(call, "update_org_settings", call.org_id, fields=["tags"])
    return get_tags(call, state)


def get_default_tag(call: Call, state: State) -> dict[str, Any]:
    """Read the tag of sessions that are given none."""
    return {"default_tag": state.store.read("default_tag", call.org_id)}


def set_default_tag(call: Call, state: State) -> dict[str, Any]:
    """Choose the tag of sessions that are given none, among those allowed."""
    if call.body["tag"] not in _allowed(call, state):
        message = "The default tag should be one of the allowed tags"
        raise invalid([field_error(("body", "tag"), message, "value_error")])
    return _set_default(call, state, call.body["tag"])


def clear_default_tag(call: Call, state: State) -> dict[str, Any]:
    """Leave sessions that are given no tag without one."""
    return _set_default(call, state, None)


def _set_default(call: Call, state: State, tag: str | None) -> dict[str, Any]:
    state.store.write("default_tag", call.org_id, tag)
    state.log(call, "update_org_settings", call.org_id, fields=["default_tag"])
    return get_default_tag(call, state)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", _IP_LIST): get_ip_list,
    ("POST", _IP_LIST): add_ip_ranges,
    ("PUT", _IP_LIST): replace_ip_list,
    ("DELETE", _IP_LIST): clear_ip_list,
    ("GET", _GROUP_LIMITS): get_group_limits,
    ("PUT", _GROUP_LIMITS): replace_group_limits,
    ("GET", _TAGS): get_tags,
    ("POST", _TAGS): add_tags,
    ("PUT", _TAGS): replace_tags,
    ("DELETE", _TAGS): clear_tags,
    ("DELETE", _TAGS + "/{tag}"): remove_tag,
    ("GET", _TAGS + "/default"): get_default_tag,
    ("PUT", _TAGS + "/default"): set_default_tag,
    ("DELETE", _TAGS + "/default"): clear_default_tag,
}
