"""Playbooks through the client, against the sandbox."""

import pytest

from devin_async import InvalidArgumentError, NotFoundError

SCHEMA = {"type": "object", "properties": {"done": {"type": "boolean"}}}


@pytest.fixture(params=["organization", "enterprise"])
def playbooks(request, devin, sandbox):
    organization = devin.organization(sandbox.organization_ids[0])
    scope = organization if request.param == "organization" else devin.enterprise
    return scope.playbooks


async def test_a_playbook_is_created_read_listed_and_deleted(playbooks):
    made = await playbooks.create("Deploy", body="1. Build.", macro="!deploy")
    assert await playbooks.get(made.playbook_id) == made
    assert [one.macro async for one in playbooks.list()] == ["!deploy"]
    assert (await playbooks.delete(made.playbook_id)).title == "Deploy"
    assert await playbooks.list().collect() == []
    with pytest.raises(NotFoundError):
        await playbooks.get(made.playbook_id)


async def test_a_playbook_carries_the_schema_of_its_result(playbooks):
    made = await playbooks.create("a", body="b", structured_output_schema=SCHEMA)
    assert made.structured_output_schema == SCHEMA


async def test_a_replaced_playbook_keeps_its_id_and_nothing_that_was_left_out(playbooks):
    made = await playbooks.create("a", body="b", macro="!m", structured_output_schema=SCHEMA)
    changed = await playbooks.replace(made.playbook_id, title="c", body="d")
    assert (changed.playbook_id, changed.title, changed.body) == (made.playbook_id, "c", "d")
    assert (changed.macro, changed.structured_output_schema) == (None, None)


async def test_a_list_of_playbooks_follows_its_pages_up_to_the_limit(playbooks, sandbox):
    for title in ("a", "b", "c"):
        await playbooks.create(title, body="b")
    sandbox.requests.clear()
    assert [one.title async for one in playbooks.list(page_size=1, limit=2)] == ["a", "b"]
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize("macro", ["deploy", "!", "!de ploy", "!deploy\n", ""])
async def test_a_macro_that_is_none_is_refused_before_a_request(playbooks, sandbox, macro):
    for refused in (
        playbooks.create("a", body="b", macro=macro),
        playbooks.replace("playbook-1", title="a", body="b", macro=macro),
    ):
        with pytest.raises(InvalidArgumentError, match=r"macro is .*; allowed: '!', then letters"):
            await refused
    assert list(sandbox.requests) == []


async def test_an_id_that_is_none_is_refused_before_a_request(playbooks, sandbox):
    for refused in (
        playbooks.get(""),
        playbooks.delete(""),
        playbooks.replace("", title="a", body="b"),
    ):
        with pytest.raises(InvalidArgumentError, match="playbook_id is ''"):
            await refused
    assert list(sandbox.requests) == []
