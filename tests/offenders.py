"""Judging many cases in one test, whose failure then shows every offender and not the first."""

from collections.abc import Callable, Iterable

import pytest


def offenders(cases: Iterable, fault_of: Callable[..., object]) -> dict[str, object]:
    """Give what is wrong with each case, by its name; {} when nothing is.

    Args:
        cases: What is judged: single values, or tuples of arguments.
        fault_of: Gives what is wrong with a case, and something false when it is right.
    """
    failed = {}
    for case in cases:
        arguments = case if isinstance(case, tuple) else (case,)
        if fault := fault_of(*arguments):
            failed[" ".join(map(str, arguments))] = fault
    return failed


def unlike(expected: object, actual: object) -> str | None:
    """Tell how *actual* is not what was expected; None when it is."""
    return None if actual == expected else f"{actual!r}, not {expected!r}"


def failures(cases: Iterable, check: Callable[[object], None]) -> dict[str, str]:
    """Give how each case fails the assertions of *check*, by its name; {} when none does."""
    failed = {}
    for case in cases:
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever it fails by
            failed[str(case)] = f"{type(error).__name__}: {error}"
    return failed
