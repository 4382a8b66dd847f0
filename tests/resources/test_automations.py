"""Automations of an organization through the client, against the sandbox."""

import attrs
import pytest

from devin_async import InvalidArgumentError, NotFoundError
from devin_async.base.markers import UNSET
from devin_async.models.automation_parts import (
    FieldCondition,
    HostnameDestination,
    MessageSessionAction,
    MonitorSessionAction,
    RunAsOrganization,
    RunAsServiceUser,
    SessionConfig,
    SlackMonitorConfig,
    StartSessionAction,
)
from devin_async.models.automations import (
    AutomationConcurrency,
    AutomationConditionGroup,
    AutomationConditions,
    AutomationInvocationLimits,
    AutomationLimits,
    AutomationNetPolicy,
    AutomationReply,
    AutomationSecurityProfileSelection,
    AutomationSessionSettings,
    AutomationTrigger,
)

RULE = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0"
RECURRENCE = FieldCondition(field="rrule", operator="recurrence", value=RULE)
WEEKLY = AutomationTrigger(
    event_type="schedule:recurring",
    conditions=AutomationConditions(any=[AutomationConditionGroup(all=[RECURRENCE])]),
)
PUSH = AutomationTrigger(event_type="github:push")
WEBHOOK = AutomationTrigger(event_type="webhook:incoming")
START = StartSessionAction(prompt="Check the dependencies.")
MONITOR = MonitorSessionAction(
    setup_prompt="p", slack_monitor_config=SlackMonitorConfig(source_channel_id="C1")
)


def on(operator, value):
    """Give a trigger with one condition."""
    condition = FieldCondition(field="f", operator=operator, value=value)
    conditions = AutomationConditions(any=[AutomationConditionGroup(all=[condition])])
    return AutomationTrigger(event_type="github:push", conditions=conditions)


@pytest.fixture
def automations(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).automations


@pytest.fixture
def make(automations):
    """Give a function that creates an automation; what is not said is usual."""

    async def create(name="weekly", **arguments):
        usual = {"triggers": [PUSH], "actions": [START], "run_as": RunAsOrganization()}
        return await automations.create(name, **{**usual, **arguments})

    return create


async def names(automations):
    return {one.name async for one in automations}


async def test_an_automation_is_created_read_listed_and_deleted(automations, make):
    made = await make(triggers=[WEEKLY])
    assert await automations.get(made.automation_id) == made
    assert await names(automations.list()) == {"weekly"}
    deleted = await automations.delete(made.automation_id)
    assert deleted.automation_id == made.automation_id
    assert await names(automations.list()) == set()
    with pytest.raises(NotFoundError):
        await automations.get(made.automation_id)


async def test_the_parts_of_an_automation_are_read_as_their_classes(make):
    made = await make(triggers=[WEEKLY])
    assert made.run_as == RunAsOrganization()
    assert made.actions == [START]
    assert made.triggers[0].conditions == WEEKLY.conditions
    assert made.triggers[0].trigger_id


async def test_a_create_sends_tags_and_no_defaults(make, sandbox):
    await make(triggers=[WEEKLY])
    condition = {"field": "rrule", "operator": "recurrence", "value": RULE}
    assert sandbox.requests[-1].json == {
        "name": "weekly",
        "triggers": [
            {"event_type": "schedule:recurring", "conditions": {"any": [{"all": [condition]}]}}
        ],
        "actions": [{"type": "start_session", "prompt": "Check the dependencies."}],
        "run_as": {"type": "organization"},
    }


async def test_a_part_may_be_given_as_a_mapping(make):
    condition = {"field": "ref", "operator": "eq", "value": "main"}
    trigger = {"event_type": "github:push", "conditions": {"any": [{"all": [condition]}]}}
    made = await make(triggers=[trigger], actions=[{"type": "start_session", "prompt": "p"}])
    assert made.triggers[0].conditions.any[0].all == [
        FieldCondition(field="ref", operator="eq", value="main")
    ]
    assert made.actions == [StartSessionAction(prompt="p")]


async def test_a_network_that_is_open_is_told_from_one_that_is_blocked(make, sandbox):
    await make(session_settings=AutomationSessionSettings(net_policy=None))
    assert sandbox.requests[-1].json["session_settings"] == {"net_policy": None}
    await make(session_settings=AutomationSessionSettings(devin_mode="fast"))
    assert sandbox.requests[-1].json["session_settings"] == {"devin_mode": "fast"}


