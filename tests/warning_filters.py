"""Which warnings end a program that a test starts: each, but that something is to be replaced.

Another package's next release may deprecate what is called here, or by a package between; that is
worth a line, and no reason for a red run. `pyproject.toml` says the same to pytest.
"""

_FILTERS = (
    "error",
    "ignore::DeprecationWarning",
    "ignore::PendingDeprecationWarning",
    "ignore::FutureWarning",
)

PYTHONWARNINGS = ",".join(_FILTERS)
OPTIONS = tuple(part for one in _FILTERS for part in ("-W", one))
"""The same for the command lines of Python and of pytest."""
