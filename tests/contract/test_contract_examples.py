"""The example of each call in the reference: it runs, and it sends that call."""

import importlib.util
import textwrap
from pathlib import Path

import contract_table as table
import pytest
from contract_answers import alternatives, build
from contract_calls import CALLS, ORG_ID

PATH = Path(__file__).parents[2] / "docs" / "site" / "calls.py"

pytestmark = [pytest.mark.site, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def documented_calls():
    """Give the calls as the reference has them."""
    spec = importlib.util.spec_from_file_location("site_calls", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.calls())


async def run(example, names):
    """Run the lines of an example, which know *names*."""
    scope = {**names, "print": lambda *_: None}
    exec(f"async def main():\n{textwrap.indent(example, '    ')}", scope)
    await scope["main"]()


async def test_each_example_of_a_call_sends_that_call(server, clients, answer, tmp_path):
    files = {"file": PATH, "destination": tmp_path / "download"}
    arguments_of = {
        (call.owner, call.method): call
        for call in CALLS
        if call.api_version == "v3" and call.scope is not None
    }
    wrong = []
    for one in documented_calls():
        call = arguments_of.get((one.owner, one.method))
        if call is None:  # whoami, a method of the client
            continue
        readable = set(range(9)) - table.UNREAD_ANSWERS.get(call.operation.key, set())
        schema = call.operation.answer_schema
        full = schema and build(call.operation, alternatives(call.operation)[min(readable)], "full")
        answer(call.operation, full)
        server.requests.clear()
        names = {"devin": clients["v3"], "org_id": ORG_ID, **call.full_arguments(set()), **files}
        try:
            await run(one.example, names)
        except Exception as error:  # noqa: BLE001 - all of them are listed
            wrong.append(f"{one.example}: {type(error).__name__}: {error}")
            continue
        if not server.requests or server.requests[0].method != one.endpoint.method:
            wrong.append(f"{one.example}: sent {server.requests}")
    assert wrong == [], "\n".join(wrong)
