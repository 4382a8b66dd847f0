"""How deep JSON is nested, told from its bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async import DevinClient, InvalidArgumentError
from devin_async.base.plain_json import is_deeper_than

SCALARS = st.one_of(
    st.none(), st.integers(), st.text(alphabet='[]{}"\\a\n'), st.sampled_from(['"', "\\", '\\"['])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text('[]{}"\\a'), inner, max_size=4)
    ),
    max_leaves=40,
)


def depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES)
def test_the_depth_is_exact_whatever_stands_in_strings(value):
    body, levels = json.dumps(value).encode(), depth(value)
    assert not is_deeper_than(body, max(1, levels))
    if levels > 1:
        assert is_deeper_than(body, levels - 1)


@given(st.binary(max_size=300), st.integers(1, 20))
def test_no_bytes_at_all_can_break_the_count(body, most):
    assert is_deeper_than(body, most) in {True, False}


@pytest.mark.parametrize("levels", [1, 7, 8, 9, 500, 20_000])
def test_a_limit_counts_each_level(levels):
    body = b"[" * levels + b"]" * levels
    assert not is_deeper_than(body, levels)
    assert levels == 1 or is_deeper_than(body, levels - 1)


def test_openers_that_nobody_closes_are_counted_too():
    assert is_deeper_than(b"[" * 100_000, 500)


def test_many_brackets_side_by_side_are_not_deep():
    assert not is_deeper_than(b"[" + b'{"a":[]},' * 5_000 + b"{}]", 3)


@pytest.mark.parametrize("setting", ["max_response_bytes", "max_download_bytes", "max_json_depth"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "5"])
def test_a_limit_is_a_whole_number_from_one(setting, value):
    with pytest.raises(InvalidArgumentError, match=f"{setting} is .*; allowed: a whole number, 1"):
        DevinClient("cog_key", **{setting: value})
    with pytest.raises(InvalidArgumentError, match=f"{setting} is"):
        DevinClient("cog_key").with_options(**{setting: value})


def test_no_redirect_at_all_may_be_asked_for():
    assert DevinClient("cog_key", max_redirects=0)._options.max_redirects == 0
    with pytest.raises(InvalidArgumentError, match="max_redirects is -1"):
        DevinClient("cog_key", max_redirects=-1)
