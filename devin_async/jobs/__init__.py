"""Work made of many calls; a module of it loads when it is first used."""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.jobs import budget as budget
    from devin_async.jobs import changes as changes
    from devin_async.jobs import fan_out as fan_out
    from devin_async.jobs import outcomes as outcomes
    from devin_async.jobs import structured as structured
    from devin_async.jobs import watching as watching
else:
    __getattr__ = loader_of(__name__)
