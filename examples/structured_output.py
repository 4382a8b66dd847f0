"""Start a session and get its result as a class."""

import asyncio
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from devin_async import DevinClient, SessionFailedError, StructuredOutputError


@frozen
class Finding:
    """A weakness."""

    path: str
    line: Annotated[int, Meta(ge=1, description="Line of the file, from 1.")]


@frozen
class Review:
    """What a review of the code found."""

    summary: str
    findings: list[Finding]


async def main() -> None:
    async with DevinClient() as devin:
        first = await devin.enterprise.organizations.list().collect(limit=1)
        sessions = devin.organization(first[0].id).sessions
        try:
            done = await sessions.run("Review the code", result=Review, interval=1)
            print(done.output.summary, *done.output.findings, sep="\n")
            print(*(one.pr_url for one in done.session.pull_requests))
        except (SessionFailedError, StructuredOutputError) as error:
            print(error)  # why there is no output, or where it does not fit


asyncio.run(main())
