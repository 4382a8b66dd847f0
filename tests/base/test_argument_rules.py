"""What a method takes is what its annotations say: told before anything is sent."""

import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import pytest

import devin_async
from devin_async import DevinClient, InvalidArgumentError, UnexpectedArgumentError
from devin_async.base.markers import Open
from devin_async.base.signatures import Checker
from devin_async.models.automation_parts import AutomationAction, StartSessionAction
from devin_async.models.git import NewGitPermission
from devin_async.models.repositories import RepositoryToIndex
from devin_async.models.sessions import SessionSecret

SECRET = "hunter2-hunter2"


class Options(TypedDict):
    size: int


class Thing:
    def method(
        self,
        text: str,
        *,
        moment: datetime | int | None = None,
        day: date | None = None,
        word: Open[Literal["a", "b"]] = "a",
        closed: Literal["up", "down"] = "up",
        names: Sequence[str] | None = None,
        pairs: Mapping[str, str | None] | None = None,
        secrets: Sequence[SessionSecret] | None = None,
        permission: NewGitPermission | None = None,
        repositories: Sequence[RepositoryToIndex | str] = (),
        action: AutomationAction | None = None,
        raw_action: AutomationAction | Mapping[str, Any] | None = None,
        **options: Unpack[Options],
    ) -> None:
        """Take one argument of each kind."""


def read(*args, **kwargs):
    fault, placed, named = Checker(Thing.method).read(args or ("text",), {"size": 1, **kwargs})
    if fault is not None:
        raise fault
    return {"args": placed, **named}


GOOD = [
    {"moment": datetime(2026, 1, 1, tzinfo=UTC)},
    {"moment": 1_767_225_600},
    {"day": date(2026, 1, 1)},
    {"word": "c"},
    {"closed": "down"},
    {"names": ["a", "b"]},
    {"names": ("a",)},
    {"names": []},
    {"names": None},
    {"pairs": {"a": "b", "c": None}},
    {"repositories": ["a/b", RepositoryToIndex(repository_path="c/d")]},
    {"action": StartSessionAction(prompt="p")},
    {"raw_action": {"type": "brand_new"}},
]


@pytest.mark.parametrize("arguments", GOOD, ids=str)
def test_what_fits_goes_on_as_it_is(arguments):
    (name,) = arguments
    assert read(**arguments)[name] == arguments[name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": "csv"}, "names is 'csv', a str; allowed: a list of str or None"),
        ({"names": {"a"}}, "names is {'a'}, a set; allowed: a list of str or None"),
        ({"names": ["a", 5]}, "names[1] is 5, an int; allowed: a str"),
        ({"size": "3"}, "size is '3', a str; allowed: a whole number"),
        ({"size": True}, "size is True, a bool; allowed: a whole number"),
        (
            {"moment": "2026"},
            "moment is '2026', a str; allowed: an aware datetime or int unix seconds or None",
        ),
        ({"word": 1}, "word is 1, an int; allowed: a str, such as 'a', 'b'"),
        ({"closed": "in"}, "closed is 'in', a str; allowed: 'up', 'down'"),
        ({"pairs": {"a": 1}}, "pairs['a'] is 1, an int; allowed: a str or None"),
        ({"pairs": {1: "a"}}, "a key of pairs is 1, an int; allowed: a str"),
        (
            {"repositories": [{"repository_path": "a/b", "branch_names": "main"}]},
            "repositories[0].branch_names is 'main', a str; allowed: a list of str or None",
        ),
        (
            {"permission": {"repo_path": "a/b"}},
            "permission is a mapping without 'git_connection_id'; allowed: the fields git_conn",
        ),
        ({"action": {"type": "start_session", "prompt": 5}}, "action.prompt is 5, an int"),
    ],
)
def test_what_does_not_fit_is_told_by_its_path(arguments, message):
    with pytest.raises(InvalidArgumentError) as caught:
        read(**arguments)
    assert caught.value.message.startswith(message)
    assert caught.value.outcome == "not_sent"


def test_where_a_class_is_taken_its_mapping_is_taken_too():
    taken = read(
        secrets=[{"key": "A", "value": SECRET}],
        permission={"git_connection_id": "c", "repo_path": "a/b"},
        repositories=[{"repository_path": "a/b"}],
        action={"type": "start_session", "prompt": "p"},
    )
    assert taken["secrets"] == [SessionSecret(key="A", value=SECRET)]
    assert taken["permission"] == NewGitPermission(git_connection_id="c", repo_path="a/b")
    assert taken["repositories"] == [RepositoryToIndex(repository_path="a/b")]
    assert taken["action"] == StartSessionAction(prompt="p")


