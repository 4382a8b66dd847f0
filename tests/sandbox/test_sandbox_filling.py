import pytest

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.contract.filling import defaults, fill
from devin_async.sandbox.contract.multipart import read_upload
from devin_async.sandbox.contract.operations import operations


def same(schema):
    return schema


def of(**properties):
    return {"properties": properties, "required": list(properties)}


def test_what_is_known_fills_the_fields_of_its_name():
    schema = of(a={"type": "string"}, b={"type": "string"})
    filled = fill(same, schema, {"a": "x", "c": "y"}, "thing")
    assert filled == {"a": "x", "b": filled["b"]}
    assert filled == fill(same, schema, {"a": "x"}, "thing")
    assert filled["b"] != fill(same, schema, {}, "other")["b"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "default": 7}, 7),
        ({"type": ["string", "null"]}, None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, None),
        ({"type": "array", "items": {}}, []),
        ({"type": "string", "enum": ["first", "second"]}, "first"),
        ({"type": "object", "properties": {}}, {}),
    ],
)
def test_what_is_unknown_follows_from_the_schema(schema, value):
    assert fill(same, of(a=schema), {}, "thing") == {"a": value}


def test_what_may_be_left_out_is_left_out():
    assert fill(same, {"properties": {"a": {"type": "string"}}}, {}, "thing") == {}


def test_null_counts_as_unknown_where_null_does_not_fit():
    schema = of(a={"type": "boolean"}, b={"type": ["boolean", "null"]})
    assert fill(same, schema, {"a": None, "b": None}, "thing") == {"a": True, "b": None}


def test_known_objects_are_completed():
    inner = {"properties": {"a": {"type": "integer", "default": 1}, "b": {"type": "integer"}}}
    schema = of(one=inner, many={"type": "array", "items": inner})
    filled = fill(same, schema, {"one": {"b": 2}, "many": [{}]}, "thing")
    assert filled == {"one": {"a": 1, "b": 2}, "many": [{"a": 1}]}


def test_numbers_become_times_where_the_schema_wants_them():
    schema = of(at={"type": "string", "format": "date-time"})
    assert fill(same, schema, {"at": 0}, "thing") == {"at": "1970-01-01T00:00:00Z"}


def test_the_defaults_of_a_body_are_those_of_its_schema():
    path = "/v3/organizations/{org_id}/secrets"
    create = next(item for item in operations() if item.key == f"POST {path}")
    assert defaults(create) == {"is_sensitive": True}


FORM = "multipart/form-data; boundary=xx"


def form(*parts):
    return b"".join(b"--xx\r\n" + part + b"\r\n" for part in parts) + b"--xx--\r\n"


def test_an_upload_keeps_every_byte():
    head = b'Content-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    upload = read_upload(FORM, form(head + b"\r\n--x\r\n\x00--\r\n"))
    assert (upload.name, upload.data) == ("a.bin", b"\r\n--x\r\n\x00--\r\n")
    assert upload.content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        (b'filename="a \xc3\xbc.txt"', "a ü.txt"),
        (b'filename="say %22hi%22.txt"', 'say "hi".txt'),
        (b"filename*=utf-8''a%20%C3%BC.txt", "a ü.txt"),
    ],
)
def test_the_names_of_uploads_come_in_several_spellings(parameter, name):
    head = b'Content-Disposition: form-data; name="file"; ' + parameter + b"\r\n\r\n"
    assert read_upload(FORM, form(head + b"x")).name == name


def test_other_fields_of_a_form_are_passed_over():
    other = b'Content-Disposition: form-data; name="note"\r\n\r\nx'
    file = b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\ny'
    assert read_upload(FORM, form(other, file)).data == b"y"


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
def test_a_form_without_a_file_is_invalid(kind):
    with pytest.raises(Problem, match="422"):
        read_upload(kind, form(b'Content-Disposition: form-data; name="file"\r\n\r\nx'))
