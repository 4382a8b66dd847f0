"""What the first items of a fan-out tell about all the others."""

import re
from collections.abc import Sequence
from typing import Literal

from devin_async.errors import AuthenticationError, PermissionDeniedError

__all__ = ["Probe", "Verdict"]

Verdict = Literal["go", "again", "stop"]

# The API answers 403 to a missing permission, to an organization that is not the key's, and to one
# that may start nothing now. Its words for permissions are not the documented ones, so they are not
# looked for; those for a limit of the organization are plain.
_OF_A_LIMIT = re.compile(
    r"limit|quota|credit|exceed|suspend|disabled|frozen|billing|payment|contract", re.IGNORECASE
)
_ENOUGH = 2


class Probe:
    """Decides whether the others of a fan-out start, by its first items, run one by one.

    Attributes:
        refusals: The errors by which all others would be refused, too.
    """

    def __init__(self) -> None:
        self.refusals: Sequence[Exception] = ()

    def judge(self, error: Exception | None) -> Verdict:
        """Say what follows from an outcome: all start ("go"), one more alone ("again"), or none.

        A key that is not valid is refused everywhere. A refusal by 403 is everybody's when two
        items in a row meet it and neither names a reason of its own, such as a used-up quota.
        """
        if isinstance(error, AuthenticationError):
            self.refusals = (error,)
            return "stop"
        if not isinstance(error, PermissionDeniedError):
            return "go"
        if error.error_code is not None or _OF_A_LIMIT.search(error.message):
            self.refusals = ()
            return "again"
        self.refusals = (*self.refusals, error)
        return "stop" if len(self.refusals) == _ENOUGH else "again"
