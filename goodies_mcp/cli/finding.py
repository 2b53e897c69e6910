"""What the doctor found: one thing looked at, and how it is."""

from typing import Literal, NamedTuple

Verdict = Literal["ok", "note", "wrong"]


class Finding(NamedTuple):
    """One thing that was looked at. Only ``wrong`` makes the doctor's exit code 1."""

    what: str
    verdict: Verdict
    message: str
    hint: str | None = None

    def as_dict(self) -> dict[str, str]:
        """The finding as JSON values."""
        said = {"what": self.what, "verdict": self.verdict, "message": self.message}
        return {**said, "hint": self.hint} if self.hint else said
