"""How often a session tries again, and how long it waits (PROTOCOL.md, V3-10.2 to V3-10.4)."""

from collections.abc import Callable

from goodies_mcp.inbetweenies.actions import RefreshToken, Wait
from goodies_mcp.inbetweenies.verdicts import Policy, Remedy, Verdict


class Patience:
    """Counts attempts of one request, and token refreshes of the whole session."""

    def __init__(self, policy: Policy, chance: Callable[[], float]) -> None:
        self._policy = policy
        self._chance = chance
        self._attempt = 1
        self._doubtful = False
        self._refreshes = 0
        self.retries = 0

    def begin(self) -> None:
        """Another request is sent for the first time."""
        self._attempt = 1
        self._doubtful = False

    def proves_guilt(self, verdict: Verdict) -> bool:
        """Whether the request itself is to blame for how its last attempt failed (V3-10.5): the hub refused it, or
        stumbled at every attempt. Where one got no answer or found the hub busy, chance may be to blame."""
        return verdict.remedy is not Remedy.SUSPECT or not self._doubtful

    def help(self, verdict: Verdict, *, isolating: bool) -> Wait | RefreshToken | None:
        """What to do before the same request is sent again; None when that cannot help any more."""
        policy = self._policy
        self._doubtful |= not (verdict.answered and verdict.remedy is Remedy.SUSPECT)
        if verdict.remedy is Remedy.REFRESH and self._refreshes < policy.most_refreshes:
            self._refreshes += 1
            return RefreshToken()
        if verdict.remedy not in {Remedy.RETRY, Remedy.SUSPECT}:
            return None
        limit = policy.attempts_isolating if isolating else policy.attempts
        if self._attempt >= limit or (verdict.retry_after or 0.0) > policy.longest_wait:
            return None
        self._attempt += 1
        self.retries += 1
        return Wait(policy.wait(self._attempt, self._chance(), verdict.retry_after))
