"""Security profiles through the client, against the sandbox."""

import pytest

from devin_async import ConflictError
from devin_async.models.automation_parts import AutomationChannel, HostnameDestination
from devin_async.models.automations import AutomationNetPolicy
from devin_async.models.security_profiles import (
    SecurityProfileChannels,
    SecurityProfileMcp,
    SecurityProfileSelection,
    SecurityProfileSettings,
)

INHERIT = SecurityProfileSelection(selection="inherit")


@pytest.fixture(params=["organization", "enterprise"])
def profiles(request, devin, sandbox):
    organization = devin.organization(sandbox.organization_ids[0])
    scope = organization if request.param == "organization" else devin.enterprise
    return scope.security_profiles


async def test_a_profile_is_made_read_listed_changed_and_deleted(profiles):
    policy = AutomationNetPolicy(allow=[HostnameDestination(hostname="pypi.org")])
    channels = SecurityProfileChannels(channels=[AutomationChannel(team_id="T", channel_id="C")])
    made = await profiles.create(
        "Closed",
        net_policy=policy,
        mcp_config=SecurityProfileMcp(servers=["linear"]),
        slack_channel_access=channels,
        enforcement_level="mandatory",
    )
    assert (made.net_policy, made.slack_channel_access) == (policy, channels)
    assert await profiles.get(made.profile_id) == made
    assert await profiles.list().collect() == [made]
    changed = await profiles.update(made.profile_id, net_policy=None, name="Open")
    assert (changed.name, changed.net_policy, changed.mcp_config) == ("Open", None, made.mcp_config)
    await profiles.delete(made.profile_id)
    assert await profiles.list().collect() == []


async def test_a_policy_of_none_is_not_one_that_is_left_out(profiles):
    assert (await profiles.create("Free", net_policy=None)).net_policy is None
    assert (await profiles.create("Usual")).net_policy is not None


async def test_a_default_is_chosen_kept_and_cleared(profiles):
    made = await profiles.create("Closed")
    chosen = SecurityProfileSelection(selection="profile", profile_id=made.profile_id)
    expected = SecurityProfileSettings(default=chosen, automations_default=INHERIT)
    assert await profiles.update_settings(default=chosen) == expected
    assert await profiles.settings() == expected
    with pytest.raises(ConflictError, match="referred to by: default"):
        await profiles.delete(made.profile_id)
    cleared = await profiles.update_settings(default={"selection": "inherit"})
    assert cleared == SecurityProfileSettings(default=INHERIT, automations_default=INHERIT)


async def test_a_session_and_an_automation_choose_a_profile(devin, sandbox):
    organization = devin.organization(sandbox.organization_ids[0])
    made = await organization.security_profiles.create("Closed")
    chosen = SecurityProfileSelection(selection="profile", profile_id=made.profile_id)
    session = await organization.sessions.create("Look", security_profile=chosen)
    assert session.security_profile == {"selection": "profile", "profile_id": made.profile_id}
