"""What a ledger decides: which items run, what a row says after an end, and what is kept."""

import json
from dataclasses import dataclass

import attrs
import pytest

from devin_async import (
    ConflictError,
    DevinError,
    DryRun,
    InvalidArgumentError,
    LedgerError,
    OutcomeUnknownError,
    WaitTimeoutError,
)
from devin_async.jobs.ledger.rules import (
    GIVE_KEY,
    STATES,
    check_distinct,
    claim_of,
    default_record,
    encode_record,
    error_line,
    key_maker,
    settled_states,
    state_after,
)


def claims(*, retry_failed=False, rerun_unknown=False, is_own=False):
    return {
        state: claim_of(
            state, is_own=is_own, retry_failed=retry_failed, rerun_unknown=rerun_unknown
        )
        for state in STATES
    }


def test_what_runs_is_what_is_pending_and_what_is_asked_for():
    first = {"pending": "run", "started": "skip", "done": "skip"}
    assert claims() == {**first, "failed": "skip", "unknown": "skip"}
    assert claims(retry_failed=True) == {**first, "failed": "run", "unknown": "skip"}
    assert claims(rerun_unknown=True) == {**first, "failed": "skip", "unknown": "rerun"}
    assert claims(retry_failed=True, rerun_unknown=True) == {
        **first,
        "failed": "run",
        "unknown": "rerun",
    }


def test_a_row_of_the_same_fan_out_is_a_key_that_came_twice():
    assert set(claims(is_own=True).values()) == {"twice"}


def test_what_is_settled_is_what_no_later_start_of_the_kind_runs():
    def settled(**options):
        return set(settled_states(**({"retry_failed": False, "rerun_unknown": False} | options)))

    assert settled() == {"done", "failed", "unknown"}
    assert settled(retry_failed=True) == {"done", "unknown"}
    assert settled(rerun_unknown=True) == {"done", "failed"}
    assert settled(retry_failed=True, rerun_unknown=True) == {"done"}


def after_write(error):
    error.after_write = True
    return error


def test_a_row_says_failed_only_of_what_certainly_did_nothing():
    unknown = DevinError("x", outcome="unknown")
    rows = {
        name: state_after(error)
        for name, error in {
            "none": None,
            "rehearsed": DryRun("x", request=None),
            "refused": ConflictError("x", status=409),
            "not sent": InvalidArgumentError("x"),
            "unknown": unknown,
            "lost": OutcomeUnknownError("x"),
            "waited": WaitTimeoutError("x"),
            "refused after a write": after_write(ConflictError("x", status=409)),
            "foreign": KeyError("x"),
        }.items()
    }
    assert rows == {
        "none": "done",
        "rehearsed": None,
        "refused": "failed",
        "not sent": "failed",
        "unknown": "unknown",
        "lost": "unknown",
        "waited": "unknown",
        "refused after a write": "unknown",
        "foreign": "unknown",
    }


def test_a_rejection_says_nothing_of_an_earlier_run_that_nobody_knows_of():
    refused = ConflictError("x", status=409)
    assert state_after(refused, was_unknown=True) == "unknown"
    assert state_after(None, was_unknown=True) == "done"
    assert state_after(DryRun("x", request=None), was_unknown=True) is None


def raised(error, kind=None):
    with pytest.raises(kind or type(error)) as caught:
        raise error
    return caught.value


def test_an_error_is_one_line_and_another_packages_words_are_left_out():
    assert error_line(DevinError("two\nlines  and\tmore")) == "DevinError: two lines and more"
    assert error_line(DevinError("a\x1bb")) == "DevinError: a\\x1bb"
    with pytest.raises(KeyError) as caught:
        raised(KeyError("secret"), ValueError)
    line = raised.__code__.co_firstlineno + 2  # where it came from, not where it was caught
    assert error_line(caught.value) == f"KeyError at test_ledger_rules.py:{line}"
    assert error_line(KeyError("secret")) == "KeyError"


@pytest.mark.parametrize("length", [487, 488, 489, 2000])
def test_a_long_error_is_cut_to_500_characters(length):
    line = error_line(DevinError("x" * length))  # behind "DevinError: ", which has 12
    whole = f"DevinError: {'x' * length}"
    assert line == (whole if length <= 488 else f"{whole[:497]}...")
    assert len(line) == min(len(whole), 500)


class Organization:
    org_id = "org-1"


def test_a_key_is_the_text_itself_or_the_id_of_an_organization():
    make = key_maker(None)
    assert [make("a"), make(Organization())] == ["a", "org-1"]
    with pytest.raises(
        InvalidArgumentError, match=r"^an item is an int, which has no key by nature"
    ):
        make(7)
    assert key_maker(lambda item: f"n{item}")(7) == "n7"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "gave '' for an item; allowed: a str that is not empty"),
        (" \t", r"gave ' \t' for an item; allowed: a str that is not empty"),
        (None, "gave a NoneType for an item; allowed: a str that is not empty"),
        (
            "a\ud800",
            r"gave 'a\ud800', which is no Unicode text; allowed: a str of whole characters",
        ),
    ],
)
def test_what_cannot_be_a_key_is_refused(key, message):
    with pytest.raises(InvalidArgumentError) as caught:
        key_maker(lambda _: key)("item")
    assert str(caught.value) == f"key= {message}"


def test_keys_of_a_collection_are_different():
    check_distinct(["a", "b", "c"])
    with pytest.raises(LedgerError) as caught:
        check_distinct(["a", "b", "a"])
    assert caught.value.message == "two items of the source have the key 'a'; nothing was started"
    assert caught.value.hint == GIVE_KEY


@attrs.frozen
class Made:
    made_id: str
    url: str
    api_key_id: str = attrs.field(repr=False)
    count_id: int = 3
    name: str = "x"


@dataclass
class Plain:
    thing_id: str


def test_a_result_is_kept_by_its_ids_and_its_url():
    made = Made(made_id="m", url="https://x.example/a?sig=1#part", api_key_id="secret")
    assert default_record(made) == {"made_id": "m", "url": "https://x.example/a"}
    assert default_record({"a_id": "1", "url": "u#f?g", 5: "x", "b_id": 2, "c": "d"}) == {
        "a_id": "1",
        "url": "u",
    }
    assert default_record(Plain("t")) == {"thing_id": "t"}
    assert [default_record(one) for one in (None, 5, "text", {})] == [None] * 4


@pytest.mark.parametrize("value", [None, 5, "ü", [1, {"a": None}], {"a": True}])
def test_what_is_json_is_kept_as_it_is(value):
    assert json.loads(encode_record(value)) == value


def nested():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize("value", [object(), float("nan"), {1j: 1}, nested()])
def test_what_is_no_json_is_told_and_the_result_is_on_the_outcome(value):
    with pytest.raises(LedgerError, match=r"^record= gave what is no JSON: ") as caught:
        encode_record(value)
    assert caught.value.outcome == "unknown"
    assert caught.value.hint == "The worker returned, and its result is on the outcome."
