"""Names that other versions or other calls of the API have: what is told is true of the method."""

import inspect
import re
from datetime import date

import pytest

from devin_async import CallOptions, ClientOptions, DevinClient, UnexpectedArgumentError, scopes
from devin_async.base.older_names import ADVICE, advice_on
from devin_async.base.signatures import Checker


def _methods():
    """Give the public methods of all resources of all scopes."""
    for scope in (
        scopes.OrganizationScope,
        scopes.EnterpriseScope,
        scopes.EnterpriseOrganizationScope,
    ):
        for attribute in vars(scope).values():
            if isinstance(attribute, scopes.LazyResource):
                owner = attribute.load()
                for name, member in inspect.getmembers(owner, inspect.isfunction):
                    if not name.startswith("_"):
                        yield f"{owner.__name__}.{name}", inspect.unwrap(member)


def _takers():
    """Give what each method, and the client, takes."""
    for name, method in _methods():
        first = next(iter(inspect.signature(method).parameters), None)
        if first in {"self", "resource"}:  # others are plain functions, such as `billing_day`
            yield name, Checker(method)._signature.kinds
    for options in (ClientOptions, CallOptions):
        yield options.__name__, options.__annotations__


def test_advice_names_no_argument_that_the_method_does_not_take():
    wrong, advised = [], set()
    for name, taken in _takers():
        for older in ADVICE.keys() - taken.keys():
            advice = advice_on(older, taken)
            if advice is not None:
                advised.add(older)
                wrong += (
                    [(name, older)] if set(re.findall(r"(\w+)=", advice)) - taken.keys() else []
                )
    assert wrong == []
    assert advised == ADVICE.keys()


@pytest.fixture
async def devin():
    async with DevinClient("cog_key", base_url="http://127.0.0.1:9", max_attempts=1) as devin:
        yield devin


@pytest.mark.parametrize("name", ["start_date", "end_date", "time_after", "until"])
async def test_a_range_of_days_is_told_where_the_method_takes_days(devin, name):
    with pytest.raises(UnexpectedArgumentError, match="start= and end=, dates"):
        await devin.enterprise.consumption.by_organization(**{name: date(2026, 1, 1)})


@pytest.mark.parametrize("name", ["start_date", "end", "since"])
async def test_a_range_of_time_is_told_where_the_method_takes_moments(devin, name):
    with pytest.raises(UnexpectedArgumentError, match="time_after= and time_before="):
        await devin.enterprise.consumption.daily(**{name: date(2026, 1, 1)})
    with pytest.raises(UnexpectedArgumentError, match="created_after= and created_before="):
        devin.organization("org-1").sessions.list(**{name: date(2026, 1, 1)})


async def test_a_name_that_means_nothing_to_a_method_is_told_without_advice(devin):
    playbooks = devin.organization("org-1").playbooks
    with pytest.raises(UnexpectedArgumentError) as caught:
        playbooks.list(search="deploy")
    assert caught.value.message.endswith("got an unexpected keyword argument 'search'")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("timeout", "attempt_timeout= bounds one try, and deadline= the call with all its tries"),
        ("max_retries", "max_attempts= counts tries, the first one, too"),
        ("verify", "certificates are always checked; ssl= takes a context that trusts yours"),
        ("token", "the key is the first argument"),
    ],
)
def test_an_option_of_other_clients_is_told_with_ours(name, advice):
    with pytest.raises(UnexpectedArgumentError) as caught:
        DevinClient(**{name: 1})
    assert caught.value.message == f"unexpected keyword argument {name!r}: {advice}"
