import functools

import pytest

from devin_async.sandbox.contract.operations import operations
from devin_async.sandbox.contract.validation import Validator
from devin_async.sandbox.serving.routing import router


def errors_of(value, schema):
    problems = Validator(lambda part: part).errors(value, schema, ("body",))
    return [(error["loc"], error["type"]) for error in problems]


@pytest.mark.parametrize(
    ("first", "kind"),
    [("0", "greater_than_equal"), ("201", "less_than_equal"), ("x", "int_parsing")],
)
async def test_first_lies_between_1_and_200(api, first, kind):
    reply = await api.get(f"/v3/enterprise/organizations?first={first}")
    assert reply.status == 422
    assert [(e["loc"], e["type"]) for e in reply.json["errors"]] == [(["query", "first"], kind)]


async def test_unknown_query_names_are_ignored(api):
    assert (await api.get("/v3/enterprise/organizations?frist=0")).status == 200


@pytest.mark.parametrize("text", ["true", "True", "1", "false"])
async def test_booleans_are_read_in_any_case(api, org, text):
    assert (await api.get(f"/v3/organizations/{org}/sessions?is_archived={text}")).status == 200


async def test_a_boolean_that_is_none_answers_422(api, org):
    reply = await api.get(f"/v3/organizations/{org}/sessions?is_archived=maybe")
    assert reply.json["errors"][0]["type"] == "bool_parsing"


async def test_a_closed_enum_names_its_values(api):
    reply = await api.get("/v3/enterprise/audit-logs?order=up")
    assert reply.status == 422
    assert reply.json["errors"][0]["msg"] == "Input should be one of 'asc', 'desc'"


async def test_an_open_enum_accepts_any_text(api, org):
    assert (await api.get(f"/v3/organizations/{org}/sessions?category=brand_new")).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "time_before=1000",
        "time_after=2000&time_before=1000",
        "time_after=1000&time_before=1000",
        f"time_after=0&time_before={100 * 86_400 + 1}",
    ],
)
async def test_windows_of_audit_logs_have_rules(api, query):
    reply = await api.get(f"/v3/enterprise/audit-logs?{query}")
    assert reply.status == 422
    assert reply.json["errors"][0]["loc"] == ["query", "time_before"]


async def test_100_days_are_not_too_many(api):
    query = f"time_after=0&time_before={100 * 86_400}"
    assert (await api.get(f"/v3/enterprise/audit-logs?{query}")).status == 200


async def test_a_cursor_of_another_list_answers_400(api):
    first = (await api.get("/v3/enterprise/organizations?first=1")).json["end_cursor"]
    for cursor in (first, "nonsense", "é"):
        reply = await api.get("/v3/enterprise/roles", params={"after": cursor})
        assert reply.status == 400


async def test_a_body_without_prompt_says_where(api, org):
    reply = await api.post(f"/v3/organizations/{org}/sessions", {"title": "x"})
    assert reply.status == 422
    assert reply.json["errors"] == [
        {"loc": ["body", "prompt"], "msg": "Field required", "type": "missing"}
    ]


async def test_all_errors_of_a_body_are_listed_and_no_value_is_repeated(api, org):
    body = {
        "prompt": 5,
        "tags": ["a"] * 51,
        "session_secrets": [{"key": "", "value": 9}],
        "attachment_urls": ["not-a-uri-SECRET"],
    }
    reply = await api.post(f"/v3/organizations/{org}/sessions", body)
    assert [error["loc"] for error in reply.json["errors"]] == [
        ["body", "prompt"],
        ["body", "tags"],
        ["body", "session_secrets", 0, "key"],
        ["body", "session_secrets", 0, "value"],
        ["body", "attachment_urls", 0],
    ]
    assert b"SECRET" not in reply.body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_acu_limit", 0),
        ("structured_output_schema", {"$ref": "https://example.com/schema"}),
        ("structured_output_schema", {"description": "x" * 70_000}),
        ("structured_output_schema", {"type": "array", "minItems": "many"}),
        ("structured_output_schema", functools.reduce(lambda s, _: {"not": s}, range(900), {})),
    ],
)
async def test_rules_beyond_the_schema_answer_422(api, org, field, value):
    reply = await api.post(f"/v3/organizations/{org}/sessions", {"prompt": "x", field: value})
    assert reply.status == 422
    assert reply.json["errors"][0]["loc"] == ["body", field]


