"""`sandbox`: serve one, or run a command against one."""

from devin_async.cli.options import Count, Options, Port, Share, Speed, Whole, WithOptions

__all__ = ["sandbox"]

_DEFAULTS = Options()


def sandbox(
    *command: str,
    host: str = "127.0.0.1",
    port: Port = 0,
    organizations: Count = 3,
    audit_logs: Count = 1000,
    sessions: Count = 3,
    seed: Whole = 0,
    speed: Speed = 1.0,
    failing_organizations: Count = 0,
    faults: Share = 0.0,
    options: WithOptions = _DEFAULTS,  # noqa: ARG001 - read where errors are reported
) -> int:
    """Serve a fake Devin API, or run COMMAND against one and return its exit code.

    COMMAND, given after --, finds the sandbox by DEVIN_BASE_URL, DEVIN_API_KEY and DEVIN_ORG_ID.

    Args:
        command: What to run against the sandbox; left out, it is served until Ctrl-C.
        host: Address to listen on.
        port: Port to listen on; 0 chooses one.
        organizations: How many there are.
        audit_logs: How many are computed.
        sessions: How many each organization starts with.
        seed: Decides every name and id.
        speed: Sandbox seconds per real second; at 60 a session takes a second.
        failing_organizations: How many refuse to create sessions.
        faults: Share of requests that something passing goes wrong with, below 1.
        options: What every command takes.
    """
    # The server is loaded only where it is started.
    from devin_async.sandbox.__main__ import main  # noqa: PLC0415

    arguments = {
        "host": host,
        "port": port,
        "organizations": organizations,
        "audit-logs": audit_logs,
        "sessions": sessions,
        "seed": seed,
        "speed": speed,
        "failing-organizations": failing_organizations,
        "faults": faults,
    }
    flags = [f"--{name}={value}" for name, value in arguments.items()]
    return main([*flags, *(("--", *command) if command else ())])
