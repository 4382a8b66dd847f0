"""Every answer of a served operation fits the contract, judged by another validator."""

from typing import Any

import jsonschema
import pytest

from devin_async.sandbox.contract import operations
from devin_async.sandbox.pipeline import HANDLERS

BODIES: dict[str, Any] = {
    "create_session": {
        "prompt": "x",
        "repos": ["owner/name"],
        "structured_output_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
    },
    "message": {"message": "More"},
    "organization": {"name": "New"},
    "service_user": {"name": "bot", "role_id": "developer", "ttl_seconds": 60},
    "account_service_user": {"name": "bot", "role_id": "account_admin", "ttl_seconds": 60},
    "seed_service_user": {"name": "bot", "role": "Developer"},
}
BODY_OF = {
    "POST /v3/organizations/{org_id}/sessions": "create_session",
    "POST /v3/organizations/{org_id}/sessions/{devin_id}/messages": "message",
    "POST /v3/enterprise/sessions/{devin_id}/messages": "message",
    "POST /v3/enterprise/organizations": "organization",
    "PATCH /v3/enterprise/organizations/{org_id}": "organization",
    "POST /v3beta1/organizations/{org_id}/service-users": "service_user",
    "POST /v3beta1/enterprise/service-users": "account_service_user",
    "POST /v3beta1/enterprise/organizations": "organization",
    "POST /v3beta1/organizations/{org_id}/sessions": "create_session",
    "POST /v3beta1/organizations/{org_id}/members/service-users": "seed_service_user",
}
SERVED = {o.key: o for o in operations() if (o.method, o.path) in HANDLERS}


def check(operation, value):
    schema = {**operation.answers[200], "components": operation.components}
    jsonschema.Draft202012Validator(schema).validate(value)


@pytest.fixture
async def values(api, sandbox, org, clock):
    """Give a session that has worked, and the values of all path parameters."""
    path = f"/v3/organizations/{org}/sessions"
    session_id = (await api.post(path, BODIES["create_session"])).json["session_id"]
    clock.advance(60)
    me = (await api.get("/v3/self")).json["service_user_id"]
    return {
        "org_id": org,
        "devin_id": session_id,
        "session_id": session_id,
        "user_id": sandbox.user_ids[0].replace("|", "%7C"),
        "service_user_id": me,
    }


def test_every_handler_belongs_to_an_operation():
    assert len(SERVED) == len(HANDLERS) == 38


@pytest.mark.parametrize("key", sorted(SERVED))
async def test_the_answer_fits_the_contract(api, values, key):
    operation = SERVED[key]
    body = BODIES[BODY_OF[key]] if key in BODY_OF else None
    reply = await api.call(operation.method, operation.path.format(**values), json=body)
    assert reply.status == 200
    check(operation, reply.json)


@pytest.mark.parametrize("key", sorted(SERVED))
async def test_without_its_permission_it_answers_a_problem(api, sandbox, values, key):
    operation = SERVED[key]
    if not operation.permissions:
        return
    token = sandbox.add_token(("SomethingElse",))
    path = operation.path.format(**values)
    reply = await api.call(operation.method, path, token=token)
    assert reply.status == 403
    problem = {"$ref": "#/components/schemas/ProblemDetail", "components": operation.components}
    jsonschema.Draft202012Validator(problem).validate(reply.json)


@pytest.mark.parametrize("key", sorted(SERVED))
async def test_its_permission_alone_opens_it(api, sandbox, values, key):
    operation = SERVED[key]
    body = BODIES[BODY_OF[key]] if key in BODY_OF else None
    token = sandbox.add_token(operation.permissions[:1])
    path = operation.path.format(**values)
    assert (await api.call(operation.method, path, token=token, json=body)).status == 200
