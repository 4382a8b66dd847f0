import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.base.secret import Redactor
from devin_async.protocol.problems import describe_content, read_problem

FASTAPI = {
    "detail": [
        {"loc": ["body", "prompt"], "msg": "Field required", "type": "missing", "input": "s3cret"},
        {"loc": ["query", "first"], "msg": "Input should be 200 or less", "input": "s3cret"},
    ]
}
RFC9457 = {
    "type": "about:blank",
    "title": "Unprocessable",
    "status": 422,
    "detail": "The body is not valid",
    "error_code": "invalid_body",
    "errors": [{"location": "body.tags", "message": "too many", "value": "s3cret"}],
}


def read(body):
    return read_problem(body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_problem_of_rfc_9457_is_read():
    problem = read(RFC9457)
    assert problem.message == "The body is not valid: body.tags: too many"
    assert problem.error_code == "invalid_body"
    assert problem.errors == [("body.tags", "too many")]


def test_a_problem_with_a_title_only_says_its_title():
    assert read({"type": "about:blank", "title": "Forbidden", "status": 403}).message == "Forbidden"


def test_fastapis_detail_as_a_text_is_read():
    assert read({"detail": "Not found"}).message == "Not found"


def test_fastapis_detail_as_a_list_is_read_without_what_was_put_in():
    problem = read(FASTAPI)
    assert problem.message == (
        "body.prompt: Field required; query.first: Input should be 200 or less"
    )
    assert problem.errors == [
        ("body.prompt", "Field required"),
        ("query.first", "Input should be 200 or less"),
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"   ", ""),
        (b"upstream connect error", "upstream connect error"),
        (b'"a JSON text"', "a JSON text"),
        (b"5", ""),
        (b"[]", ""),
        (b"null", ""),
        (b"{}", ""),
        (b'{"message": "said so"}', "said so"),
        (b'{"detail": 5}', ""),
        (b'{"detail": [1, "two"]}', "two"),
        (b"two\r\n  lines\tand more", "two lines and more"),
        (b"<style>p {}</style><h1>502 Bad Gateway</h1><script>x()</script><hr>", "502 Bad Gateway"),
        (b"<h1>502 Bad Gateway</h1><script>x(); <script>y()", "502 Bad Gateway"),
        (b"<p<b>limit < 5</b>", "<p limit < 5"),
        (b"\xff\xfe\x00binary", "\ufffd\ufffd binary"),
        (b"\x1b[31mred\x1b[0m", "[31mred [0m"),
    ],
)
def test_every_other_body_is_one_line_of_text(body, message):
    assert read(body).message == message


def test_reasons_are_read_in_all_forms_that_occur():
    forms = {
        '{"error": "bad thing"}': "bad thing",
        '{"error": {"message": "deep reason", "code": 7}}': "deep reason",
        '{"error": {"code": "quota", "message": "monthly quota exceeded"}}': (
            "monthly quota exceeded"
        ),
        '{"error": "invalid_grant", "error_description": "expired"}': "expired",
        '{"detail": {"message": "no seat left"}}': "no seat left",
        '{"detail": {"a": {"b": 1}}}': "a.b: 1",
        '{"message": "api gateway"}': "api gateway",
        '{"Message": "aws"}': "aws",
        '{"errorMessage": "lambda"}': "lambda",
        '{"fault": {"faultstring": "apigee"}}': "apigee",
        '{"errors": "one reason"}': "one reason",
        '{"errors": ["one reason", "two"]}': "one reason; two",
        '["one reason", "two"]': "one reason; two",
        '{"errors": [{"message": "graph"}]}': "graph",
        '{"errors": [{"source": {"pointer": "/name"}, "title": "Bad", "detail": "too long"}]}': (
            "/name: too long"
        ),
        '{"errors": {"name": ["is taken", "is short"], "age": "is low"}}': (
            "name: is taken; name: is short; age: is low"
        ),
        '{"message": "Failed", "errors": [{"field": "name", "code": "missing"}]}': (
            "Failed: name: missing"
        ),
        '{"invalid-params": [{"name": "age", "reason": "is low"}], "title": "Bad"}': (
            "Bad: age: is low"
        ),
    }
    assert {body: read(body.encode()).message for body in forms} == forms


def test_a_fault_that_the_message_names_is_not_named_again():
    fault = {"field": "name", "message": "is taken"}
    assert read({"detail": "name: is taken", "errors": [fault]}).message == "name: is taken"
    assert read({"detail": "Bad", "errors": [fault]}).message == "Bad: name: is taken"
    assert read({"detail": "Bad", "errors": []}).message == "Bad"


def test_what_lies_too_deep_is_no_reason():
    def nested(levels, value):
        for _ in range(levels):
            value = {"error": value}
        return value

    assert read(nested(4, {"message": "deep"})).message == "deep"
    assert read(nested(5, {"message": "deep"})).message == ""
    assert read(nested(4, {"message": "x", "code": "c"})).error_code == "c"
    assert read(nested(6, {"message": "x", "code": "c"})).error_code is None
    names = {"a": {"b": {"c": {"d": {"e": "deep"}}}}}
    assert read({"detail": {"a": {"b": {"c": "near"}}}}).errors == [("a.b.c", "near")]
    assert read({"detail": names}).errors == []
    for levels, errors in ((5, [("", "bad")]), (6, [])):
        body = [{"msg": "bad"}]
        for _ in range(levels):
            body = {"detail": body}
        assert read(body).errors == errors


def test_values_that_were_put_in_are_left_out_of_faults_by_name():
    body = {"errors": {"name": "is taken", "input": "s3cret", "value": ["s3cret"], "ok": None}}
    assert read(body).errors == [("name", "is taken")]
    assert read({"errors": {"age": 5, "late": True}}).errors == [("age", "5"), ("late", "True")]


