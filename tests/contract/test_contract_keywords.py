import inspect

import pytest
from contract_calls import CALLS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should


async def refusals(clients, cases):
    """Give what each call says to its arguments: a TypeError, by the name of the case."""
    messages = {}
    for name, call, arguments in cases:
        try:
            await call.run(clients[call.api_version], arguments)
        except TypeError as error:
            messages[name] = str(error)
        else:
            messages[name] = "nothing"
    return messages


async def test_a_keyword_that_a_call_does_not_take_is_refused_before_a_request(server, clients):
    cases = [(str(call), call, {**call.required_arguments(), "brand_new": 1}) for call in CALLS]
    messages = await refusals(clients, cases)
    assert {name: words for name, words in messages.items() if "'brand_new'" not in words} == {}
    assert len(messages) == len(CALLS)
    assert server.requests == []


async def test_a_call_without_a_keyword_that_it_needs_is_refused_before_a_request(server, clients):
    cases = {}
    for call in CALLS:
        for needed, one in call.parameters.items():
            if one.default is inspect.Parameter.empty and needed not in call.positional:
                arguments = call.required_arguments()
                del arguments[needed]
                cases[f"{call} {needed}"] = (call, arguments)
    messages = await refusals(clients, [(name, *case) for name, case in cases.items()])
    assert {name: words for name, words in messages.items() if name.split()[-1] not in words} == {}
    assert len(messages) == len(cases) > 50
    assert server.requests == []
