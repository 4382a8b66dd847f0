import pytest

from devin_async import DryRun
from devin_async.base.secret import Secret
from devin_async.protocol.bodies import JSONBody, MultipartBody
from devin_async.protocol.dry_run import PlannedRequest, rehearse
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.requests import build_request


def planned(method, query=None, body=None):
    with pytest.raises(DryRun) as caught:
        rehearse(build_request(Endpoint(method, "/v3/a", None), "https://x", {}, query, body))
    assert caught.value.message == f"{method} /v3/a was not sent: this is a dry run"
    assert caught.value.outcome == "not_sent"
    return caught.value.request


def test_reads_pass_and_each_write_is_planned():
    for method in ("GET", "HEAD"):
        rehearse(build_request(Endpoint(method, "/v3/a", None), "https://x", {}))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert planned(method) == PlannedRequest(method=method, path="/v3/a", query={})


def test_a_plan_has_the_whole_query_blank_values_too():
    assert planned("POST", {"a": "", "tags": ["x", "y z"]}).query == {
        "a": [""],
        "tags": ["x", "y z"],
    }


def test_a_plan_masks_the_secrets_of_its_body_and_keeps_all_else():
    content = b'{"list": ["hunter2", 5, null], "in": {"value": "a hunter2!"}, "on": true}'
    plan = planned("POST", body=JSONBody(content, (Secret("hunter2"),)))
    assert plan.json == {"list": ["***", 5, None], "in": {"value": "a ***!"}, "on": True}
    assert plan.file is None


def test_a_body_shows_its_kind_and_size_alone():
    assert repr(JSONBody(b'{"a": 1}', (Secret("hunter2"),))) == "<JSON, 8 bytes>"
    assert repr(MultipartBody(b"x", "a.bin")) == "<multipart/form-data, file 'a.bin'>"


def test_a_plan_of_an_upload_has_the_name_of_its_file():
    plan = planned("POST", body=MultipartBody(b"x", "a.bin"))
    assert (plan.file, plan.json) == ("a.bin", None)
