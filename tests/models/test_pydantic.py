"""Models in pydantic and FastAPI: read, written, described."""

import json
import subprocess
import sys
from typing import Any

import attrs
import httpx
import pytest
from every_model import MODELS, full
from fastapi import FastAPI
from offenders import failures
from pydantic import BaseModel, TypeAdapter, ValidationError

from devin_async.base.markers import TAGGED_UNIONS
from devin_async.models.automation_parts import AutomationAction, UnknownAction
from devin_async.models.automations import Automation
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session

PLAIN = [one for one in MODELS if not hasattr(one, "raw") and "failure" not in one.__name__.lower()]


def test_an_instance_is_taken_as_it_is():
    def check(model):
        one = full(model)
        assert TypeAdapter(model).validate_python(one) is one

    assert failures(MODELS, check) == {}


def test_a_model_is_read_from_what_it_writes():
    def check(model):
        adapter, one = TypeAdapter(model), full(model)
        assert adapter.validate_json(adapter.dump_json(one)) == one
        assert adapter.validate_python(one.to_dict()) == one

    assert failures(PLAIN, check) == {}


def test_a_model_has_a_json_schema():
    def check(model):
        for mode in ("validation", "serialization"):
            schema = TypeAdapter(model).json_schema(mode=mode)
            if not hasattr(model, "raw"):
                described = schema.get("properties", {})
                assert set(described) == {field.name for field in attrs.fields(model)}

    assert failures(MODELS, check) == {}


@pytest.mark.parametrize("base", list(TAGGED_UNIONS), ids=lambda one: one.__name__)
def test_a_union_reads_each_kind_and_keeps_what_is_newer(base):
    tagged, adapter = TAGGED_UNIONS[base], TypeAdapter(base)
    for tag, member in tagged.members.items():
        one = full(member)
        if tagged.field and attrs.fields_dict(member)[tagged.field].init:
            one = attrs.evolve(one, **{tagged.field: tag})
        assert adapter.validate_python(one) is one
        assert adapter.validate_json(adapter.dump_json(one)) == one
    raw = {tagged.field or "brand_new": "brand_new", "depth": 1}
    unknown = adapter.validate_python(raw)
    assert (type(unknown), unknown.raw) == (tagged.unknown, raw)
    assert json.loads(adapter.dump_json(unknown)) == raw


def test_wrong_values_are_pydantics_error_by_their_place():
    values = {**full(Session).to_dict(), "tags": "csv", "created_at": "soon"}
    del values["url"]
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Session).validate_python(values)
    places = {fault["loc"]: fault["type"] for fault in caught.value.errors()}
    assert places.keys() == {("tags",), ("created_at",), ("url",)}


def test_a_model_stands_inside_a_pydantic_model():
    class Report(BaseModel):
        organization: Organization
        actions: list[AutomationAction]

    organization = Organization(org_id="o", name="n")
    report = Report(organization=organization, actions=[{"type": "start_session", "prompt": "p"}])  # type: ignore[list-item]
    again = Report.model_validate_json(report.model_dump_json())
    assert again == report
    assert not isinstance(report.actions[0], UnknownAction)


async def test_a_fastapi_endpoint_returns_models_and_describes_them():
    app = FastAPI()
    session = full(Session)

    @app.get("/one")
    async def one() -> Session:
        return session

    @app.get("/many")
    async def several() -> list[Session]:
        return [session]

    @app.get("/automation", response_model=Automation)
    async def automation() -> Any:
        return full(Automation)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        paths = ("/one", "/many", "/automation", "/openapi.json")
        answer, many, made, described = [(await client.get(path)).json() for path in paths]
    assert TypeAdapter(Session).validate_python(answer) == session
    assert many == [answer]
    assert made["actions"][0]["type"] == "start_session"
    schema = described["components"]["schemas"]["Session"]
    assert schema["properties"]["created_at"] == {
        "type": "string",
        "format": "date-time",
        "title": "Created At",
    }
    assert {"session_id", "url", "tags"} <= set(schema["required"])
    content = described["paths"]["/one"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Session"}


def test_pydantic_is_loaded_only_when_it_asks():
    program = (
        "import sys, devin_async.models.sessions, devin_async.models.automations\n"
        "assert not {'pydantic', 'pydantic_core'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
