"""Profiles: named places to work at, in a TOML file that never holds a key.

default = "work"

[profiles.work]
base_url = "https://api.devin.ai"
organization = "Amber Platform"
key_env = "WORK_DEVIN_KEY"

[profiles.home]
key_command = ["pass", "show", "devin/key"]
"""

import os
import re
import shlex
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from devin_async.base.secret import Secret
from devin_async.cli.errors import CredentialsError, UsageError

__all__ = ["Profile", "Profiles", "chosen_profile", "load_profiles", "profiles_path"]

_FILE = "profiles.toml"
_KEYS = ("api_key", "key", "token", "secret", "password")
_KEY = re.compile(r"\b(?:cog|apk)_\w{16}")
_FIELDS = ("base_url", "organization", "api_version", "key_env", "key_command")
_COMMAND_SECONDS = 60


@frozen(kw_only=True)
class Profile:
    """One profile.

    Attributes:
        name: What `--profile` calls it.
        base_url: Where the API is; None for the usual place.
        organization: Id or name of the organization to work in.
        api_version: The version, None for today's.
        key_env: Environment variable that holds the key.
        key_command: Program, with its arguments, that prints the key.
    """

    name: str
    base_url: str | None = None
    organization: str | None = None
    api_version: str | None = None
    key_env: str | None = None
    key_command: tuple[str, ...] = ()

    @property
    def key_source(self) -> str:
        """Tell where the key comes from."""
        if self.key_command:
            return f"command {_KEY.sub('***', shlex.join(self.key_command))}"
        return f"variable {self.key_env or 'DEVIN_API_KEY'}"

    def key(self) -> "str | Callable[[], Awaitable[str]] | None":
        """Return the key, or what fetches it; None where the environment is looked at as usual.

        Raises:
            CredentialsError: Its variable is not set.
        """
        if self.key_command:
            return self._fetch
        if self.key_env is None:
            return None
        key = Secret(os.environ.get(self.key_env, ""))
        if not key.strip():
            raise CredentialsError(
                f"{self.key_env} is not set, from which the profile {self.name!r} takes its key"
            )
        return key

    async def _fetch(self) -> str:
        """Run the command that prints the key; it may ask on the terminal."""
        import asyncio  # noqa: PLC0415 - help needs none

        program = self.key_command[0]
        where = f"the command of the profile {self.name!r}, {program!r},"
        try:
            process = await asyncio.create_subprocess_exec(
                *self.key_command, stdout=asyncio.subprocess.PIPE
            )
        except OSError as error:
            raise CredentialsError(f"{where} cannot be run: {error.strerror or error}") from None
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                output, _ = await process.communicate()
        except TimeoutError:
            raise CredentialsError(f"{where} took longer than {_COMMAND_SECONDS} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        key = Secret(output.decode("utf-8", "replace").strip())
        if process.returncode or not key:
            how = f"exited with {process.returncode}" if process.returncode else "printed nothing"
            raise CredentialsError(f"{where} {how} instead of printing the key")
        return key


@frozen(kw_only=True)
class Profiles:
    """What the file holds.

    Attributes:
        path: The file.
        default: Name of the one that is used where nothing else is said, else None.
        by_name: The profiles.
    """

    path: Path
    default: str | None
    by_name: Mapping[str, Profile]


def profiles_path() -> Path:
    """Tell where the file is, in the user's folder for settings."""
    from platformdirs import user_config_path  # noqa: PLC0415 - needed only by who has profiles

    return user_config_path("devin-async", appauthor=False) / _FILE


def load_profiles(path: Path | None = None) -> Profiles:
    """Read the file; one that is not there has none.

    Raises:
        UsageError: It cannot be read, or holds what no profile has.
    """
    import tomllib  # noqa: PLC0415 - needed only by who has profiles

    path = path or profiles_path()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Profiles(path=path, default=None, by_name={})
    except (OSError, ValueError) as error:
        raise UsageError(f"the profiles in {path} cannot be read: {error}") from None
    tables = content.pop("profiles", {})
    default = content.pop("default", None)
    if content or not isinstance(tables, dict) or not isinstance(default, str | None):
        raise UsageError(
            f'{path} is no file of profiles; allowed: default = "NAME", and a table '
            "[profiles.NAME] for each"
        )
    named = cast("dict[str, Any]", tables)
    profiles = {name: _profile(path, name, table) for name, table in named.items()}
    if default is not None and default not in profiles:
        raise UsageError(f"default is {default!r} in {path}; allowed: {_choices(profiles)}")
    return Profiles(path=path, default=default, by_name=profiles)


def chosen_profile(name: str | None) -> Profile | None:
    """Return the profile of `--profile`, else of DEVIN_PROFILE, else the file's default.

    The default is for who says nothing: a key in the environment is taken before it.

    Raises:
        UsageError: There is none of that name.
    """
    asked, option = name, "--profile"
    if asked is None:
        asked, option = os.environ.get("DEVIN_PROFILE", "").strip() or None, "DEVIN_PROFILE"
    if asked is None and _has_key():
        return None
    profiles = load_profiles()
    chosen = asked if asked is not None else profiles.default
    if chosen is None:
        return None
    if chosen not in profiles.by_name:
        raise UsageError(
            f"{option} is {chosen!r}; allowed: {_choices(profiles.by_name)}, of {profiles.path}"
        )
    return profiles.by_name[chosen]


def _has_key() -> bool:
    return any(os.environ.get(name) for name in ("DEVIN_API_KEY", "DEVIN_SERVICE_USER_TOKEN"))


def _choices(profiles: Mapping[str, Profile]) -> str:
    return ", ".join(map(repr, profiles)) or "no profile, for there is none"


def _profile(path: Path, name: str, table: object) -> Profile:
    where = f"the profile {name!r} in {path}"
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table; allowed: [profiles.{name}]")
    fields = cast("dict[str, Any]", table)
    if any(key in fields for key in _KEYS) or _KEY.search(str(fields.get("key_env"))):
        raise UsageError(
            f"{where} holds a key, which no file should; allowed: key_env, a variable that holds "
            "it, or key_command, a program that prints it"
        )
    if unknown := [key for key in fields if key not in _FIELDS]:
        raise UsageError(f"{where} holds {', '.join(unknown)}; allowed: {', '.join(_FIELDS)}")
    command = fields.pop("key_command", ())
    if isinstance(command, str):
        command = shlex.split(command)
    if not isinstance(command, list | tuple) or not all(
        isinstance(word, str) for word in cast("list[object]", command)
    ):
        raise UsageError(f"key_command of {where}; allowed: a text, or a list of texts")
    if wrong := [key for key, value in fields.items() if not isinstance(value, str)]:
        raise UsageError(f"{', '.join(wrong)} of {where}; allowed: a text")
    words = tuple(cast("list[str]", command))
    if words and "key_env" in fields:
        raise UsageError(f"{where} has both key_env and key_command; allowed: one of them")
    return Profile(name=name, key_command=words, **fields)
