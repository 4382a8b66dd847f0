"""For programs that PyInstaller freezes: where it finds what this package needs.

https://pyinstaller.org/en/stable/hooks.html#provide-hooks-with-package
"""

from pathlib import Path

__all__ = ["hook_folders"]


def hook_folders() -> list[str]:
    """Return the folder of our hook; PyInstaller asks by its entry point."""
    return [str(Path(__file__).parent)]
