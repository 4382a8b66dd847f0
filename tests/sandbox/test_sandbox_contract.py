"""Every answer of every operation fits the contract, judged by another validator."""

import jsonschema
import pytest
from sandbox_world import OPERATIONS, World

from devin_async.sandbox.handlers import HANDLERS

SERVED = sorted(f"{method} {path}" for method, path in HANDLERS)
each_operation = pytest.mark.parametrize("key", SERVED)


@pytest.fixture
def world(api, sandbox):
    return World(api, sandbox)


def check(operation, schema, value):
    """Validate a value with *schema*, whose references point into the contract."""
    whole = {**schema, "components": operation.components}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_every_operation_of_the_contract_has_a_handler():
    assert set(OPERATIONS) - set(SERVED) == set()
    assert set(SERVED) <= set(OPERATIONS)


def check_answer(key, reply):
    operation = OPERATIONS[key]
    assert reply.status == operation.status, reply.body
    if operation.answers:
        check(operation, operation.answer, reply.json)
    else:
        assert reply.body == b""


@each_operation
async def test_the_answer_fits_the_contract(world, key):
    method, path, options = await world.request(key)
    await world.fill(key, path)
    check_answer(key, await world.api.call(method, path, allow_redirects=False, **options))


@pytest.mark.parametrize("key", [key for key in SERVED if OPERATIONS[key].body_schema])
async def test_the_answer_to_a_full_body_fits_the_contract(world, key):
    method, path, options = await world.request(key, full=True)
    check_answer(key, await world.api.call(method, path, **options))


async def test_without_its_permission_it_answers_a_problem(api, sandbox):
    token = sandbox.add_token(("SomethingElse",))
    statuses = {}
    for key in SERVED:
        operation = OPERATIONS[key]
        if not operation.permissions:
            continue
        names = {**dict.fromkeys(operation.path_names, "x"), "org_id": sandbox.organization_ids[0]}
        path = operation.path.format_map(names)
        reply = await api.call(operation.method, path, token=token)
        check(operation, {"$ref": "#/components/schemas/ProblemDetail"}, reply.json)
        statuses[key] = reply.status
    assert {key: status for key, status in statuses.items() if status != 403} == {}
    assert len(statuses) > 200


async def test_without_a_token_it_answers_401(client, sandbox):
    statuses = {}
    for key in SERVED:
        operation = OPERATIONS[key]
        path = operation.path.format_map(dict.fromkeys(operation.path_names, "x"))
        async with client.request(operation.method, sandbox.url + path) as response:
            statuses[key] = response.status
    assert statuses == dict.fromkeys(SERVED, 401)


@each_operation
async def test_its_permission_alone_opens_it(world, key):
    operation = OPERATIONS[key]
    token = world.sandbox.add_token(operation.permissions[:1])
    method, path, options = await world.request(key)
    reply = await world.api.call(method, path, token=token, allow_redirects=False, **options)
    assert reply.status == operation.status, reply.body


NONSENSE = (None, "", -1, [], [None], {}, {"a": 1})


@pytest.mark.parametrize("key", [key for key in SERVED if OPERATIONS[key].body_schema])
async def test_nonsense_is_never_the_servers_fault(world, key):
    method, path, options = await world.request(key, full=True)
    body = options["json"]
    bodies = [{**body, field: value} for field in body for value in NONSENSE]
    for wrong in (*bodies, *NONSENSE):
        assert (await world.api.call(method, path, json=wrong)).status < 500


@pytest.mark.parametrize("key", [key for key in SERVED if len(OPERATIONS[key].path_names) > 1])
async def test_an_unknown_id_is_not_found(world, key):
    operation = OPERATIONS[key]
    _, _, options = await world.request(key)
    names = {**dict.fromkeys(operation.path_names, "none"), "org_id": world.org}
    path = operation.path.format_map(names)
    reply = await world.api.call(operation.method, path, allow_redirects=False, **options)
    assert reply.status == 404
