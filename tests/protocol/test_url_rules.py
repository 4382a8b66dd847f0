import re
from enum import Enum
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async import DevinClient, InvalidArgumentError
from devin_async.base.arguments import check_id, devin_id
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.requests import build_request, encode_query

USER = Endpoint("GET", "/v3/enterprise/members/users/{user_id}", None)
REPOSITORY = Endpoint("GET", "/v3beta1/repositories/{repository_path}/branches/{branch_name}", None)

scalar_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


class Word(str, Enum):  # noqa: UP042 - a StrEnum would not show it
    """A word of the API as programs have it that do not write literals."""

    API = "api"


def user_url(user_id):
    return build_request(USER, "https://api.devin.ai", {"user_id": user_id}, {}).url


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("user-1", "user-1"),
        ("google-oauth2|123", "google-oauth2%7C123"),
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a%2Fb", "a%252Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("jürgen", "j%C3%BCrgen"),
        ("😀", "%F0%9F%98%80"),
        ("a.b_c~d", "a.b_c~d"),
        ("../admin", "..%2Fadmin"),
    ],
)
def test_an_id_is_one_encoded_segment_of_the_path(value, encoded):
    assert user_url(value) == f"https://api.devin.ai/v3/enterprise/members/users/{encoded}"


def test_a_repository_path_keeps_its_slashes_and_a_branch_does_not():
    values = {"repository_path": "acme/web app", "branch_name": "feature/ü"}
    request = build_request(REPOSITORY, "", values, {})
    assert request.path == "/v3beta1/repositories/acme/web%20app/branches/feature%2F%C3%BC"


@given(scalar_text)
def test_every_id_comes_back_from_its_segment(value):
    segment = user_url(value).rpartition("/")[2]
    assert unquote(segment) == value
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", segment)


@pytest.mark.parametrize("value", ["", " ", "\t\n", ".", ".."])
def test_an_id_that_would_change_the_path_is_refused(value):
    with pytest.raises(InvalidArgumentError, match="allowed: the id of a thing, not empty"):
        check_id("org_id", value)


@pytest.mark.parametrize("value", [None, 5, b"org", ["org"]])
def test_an_id_that_is_no_str_is_refused(value):
    with pytest.raises(InvalidArgumentError, match="allowed: a str that is not empty"):
        check_id("org_id", value)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_every_scope_refuses_such_an_id(value):
    client = DevinClient("cog_key")
    for scope in (client.organization, client.enterprise.organization):
        with pytest.raises(InvalidArgumentError):
            scope(value)


@pytest.mark.parametrize("value", ["devin-abc", "abc"])
def test_a_sessions_id_gets_its_prefix_once(value):
    assert devin_id("session_id", value) == "devin-abc"


def test_an_empty_session_id_does_not_become_the_prefix():
    with pytest.raises(InvalidArgumentError, match="session_id is ''"):
        devin_id("session_id", "")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"a": None}, ""),
        ({"a": 1, "b": None, "c": "x"}, "?a=1&c=x"),
        ({"tags": ["x", "y"]}, "?tags=x&tags=y"),
        ({"tags": ("x",)}, "?tags=x"),
        ({"tags": []}, ""),
        ({"on": True, "off": False}, "?on=true&off=false"),
        ({"flags": [True, False]}, "?flags=true&flags=false"),
        ({"q": ""}, "?q="),
        ({"q": "a b&c=d/é"}, "?q=a%20b%26c%3Dd%2F%C3%A9"),
        ({"zero": 0}, "?zero=0"),
        ({"origins": [Word.API], "order": Word.API}, "?origins=api&order=api"),
    ],
)
def test_a_query_is_written_as_the_api_reads_it(query, text):
    assert encode_query(query) == text


@pytest.mark.parametrize(
    "value", [{"x"}, {"x": 1}, {"x": 1}.keys(), (x for x in "x"), b"x", ["x", None], [["x"]]]
)
def test_what_has_no_form_in_a_query_is_refused(value):
    with pytest.raises(InvalidArgumentError, match=r"^tags has a .*; allowed: a text, a number"):
        encode_query({"tags": value})


@given(st.dictionaries(scalar_text, st.lists(scalar_text, max_size=3), max_size=4))
def test_every_query_is_read_back_as_it_was(query):
    pairs = parse_qsl(urlsplit(f"https://x/{encode_query(query)}").query, keep_blank_values=True)
    assert pairs == [(name, value) for name, values in query.items() for value in values]


class Mode(str, Enum):  # noqa: UP042 - a StrEnum would give its value by str() as well
    FAST = "fast mode"


def test_a_member_of_an_enum_is_written_as_its_value():
    assert encode_query({"mode": [Mode.FAST, "slow"]}) == "?mode=fast%20mode&mode=slow"


def test_a_request_knows_what_its_errors_and_events_tell():
    endpoint = Endpoint("GET", "/v3/enterprise/members/users/{user_id}", None, "View")
    request = build_request(endpoint, "https://x/api", {"user_id": "u|1"}, {"a": 1})
    assert request.url == "https://x/api/v3/enterprise/members/users/u%7C1?a=1"
    assert request.path == "/v3/enterprise/members/users/u%7C1"
    assert request.route == "GET /v3/enterprise/members/users/{user_id}"
    assert (request.endpoint.permission, request.endpoint.permission_level) == (
        "View",
        "enterprise",
    )


def test_an_endpoint_knows_whether_it_is_beta():
    assert (USER.beta, REPOSITORY.beta) == (False, True)


@pytest.mark.parametrize(
    "write",
    [
        user_url,
        lambda half: encode_query({"tags": [half]}),
        lambda half: encode_query({half: "health"}),
    ],
    ids=["path", "query", "name in a query"],
)
def test_half_a_character_is_refused_by_us(write):
    with pytest.raises(InvalidArgumentError, match="whole characters"):
        write("org-\udcff")
