"""The contract harness: every call of the client beside its operation, in bytes of the wire.

- `contract_files` reads the operations of the contract, and judges bodies and answers by schema.
- `contract_calls` finds every call by walking the client's scopes: its method, its record and its
  operation, and makes arguments for it out of its type hints.
- `contract_table` is what cannot be derived: values, ways to call, what no model reads, each with
  its reason.
- `contract_server` records what arrives, and gives one prepared answer; `contract_answers` makes
  that answer of a schema, in five forms, and compares it with the model that came of it.
- `contract_wire` judges a recorded request: its method, path, query and body.

The tests then are: records and docstrings, requests, answers, keywords, and the harness itself. A
call without a test of its own is tested all the same, once it has a record and a method.
"""

import json

import pytest
from contract_answers import last_page
from contract_calls import CALLS, COVERED, V3BETA1
from contract_files import OPERATIONS
from contract_server import DOWNLOAD, RecordingServer

from devin_async import DevinClient


@pytest.fixture
async def server():
    recording = RecordingServer()
    running = await recording.start()
    yield recording
    await running.close()


@pytest.fixture
async def clients(server):
    """Give a client of each dialect."""
    made = {
        version: DevinClient("cog_contract", base_url=server.url, api_version=version, strict=True)
        for version in ("v3", "v3beta1")
    }
    yield made
    for client in made.values():
        await client.close()


@pytest.fixture
def answer(server):
    """Give a function that prepares the answer to an operation."""

    def prepare(operation, value):
        if operation.status == 307:
            server.answer(307, location=server.url + DOWNLOAD)
        elif operation.answer_schema is None:
            server.answer(operation.status)
        else:
            server.answer(operation.status, json.dumps(last_page(value)).encode())

    return prepare


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(coverage())


def coverage():
    """Tell how much of the contract has a method; the first examples' dialect is counted apart."""
    older = {call.endpoint.route for call in V3BETA1}
    today = OPERATIONS.keys() - older
    endpoints = {call.endpoint.route: call.endpoint for call in CALLS}
    covered = [endpoint for route, endpoint in endpoints.items() if route in today]
    pagers = sum(endpoint.paging is not None for endpoint in covered)
    models = len({endpoint.answer for endpoint in covered} - {None, str})
    permissions = len({endpoint.permission for endpoint in covered} - {None})
    return (
        f"contract: {len(COVERED & today)} of {len(today)} operations: {pagers} pagers, "
        f"{models} models of answers, {permissions} permissions; "
        f"{len(COVERED & older)} of {len(older)} calls of the first examples"
    )
