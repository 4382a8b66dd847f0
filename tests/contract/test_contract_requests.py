import contract_table as table
import contract_wire as wire
import pytest
from contract_answers import alternatives, build
from contract_calls import CALLS, COVERED, ORG_ID

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should


@pytest.fixture
def send(server, clients, answer):
    """Give a function that makes a call and gives the request that the server saw."""

    async def make(call, arguments):
        operation = call.operation
        readable = set(range(9)) - table.UNREAD_ANSWERS.get(operation.key, set())
        schema = operation.answer_schema and alternatives(operation)[min(readable)]
        answer(operation, schema and build(operation, schema, "full"))
        server.requests.clear()
        await call.run(clients[call.api_version], arguments)
        return server.requests[0]

    return make


def values(arguments):
    return {ORG_ID, *(value for value in arguments.values() if isinstance(value, str))}


def ways_to_call(call):
    """Give the arguments of each way to call: with all, with what is required, and clearing."""
    full = {
        f"full {number}": call.full_arguments(left_out) for number, left_out in enumerate(call.ways)
    }
    clearing = call.clearing_arguments()
    return {
        **full,
        "required": call.required_arguments(),
        **({"clearing": clearing} if clearing else {}),
    }


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_every_way_to_call_sends_what_the_contract_allows(call, send):
    problems = {
        way: wire.faults(call.operation, await send(call, arguments), values(arguments))
        for way, arguments in ways_to_call(call).items()
    }
    assert {way: faults for way, faults in problems.items() if faults} == {}
    assert len(problems) >= 2


def test_there_are_calls_that_clear():
    assert sum(bool(call.clearing_arguments()) for call in CALLS) > 10


async def test_every_query_name_and_body_field_can_be_sent(send):
    unsent = {}
    for call in CALLS:
        for left_out in call.ways:
            recorded = await send(call, call.full_arguments(left_out))
            names = wire.unsent(call.operation, recorded)
            unsent[call.endpoint.route] = names & unsent.get(call.endpoint.route, names)
    assert unsent.keys() == COVERED
    assert {route: names for route, names in unsent.items() if names} == table.UNREACHABLE
