import contract_table as table
import pytest
from contract_answers import FORMS, alternatives, build, differences
from contract_calls import CALLS
from offenders import offenders

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should

VALID_FORMS = FORMS[:3]


def schemas_of(call):
    """Give the schemas that an answer may have and a method reads, by their numbers."""
    if call.operation.answer_schema is None:
        return {}
    unread = table.UNREAD_ANSWERS.get(call.operation.key, set())
    numbered = enumerate(alternatives(call.operation))
    return {number: schema for number, schema in numbered if number not in unread}


ANSWERED = [call for call in CALLS if schemas_of(call)]


def returned_part(call, value):
    """Give the part of the answer that the method returns: the thing, or the items of the list."""
    if call.endpoint.paging is None or isinstance(value, list):
        return value
    return value[call.endpoint.envelope if call.endpoint.envelope in value else "items"]


@pytest.mark.parametrize("call", ANSWERED, ids=str)
async def test_every_field_of_an_answer_in_every_form_arrives_in_the_model(call, clients, answer):
    unread = table.UNREAD.get(call.operation.key, set())
    problems = {}
    for number, schema in schemas_of(call).items():
        for form in FORMS:
            value = build(call.operation, schema, form)
            answer(call.operation, value)
            result = await call.run(clients[call.api_version], call.required_arguments())
            problems[number, form] = differences(result, returned_part(call, value), unread)
    assert {case: wrong for case, wrong in problems.items() if wrong} == {}
    assert len(problems) >= len(FORMS)


def test_the_answers_that_are_made_here_are_valid_ones():
    cases = [
        (call, number, form)
        for call in ANSWERED
        for number in schemas_of(call)
        for form in VALID_FORMS
    ]

    def fault_of(call, number, form):
        value = build(call.operation, schemas_of(call)[number], form)
        return call.operation.answer_faults(value)

    assert offenders(cases, fault_of) == {}
