"""Packages whose modules load when they are first used (PEP 562)."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

__all__ = ["loader_of"]


def loader_of(package: str) -> Callable[[str], ModuleType]:
    """Return the `__getattr__` of *package*, by which `package.module` loads the module.

    So the annotation of a method names a model without loading it for those who call another one,
    and whoever asks for the hints gets it all the same.
    """

    def load(name: str) -> ModuleType:
        module = f"{package}.{name}"
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return load
