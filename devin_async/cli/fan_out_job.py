"""What `fan-out` runs: a prompt for organizations, with or without a ledger."""

import os
import re
from collections.abc import AsyncIterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, TypeAlias

from attrs import field, frozen
from cyclopts import Parameter

from devin_async.cli.errors import UsageError
from devin_async.cli.new_session import SessionSettings
from devin_async.cli.options import Flag, whole
from devin_async.cli.text import json_text
from devin_async.cli.views.fan_view import Tally, Target

if TYPE_CHECKING:
    from devin_async import DevinClient, Ledger
    from devin_async.jobs.fan_out import FanOut
    from devin_async.models.sessions import Session

__all__ = [
    "ID",
    "NAME",
    "Chosen",
    "CostOptions",
    "FanOutJob",
    "LedgerOptions",
    "OutcomeFile",
    "WithCosts",
    "WithLedger",
    "usual_file",
]

NAME, ID = "{org_name}", "{org_id}"
_PLACEHOLDER = re.compile(r"\{\w+\}")
_SETTINGS = SessionSettings()


@frozen(kw_only=True)
class CostOptions:
    """What a fan-out may cost, and who said so."""

    budget: Annotated[
        int | None,
        whole(1),
        Parameter(help="ACUs that all sessions together may use; needs --max-acu-limit."),
    ] = None
    no_limit: Annotated[
        Flag, Parameter(help="Start sessions without --max-acu-limit: each can use any number.")
    ] = False
    yes: Annotated[Flag, Parameter(help="Start without asking; for programs.")] = False

    def check(self, settings: SessionSettings, *, is_rehearsal: bool) -> None:
        """Check that the bounds can be meant, and that there are some.

        Raises:
            UsageError: A budget without a limit, a limit and none, or neither.
        """
        limit = settings.max_acu_limit
        if self.budget is not None and limit is None:
            raise UsageError("--budget needs --max-acu-limit, what each session counts with")
        if self.no_limit and limit is not None:
            raise UsageError("--no-limit and --max-acu-limit exclude each other")
        if not is_rehearsal and limit is None and not self.no_limit:
            raise UsageError(
                "each session could use any number of ACUs; allowed: --max-acu-limit ACUS, or "
                "--no-limit if that is meant"
            )

    def together(self, count: int, limit: int | None) -> str:
        """Say what *count* sessions can cost."""
        if limit is None:
            return "without a limit of ACUs"
        text = f"{count * limit:,} ACUs at the most"
        if self.budget is None or count * limit <= self.budget:
            return text
        return f"{text}; the budget of {self.budget:,} lets {self.budget // limit:,} of them start"


@frozen(kw_only=True)
class LedgerOptions:
    """What is said about the ledger."""

    ledger: Annotated[
        Path | None,
        Parameter(help="File that remembers what was started; given again, the job goes on."),
    ] = None
    run: Annotated[
        str | None,
        Parameter(help="Name of the job in the ledger, such as the day; left out, fan-out."),
    ] = None
    retry_failed: Annotated[Flag, Parameter(help="Start again what failed.")] = False
    rerun_unknown: Annotated[
        Flag, Parameter(help="Start again what may have been started; needs --once.")
    ] = False

    def check(self, once: str | None) -> None:
        """Check that it can be meant.

        Raises:
            UsageError: Something of it is for a ledger and there is none, is empty, or needs
                --once.
        """
        flags = {
            "--run": self.run is not None,
            "--retry-failed": self.retry_failed,
            "--rerun-unknown": self.rerun_unknown,
        }
        needless = [name for name, is_set in flags.items() if is_set]
        if self.ledger is None and needless:
            raise UsageError(f"{', '.join(needless)} given without --ledger, which it is about")
        if self.run is not None and not self.run.strip():
            raise UsageError(f"--run is {self.run!r}; allowed: a name that is not empty")
        if self.rerun_unknown and once is None:
            raise UsageError("--rerun-unknown needs --once KEY, or sessions may be started twice")

    def open(self) -> "Ledger | None":
        """Return the ledger, if there is to be one.

        Raises:
            UsageError: It cannot be where it was said to be.
        """
        if self.ledger is None:
            return None
        from devin_async import InvalidArgumentError, Ledger  # noqa: PLC0415 - few have one

        try:
            return Ledger(self.ledger, run="fan-out" if self.run is None else self.run)
        except InvalidArgumentError as error:
            raise UsageError(f"--ledger: {error}") from None


