import contract_table as table
import contract_wire as wire
import pytest
from contract_answers import alternatives, build
from contract_calls import CALLS, COVERED, ORG_ID

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should

each_call = pytest.mark.parametrize("call", CALLS, ids=str)
each_full_call = pytest.mark.parametrize(
    ("call", "left_out"),
    [
        pytest.param(call, left_out, id=f"{call} {number}")
        for call in CALLS
        for number, left_out in enumerate(call.ways)
    ],
)
each_clearing_call = pytest.mark.parametrize(
    "call", [call for call in CALLS if call.clearing_arguments()], ids=str
)


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


def given(arguments):
    return {ORG_ID, *(value for value in arguments.values() if isinstance(value, str))}


@each_full_call
async def test_a_call_with_every_argument_sends_what_the_contract_allows(call, left_out, send):
    arguments = call.full_arguments(left_out)
    recorded = await send(call, arguments)
    assert wire.faults(call.operation, recorded, given(arguments)) == []


@each_call
async def test_a_call_with_the_required_arguments_sends_what_the_contract_allows(call, send):
    arguments = call.required_arguments()
    recorded = await send(call, arguments)
    assert wire.faults(call.operation, recorded, given(arguments)) == []


@each_clearing_call
async def test_a_call_that_clears_sends_null_where_the_contract_allows_it(call, send):
    arguments = call.clearing_arguments()
    recorded = await send(call, arguments)
    assert wire.faults(call.operation, recorded, given(arguments)) == []


@pytest.mark.parametrize("route", sorted(COVERED))
async def test_every_query_name_and_body_field_can_be_sent(route, send):
    calls = [call for call in CALLS if call.endpoint.route == route]
    sent = [
        wire.unsent(call.operation, await send(call, call.full_arguments(left_out)))
        for call in calls
        for left_out in call.ways
    ]
    assert set.intersection(*sent) == table.UNREACHABLE.get(route, set())
