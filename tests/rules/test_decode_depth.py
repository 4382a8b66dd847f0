"""How deep an answer may be nested is decided as the bytes would decide it, model by model."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async import codec
from devin_async.errors import ResponseTooLargeError
from devin_async.models.audit_logs import AuditLog
from devin_async.models.sessions import Session

MOST = 6
LOG = {"audit_log_id": "log-1", "action": "login", "created_at": 1_767_225_600}
LEAVES = st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "[[[[", '"}}', "a"])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=30,
)


def depth_of(value: Any) -> int:
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth_of, parts), default=0)
    return 0


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels > 1 else []


def page(*data: Any) -> bytes:
    return json.dumps({"items": [LOG | {"data": one} for one in data]}).encode()


@given(st.lists(JSON, max_size=4))
def test_a_page_is_refused_just_when_its_json_is_nested_too_deeply(found: list[Any]):
    body = page(*({"found": one} for one in found))
    if depth_of(json.loads(body)) > MOST:
        with pytest.raises(ResponseTooLargeError):
            codec.decode_page(AuditLog, "items", body, MOST)
    else:
        codec.decode_page(AuditLog, "items", body, MOST)


@given(JSON)
def test_what_is_read_as_plain_json_is_refused_just_when_it_is_nested_too_deeply(found: Any):
    body = json.dumps({"items": [found, None]}).encode()
    if depth_of(json.loads(body)) > MOST:
        with pytest.raises(ResponseTooLargeError):
            codec.decode_page(Any, "items", body, MOST)
    else:
        assert codec.decode_page(Any, "items", body, MOST).items == [found, None]


def test_one_deep_log_among_many_is_found():
    flat = [{"found": number} for number in range(100)]
    codec.decode_page(AuditLog, "items", page(*flat, {"found": nested(2)}), MOST)
    with pytest.raises(ResponseTooLargeError, match=r"more than 6 levels deep; raise max_json"):
        codec.decode_page(AuditLog, "items", page(*flat, {"found": nested(3)}), MOST)


def test_what_no_model_takes_is_not_decoded_and_may_be_deep():
    body = json.dumps(LOG | {"new": nested(20)}).encode()
    assert codec.decode(AuditLog, body, MOST).action == "login"


def test_an_answer_of_another_shape_that_is_deep_is_called_too_deep():
    body = b"[" * 1000 + b"]" * 1000
    with pytest.raises(ResponseTooLargeError):
        codec.decode(Session, body, MOST)


def test_what_even_the_decoder_cannot_follow_is_called_too_deep():
    body = (
        json.dumps(LOG).encode()[:-1] + b',"data":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    )
    with pytest.raises(ResponseTooLargeError):
        codec.decode(AuditLog, body, 500)
