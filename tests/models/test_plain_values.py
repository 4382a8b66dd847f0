"""Models as plain values: dicts, JSON, attrs, cattrs and pickles."""

import copy
import json
import pickle
from datetime import UTC, date, datetime

import attrs
import cattrs
import pytest
from every_model import MODELS, MOMENT, full
from offenders import failures

from devin_async import InvalidArgumentError
from devin_async.models.automation_parts import StartSessionAction, UnknownAction
from devin_async.models.automations import AutomationSessionSettings
from devin_async.models.members import CreatedApiKey
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


def as_plain(value, write):
    """Say of a model, in another way, what its plain values are."""
    if attrs.has(type(value)) and not hasattr(value, "raw"):
        return {f.name: as_plain(getattr(value, f.name), write) for f in attrs.fields(type(value))}
    if isinstance(value, dict):
        return {name: as_plain(part, write) for name, part in value.items()}
    if isinstance(value, list):
        return [as_plain(part, write) for part in value]
    if type(value) is date:
        return value.isoformat()
    return write(value) if isinstance(value, datetime) else getattr(value, "raw", value)


def test_a_model_becomes_plain_values_that_json_writes():
    def check(model):
        one = full(model)
        assert one.to_dict() == as_plain(one, datetime.isoformat)
        assert json.loads(json.dumps(one.to_dict())) == one.to_dict()
        assert json.loads(one.to_json()) == one.to_dict()
        unix = as_plain(one, lambda moment: int(moment.timestamp()))
        assert one.to_dict(times="unix") == unix
        assert json.loads(one.to_json(times="unix")) == unix

    assert failures(MODELS, check) == {}


def test_a_model_is_copied_pickled_and_taken_apart_by_others():
    def check(model):
        one = full(model)
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
        names = [field.name for field in attrs.fields(model)]
        assert list(attrs.asdict(one)) == names
        arguments = [field.name for field in attrs.fields(model) if field.init]
        assert (
            list(cattrs.unstructure(one)) == arguments
        )  # cattrs leaves out what no constructor takes

    assert failures(MODELS, check) == {}


def test_times_are_iso_text_or_unix_seconds():
    session = attrs.evolve(full(Session), updated_at=MOMENT.replace(microsecond=500_000))
    assert session.to_dict()["created_at"] == "2026-01-31T08:30:01+00:00"
    assert datetime.fromisoformat(session.to_dict()["updated_at"]) == session.updated_at
    unix = session.to_dict(times="unix")
    assert datetime.fromtimestamp(unix["created_at"], UTC) == session.created_at
    assert unix["updated_at"] == unix["created_at"] + 0.5


def test_a_secret_is_in_the_values_and_not_in_the_repr():
    key = CreatedApiKey(api_key_id="k", api_key_name="n", token="cog_secret")
    assert "cog_secret" not in repr(key)
    assert key.to_dict()["token"] == "cog_secret"
    assert json.loads(key.to_json())["token"] == "cog_secret"


def test_what_is_newer_becomes_what_the_server_sent():
    raw = {"type": "brand_new", "depth": {"a": [1]}}
    assert UnknownAction(type="brand_new", raw=raw).to_dict() == raw
    assert StartSessionAction(prompt="p").to_dict()["type"] == "start_session"


def test_what_was_never_set_has_no_value():
    assert AutomationSessionSettings().to_dict() == {"devin_mode": None}
    assert AutomationSessionSettings(net_policy=None).to_dict()["net_policy"] is None


@pytest.mark.parametrize("times", ["UNIX", "iso8601", 1])
def test_a_form_of_times_that_there_is_not_is_refused(times):
    organization = Organization(org_id="o", name="n")
    for write in (organization.to_dict, organization.to_json):
        with pytest.raises(InvalidArgumentError, match=r"times is .*; allowed: 'iso', 'unix'"):
            write(times=times)
