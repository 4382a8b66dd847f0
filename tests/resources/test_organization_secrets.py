"""Secrets of an organization through the client, against the sandbox."""

import traceback

import pytest

from devin_async import APIStatusError, InvalidArgumentError

VALUE = "hunter2-and-more"


@pytest.fixture
def secrets(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).secrets


async def test_a_secret_is_created_listed_and_deleted(secrets):
    made = await secrets.create("API_KEY", VALUE, note="for tests")
    assert (made.key, made.secret_type, made.note) == ("API_KEY", "key-value", "for tests")
    assert made.is_sensitive
    assert await secrets.list().collect() == [made]
    assert (await secrets.delete(made.secret_id)).secret_id == made.secret_id
    assert await secrets.list().collect() == []


async def test_the_value_is_sent_as_it_is(secrets, sandbox):
    await secrets.create("SEED", VALUE, secret_type="totp", is_sensitive=False)
    assert sandbox.requests[-1].json == {
        "key": "SEED",
        "value": VALUE,
        "type": "totp",
        "is_sensitive": False,
    }


async def test_no_traceback_of_a_refused_secret_holds_its_value(secrets):
    await secrets.create("API_KEY", VALUE)
    with pytest.raises(APIStatusError) as refused:
        await secrets.create("API_KEY", VALUE)
    summary = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    ours = [frame for frame in summary.stack if "/devin_async/" in frame.filename]
    assert ours
    assert VALUE not in str(refused.value)
    assert [frame.name for frame in ours if VALUE in str(frame.locals)] == []


@pytest.mark.parametrize(
    ("key", "value", "message"), [("", "v", "key is empty"), ("k", "", "value is")]
)
async def test_an_empty_key_or_value_is_refused_before_a_request(
    secrets, sandbox, key, value, message
):
    with pytest.raises(InvalidArgumentError, match=message):
        await secrets.create(key, value)
    assert list(sandbox.requests) == []


async def test_an_id_that_is_none_is_refused_before_a_request(secrets, sandbox):
    with pytest.raises(InvalidArgumentError, match="secret_id is ''"):
        await secrets.delete("")
    assert list(sandbox.requests) == []
