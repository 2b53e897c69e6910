"""One device and one hub without a world around them: a shell that carries out what the real session asks for."""

from collections.abc import Callable, Sequence

from goodies_mcp.inbetweenies.actions import (
    Action,
    ApplyPage,
    Await,
    CheckConflicts,
    CollectChanges,
    Finished,
    Input,
    ListHeaders,
    PageApplied,
    RefreshToken,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RetryDue,
    Send,
    TokenRefreshed,
    Wait,
)
from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.client_session import ClientSession
from goodies_mcp.inbetweenies.conflict_check import check_conflicts
from goodies_mcp.inbetweenies.messages import (
    COMPARE_PATH,
    parse_compare_request,
    parse_sync_request,
    render,
)
from goodies_mcp.inbetweenies.server_session import Caller, answer_compare, answer_sync
from goodies_mcp.inbetweenies.states import Event, State
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import Device as Person
from tests.support.clock import moment
from tools.sim.disks import DeviceDisk, HubDisk
from tools.sim.truth import HUB, Truth

Answer = Callable[[Send], ResponseReceived | RequestFailed]
Spoil = Callable[[Send, ResponseReceived], ResponseReceived | RequestFailed]


class Home:
    """A hub and some devices, each with somebody who edits on it."""

    def __init__(self, devices: int = 2) -> None:
        self.truth = Truth(devices + 1)
        self.hub = HubDisk(HUB, self.truth, "epoch-1")
        self.people = [Person(n) for n in range(1, devices + 1)]
        self.disks = [DeviceDisk(n, self.truth, each.incarnation) for n, each in enumerate(self.people, 1)]

    def answer(self, device: int, request: Send, *, may_write: bool = True) -> ResponseReceived:
        """What the hub says to a request."""
        caller = Caller("home", f"device-{device}", may_write=may_write)
        if request.path == COMPARE_PATH:
            said = answer_compare(parse_compare_request(request.body), caller, self.hub, moment(0))
            return ResponseReceived(200, render(said))
        return ResponseReceived(200, render(answer_sync(parse_sync_request(request.body), caller, self.hub, moment(0))))

    def talk(self, device: int, spoil: Spoil | None = None, **options: object) -> "Talk":
        """A session of a device, not yet begun. ``spoil`` may change what the hub answers."""

        def answer(request: Send) -> ResponseReceived | RequestFailed:
            said = self.answer(device, request)
            return said if spoil is None else spoil(request, said)

        return Talk(self.disks[device - 1], self.hub, answer, **options)

    def sync(self, device: int, **options: object) -> Finished:
        """A session of a device, to its end."""
        return self.talk(device, **options).run()


class Talk:
    """One session: everything that was asked, every state, every wait."""

    def __init__(
        self,
        disk: DeviceDisk,
        hub: HubDisk | None,
        answer: Answer,
        *,
        policy: Policy | None = None,
        household: str | None = None,
        chances: Sequence[float] = (0.0,),
        repair: bool = True,
        outcomes: dict[type[Action], Input] | None = None,
    ) -> None:
        self.disk, self.hub, self._answer = disk, hub, answer
        self.actions: list[Action] = []
        self.ways: list[tuple[State, Event, State]] = []
        self._drawn = 0
        self._outcomes = outcomes or {}

        def chance() -> float:
            self._drawn += 1
            return chances[(self._drawn - 1) % len(chances)]

        self.session = ClientSession(
            Identity(f"device-{disk.number}", disk.incarnation, household),
            "talk",
            chance=chance,
            policy=policy,
            observe=lambda *way: self.ways.append(way),
            repair=repair,
        )

    def run(self) -> Finished:
        """To the end."""
        action = self.session.start(self.disk.cursor)
        while not isinstance(action, Finished):
            action = self.step(action)
            assert len(self.actions) < 5_000, "the session loops"
        return action

    def step(self, action: Action) -> Action:
        """Carry one action out, and give the next."""
        self.actions.append(action)
        return self.session.receive(self._outcomes.get(type(action)) or self._outcome(action))

    def _outcome(self, action: Action) -> Input:  # noqa: PLR0911 - one line for each kind of action
        match action:
            case CollectChanges():
                return self.disk.collect(action.after, action.rows)
            case ListHeaders():
                return self.disk.list_headers(action.buckets, action.after, action.limit)
            case Send():
                return RequestSent()
            case Await():
                sent = next(each for each in reversed(self.actions) if isinstance(each, Send))
                return self._answer(sent)
            case Wait():
                return RetryDue()
            case RefreshToken():
                return TokenRefreshed()
            case CheckConflicts():
                return check_conflicts(action.rows, lambda key: self.disk.heads.get(key, ()), self.disk.version_of)
            case ApplyPage():
                return PageApplied(self.disk.apply_page(action, self.hub))
            case Finished():
                raise AssertionError("a session that is over asks for nothing")

    @property
    def sent(self) -> list[Send]:
        """The requests, repeated ones each time."""
        return [each for each in self.actions if isinstance(each, Send)]

    @property
    def pages(self) -> list[ApplyPage]:
        """What was to be saved."""
        return [each for each in self.actions if isinstance(each, ApplyPage)]

    @property
    def waits(self) -> list[float]:
        """Seconds waited each time."""
        return [each.seconds for each in self.actions if isinstance(each, Wait)]

    @property
    def states(self) -> list[State]:
        """The states gone through, from the first to the last."""
        return [self.ways[0][0], *(after for _, _, after in self.ways)] if self.ways else []
