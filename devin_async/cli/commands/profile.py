"""`profile`: the named places to work at."""

from cyclopts import App
from rich.text import Text

from devin_async.cli.options import LocalDataOptions, WithLocalData
from devin_async.cli.output import Output
from devin_async.cli.profiles import Profile, chosen_profile, load_profiles
from devin_async.cli.views.tables import Column, Listing, counted

__all__ = ["profile"]

_DEFAULTS = LocalDataOptions()

profile = App(name="profile", help="Tell which profiles there are.", version_flags=[])


@profile.command(name="list")
def list_profiles(*, options: WithLocalData = _DEFAULTS) -> None:
    """List the profiles, and where each takes its key from; no key is read.

    Without a terminal: name, base_url, organization, where the key comes from, whether it is used.

    Args:
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    profiles = load_profiles()
    used = chosen_profile(None)
    for one in profiles.by_name.values():
        output.row(*_cells(one), "used" if one == used else "")
        output.record(
            "profile",
            name=one.name,
            base_url=one.base_url,
            organization=one.organization,
            api_version=one.api_version,
            key=one.key_source,
            used=one == used,
        )
    columns = (
        Column("PROFILE"),
        Column("BASE URL", from_width=60, most=40),
        Column("ORGANIZATION", from_width=100, most=40),
        Column("KEY FROM", whole=False),
    )
    rows = [
        (f"{'* ' if one == used else '  '}{one.name}", *_cells(one)[1:])
        for one in profiles.by_name.values()
    ]
    output.show(Listing(columns, rows))
    output.show(Text(counted(len(rows), "profile"), style="bold"))
    if not rows:
        output.progress_note(f"profiles are read from {profiles.path}")


def _cells(one: Profile) -> tuple[str, str, str, str]:
    return one.name, one.base_url or "", one.organization or "", one.key_source
