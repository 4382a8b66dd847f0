"""What PyInstaller cannot see: modules that load by name, and the contract of the sandbox."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_data_files, collect_submodules  # type: ignore[import-untyped, unused-ignore]

# Integrations whose extra is not installed would fail to load, and nobody could use them.
_NEEDS = {
    "cli": "cyclopts",
    "dask": "distributed",
    "fastapi": "fastapi",
    "otel": "opentelemetry",
    "pytest_plugin": "pytest",
}


def _is_wanted(name: str) -> bool:
    part = name.split(".")[1] if "." in name else ""
    needed = _NEEDS.get(part)
    # A test is not frozen, and Dask's workers start Python by themselves.
    return part not in {"pytest_plugin", "dask"} and (
        needed is None or find_spec(needed) is not None
    )


hiddenimports = collect_submodules("devin_async", filter=_is_wanted)
datas = collect_data_files("devin_async")
