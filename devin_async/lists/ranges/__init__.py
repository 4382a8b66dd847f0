"""Reading a range of time in parallel; a module of it loads when it is first used."""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.lists.ranges import moments as moments
    from devin_async.lists.ranges import places as places
    from devin_async.lists.ranges import reading as reading
else:
    __getattr__ = loader_of(__name__)