@pytest.mark.parametrize(
    "secrets",
    [
        SECRET,
        {"A": SECRET},
        [SECRET],
        [(SECRET,)],
        [{"kye": "A", "value": SECRET}],
        [{"key": 5, "value": SECRET}],
        [{"key": "A", "value": [SECRET]}],
        [SessionSecret(key="A", value=(SECRET,))],  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_no_message_shows_a_secret(secrets):
    with pytest.raises(InvalidArgumentError) as caught:
        read(secrets=secrets)
    assert SECRET not in str(caught.value)
    assert caught.value.message.startswith("secrets")


def test_a_name_that_there_is_not_is_told_with_the_nearest():
    with pytest.raises(UnexpectedArgumentError) as caught:
        read(nmaes=[])
    message = "Thing.method() got an unexpected keyword argument 'nmaes'; did you mean 'names'?"
    assert caught.value.message == message
    assert isinstance(caught.value, TypeError)


def test_a_keyword_that_is_needed_is_missed():
    fault, *_ = Checker(Thing.method).read(("text",), {})
    assert "missing the required keyword argument 'size'" in str(fault)


@pytest.fixture
async def sessions():
    where = {"base_url": "http://127.0.0.1:9", "allow_http": True}
    async with DevinClient("cog_key", max_attempts=1, **where) as devin:
        yield devin.organization("org-1").sessions


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("idempotent", "once="),
        ("snapshot_id", "builds.pin"),
        ("unlisted", "no longer"),
        ("max_acu", "max_acu_limit="),
        ("titel", "did you mean 'title'?"),
    ],
)
async def test_a_name_of_earlier_versions_is_told_with_todays(sessions, name, advice):
    with pytest.raises(UnexpectedArgumentError) as caught:
        await sessions.create("Look", **{name: 1})
    assert f"create() got an unexpected keyword argument {name!r}" in caught.value.message
    assert advice in caught.value.message


@pytest.mark.parametrize(
    ("name", "advice"), [("offset", "after="), ("skip", "after="), ("status", ".status")]
)
async def test_a_filter_of_earlier_versions_is_told_with_todays(sessions, name, advice):
    with pytest.raises(UnexpectedArgumentError, match=advice):
        sessions.list(**{name: 1})


@pytest.mark.parametrize("prompt", ["", " \n"])
async def test_an_empty_prompt_is_refused(sessions, prompt):
    with pytest.raises(InvalidArgumentError, match="prompt is empty"):
        await sessions.create(prompt)
    with pytest.raises(InvalidArgumentError, match="message is empty"):
        await sessions.send_message("s", prompt)


PACKAGE = str(Path(devin_async.__file__).parent)


def locals_of(error: BaseException) -> Iterator[object]:
    """Give what the frames of this package hold."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(PACKAGE):
            yield from frame.f_locals.values()


async def test_no_frame_of_an_error_holds_a_secret_that_came_as_a_mapping(sessions):
    for secret in ({"key": 5, "value": SECRET}, {"key": "A", "value": SECRET}):
        with pytest.raises(Exception) as caught:
            await sessions.create("Look", session_secrets=[secret])
        held = list(locals_of(caught.value))
        assert held != []
        assert [one for one in held if SECRET in repr(one)] == []


class Asked:
    def method(
        self,
        report: Callable[[int], object] | None = None,
        *,
        make: Callable[[], str | Awaitable[str]] | None = None,
        send: Callable[[], Awaitable[None]] | None = None,
        whatever: Callable[..., Any] | None = None,
    ) -> None:
        """Take functions, some of which are awaited."""


def test_an_async_function_is_refused_where_nobody_would_await_it():
    async def function():
        """Do nothing."""

    class Called:
        async def __call__(self):
            """Do nothing."""

    for value in (function, Called()):
        fault, *_ = Checker(Asked.method).read((value,), {})
        assert "an async function; allowed: a callable that is not async" in str(fault)
        for name in ("make", "send", "whatever"):
            fault, _, named = Checker(Asked.method).read((), {name: value})
            assert (fault, named) == (None, {name: value})
    assert Checker(Asked.method).read((Called,), {})[0] is None  # it makes one, at once
