"""The harness itself: that it finds what is wrong."""

import attrs
import contract_answers as answers
import contract_wire as wire
import pytest
from contract_files import OPERATIONS
from contract_server import Recorded

from devin_async.models.organizations import Organization

CREATE = OPERATIONS["POST /v3/enterprise/organizations"]
MESSAGES = OPERATIONS["GET /v3/organizations/{org_id}/sessions/{devin_id}/messages"]
GOOD_CREATE = Recorded(
    "POST", "/v3/enterprise/organizations", [], "application/json", b'{"name":"a"}'
)
GOOD_MESSAGES = Recorded(
    "GET", "/v3/organizations/o%7C1/sessions/devin-s/messages", [("first", "5")], "", b""
)


def test_a_good_request_has_no_faults():
    assert wire.faults(CREATE, GOOD_CREATE, {"a"}) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"method": "PUT"}, "the method is PUT"),
        ({"raw_path": "/v3/organizations"}, "the path /v3/organizations is none of"),
        ({"query": [("dry", "1")]}, "query dry is not known"),
        ({"content_type": "text/plain"}, "the body is 'text/plain'"),
        ({"body": b"{}"}, "$: {} breaks required: ['name'"),
        ({"body": b'{"name":5}'}, "$.name: 5 breaks type: 'string'"),
    ],
)
def test_what_is_wrong_with_a_body_request_is_found(changes, fault):
    problems = wire.faults(CREATE, attrs.evolve(GOOD_CREATE, **changes), {"a"})
    assert problems[0].startswith(fault)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"query": [("first", "0")]}, "query first: 0 breaks minimum: 1"),
        ({"query": [("first", "5"), ("first", "6")]}, "query first: ['5', '6'] breaks type: "),
        ({"query": [("first", "many")]}, "query first: 'many' breaks type: 'integer'"),
        ({"body": b"{}"}, "there is a body"),
        (
            {"raw_path": "/v3/organizations/o|1/sessions/devin-s/messages"},
            "path org_id is o|1, which is not encoded",
        ),
        (
            {"raw_path": "/v3/organizations/other/sessions/devin-s/messages"},
            "path org_id is other, which nobody gave",
        ),
    ],
)
def test_what_is_wrong_with_a_list_request_is_found(changes, fault):
    problems = wire.faults(MESSAGES, attrs.evolve(GOOD_MESSAGES, **changes), {"o|1", "s"})
    assert problems[0].startswith(fault)


def test_what_is_not_sent_is_named():
    unsent = {"max_cycle_acu_limit", "max_session_acu_limit"}
    assert wire.unsent(CREATE, GOOD_CREATE) >= unsent


def test_an_answers_field_that_no_model_has_is_named():
    value = {"org_id": "o", "name": "n", "colour": "red"}
    problems = answers.differences(Organization(org_id="o", name="n"), value)
    assert problems == ["$.colour has no attribute in Organization"]


def test_a_value_that_did_not_arrive_is_named():
    problems = answers.differences(Organization(org_id="o", name="n"), {"org_id": "o", "name": "m"})
    assert problems == ["$.name is 'n', not 'm'"]
