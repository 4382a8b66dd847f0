import inspect

import pytest
from contract_calls import CALLS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_a_keyword_that_a_call_does_not_take_is_refused_before_a_request(
    call, server, clients
):
    arguments = {**call.required_arguments(), "brand_new": 1}
    with pytest.raises(TypeError, match="unexpected keyword argument 'brand_new'"):
        await call.run(clients[call.api_version], arguments)
    assert server.requests == []


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        pytest.param(call, name, id=f"{call} {name}")
        for call in CALLS
        for name, one in call.parameters.items()
        if one.default is inspect.Parameter.empty and name not in call.positional
    ],
)
async def test_a_call_without_a_keyword_that_it_needs_is_refused_before_a_request(
    call, needed, server, clients
):
    arguments = call.required_arguments()
    del arguments[needed]
    with pytest.raises(TypeError, match=f"required .*argument.*{needed}"):
        await call.run(clients[call.api_version], arguments)
    assert server.requests == []
