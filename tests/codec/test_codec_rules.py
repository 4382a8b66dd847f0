import json
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum

import attrs
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from devin_async import UNSET, InvalidArgumentError, ResponseDecodeError
from devin_async.base.markers import TIMES_AS_TEXT
from devin_async.codec import decoding, encoding
from devin_async.models.audit_logs import AuditLog
from devin_async.models.consumption import ConsumptionCycle
from devin_async.models.identity import DevinSelf, Identity, ServiceUserSelf, UnknownSelf
from devin_async.models.members import CreatedServiceUser
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session, SessionSecret

SECONDS = 1_769_846_400
MOMENT = datetime(2026, 1, 31, 8, tzinfo=UTC)
ORGANIZATION = {"org_id": "org-1", "name": "Acme"}
SESSION = {
    "session_id": "devin-1",
    "org_id": "org-1",
    "url": "https://app.devin.ai/sessions/1",
    "status": "running",
    "tags": [],
    "created_at": SECONDS,
    "updated_at": SECONDS,
    "acus_consumed": 0.5,
    "pull_requests": [{"pr_url": "https://x/1", "pr_state": "open"}],
}


@frozen(kw_only=True)
class Dated:
    """A model whose times are written as text."""

    at: datetime
    until: datetime | None = None


TIMES_AS_TEXT.add(Dated)


def encoded(value):
    return json.dumps(value).encode()


def page(items, **meta):
    return encoded({"items": items, **meta})


def test_one_thing_is_decoded():
    decoded = decoding.decode(Organization, encoded(ORGANIZATION | {"created_at": SECONDS}))
    assert decoded == Organization(org_id="org-1", name="Acme", created_at=MOMENT)
    assert decoded.created_at.utcoffset().total_seconds() == 0


def test_a_page_is_decoded():
    body = page([ORGANIZATION], end_cursor="c1", has_next_page=True, total=7)
    decoded = decoding.decode_page(Organization, "items", body)
    assert decoded.items == [Organization(org_id="org-1", name="Acme")]
    assert (decoded.end_cursor, decoded.has_next_page, decoded.total) == ("c1", True, 7)


@pytest.mark.parametrize("envelope", ["items", "data", "tags", "organizations"])
def test_every_envelope_is_opened(envelope):
    body = encoded({envelope: [ORGANIZATION], "end_cursor": "c1", "has_next_page": True})
    decoded = decoding.decode_page(Organization, envelope, body)
    assert decoded.items == [Organization(org_id="org-1", name="Acme")]
    assert (decoded.end_cursor, decoded.has_next_page, decoded.total) == ("c1", True, None)


@pytest.mark.parametrize("envelope", ["items", "data", "tags", "organizations"])
@pytest.mark.parametrize("space", [b"", b"\n\t "])
def test_a_bare_array_is_a_page_whatever_the_envelope(envelope, space):
    decoded = decoding.decode_page(Organization, envelope, space + encoded([ORGANIZATION]))
    assert decoded.items == [Organization(org_id="org-1", name="Acme")]
    assert (decoded.end_cursor, decoded.has_next_page, decoded.total) == (None, None, None)


def test_a_list_of_str_is_decoded():
    assert decoding.decode_page(str, "tags", b'{"tags": ["a", "b"]}').items == ["a", "b"]


@pytest.mark.parametrize("model", [Identity, Dated])
def test_models_that_are_read_from_plain_values_are_paged_too(model):
    bodies = {
        Identity: {
            "principal_type": "service_user",
            "service_user_id": "s",
            "service_user_name": "n",
        },
        Dated: {"at": "2026-01-31T08:00:00"},
    }
    decoded = decoding.decode_page(model, "items", page([bodies[model]], total=1))
    assert (len(decoded.items), decoded.total) == (1, 1)
    assert len(decoding.decode_page(model, "items", encoded([bodies[model]])).items) == 1
    assert len(decoding.decode_page(model, "data", encoded({"data": [bodies[model]]})).items) == 1