async def test_an_unknown_platform_answers_400_with_the_options(api, org):
    body = {"prompt": "x", "platform": "amiga"}
    reply = await api.post(f"/v3/organizations/{org}/sessions", body)
    assert reply.status == 400
    assert "linux" in reply.json["detail"]


async def test_extra_fields_and_open_enums_are_accepted(api, org):
    body = {"name": "x", "idempotent": True, "enforcement_level": "brand_new"}
    reply = await api.post(f"/v3beta1/organizations/{org}/security-profiles", body)
    assert (reply.status, reply.json["enforcement_level"]) == (201, "brand_new")


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 422),
        (b"\xff", "application/json", 422),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"name": "x"}', "text/plain", 415),
        (b'{"name": "x"}', "application/merge-patch+json", 200),
    ],
)
async def test_bodies_are_json(api, data, content_type, status):
    reply = await api.call(
        "POST", "/v3/enterprise/organizations", data=data, headers={"Content-Type": content_type}
    )
    assert reply.status == status


@pytest.mark.parametrize(
    ("value", "schema", "kinds"),
    [
        (True, {"type": "integer"}, ["int_type"]),
        (1.0, {"type": "integer"}, []),
        (1.5, {"type": "integer"}, ["int_type"]),
        (None, {"type": ["string", "null"]}, []),
        (3, {"anyOf": [{"type": "string"}, {"type": "null"}]}, ["string_type"]),
        (None, {"anyOf": [{"type": "string"}, {"type": "null"}]}, []),
        ({}, {"type": "object", "minProperties": 1}, ["too_short"]),
        ([1, 1], {"type": "array", "uniqueItems": True}, ["unique_items"]),
        ([], {"type": "array", "minItems": 1}, ["too_short"]),
        ("a", {"type": "string", "pattern": "^b$"}, ["string_pattern_mismatch"]),
        ("a", {"type": "string", "format": "date"}, ["format"]),
        ("2026-01-01T00:00:00Z", {"type": "string", "format": "date-time"}, []),
        ("2026-01-01", {"type": "string", "format": "date-time"}, ["format"]),
        ({"x": 1}, {"additionalProperties": {"type": "string"}}, ["string_type"]),
        ({"x": 1}, {"properties": {"y": {}}, "additionalProperties": False}, ["extra_forbidden"]),
        ({"x": 1}, {"properties": {"x": {}}, "additionalProperties": False}, []),
        ("b", {"const": "a"}, ["literal_error"]),
        ({"a": 1}, {"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, ["missing"]),
    ],
)
def test_keywords_of_the_contract_are_checked(value, schema, kinds):
    assert [kind for _, kind in errors_of(value, schema)] == kinds


def test_every_keyword_of_the_contract_is_known():
    supported = {
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "default",
        "deprecated",
        "discriminator",
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "oneOf",
        "pattern",
        "properties",
        "readOnly",
        "required",
        "type",
        "uniqueItems",
        "writeOnly",
        "x-open-enum",
        "x-open-union",
        "x-other-types",
        "x-unconfirmed",
    }
    used = set()
    for schema in {id(o.components): o.components for o in operations()}.values():
        for part in schema["schemas"].values():
            used |= keywords(part)
    assert used <= supported


def keywords(schema):
    names = set(schema)
    parts = [*schema.get("properties", {}).values(), *schema.get("allOf", ())]
    parts += [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    parts += [schema[name] for name in ("items", "additionalProperties") if name in schema]
    for part in parts:
        if isinstance(part, dict):
            names |= keywords(part)
    return names


def test_every_operation_is_found_by_its_own_path():
    for operation in operations():
        raw = operation.path.replace("{", "v-").replace("}", "")
        match = router().match(operation.method, raw)
        assert match.operation is operation
        assert set(match.values.values()) == {f"v-{name}" for name in operation.path_names}


def test_path_values_are_decoded():
    match = router().match("GET", "/v3/organizations/a%7Cb%2Fc/sessions/devin-1")
    assert match.values == {"org_id": "a|b/c", "devin_id": "devin-1"}


def test_a_repository_path_may_hold_raw_slashes():
    operation = next(o for o in operations() if "{repository_path}" in o.path)
    raw = operation.path.replace("{org_id}", "o").replace("{repository_path}", "owner/name")
    match = router().match(operation.method, raw.replace("{branch_name}", "main"))
    assert match.operation is operation
    assert match.values["repository_path"] == "owner/name"


def test_a_literal_segment_wins_over_a_parameter():
    match = router().match("GET", "/v3beta1/enterprise/users/consumption/acu-limits")
    assert match.values == {}
