"""What a release changes: the version, and how the package is installed."""

__version__ = "0.1.0"

INSTALL_EXTRA = "in a clone, pip install '.[{extra}]'"
"""How an extra is installed, as messages say it; no package index has the package yet."""


def needs_extra(part: str, extra: str) -> str:
    """Say that *part* of the package needs its extra, and how to install it."""
    return f"{part} needs its extra: {INSTALL_EXTRA.format(extra=extra)}"
