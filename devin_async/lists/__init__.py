"""Lists: pages, cursors, ranges of time, exports; what few lists need loads when it is used."""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.lists import export as export
    from devin_async.lists import tail as tail
else:
    __getattr__ = loader_of(__name__)
