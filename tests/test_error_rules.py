import copy
import pickle
import re

import pytest
from offenders import offenders, unlike

from devin_async import errors
from devin_async.errors import DevinError, FanOutError

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, DevinError)
]
SIMPLE = [one for one in CLASSES if one is not FanOutError]

_LINE = re.compile(r"^([│├└─ ]*)(\w+Error|DryRun)\b(.*)$")
_BUILTINS = {
    "(also ConnectionError)": ConnectionError,
    "(also TimeoutError)": TimeoutError,
    "(also ValueError)": ValueError,
    "(also OSError)": OSError,
    "(also TypeError)": TypeError,
    "(also ServerError)": errors.ServerError,
    "(an ExceptionGroup)": ExceptionGroup,
}


def drawn():
    """Read the tree of the module's docstring: (name, parent's name, the class it also is)."""
    tree, path = [], []
    for line in errors.__doc__.splitlines():
        match = _LINE.match(line)
        if match and (match[1] or match[2] == "DevinError"):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            also = next((kind for text, kind in _BUILTINS.items() if text in match[3]), None)
            tree.append((match[2], path[depth - 1] if depth else None, also))
    return tree


def test_the_drawn_tree_has_every_class_once():
    assert sorted(name for name, _, _ in drawn()) == sorted(one.__name__ for one in CLASSES)


def test_the_drawn_tree_is_the_classes_tree():
    def difference(name, parent, also):
        one = getattr(errors, name)
        bases = {base.__name__ for base in one.__bases__}
        is_under = (parent or "Exception") in bases
        is_also = also is None or issubclass(one, also)
        expected = (True, True, 1 if also is None else 2)
        return unlike(expected, (is_under, is_also, len(bases)))

    assert offenders(drawn(), difference) == {}


def test_every_class_has_its_sentence():
    assert [one for one in CLASSES if not one.__doc__.strip().endswith(".")] == []


def full(one):
    error = one(
        "it broke",
        outcome="unknown",
        status=500,
        method="POST",
        path="/v3/a",
        request_id="req-1",
        hint="Do this.",
    )
    error.checkpoint = {"list": "/v3/a", "after": "c1", "skip": 0, "done": False}
    return error


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_is_the_same_after_pickling(protocol):
    def difference(one):
        error = full(one)
        again = pickle.loads(pickle.dumps(error, protocol))
        texts = (one, str(error), repr(error), ("it broke",), vars(error))
        return unlike(texts, (type(again), str(again), repr(again), again.args, vars(again)))

    assert offenders(SIMPLE, difference) == {}


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy])
def test_an_error_is_the_same_after_copying(way):
    assert offenders(SIMPLE, lambda one: unlike(vars(full(one)), vars(way(full(one))))) == {}


def test_a_status_error_keeps_what_only_it_has():
    error = errors.ValidationFailedError(
        "bad", status=422, error_code="code", errors=[("body", "bad")], retry_after=1.5
    )
    again = pickle.loads(pickle.dumps(error))
    assert (again.error_code, again.errors, again.retry_after) == ("code", [("body", "bad")], 1.5)


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ({}, "it broke"),
        ({"hint": "Do this."}, "it broke. Do this."),
        ({"method": "GET", "path": "/v3/a"}, "GET /v3/a: it broke"),
        ({"method": "GET", "path": "/v3/a", "status": 400}, "GET /v3/a answered 400: it broke"),
        ({"request_id": "r1"}, "it broke (request id r1)"),
        ({"request_id": "r1", "hint": "Do this."}, "it broke (request id r1). Do this."),
    ],
)
def test_an_errors_text_says_what_is_known(context, text):
    assert str(DevinError("it broke", **context)) == text


def test_an_errors_repr_tells_its_outcome():
    error = errors.NotFoundError("gone", status=404)
    assert repr(error) == "NotFoundError('gone', outcome='rejected')"


@pytest.mark.parametrize(
    ("one", "outcome"),
    [
        (errors.ConfigurationError, "not_sent"),
        (errors.InvalidArgumentError, "not_sent"),
        (errors.WaitTimeoutError, "not_sent"),
        (errors.OutcomeUnknownError, "unknown"),
        (errors.ServerOutcomeUnknownError, "unknown"),
        (errors.ResponseDecodeError, "unknown"),
        (errors.PaginationError, "rejected"),
        (errors.APIStatusError, "rejected"),
        (errors.ServerError, "rejected"),
    ],
)
def test_each_class_has_its_usual_outcome(one, outcome):
    assert one("it broke").outcome == outcome


def group():
    return FanOutError(
        "stopped",
        [ValueError("a"), errors.NotFoundError("b"), KeyError("c")],
        outcomes=["done"],
        cancelled=["running"],
    )


def test_a_fan_out_error_is_a_group_of_ours():
    error = group()
    assert isinstance(error, ExceptionGroup)
    assert isinstance(error, DevinError)
    assert (str(error), error.outcome, len(error.exceptions)) == (
        "stopped (3 errors)",
        "unknown",
        3,
    )


def test_one_error_is_counted_as_one():
    assert str(FanOutError("stopped", [ValueError()])) == "stopped (1 error)"


def test_a_fan_out_error_without_errors_is_no_error():
    with pytest.raises(ValueError):
        FanOutError("stopped", [])


def test_splitting_a_fan_out_error_keeps_its_class_and_extras():
    matched, rest = group().split(errors.NotFoundError)
    assert [type(one) for one in matched.exceptions] == [errors.NotFoundError]
    assert [type(one) for one in rest.exceptions] == [ValueError, KeyError]
    for part in (matched, rest):
        assert isinstance(part, FanOutError)
        assert (part.outcomes, part.cancelled) == (["done"], ["running"])


def test_a_subgroup_is_a_fan_out_error():
    assert isinstance(group().subgroup(KeyError), FanOutError)


def test_except_star_catches_what_is_inside():
    caught = []
    try:
        raise group()  # noqa: TRY301 - the point of it
    except* errors.NotFoundError as found:
        caught += found.exceptions
    except* Exception as found:  # noqa: BLE001 - the rest
        caught += found.exceptions
    assert [type(one) for one in caught] == [errors.NotFoundError, ValueError, KeyError]


def test_a_fan_out_error_is_the_same_after_pickling():
    again = pickle.loads(pickle.dumps(group()))
    assert (type(again), str(again), again.outcomes, again.cancelled) == (
        FanOutError,
        "stopped (3 errors)",
        ["done"],
        ["running"],
    )
    assert [repr(one) for one in again.exceptions] == [repr(one) for one in group().exceptions]


def test_an_argument_that_is_wrong_can_be_named_as_its_user_knows_it():
    error = errors.InvalidArgumentError("is '..'; allowed: an id", argument="org_id", hint="Look.")
    typed = error.renamed("--org")
    assert (str(error), error.argument) == ("org_id is '..'; allowed: an id. Look.", "org_id")
    assert (str(typed), typed.argument) == ("--org is '..'; allowed: an id. Look.", "--org")
    assert pickle.loads(pickle.dumps(typed)).argument == "--org"
    other = errors.InvalidArgumentError("org_id and tags exclude each other")
    assert other.renamed("--org") is other