WithCosts: TypeAlias = Annotated[CostOptions, Parameter(name="*")]
WithLedger: TypeAlias = Annotated[LedgerOptions, Parameter(name="*")]
_NO_LEDGER = LedgerOptions()


@frozen
class Chosen:
    """An organization that was named by `--org`."""

    org_id: str
    name: str | None = None


@frozen(kw_only=True)
class FanOutJob:
    """A prompt for organizations.

    Attributes:
        prompt: What to do; `{org_name}` and `{org_id}` stand for the organization's.
        targets: The organizations; None for all.
        once: Key of the work; each organization's has its id at the end.
        concurrency: How many at once.
        probe_first: Whether a refusal of the first ones ends it.
        repeats: Whether an organization that the list gives twice gets a session each time.
        settings: What the sessions are started with.
        ledger: What is said about the ledger.
        tally: What it did so far.
    """

    prompt: str
    targets: Sequence[Target] | None = None
    once: str | None = None
    concurrency: int = 16
    probe_first: bool = False
    repeats: bool = False
    settings: SessionSettings = _SETTINGS
    ledger: LedgerOptions = _NO_LEDGER
    tally: Tally = field(factory=Tally)

    @property
    def unknown_placeholders(self) -> Sequence[str]:
        """The braces of the prompt that stay what they are: meant, or mistyped a thousand times."""
        return [
            one for one in dict.fromkeys(_PLACEHOLDER.findall(self.prompt)) if one not in (NAME, ID)
        ]

    def on(self, devin: "DevinClient") -> "tuple[FanOut[Target, Session], Ledger | None]":
        """Make the fan-out, and give its ledger."""

        async def start(target: Target) -> "Session":
            self.tally.begun += 1
            once = None if self.once is None else f"{self.once}-{target.org_id}"
            text = await self._text(devin, target)
            sessions = devin.organization(target.org_id).sessions
            return await sessions.create(text, once=once, **self.settings.fields())

        ledger = self.ledger.open()
        work = devin.fan_out(
            self._source(devin),
            start,
            concurrency=self.concurrency,
            ledger=ledger,
            retry_failed=self.ledger.retry_failed,
            rerun_unknown=self.ledger.rerun_unknown,
            probe_first=self.probe_first,
            distinct=not self.repeats,
        )
        return work, ledger

    def _source(self, devin: "DevinClient") -> AsyncIterable[Target] | Sequence[Target]:
        if self.targets is None:
            return devin.enterprise.organizations.list()
        self.tally.total = len(self.targets)
        return self.targets

    async def _text(self, devin: "DevinClient", target: Target) -> str:
        """Write the prompt for an organization."""
        text = self.prompt.replace(ID, target.org_id)
        if NAME not in text:
            return text
        name = target.name
        if name is None:
            name = (await devin.enterprise.organizations.get(target.org_id)).name
        return text.replace(NAME, name)


class OutcomeFile:
    """A file that gets each outcome, one JSON object a line, as it comes.

    It is made with the first one, readable by its owner only, and is added to if it is there.

    Args:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def add(self, record: Mapping[str, Any]) -> None:
        """Write an outcome down, before it is shown.

        Raises:
            OSError: It cannot be written.
        """
        file = self.open()
        file.write(json_text(record) + "\n")
        file.flush()

    @property
    def is_open(self) -> bool:
        """Tell whether the file is there."""
        return self._file is not None

    def open(self) -> IO[str]:
        """Make the file, unless it is there.

        Raises:
            OSError: It cannot be made.
        """
        if self._file is None:
            number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(number, "a", encoding="utf-8")
        return self._file

    def close(self) -> None:
        """Close it."""
        if self._file is not None:
            self._file.close()


def usual_file() -> Path | None:
    """Tell where outcomes are kept if nobody said so; None if that cannot be made."""
    from platformdirs import user_state_path  # noqa: PLC0415 - needed where sessions are started

    try:
        folder = user_state_path("devin-async", appauthor=False, ensure_exists=True)
    except OSError:
        return None
    return folder / f"fan-out-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.jsonl"
