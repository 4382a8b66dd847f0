"""Organizations and roles through the client, against the sandbox."""

from datetime import date

import pytest

from devin_async import InvalidArgumentError, PermissionDeniedError


async def test_an_organization_is_created_read_and_deleted(devin):
    organizations = devin.enterprise.organizations
    made = await organizations.create("New", acu_limit=5)
    assert await organizations.get(made.org_id) == made
    assert made in await organizations.list(page_size=1).collect()
    assert await organizations.delete(made.org_id) == made
    with pytest.raises(PermissionDeniedError):
        await organizations.get(made.org_id)


async def test_only_what_is_given_is_changed(devin, sandbox):
    organizations = devin.enterprise.organizations
    made = await organizations.create("New", acu_limit=5, max_session_acu_limit=3)
    changed = await organizations.update(made.org_id, name="Newer")
    assert sandbox.requests[-1].json == {"name": "Newer"}
    assert (changed.name, changed.max_cycle_acu_limit, changed.max_session_acu_limit) == (
        "Newer",
        5,
        3,
    )


async def test_none_lifts_a_limit_and_zero_blocks(devin, sandbox):
    organizations = devin.enterprise.organizations
    made = await organizations.create("New", acu_limit=5, max_session_acu_limit=3)
    changed = await organizations.update(made.org_id, acu_limit=0, max_session_acu_limit=None)
    assert sandbox.requests[-1].json == {"max_cycle_acu_limit": 0, "max_session_acu_limit": None}
    assert (changed.name, changed.max_cycle_acu_limit, changed.max_session_acu_limit) == (
        "New",
        0,
        None,
    )


async def test_roles_are_of_the_enterprise_or_of_organizations(devin):
    roles = await devin.enterprise.roles.list(page_size=2).collect()
    assert {one.role_type for one in roles} == {"enterprise", "org"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda organizations: organizations.update("o", acu_limit=-1),
            "acu_limit is -1; allowed: a whole number, 0 or more",
        ),
        (
            lambda organizations: organizations.update("o", max_session_acu_limit=True),
            "max_session_acu_limit is True, a bool; allowed: a whole number or None",
        ),
        (
            lambda organizations: organizations.update("", name="x"),
            "org_id is ''; allowed: the id of a thing, not empty",
        ),
        (
            lambda organizations: organizations.delete("."),
            "org_id is '.'; allowed: the id of a thing, not empty",
        ),
        (
            lambda organizations: organizations.create("x", acu_limit=-1),
            "acu_limit is -1; allowed: a whole number, 0 or more",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_a_request(devin, sandbox, call, message):
    with pytest.raises(InvalidArgumentError) as caught:
        await call(devin.enterprise.organizations)
    assert str(caught.value) == message
    assert not sandbox.requests


async def test_what_is_used_by_organization_is_told_as_a_fan_out(devin):
    events, day = [], date(2026, 1, 1)
    consumption = devin.with_options(on_event=events.append).enterprise.consumption
    used = await consumption.by_organization(start=day, end=day)
    indexes = sorted(event.index for event in events if event.kind == "outcome")
    assert indexes == list(range(len(used)))
    assert used
