"""By what a ledger knows the items of a source, and the source itself."""

import pytest
from ledger_jobs import KEYS, Work, run, states

from devin_async import DevinClient, InvalidArgumentError, Ledger, LedgerError
from devin_async.models.organizations import Organization


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


@pytest.fixture
async def devin():
    async with DevinClient("cog_key", base_url="http://127.0.0.1:9", max_attempts=1) as client:
        yield client


def numbers(count=3):
    yield from range(count)


async def letters(text="abc"):
    for letter in text:
        yield letter


async def test_items_that_are_text_are_their_own_keys(ledger):
    await run(ledger, Work(), ["a", "b"])
    assert list(states(ledger)) == ["a", "b"]


async def test_items_that_have_an_organization_id_are_known_by_it(ledger):
    organizations = [Organization(org_id=f"org-{n}", name="Acme") for n in range(3)]
    await run(ledger, Work().of("name"), organizations)
    assert list(states(ledger)) == ["org-0", "org-1", "org-2"]


async def test_key_says_how_an_item_is_known(ledger):
    await run(ledger, Work(), [1, 2], key=lambda item: f"number {item}")
    assert list(states(ledger)) == ["number 1", "number 2"]


@pytest.mark.parametrize("kind", [list, iter], ids=["a collection", "an iterator"])
async def test_items_without_a_key_by_nature_need_one(ledger, kind):
    work = Work()
    with pytest.raises(InvalidArgumentError, match=r"an item is an int, .* give key="):
        await run(ledger, work, kind([1, 2]))
    assert work.calls == {}


@pytest.mark.parametrize("key", ["", "  ", None, 5, b"a", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused_before_a_worker_runs(ledger, key):
    work = Work()
    with pytest.raises(InvalidArgumentError, match="key= gave"):
        await run(ledger, work, [1, 2], key=lambda item: key)
    assert work.calls == {}


async def test_an_item_without_a_key_ends_a_stream_once_what_runs_has_settled(ledger):
    work = Work()
    with pytest.raises(InvalidArgumentError, match="an item is an int"):
        await run(ledger, work, iter(["a", "b", 3, "d", "e", "f", "g"]), concurrency=2)
    assert set(work.calls) < {"a", "b", "d"}
    assert {states(ledger)[key] for key in work.calls} == {"done"}


async def test_two_items_of_one_key_in_a_collection_are_refused_before_a_worker_runs(ledger):
    work = Work()
    with pytest.raises(LedgerError, match=r"two items of the source have the key 'a'.*key="):
        await run(ledger, work, ["a", "b", "a"])
    assert work.calls == {}


async def test_the_second_item_of_a_key_in_a_stream_fails_and_does_not_run(ledger):
    work = Work()
    outcomes = await run(ledger, work, iter(["a", "b", "a"]), concurrency=1)
    assert [outcome.ok for outcome in outcomes] == [True, True, False]
    with pytest.raises(LedgerError, match="two items of the key 'a'"):
        _ = outcomes[2].value
    assert work.calls == {"a": 1, "b": 1}
    assert states(ledger) == {"a": "done", "b": "done"}


async def test_two_items_of_one_key_at_once_run_it_once(ledger):
    work = Work()
    outcomes = await run(ledger, work, iter(["z", "a", "a", "a"]), concurrency=4)
    assert sum(not outcome.ok for outcome in outcomes) == 2
    assert work.calls == {"z": 1, "a": 1}


async def test_a_collection_is_known_by_its_keys_in_any_order(ledger):
    await run(ledger, Work(), KEYS)
    work = Work()
    await run(ledger, work, set(KEYS))
    assert work.calls == {}


@pytest.mark.parametrize("keys", [KEYS[:-1], [*KEYS, "org-9"], [*KEYS[:-1], "org-8x"]])
async def test_a_collection_of_other_keys_is_refused_before_a_worker_runs(ledger, keys):
    await run(ledger, Work(), KEYS)
    work = Work()
    with pytest.raises(LedgerError, match=r"from a collection of 8 keys, .*, not from a coll"):
        await run(ledger, work, keys)
    assert work.calls == {}
    assert list(states(ledger)) == KEYS


async def test_keys_that_together_read_the_same_are_other_keys(ledger):
    await run(ledger, Work(), ["ab", "c"])
    with pytest.raises(LedgerError, match="was made from"):
        await run(ledger, Work(), ["a", "bc"])


async def test_an_iterator_is_known_by_its_kind_alone(ledger):
    await run(ledger, Work(), numbers(3), key=str)
    work = Work()
    await run(ledger, work, numbers(5), key=str)
    assert sorted(work.calls) == [3, 4]


@pytest.mark.parametrize("other", [letters, lambda: ["a", "b"], lambda: iter(["a"])])
async def test_another_kind_of_source_is_refused(ledger, other):
    await run(ledger, Work(), numbers(), key=str)
    with pytest.raises(LedgerError, match="was made from a source of the kind generator, not from"):
        await run(ledger, Work(), other())


async def test_a_list_of_the_api_is_known_by_its_path_and_query(devin):
    sessions = devin.organization("org-1").sessions
    identity = sessions.list(tags=["a"]).identity
    assert identity.startswith("the list /v3/organizations/org-1/sessions, query ")
    assert sessions.list(tags=["a"]).raw().identity == identity
    assert sessions.list(tags=["a"], limit=5, page_size=10).identity == identity
    assert sessions.list(tags=["b"]).identity != identity
    assert devin.organization("org-2").sessions.list(tags=["a"]).identity != identity


async def test_a_run_of_one_list_refuses_another_before_anything_is_sent(ledger, devin):
    sessions = devin.organization("org-1").sessions
    with pytest.raises(ConnectionError):
        await run(ledger, Work(), sessions.list(), key=lambda session: session.session_id)
    with pytest.raises(
        LedgerError, match=r"from the list /v3/organizations/org-1/sessions, query "
    ):
        await run(ledger, Work(), sessions.list(tags=["b"]))


@pytest.mark.parametrize(
    "options",
    [{"key": str}, {"record": str}, {"retry_failed": True}, {"rerun_unknown": True}],
    ids=lambda options: next(iter(options)),
)
async def test_what_is_about_a_ledger_is_refused_without_one(devin, options):
    (name,) = options
    with pytest.raises(InvalidArgumentError, match=f"{name}= given without ledger="):
        devin.fan_out(KEYS, Work(), concurrency=1, **options)


@pytest.mark.parametrize("name", ["key", "record"])
async def test_a_key_or_record_that_cannot_be_called_is_refused(devin, ledger, name):
    async def of(item):
        """Nothing would await this."""

    for value, message in (("org_id", "a str; allowed: a function"), (of, "an async function;")):
        with pytest.raises(InvalidArgumentError, match=f"^{name} is .*, {message}"):
            devin.fan_out(KEYS, Work(), concurrency=1, ledger=ledger, **{name: value})


@pytest.mark.parametrize("name", ["retry_failed", "rerun_unknown", "probe_first"])
async def test_what_is_on_or_off_is_a_bool(devin, ledger, name):
    with pytest.raises(InvalidArgumentError, match=f"^{name} is 'no', a str; allowed: True or Fa"):
        devin.fan_out(KEYS, Work(), concurrency=1, ledger=ledger, **{name: "no"})


async def test_a_ledger_that_is_a_path_is_refused(devin):
    with pytest.raises(InvalidArgumentError, match="ledger is a str; allowed: a Ledger"):
        devin.fan_out(KEYS, Work(), concurrency=1, ledger="daily.sqlite")
