"""JSON to models and back; what only answers need that do not fit loads with the first."""

from typing import TYPE_CHECKING

from devin_async.base.loading import loader_of

if TYPE_CHECKING:
    from devin_async.codec import frames as frames
    from devin_async.codec import near_json as near_json
    from devin_async.codec import structuring as structuring
else:
    __getattr__ = loader_of(__name__)