async def test_destinations_are_read_as_their_classes(make):
    allow = [HostnameDestination(hostname="pypi.org")]
    policy = AutomationNetPolicy(allow=allow)
    made = await make(session_settings=AutomationSessionSettings(net_policy=policy))
    assert made.session_settings.net_policy == policy


async def test_to_have_no_security_profile_is_sent_as_null(make, sandbox):
    await make(security_profile=AutomationSecurityProfileSelection(profile_id=None))
    assert sandbox.requests[-1].json["security_profile"] == {"profile_id": None}


async def test_a_session_to_write_to_is_named_with_its_prefix(make, sandbox):
    await make(actions=[MessageSessionAction(prompt="p", target_devin_id="abc")])
    assert sandbox.requests[-1].json["actions"] == [
        {"type": "message_session", "prompt": "p", "target_devin_id": "devin-abc"}
    ]


async def test_a_webhooks_secret_is_told_once_and_never_shown(automations, make):
    made = await make(triggers=[WEBHOOK])
    secret = made.triggers[0].webhook.secret
    assert secret
    assert secret not in repr(made)
    read = await automations.get(made.automation_id)
    assert read.triggers[0].webhook == attrs.evolve(made.triggers[0].webhook, secret=None)


async def test_a_change_sends_what_is_given_and_null_where_it_clears(automations, make, sandbox):
    made = await make(limits=AutomationLimits(max_acu_limit=10), metadata={"team": "a"})
    changed = await automations.update(made.automation_id, enabled=False, limits=None)
    assert sandbox.requests[-1].json == {"enabled": False, "limits": None}
    assert (changed.enabled, changed.name, changed.metadata) == (False, "weekly", {"team": "a"})
    assert changed.limits is None or changed.limits == AutomationLimits()


async def test_a_change_sends_a_class_whole_so_that_none_clears_inside_it(
    automations, make, sandbox
):
    window = AutomationInvocationLimits(max_per_window=3, window_seconds=60)
    made = await make(limits=AutomationLimits(max_acu_limit=10, invocations=window))
    limits = attrs.evolve(made.limits, max_acu_limit=None)
    changed = await automations.update(made.automation_id, limits=limits)
    assert sandbox.requests[-1].json == {
        "limits": {
            "invocations": {"max_per_window": 3, "window_seconds": 60},
            "max_acu_limit": None,
        }
    }
    assert changed.limits == limits


async def test_a_change_by_a_mapping_sends_just_that(automations, make, sandbox):
    made = await make(concurrency=AutomationConcurrency(max_concurrent_runs=2, max_queue_depth=5))
    changed = await automations.update(made.automation_id, concurrency={"max_queue_depth": 7})
    assert sandbox.requests[-1].json == {"concurrency": {"max_queue_depth": 7}}
    assert changed.concurrency.max_queue_depth == 7


async def test_what_was_read_can_be_sent_back(automations, make):
    action = StartSessionAction(prompt="p", session=SessionConfig(tags=["t"]))
    made = await make(triggers=[WEEKLY], actions=[action])
    changed = await automations.update(
        made.automation_id, triggers=made.triggers, actions=made.actions, run_as=made.run_as
    )
    assert changed.actions == made.actions
    assert changed.triggers[0].conditions == WEEKLY.conditions


async def test_what_the_server_fills_is_not_sent_back(automations, make, sandbox):
    made = await make(triggers=[WEBHOOK])
    await automations.update(made.automation_id, triggers=made.triggers, actions=made.actions)
    sent = sandbox.requests[-1].json
    assert sent["triggers"] == [
        {"event_type": "webhook:incoming", "conditions": None, "replies": []}
    ]
    assert sent["actions"][0]["session"].keys() == {
        "bypass_approval",
        "notifications",
        "platform",
        "tags",
    }


async def test_one_pair_of_metadata_is_deleted_by_none(automations, make):
    made = await make(metadata={"team": "a", "stage": "b"})
    changed = await automations.update(made.automation_id, metadata={"team": None})
    assert changed.metadata == {"stage": "b"}


async def test_automations_are_found_by_each_filter(automations, make):
    await make("weekly", triggers=[WEEKLY], enabled=False)
    await make("push", metadata={"team": "a"})
    assert await names(automations.list(search="pus")) == {"push"}
    assert await names(automations.list(enabled=False)) == {"weekly"}
    assert await names(automations.list(event_type="github:push")) == {"push"}
    assert await names(automations.list(metadata={"team": "a"})) == {"push"}
    assert await names(automations.list(metadata={"team": "b"})) == set()