def test_unknown_fields_are_ignored_at_every_depth():
    raw = SESSION | {"new": 1, "pull_requests": [{"pr_url": "u", "new": {}}]}
    decoded = decoding.decode(Session, encoded(raw))
    assert decoded.pull_requests[0].pr_url == "u"


@pytest.mark.parametrize("status", ["running", "brand_new", ""])
def test_unknown_words_of_an_enum_are_kept(status):
    assert decoding.decode(Session, encoded(SESSION | {"status": status})).status == status


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (SESSION | {"tags": [1]}, "$.tags[0]"),
        (SESSION | {"tags": None}, "$.tags"),
        (SESSION | {"created_at": "soon"}, "$.created_at"),
        (SESSION | {"pull_requests": [{}]}, "$.pull_requests[0]"),
        (SESSION | {"is_archived": "perhaps"}, "$.is_archived"),
        ({"session_id": "devin-1"}, "$.org_id"),
        ({"error": "x"}, "$"),
        ([], "$"),
        (5, "$"),
        (None, "$"),
    ],
)
def test_a_fault_tells_its_place(raw, path):
    with pytest.raises(ResponseDecodeError) as caught:
        decoding.decode(Session, encoded(raw))
    assert caught.value.json_path == path
    assert str(caught.value).startswith(f"the answer cannot be read at {path}: ")


def test_a_fault_on_a_page_tells_its_place():
    with pytest.raises(ResponseDecodeError) as caught:
        decoding.decode_page(Organization, "items", page([ORGANIZATION, {"org_id": "org-2"}]))
    assert caught.value.json_path == "$.items[1].name"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"at": True}, "$.at"),
        ({"at": "soon"}, "$.at"),
        ({"at": None}, "$.at"),
        ({"at": "2026-01-31T08:00:00", "until": []}, "$.until"),
        ({"until": None}, "$.at"),
        ({}, "$"),
    ],
)
def test_a_fault_of_a_model_that_is_read_from_plain_values_tells_its_place(raw, path):
    with pytest.raises(ResponseDecodeError) as caught:
        decoding.decode(Dated, encoded(raw))
    assert caught.value.json_path == path


@pytest.mark.parametrize("model", [Session, Dated, Identity])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b'"\xff\xfe"', b"\x00", b"{} {}"])
def test_what_is_not_json_is_our_error(model, body):
    with pytest.raises(ResponseDecodeError, match=r"the answer cannot be read at "):
        decoding.decode(model, body)


@pytest.mark.parametrize("model", [AuditLog, Dated, Identity])
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"data":' * 100_000, b'{"raw":' * 100_000])
def test_json_that_is_nested_too_deeply_is_our_error(model, body):
    with pytest.raises(ResponseDecodeError):
        decoding.decode(model, body)


@pytest.mark.parametrize("key", ["end_cursor", "has_next_page", "total"])
@pytest.mark.parametrize("model", [Organization, Dated])
def test_a_page_whose_frame_is_wrong_is_our_error(model, key):
    with pytest.raises(ResponseDecodeError):
        decoding.decode_page(model, "items", page([], **{key: []}))


@pytest.mark.parametrize("model", [Organization, Dated])
@pytest.mark.parametrize("body", [b"{}", b'{"data": []}', b'{"items": 5}', b'{"items": {}}', b"5"])
def test_a_page_without_its_items_is_our_error(model, body):
    with pytest.raises(ResponseDecodeError):
        decoding.decode_page(model, "items", body)


@given(st.binary(max_size=60))
def test_no_bytes_at_all_raise_anything_else(body):
    for model in (Session, Dated):
        with pytest.raises(ResponseDecodeError):
            decoding.decode(model, body)
    with suppress(ResponseDecodeError):  # an empty object is a kind of caller that is new
        decoding.decode(Identity, body)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.fixed_dictionaries(dict.fromkeys(("org_id", "name", "created_at"), json_values)))
