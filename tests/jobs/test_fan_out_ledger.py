"""A fan-out with a ledger: what runs again after which end, and what is noted."""

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define, field, frozen
from ledger_jobs import KEYS, Work, item_of, lost, other_run, rejected, run, states, use_file

from devin_async import (
    DevinClient,
    DryRun,
    InvalidArgumentError,
    Ledger,
    LedgerError,
    WaitTimeoutError,
)
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.ledger.file import LedgerFile
from devin_async.sandbox import Sandbox


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


async def test_each_item_of_a_first_start_runs_and_is_done(ledger):
    work = Work()
    outcomes = await run(ledger, work)
    assert [outcome.item for outcome in outcomes] == KEYS
    assert work.calls == dict.fromkeys(KEYS, 1)
    assert states(ledger) == dict.fromkeys(KEYS, "done")


async def test_done_items_are_left_out_and_have_no_outcome(ledger):
    await run(ledger, Work())
    again = Work()
    assert await run(ledger, again, retry_failed=True, rerun_unknown=True) == []
    assert again.calls == {}


async def test_what_is_left_out_is_counted_by_the_state_of_its_row(ledger):
    await run(ledger, Work(org_2=rejected(), org_5=lost()))
    job = FanOut(KEYS, Work(), concurrency=3, ledger=ledger)
    assert await job.collect() == []
    assert job.left_out == {"done": 6, "failed": 1, "unknown": 1}


async def test_a_fan_out_that_runs_nothing_says_why(ledger, caplog):
    await run(ledger, Work(org_2=rejected()))
    caplog.set_level("INFO", "devin_async")
    await run(ledger, Work())
    await run(ledger, Work(), retry_failed=True)
    await run(ledger, Work())
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        (
            "WARNING",
            "a fan-out ran none of its items: 7 done, 1 failed (retry_failed= runs them again)",
        ),
        ("INFO", "a fan-out ran none of its items: 8 done"),
    ]


async def test_items_that_another_job_runs_are_left_out_and_said_to_be(ledger, caplog):
    started, release = asyncio.Event(), asyncio.Event()

    async def hang(item):
        started.set()
        await release.wait()

    first = asyncio.create_task(run(ledger, hang, KEYS[:1]))
    await started.wait()
    second = FanOut(KEYS[:1], Work(), concurrency=1, ledger=ledger)
    assert await second.collect() == []
    assert second.left_out == {"started": 1}
    assert caplog.messages == ["a fan-out ran none of its items: 1 run by another job now"]
    release.set()
    await first


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (rejected(), "failed"),
        (InvalidArgumentError("the prompt is empty"), "failed"),
        (lost(), "unknown"),
        (WaitTimeoutError("the session still works"), "unknown"),
        (TimeoutError(), "unknown"),
        (KeyError("org_id"), "unknown"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
async def test_an_error_is_a_failure_only_if_it_tells_that_nothing_was_done(ledger, fault, state):
    await run(ledger, Work(org_2=fault))
    assert states(ledger) == {**dict.fromkeys(KEYS, "done"), "org-2": state}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"retry_failed": True}, ["org-2"]),
        ({"rerun_unknown": True}, ["org-3"]),
        ({"retry_failed": True, "rerun_unknown": True}, ["org-2", "org-3"]),
    ],
)
async def test_failed_and_unknown_items_run_again_only_when_asked_for(ledger, options, expected):
    await run(ledger, Work(org_2=rejected(), org_3=lost()))
    again = Work()
    outcomes = await run(ledger, again, **options)
    assert [outcome.item for outcome in outcomes] == expected == sorted(again.calls)
    assert [outcome.index for outcome in outcomes] == [KEYS.index(key) for key in expected]


async def test_an_unknown_item_that_is_rejected_when_it_runs_again_stays_unknown(ledger):
    await run(ledger, Work(org_3=lost()))
    await run(ledger, Work(org_3=rejected()), rerun_unknown=True)
    item = item_of(ledger, "org-3")
    assert item.state == "unknown"
    assert "the limit is reached" in item.error
    again = Work()
    await run(ledger, again, retry_failed=True)
    assert again.calls == {}


async def test_an_item_that_went_well_at_last_forgets_its_error(ledger):
    await run(ledger, Work(org_2=rejected()))
    assert "the limit is reached" in item_of(ledger, "org-2").error
    await run(ledger, Work(), retry_failed=True)
    item = item_of(ledger, "org-2")
    assert (item.state, item.error) == ("done", None)


async def test_the_same_ledger_object_serves_one_fan_out_after_another(ledger):
    await run(ledger, Work(org_2=rejected()))
    await run(ledger, Work(org_2=lost()), retry_failed=True)
    await run(ledger, Work(), rerun_unknown=True)
    assert states(ledger) == dict.fromkeys(KEYS, "done")


async def test_each_run_of_a_ledger_has_rows_of_its_own(ledger):
    await run(ledger, Work())
    tomorrow = other_run(ledger, "2026-11-23")
    work = Work()
    await run(tomorrow, work, ["org-2", "org-9"])
    assert work.calls == {"org-2": 1, "org-9": 1}
    assert list(states(tomorrow)) == ["org-2", "org-9"]
    assert list(states(ledger)) == KEYS


