"""Strings that do not show themselves."""

from typing import Any, NoReturn

__all__ = ["Secret", "redact"]


class Secret(str):
    """A str whose repr is masked and that cannot be pickled.

    Only repr is masked: `str(secret)` and formatting give the value, because the HTTP library
    writes headers that way. Tracebacks with locals, attrs reprs and containers all use repr.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled")


def redact(text: str, secrets: tuple[str, ...]) -> str:
    """Replace every one of *secrets* in *text*, for what the server echoes."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text
