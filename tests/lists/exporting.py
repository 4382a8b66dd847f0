"""An export of the sandbox's audit logs, in small blocks, on any disk."""

import msgspec
from clocks import START
from inside import transport_of

from devin_async.lists.events import event_filter
from devin_async.lists.ranges.reading import TimeList

LOGS = "GET /v3/enterprise/audit-logs"
RANGE = {"time_after": START - 40_000, "time_before": START}


def source_of(devin, *, parallel=4):
    query = {"order": "asc", "action": None, **RANGE}
    logs = devin.enterprise.audit_logs
    reader = logs._reader(logs.LIST, query=query)
    return TimeList(
        fetch=reader.reading(msgspec.Raw),
        spawn=transport_of(devin).spawn,
        asked=event_filter(query, parallel),
        page_size=100,
        is_to_now=False,
    )
