"""All that an error shows: its texts, what it carries, and the local variables of our frames."""

import pickle
import traceback
from pathlib import Path

from rich.traceback import Traceback

import devin_async

OURS = str(Path(devin_async.__file__).parent)


def shown(error: BaseException) -> str:
    """Write all of *error*, of what it was caused by and of what it holds."""
    shown_error = traceback.TracebackException.from_exception(error, capture_locals=True)
    texts = [worded(error), *shown_error.format_exception_only()]
    texts += [repr(frame.locals) for frame in shown_error.stack if frame.filename.startswith(OURS)]
    texts += _by_rich(error)
    for linked in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        texts += [] if linked is None else [shown(linked)]
    return "\n".join(texts)


def worded(error: BaseException) -> str:
    """Write what *error* says and carries, but for the models that it was made of."""
    carried = {name: part for name, part in vars(error).items() if name not in _DATA}
    pickled = [] if _DATA & vars(error).keys() else [repr(pickle.dumps(error))]
    before = error.__cause__ or error.__context__  # pickled by some libraries, shown by others
    chained = "" if before is None else f"{before!r} {vars(before)!r} {worded(before)}"
    return "\n".join([str(error), repr(error), repr(carried), *pickled, chained])


_DATA = frozenset({"session", "value", "settled", "waiting"})


def _by_rich(error: BaseException) -> list[str]:
    """Give the local variables as `rich.traceback` walks them: by the fields of attrs, cut."""
    trace = Traceback.extract(
        type(error), error, error.__traceback__, show_locals=True, locals_max_string=80
    )
    frames = [frame for stack in trace.stacks for frame in stack.frames]
    return [
        node.render(max_width=10_000)
        for frame in frames
        if frame.filename.startswith(OURS)
        for node in (frame.locals or {}).values()
    ]