def test_the_place_of_a_fault_is_read_in_all_forms():
    places = {
        '{"loc": ["body", 0, "x"], "msg": "m"}': "body.0.x",
        '{"location": "body.x", "msg": "m"}': "body.x",
        '{"source": {"pointer": "/x"}, "msg": "m"}': "/x",
        '{"field": "x", "msg": "m"}': "x",
        '{"path": ["a", "b"], "msg": "m"}': "a.b",
        '{"location": {"line": 1}, "msg": "m"}': "",
        '{"msg": "m"}': "",
    }
    bodies = {entry: f'{{"errors": [{entry}]}}'.encode() for entry in places}
    assert {entry: read(body).errors[0][0] for entry, body in bodies.items()} == places


def test_the_servers_own_code_is_read_where_it_stands():
    codes = {
        '{"error_code": "user_frozen", "detail": "no"}': "user_frozen",
        '{"code": "quota", "message": "no"}': "quota",
        '{"error": {"code": "quota", "message": "no"}}': "quota",
        '{"detail": {"code": "quota", "message": "no"}}': "quota",
        '{"error": {"code": 7, "message": "no"}}': None,
        '{"detail": "no"}': None,
    }
    assert {body: read(body.encode()).error_code for body in codes} == codes


def test_a_page_of_something_before_the_api_is_told_from_its_json():
    assert read({"detail": "Forbidden"}).is_json
    assert not any(read(body).is_json for body in (b"<h1>403</h1>", b"Forbidden", b'"no"', b""))


def test_a_long_message_is_cut():
    assert read(b"x" * 100_000).message == "x" * 497 + "..."
    errors = [{"loc": ["body", "x" * 900], "msg": "y" * 900}] * 900
    problem = read({"detail": errors})
    assert len(problem.message) == 500
    assert len(problem.errors) == 100
    assert {(len(place), len(text)) for place, text in problem.errors} == {(200, 500)}
    assert read({"detail": "Bad", "code": "c" * 80}).error_code == "c" * 80
    assert read({"detail": "Bad", "code": "c" * 81}).error_code == "c" * 77 + "..."


def test_a_body_that_is_nested_too_deeply_does_no_harm():
    assert read(b"[" * 100_000).message == "[" * 497 + "..."


@given(st.binary(max_size=300))
def test_no_body_at_all_can_break_the_reading(body):
    message = read_problem(body).message
    assert len(message.splitlines()) <= 1
    assert len(message) <= 500


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
problem_names = st.sampled_from(
    ["detail", "title", "errors", "message", "error_code", "loc", "msg"]
)


@given(st.dictionaries(problem_names, json_values))
def test_no_json_at_all_can_break_the_reading(body):
    message = read(body).message
    assert len(message.splitlines()) <= 1
    assert len(message) <= 500


@given(st.dictionaries(st.sampled_from(["loc", "msg", "type", "ctx"]), json_values))
def test_what_was_put_in_is_never_told(entry):
    problem = read({"detail": [entry | {"input": "hunter2-hunter2"}]})
    assert "hunter2" not in repr(problem)


def test_secrets_are_struck_out_before_a_text_is_reshaped():
    redactor = Redactor(["two  spaces", "o<b>k", "line\nbreak"])
    bodies = (
        b"two  spaces",
        b"<p>o<b>k</p>",
        b"<p>o&lt;b&gt;k</p>",
        json.dumps({"detail": "line\nbreak"}).encode(),
        json.dumps({"detail": [{"loc": ["two  spaces"], "msg": "line\nbreak"}]}).encode(),
        json.dumps({"code": "two  spaces", "detail": "o<b>k"}).encode(),
    )
    for body in bodies:
        problem = read_problem(body, redactor)
        assert set(f"{problem.message}{problem.error_code or '***'}") <= set("*: ")


def test_an_answer_that_is_no_json_is_described():
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please</body></html>"
    html = {"Content-Type": "text/html; charset=utf-8"}
    assert describe_content("api.example", html, page) == (
        "text/html from api.example, not JSON: a login page or proxy? It begins with "
        "'<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please</body></html>'"
    )
    assert describe_content("api.example", html | {"Server": "nginx"}, b"x" * 200) == (
        "text/html from api.example (nginx), not JSON: a login page or proxy? It begins with "
        f"'{'x' * 97}...'"
    )
    cut = describe_content("api.example", {"Content-Type": "application/json"}, b'{"a": ')
    assert cut.startswith("application/json from api.example, not JSON (")
    assert cut.endswith("). It begins with '{\"a\":'")
    assert describe_content("api.example", {}, b"SSH-2.0") == (
        "an answer of no type from api.example, not JSON: a login page or proxy? It begins with "
        "'SSH-2.0'"
    )
    assert describe_content("api.example", html, b" ") == "the answer is empty"


def test_json_that_is_another_thing_is_described_by_the_fault_that_it_tells():
    messages = {
        b'{"error": {"code": "quota", "message": "monthly quota exceeded"}}': (
            "the answer tells of a fault: monthly quota exceeded"
        ),
        b'{"detail": "Not authenticated"}': "the answer tells of a fault: Not authenticated",
        b'{"session": 1}': "",
        b"null": "",
    }
    assert {body: describe_content("x", {}, body) for body in messages} == messages


def test_what_is_described_shows_no_secret():
    secret = "cog_0123456789abcdef"
    headers = {"Content-Type": f"text/{secret}", "Server": f"{secret}\x1b[31m"}
    line = describe_content(secret, headers, f"<p>\n{secret}".encode(), Redactor([secret]))
    assert line == (
        "text/*** from *** (*** [31m), not JSON: a login page or proxy? It begins with '<p> ***'"
    )
