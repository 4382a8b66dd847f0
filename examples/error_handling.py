"""Tell apart what can go wrong, and what to do about it."""

import asyncio

from devin_async import (
    AuthenticationError,
    DevinClient,
    DevinError,
    PermissionDeniedError,
    RateLimitedError,
)


async def main() -> None:
    try:
        async with DevinClient() as devin:
            organizations = await devin.enterprise.organizations.list().collect()
            print(f"{len(organizations)} organizations")
    except AuthenticationError:
        print("The service user's key is not valid, or has expired")
    except PermissionDeniedError as error:
        print(f"The service user lacks the role or the permission: {error}")
    except RateLimitedError:
        print("Rate limited for longer than the deadline allows: try again later")
    except DevinError as error:
        print(f"API error: {error} (outcome: {error.outcome})")


asyncio.run(main())
