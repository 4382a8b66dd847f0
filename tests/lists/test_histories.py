"""Whatever happens to exports, tails and ledgers, and in what order: nothing lost or doubled."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from ledger_histories import LedgerHistories


@pytest.fixture(autouse=True)
def _tiny_blocks(monkeypatch):
    monkeypatch.setattr("devin_async.lists.export.manifest.BLOCK", 300)


def test_no_history_of_kills_quotas_cursors_and_clocks_loses_or_doubles_anything():
    run_state_machine_as_test(
        LedgerHistories, settings=settings(max_examples=25, stateful_step_count=20, deadline=None)
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_none_of_a_thousand_histories_loses_or_doubles_anything():
    run_state_machine_as_test(
        LedgerHistories, settings=settings(max_examples=1000, stateful_step_count=30, deadline=None)
    )