async def test_a_row_says_started_before_its_worker_is_called(ledger):
    seen = {}

    async def look(item):
        seen[item] = states(ledger)[item]

    await run(ledger, look)
    assert seen == dict.fromkeys(KEYS, "started")


async def test_a_row_says_how_its_item_ended_before_the_outcome_is_handed_over(ledger):
    seen = {}
    async with FanOut(KEYS, Work(org_2=lost()), concurrency=3, ledger=ledger) as outcomes:
        async for outcome in outcomes:
            seen[outcome.item] = states(ledger)[outcome.item]
    assert seen == {**dict.fromkeys(KEYS, "done"), "org-2": "unknown"}


async def test_items_of_a_collection_that_were_not_reached_are_pending(ledger):
    async with FanOut(KEYS, Work(), concurrency=1, ledger=ledger) as outcomes:
        await anext(aiter(outcomes))
    recorded = states(ledger)
    assert list(recorded) == KEYS
    assert recorded["org-1"] == "done"
    assert recorded["org-8"] == "pending"


async def test_a_row_has_the_place_and_the_times_of_its_item(ledger):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    await run(ledger, Work())
    item = item_of(ledger, "org-3")
    assert item.index == 2
    assert before <= item.started_at <= item.ended_at <= datetime.now(UTC)


async def test_the_outcome_keeps_the_items_place_in_the_source_when_others_are_left_out(ledger):
    await run(ledger, Work(org_7=rejected()))
    (outcome,) = await run(ledger, Work(), retry_failed=True)
    assert (outcome.index, outcome.item) == (6, "org-7")


async def test_a_slot_that_a_left_out_item_had_is_free_again(ledger):
    keys = [f"org-{number}" for number in range(200)]
    await run(ledger, Work(org_199=rejected()), keys)
    outcomes = await run(ledger, Work(), keys, concurrency=1, retry_failed=True)
    assert [outcome.item for outcome in outcomes] == ["org-199"]
    semaphore = asyncio.Semaphore(2)
    assert await run(ledger, Work(), keys, concurrency=semaphore) == []
    await semaphore.acquire()
    await semaphore.acquire()
    assert semaphore.locked()


@frozen
class Started:
    session_id: str
    org_id: str | None
    url: str
    prompt: str
    token_id: str = field(repr=False)


@define
class Plain:
    message: str


async def test_the_ids_and_the_url_of_a_result_are_recorded_and_nothing_else(ledger):
    async def start(item):
        url = "https://host/s/1?signature=secret#part"
        return Started("devin-1", None, url, "a long prompt", "hidden")

    await run(ledger, start, ["a"])
    recorded = item_of(ledger, "a").recorded
    assert recorded == {"session_id": "devin-1", "url": "https://host/s/1"}
    content = b"".join(path.read_bytes() for path in ledger.path.parent.iterdir())
    for secret in (b"prompt", b"signature", b"hidden"):
        assert secret not in content


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, None),
        ({"session_id": "devin-1", "title": "x", "n_id": 5, 7: "y"}, {"session_id": "devin-1"}),
        (Plain("hello"), None),
        ("a text", None),
        (7, None),
        (type("Old", (), {"__init__": lambda self: setattr(self, "a_id", "1")})(), {"a_id": "1"}),
    ],
)
async def test_what_is_recorded_of_other_results(ledger, result, expected):
    async def give(item):
        return result

    await run(ledger, give, ["a"])
    assert (item_of(ledger, "a").state, item_of(ledger, "a").recorded) == ("done", expected)


async def test_record_says_what_is_kept_of_a_result(ledger):
    await run(ledger, Work(), record=lambda result: [result["session_id"], {"n": 1}])
    assert item_of(ledger, "org-1").recorded == ["devin-org-1", {"n": 1}]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (lambda result: Plain("model"), "record= gave what is no JSON"),
        (lambda result: float("nan"), "record= gave what is no JSON"),
        (lambda result: result["no such"], "record= raised KeyError at test_fan_out_ledger.py"),
    ],
    ids=["a model", "not a number", "an error"],
)
async def test_a_result_that_cannot_be_recorded_is_done_and_not_lost(ledger, record, message):
    (outcome,) = await run(ledger, Work(), ["a"], record=record)
    assert isinstance(outcome.error, LedgerError)
    assert message in str(outcome.error)
    assert outcome.error.outcome == "unknown"
    assert outcome.result["session_id"] == "devin-a"
    item = item_of(ledger, "a")
    assert (item.state, item.recorded) == ("done", None)
    assert message in item.error


async def test_the_message_of_an_error_that_is_not_ours_is_not_kept(ledger):
    await run(ledger, Work(a=ValueError("prompt: my secret")), ["a"])
    error = item_of(ledger, "a").error
    assert error.startswith("ValueError at ledger_jobs.py:")
    assert "secret" not in error


