"""Start some sessions, wait for all of them at once, then follow what one of them says.

Without a key, and sixty times as fast as sessions are:
devin-async sandbox --speed 60 -- python examples/wait_for_sessions.py
"""

import asyncio
from contextlib import aclosing

from devin_async import DevinClient, WaitTimeoutError

PROMPTS = ("Update the dependencies", "Fix the flaky tests", "Write the changelog")


async def main() -> None:
    async with DevinClient() as devin:
        first = await devin.enterprise.organizations.list().collect(limit=1)
        sessions = devin.organization(first[0].id).sessions

        started = [await sessions.create(prompt, max_acu_limit=5) for prompt in PROMPTS]
        try:
            done = await sessions.wait_all(
                [session.session_id for session in started], timeout=3600, interval=1
            )
        except WaitTimeoutError as error:
            print(f"{len(error.waiting)} still work")
            done = list(error.settled)
        for session in done:
            print(f"{session.title}: {session.status}, {session.status_detail}")

        before = done[0]
        await sessions.send_message(before.session_id, "Explain what you did")
        answers = sessions.follow(before.session_id, since=before, interval=1)
        async with aclosing(answers) as messages:
            async for message in messages:
                print(f"{message.source}: {message.message}")


asyncio.run(main())