async def test_the_schemas_tell_the_events_and_their_fields(automations):
    schemas = await automations.schemas()
    events = [event for source in schemas.sources.values() for event in source.values()]
    weekly = next(event for event in events if event.event_type == "schedule:recurring")
    assert weekly.fields["rrule"].type == "rrule"
    assert schemas.update_semantics in {"merge_patch", "replace_groups"}


async def test_a_template_can_be_made_into_an_automation(automations):
    template = (await automations.templates()).templates[0]
    made = await automations.create(
        template.name,
        triggers=template.triggers,
        actions=template.actions,
        run_as=RunAsOrganization(),
        template_id=template.template_id,
    )
    assert made.template_id == template.template_id


REFUSED = {
    "name has 0 characters": {"name": ""},
    "name has 501 characters": {"name": "n" * 501},
    "actions has 0 entries": {"actions": []},
    "actions\\[0\\] has no 'type'": {"actions": [{"prompt": "p"}]},
    "actions has several StartSessionActions": {"actions": [START, START]},
    "actions has a MonitorSessionAction": {"actions": [START, MONITOR]},
    "triggers\\[0\\] has no 'event_type'": {"triggers": [{"conditions": None}]},
    "triggers has several of 'webhook:incoming'": {"triggers": [WEBHOOK, WEBHOOK]},
    "value is 5; allowed: what operator 'contains' takes": {"triggers": [on("contains", 5)]},
    "value is '5'; allowed: what operator 'gt' takes": {"triggers": [on("gt", "5")]},
    "value is True; allowed: what operator 'lte' takes": {"triggers": [on("lte", value=True)]},
    "value is \\[1\\]; allowed: what operator 'between' takes": {"triggers": [on("between", [1])]},
    "value is 'a'; allowed: what operator 'in' takes": {"triggers": [on("in", "a")]},
    "value is None; allowed: what operator 'eq' takes": {"triggers": [on("eq", None)]},
    "run_as is {}; allowed": {"run_as": {}},
    "metadata has 17 pairs": {"metadata": {str(number): "v" for number in range(17)}},
    "a key of metadata": {"metadata": {"k" * 33: "v"}},
    "metadata\\['k'\\] has 129 characters": {"metadata": {"k": "v" * 129}},
    "max_acu_limit is 1001": {"limits": AutomationLimits(max_acu_limit=1001)},
    "max_acu_limit is 0": {"limits": {"max_acu_limit": 0}},
    "max_per_window is 0": {
        "limits": AutomationLimits(
            invocations=AutomationInvocationLimits(max_per_window=0, window_seconds=60)
        )
    },
    "window_seconds is 59": {
        "limits": {"invocations": {"max_per_window": 1, "window_seconds": 59}}
    },
    "max_concurrent_runs is 0": {"concurrency": AutomationConcurrency(max_concurrent_runs=0)},
    "max_queue_depth is -1": {"concurrency": AutomationConcurrency(max_queue_depth=-1)},
}


@pytest.mark.parametrize(("message", "arguments"), REFUSED.items())
async def test_what_the_api_would_refuse_is_refused_before_a_request(
    automations, make, sandbox, message, arguments
):
    with pytest.raises(InvalidArgumentError, match=message):
        await make(**arguments)
    with pytest.raises(InvalidArgumentError, match=message):
        await automations.update("automation-1", **arguments)
    assert list(sandbox.requests) == []


async def test_an_id_that_is_none_is_refused_before_a_request(automations, sandbox):
    for refused in (automations.get(""), automations.update(""), automations.delete("")):
        with pytest.raises(InvalidArgumentError, match="automation_id is ''"):
            await refused
    assert list(sandbox.requests) == []


async def test_agent_types_as_one_text_are_refused(automations):
    with pytest.raises(InvalidArgumentError, match="agent_types is 'code_scan', a str"):
        automations.list(agent_types="code_scan")


def test_a_part_keeps_its_tag():
    assert RunAsServiceUser(service_user_id="s").type == "service_user"
    assert AutomationReply(type="notify_thread").type == "notify_thread"
    assert AutomationSessionSettings().net_policy is UNSET