def test_no_json_at_all_raises_anything_else(raw):
    body = encoded(raw)
    try:
        decoded = decoding.decode(Organization, body)
    except ResponseDecodeError:
        return
    assert isinstance(decoded, Organization)


@given(st.fixed_dictionaries({"at": json_values, "until": json_values}))
def test_no_json_at_all_raises_anything_else_from_plain_values(raw):
    try:
        decoded = decoding.decode(Dated, encoded(raw))
    except ResponseDecodeError:
        return
    assert decoded.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "year"),
    [(99_999_999_999, 5138), (100_000_000_000, 1973), (SECONDS, 2026), (SECONDS * 1000, 2026)],
)
def test_milliseconds_begin_exactly_at_1e11_for_one_thing(value, year):
    decoded = decoding.decode(Organization, encoded(ORGANIZATION | {"created_at": value}))
    assert decoded.created_at.year == year


@pytest.mark.parametrize(
    ("value", "year"),
    [(99_999_999_999, 5138), (100_000_000_000, 1973), (SECONDS, 2026), (SECONDS * 1000, 2026)],
)
@pytest.mark.parametrize("envelope", ["items", "data"])
def test_milliseconds_begin_exactly_at_1e11_on_a_page(value, year, envelope):
    items = [{"after": value, "before": value}] * 2
    decoded = decoding.decode_page(ConsumptionCycle, envelope, encoded({envelope: items}))
    assert [cycle.after.year for cycle in decoded.items] == [year, year]


def test_milliseconds_are_noticed_in_a_bare_array_and_in_nested_models():
    cycles = encoded([{"after": SECONDS * 1000, "before": SECONDS * 1000}])
    assert decoding.decode_page(ConsumptionCycle, "items", cycles).items[0].after == MOMENT
    user = {"service_user_id": "s", "name": "n", "role_assignments": []}
    body = encoded({"service_user": user | {"expires_at": SECONDS * 1000}, "token": "t"})
    assert decoding.decode(CreatedServiceUser, body).service_user.expires_at == MOMENT


def test_milliseconds_are_noticed_where_the_first_item_has_no_time():
    items = [ORGANIZATION, ORGANIZATION | {"created_at": SECONDS * 1000}]
    assert decoding.decode_page(Organization, "items", page(items)).items[1].created_at == MOMENT


@pytest.mark.parametrize(
    "text", ["2026-01-31T08:00:00", "2026-01-31T08:00:00Z", "2026-01-31T09:00:00+01:00"]
)
@pytest.mark.parametrize("model", [Dated, ConsumptionCycle])
def test_times_as_text_are_read_and_naive_ones_are_utc(text, model):
    names = [one.name for one in attrs.fields(model)]
    decoded = decoding.decode(model, encoded(dict.fromkeys(names, text)))
    assert [getattr(decoded, name) for name in names] == [MOMENT, MOMENT]


def test_a_known_tag_gives_its_class():
    body = encoded(
        {"principal_type": "devin_brain", "devin_id": "d", "org_id": "o", "user_id": "u"}
    )
    assert decoding.decode(Identity, body) == DevinSelf(devin_id="d", org_id="o", user_id="u")


@pytest.mark.parametrize("raw", [{"principal_type": "robot", "user_id": "u"}, {"user_id": "u"}])
def test_an_unknown_tag_gives_the_unknown_class_with_what_was_sent(raw):
    decoded = decoding.decode(Identity, encoded(raw), lambda _: None)
    assert isinstance(decoded, UnknownSelf)
    assert (decoded.raw, decoded.principal) == (raw, "u")


@pytest.mark.parametrize("tag", [5, None, [], {}])
def test_a_tag_that_is_no_str_is_an_unknown_one(tag):
    differences = []
    body = encoded({"principal_type": tag})
    assert isinstance(decoding.decode(Identity, body, differences.append), UnknownSelf)
    assert [one.json_path for one in differences] == ["$.principal_type"]
    with pytest.raises(ResponseDecodeError):
        decoding.decode(Identity, body)


