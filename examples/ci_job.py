"""A step of a CI: have the build mended, and print the pull request and what it cost."""

import asyncio
import os
from dataclasses import dataclass

from devin_async import DevinClient


@dataclass
class Fix:
    """How the build was mended."""

    summary: str


async def main(repo: str, commit: str) -> None:
    async with DevinClient() as devin:
        done = await devin.organization().sessions.run(
            f"Mend the build of {commit}", result=Fix, once=commit, repos=[repo], max_acu_limit=10
        )
    print(*[one.pr_url for one in done.session.pull_requests], done.output.summary, sep="\n")


asyncio.run(main(os.environ["CI_REPOSITORY"], os.environ["CI_COMMIT"]))
