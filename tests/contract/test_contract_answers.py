import contract_table as table
import pytest
from contract_answers import FORMS, alternatives, build, differences
from contract_calls import CALLS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should


def _cases():
    for call in CALLS:
        if call.operation.answer_schema is None:
            continue
        unread = table.UNREAD_ANSWERS.get(call.operation.key, set())
        for number, schema in enumerate(alternatives(call.operation)):
            if number not in unread:
                yield pytest.param(call, schema, id=f"{call} {number}")


each_answer = pytest.mark.parametrize(("call", "schema"), list(_cases()))
each_form = pytest.mark.parametrize("form", FORMS)
each_valid_form = pytest.mark.parametrize("form", FORMS[:3])


def told(call, value):
    """Give the part of the answer that the method returns: the thing, or the items of the list."""
    if call.endpoint.paging is None or isinstance(value, list):
        return value
    return value[call.endpoint.envelope if call.endpoint.envelope in value else "items"]


@each_form
@each_answer
async def test_every_field_of_an_answer_arrives_in_the_model(call, schema, form, clients, answer):
    value = build(call.operation, schema, form)
    answer(call.operation, value)
    result = await call.run(clients[call.api_version], call.required_arguments())
    unread = table.UNREAD.get(call.operation.key, set())
    assert differences(result, told(call, value), unread) == []


@each_valid_form
@each_answer
def test_the_answers_that_are_made_here_are_valid_ones(call, schema, form):
    assert call.operation.answer_faults(build(call.operation, schema, form)) == []
