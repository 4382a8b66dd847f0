"""Kinds of parts of automations: each is read as its class and written as it was read."""

import json

import pytest

from devin_async.codec import decoding, encoding
from devin_async.models.automation_parts import (
    AutomationAction,
    AutomationCondition,
    AutomationDestination,
    AutomationRunAs,
    FieldCondition,
    HostnameDestination,
    Ipv4Destination,
    Ipv6Destination,
    MessageSessionAction,
    MonitorSessionAction,
    RunAsCreator,
    RunAsOrganization,
    RunAsServiceUser,
    ScanNewCommitsAction,
    StartSessionAction,
    UnknownAction,
    UnknownCondition,
    UnknownDestination,
    UnknownRunAs,
)


def condition(operator, value):
    return {"field": "f", "operator": operator, "value": value}


KINDS = [
    (AutomationAction, StartSessionAction, {"type": "start_session", "prompt": "p"}),
    (AutomationAction, MessageSessionAction, {"type": "message_session", "prompt": "p"}),
    (
        AutomationAction,
        MonitorSessionAction,
        {
            "type": "monitor_session",
            "setup_prompt": "p",
            "slack_monitor_config": {"source_channel_id": "C1"},
        },
    ),
    (AutomationAction, ScanNewCommitsAction, {"type": "scan_new_commits", "scan_id": "scan-1"}),
    (AutomationAction, UnknownAction, {"type": "notify", "channel": {"id": 1}}),
    (AutomationAction, UnknownAction, {"type": None, "channel": {"id": 1}}),
    (AutomationRunAs, RunAsOrganization, {"type": "organization"}),
    (AutomationRunAs, RunAsCreator, {"type": "creator"}),
    (AutomationRunAs, RunAsServiceUser, {"type": "service_user", "service_user_id": "s"}),
    (AutomationRunAs, UnknownRunAs, {"type": "robot", "model": "r2"}),
    (AutomationCondition, FieldCondition, condition("eq", "v")),
    (AutomationCondition, FieldCondition, condition("neq", 5)),
    (AutomationCondition, FieldCondition, condition("eq", 5.5)),
    (AutomationCondition, FieldCondition, condition("eq", value=False)),
    *(
        (AutomationCondition, FieldCondition, condition(one, "v"))
        for one in (
            "contains",
            "not_contains",
            "starts_with",
            "not_starts_with",
            "ends_with",
            "not_ends_with",
        )
    ),
    *(
        (AutomationCondition, FieldCondition, condition(one, 5))
        for one in ("gt", "lt", "gte", "lte")
    ),
    (AutomationCondition, FieldCondition, {"field": "f", "operator": "is_empty"}),
    (AutomationCondition, FieldCondition, {"field": "f", "operator": "is_not_empty"}),
    (AutomationCondition, FieldCondition, condition("between", [1, 2.5])),
    (AutomationCondition, FieldCondition, condition("in", ["a", "b"])),
    (AutomationCondition, FieldCondition, condition("not_in", [])),
    (AutomationCondition, FieldCondition, condition("matches", "^v")),
    (AutomationCondition, FieldCondition, condition("not_matches", "^v")),
    (AutomationCondition, FieldCondition, condition("recurrence", "FREQ=DAILY")),
    (AutomationCondition, FieldCondition, condition("globs", ["src/**"])),
    (AutomationCondition, FieldCondition, condition("not_globs", ["docs/**"])),
    (AutomationCondition, UnknownCondition, condition("sounds_like", {"any": 1})),
    (AutomationDestination, HostnameDestination, {"hostname": "pypi.org"}),
    (AutomationDestination, Ipv4Destination, {"ipv4": "10.0.0.0/8"}),
    (AutomationDestination, Ipv6Destination, {"ipv6": "fd00::/8"}),
    (AutomationDestination, UnknownDestination, {"asn": 64512}),
]


@pytest.mark.parametrize(("union", "kind", "raw"), KINDS)
def test_a_kind_is_read_as_its_class_and_written_as_it_was(union, kind, raw):
    read = decoding.decode(union, json.dumps(raw).encode(), lambda _: None)
    assert type(read) is kind
    assert encoding.plain(read) == raw


@pytest.mark.parametrize(
    ("read", "tag"),
    [
        (UnknownAction(type="notify", raw={"type": "notify"}), ("type", "notify")),
        (UnknownRunAs(type="robot", raw={"type": "robot"}), ("type", "robot")),
        (UnknownCondition(field="f", operator="new", raw={}), ("operator", "new")),
    ],
)
def test_an_unknown_kind_tells_its_tag(read, tag):
    assert getattr(read, tag[0]) == tag[1]


def test_the_tag_of_a_kind_cannot_be_given():
    with pytest.raises(TypeError):
        StartSessionAction(type="stop_session", prompt="p")
