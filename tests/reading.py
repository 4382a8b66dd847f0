"""Reading to where it fails."""


async def read_into(seen: list, items) -> None:
    """Read items one by one, so that those before a failure are seen."""
    async for item in items:
        seen.append(item)  # noqa: PERF401
