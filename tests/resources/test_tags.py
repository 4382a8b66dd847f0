"""Allowed tags and the default tag through the client, against the sandbox."""

import pytest

from devin_async import APIStatusError, InvalidArgumentError


@pytest.fixture
def tags(organization):
    return organization.tags


async def test_tags_are_appended_listed_replaced_and_cleared(tags):
    await tags.replace([])
    assert (await tags.append(["bug", "a/ü"])).tags == ["bug", "a/ü"]
    assert (await tags.append(["bug", "docs"])).tags == ["bug", "a/ü", "docs"]
    assert await tags.list().collect() == ["bug", "a/ü", "docs"]
    assert await tags.list(limit=1).collect() == ["bug"]
    assert (await tags.delete("a/ü")).tags == ["bug", "docs"]
    assert (await tags.replace(["new"])).tags == ["new"]
    assert (await tags.clear()).tags == []
    assert await tags.list().collect() == []


async def test_a_default_tag_is_chosen_among_the_allowed_ones_and_cleared(tags):
    await tags.replace(["bug", "docs"])
    assert (await tags.set_default("docs")).default_tag == "docs"
    assert (await tags.get_default()).default_tag == "docs"
    await tags.clear_default()
    assert (await tags.get_default()).default_tag is None
    with pytest.raises(APIStatusError):
        await tags.set_default("other")


async def test_deleting_the_tag_default_is_refused_as_it_would_clear_the_default_tag(tags, sandbox):
    with pytest.raises(InvalidArgumentError, match=r"tag is 'default', .*; allowed: replace\(\)"):
        await tags.delete("default")
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda tags: tags.append("bug"), "tags is 'bug', a str; allowed: a list of str"),
        (lambda tags: tags.replace("bug"), "tags is 'bug', a str; allowed: a list of str"),
        (lambda tags: tags.delete(""), "tag is ''; allowed: the id of a thing, not empty"),
        (lambda tags: tags.set_default(""), "tag is ''; allowed: the id of a thing, not empty"),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_a_request(tags, sandbox, call, message):
    with pytest.raises(InvalidArgumentError) as caught:
        await call(tags)
    assert str(caught.value) == message
    assert not sandbox.requests