async def test_an_error_is_kept_as_one_line(ledger):
    await run(ledger, Work(a=LedgerError("one\ntwo\x1b[2J" + "x" * 1000)), ["a"])
    error = item_of(ledger, "a").error
    assert error.startswith("LedgerError: one two\\x1b[2Jxxx")
    assert (len(error), error[-3:]) == (500, "...")


async def test_an_item_of_a_dry_run_stays_what_it_was(ledger):
    await run(ledger, Work(org_2=rejected(), org_3=lost()))
    before = ledger.report()
    dry = Work(**{name: DryRun("not sent") for name in ("org_2", "org_3")})
    await run(ledger, dry, retry_failed=True, rerun_unknown=True)
    assert dry.calls == {"org-2": 1, "org-3": 1}
    after = ledger.report()
    assert states(ledger)["org-2"] == "failed"
    assert [(item.state, item.error) for item in before.items] == [
        (item.state, item.error) for item in after.items
    ]


async def test_organizations_that_were_added_between_two_starts_run(ledger):
    async with (
        Sandbox(organizations=3, seed=7) as sandbox,
        DevinClient(sandbox.token, base_url=sandbox.url) as devin,
    ):
        await check_all(devin, ledger)
        added = await devin.enterprise.organizations.create("Late")
        outcomes = await check_all(devin, ledger)
    assert [outcome.item.org_id for outcome in outcomes] == [added.org_id]
    assert len(states(ledger)) == 4


async def check_all(devin, ledger):
    source = devin.enterprise.organizations.list()
    worker = Work().of("org_id")
    return await devin.fan_out(source, worker, concurrency=2, ledger=ledger).collect()


async def test_a_session_that_a_client_created_is_recorded_by_its_id_and_url(ledger):
    async with (
        Sandbox(organizations=2, seed=7) as sandbox,
        DevinClient(sandbox.token, base_url=sandbox.url) as devin,
    ):
        outcomes = await devin.fan_out(
            devin.enterprise.organizations.list(),
            lambda org: devin.organization(org.org_id).sessions.create("Check the private thing"),
            concurrency=2,
            ledger=ledger,
        ).collect()
    for outcome in outcomes:
        recorded = item_of(ledger, outcome.item.org_id).recorded
        assert recorded["session_id"] == outcome.value.session_id
        assert recorded["url"] == outcome.value.url
    assert b"private" not in ledger.path.read_bytes()


async def test_a_thousand_items_wait_for_few_commits(ledger):
    commits = []

    class Counting(LedgerFile):
        def commit(self, steps):
            commits.append(len(steps))
            return super().commit(steps)

    job = FanOut([str(number) for number in range(1000)], Work(), concurrency=100, ledger=ledger)
    use_file(job, Counting)
    await job.collect()
    assert sum(commits) == 2000
    assert len(commits) < 30  # all hundred slots share one, where two halves in turns would take 40


async def test_an_item_of_any_source_takes_two_statements(ledger):
    statements = Counter()

    class Tracing(LedgerFile):
        def commit(self, steps):
            self._connection.set_trace_callback(lambda one: statements.update([one.split()[0]]))
            return super().commit(steps)

    for source in (KEYS, iter(KEYS)):
        statements.clear()
        own = other_run(ledger, type(source).__name__)
        job = FanOut(source, Work(), concurrency=3, ledger=own)
        use_file(job, Tracing)
        await job.collect()
        assert (statements["INSERT"], statements["UPDATE"], statements["SELECT"]) == (8, 8, 0)


async def test_items_that_are_done_wait_for_no_commit(ledger):
    await run(ledger, Work(org_8=rejected()))
    commits = []

    class Counting(LedgerFile):
        def commit(self, steps):
            commits.append(len(steps))
            return super().commit(steps)

    job = FanOut(KEYS, Work(), concurrency=3, ledger=ledger, retry_failed=True)
    use_file(job, Counting)
    await job.collect()
    assert commits == [1, 1]


async def test_each_commit_is_synced_to_the_disk(ledger):
    synced = set()

    class Asking(LedgerFile):
        def commit(self, steps):
            for name in ("journal_mode", "synchronous"):
                synced.update(self._connection.execute(f"PRAGMA {name}").fetchone())
            return super().commit(steps)

    job = FanOut(KEYS, Work(), concurrency=3, ledger=ledger)
    use_file(job, Asking)
    await job.collect()
    assert synced == {"wal", 2}


async def test_the_database_is_used_by_one_thread_that_is_not_the_event_loops(ledger):
    threads = set()

    class Noting(LedgerFile):
        @classmethod
        def open(cls, *place, **run):
            threads.add(threading.get_ident())
            return super().open(*place, **run)

        def commit(self, steps):
            threads.add(threading.get_ident())
            return super().commit(steps)

        def close(self):
            threads.add(threading.get_ident())
            super().close()

    job = FanOut(KEYS, Work(), concurrency=3, ledger=ledger)
    use_file(job, Noting)
    await job.collect()
    assert len(threads) == 1
    assert threading.get_ident() not in threads