def test_a_known_tag_with_a_missing_field_is_a_fault():
    raw = {"principal_type": "service_user", "service_user_id": "s"}
    with pytest.raises(ResponseDecodeError) as caught:
        decoding.decode(Identity, encoded(raw))
    assert caught.value.json_path == "$.service_user_name"


def test_no_number_is_taken_for_a_text():
    raw = {"principal_type": "service_user", "service_user_id": "s", "service_user_name": 5}
    with pytest.raises(ResponseDecodeError, match="service_user_name: expected str, got int"):
        decoding.decode(Identity, encoded(raw))


def test_what_attrs_writes_is_what_is_read():
    user = ServiceUserSelf(service_user_id="s", service_user_name="n", org_id="o")
    raw = {"principal_type": "service_user"} | attrs.asdict(user)
    assert decoding.decode(Identity, encoded(raw)) == user


def test_none_and_unset_are_left_out_of_a_body_and_empty_lists_are_sent():
    values = {"a": None, "b": UNSET, "c": [], "d": "", "e": 0, "f": False, "g": {}}
    assert json.loads(encoding.encode(values)) == {"c": [], "d": "", "e": 0, "f": False, "g": {}}


def test_null_clears_where_it_may():
    values = {"a": None, "b": UNSET, "c": 1}
    assert json.loads(encoding.encode(values, null_clears=True)) == {"a": None, "c": 1}


def test_attrs_classes_become_objects_without_their_defaults():
    secrets = (
        SessionSecret(key="A", value="1"),
        SessionSecret(key="B", value="2", sensitive=False),
    )
    assert json.loads(encoding.encode({"session_secrets": secrets})) == {
        "session_secrets": [
            {"key": "A", "value": "1"},
            {"key": "B", "value": "2", "sensitive": False},
        ]
    }


def test_attrs_classes_deep_inside_become_objects():
    values = {"config": {"secrets": [SessionSecret(key="A", value="1")]}}
    assert json.loads(encoding.encode(values)) == {
        "config": {"secrets": [{"key": "A", "value": "1"}]}
    }


def test_a_callers_none_inside_a_mapping_is_kept():
    schema = {"default": None, "type": ["string", "null"]}
    assert json.loads(encoding.encode({"schema": schema})) == {"schema": schema}


@pytest.mark.parametrize("value", [object(), {1j}, "\ud800", lambda: 0])
def test_what_json_has_no_form_for_is_refused(value):
    with pytest.raises(InvalidArgumentError, match="the body cannot be written as JSON"):
        encoding.encode({"a": value})


def test_a_body_that_holds_itself_is_refused():
    circle = []
    circle.append(circle)
    with pytest.raises(InvalidArgumentError, match="the body cannot be written as JSON"):
        encoding.encode({"a": circle})


@given(st.dictionaries(st.text(max_size=5), json_values.filter(lambda value: value is not None)))
def test_every_body_is_read_back_as_it_was(values):
    body = encoding.encode(values)
    assert decoding.load(body) == json.loads(body)


class Mode(str, Enum):  # noqa: UP042 - a StrEnum would give its value by str() as well
    FAST = "fast mode"


def test_a_member_of_an_enum_is_written_as_its_value():
    body = encoding.encode({"mode": Mode.FAST, "modes": [Mode.FAST]})
    assert json.loads(body) == {"mode": "fast mode", "modes": ["fast mode"]}


def test_a_number_that_json_has_not_is_refused_instead_of_cleared():
    bodies = [
        {"a": number, "b": part}
        for number in (float("nan"), float("inf"), float("-inf"))
        for part in (1, None)
    ]
    bodies += [{"a": [body]} for body in bodies] + [{"a": ({"b": (float("nan"),)},)}]
    for body in bodies:
        for write in (encoding.encode, encoding.encode_raw):
            with pytest.raises(InvalidArgumentError, match=r"there is no number -?(nan|inf)"):
                write(body)
