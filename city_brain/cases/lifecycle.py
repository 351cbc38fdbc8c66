"""The lifecycle of a case: ONE table of steps and ONE table of moves, and the readers of them.

Checks in actions, buttons and their forms, clocks, queues, the order of the board and of the funnel,
the Open311 status, the diagram and ``docs/lifecycle.md`` all derive from `PLACES` and `MOVES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from city_brain.cases.calendars import Limit, Unit
from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.roles import Actor, Role


class Phase(StrEnum):
    """What everything else asks a step for, never for a list of names."""

    OPEN = "open"
    WORKING = "working"
    DONE = "done"


class Step(StrEnum):
    """Where a case is: the seven steps, the places beside them, and the ways to rest."""

    COLLECT = "collect"
    CONFIRM = "confirm"
    FILE = "file"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    DISPUTE = "dispute"
    SUSPENDED = "suspended"
    REPORT_BACK = "report_back"
    VERIFY = "verify"
    EVALUATE = "evaluate"
    ARCHIVED = "archived"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


POSTS: dict[str, Role] = {
    "acceptance": Role.WATCH_OFFICER, "dispatcher": Role.DISPATCHER, "inspector": Role.INSPECTOR, "manager": Role.MANAGER,
    "department": Role.DEPARTMENT,
}  # fmt: skip
"""The posts that hold cases, and who sits there."""
DEPARTMENT = "department"
"""Holder of a step that lies with the case's own department."""


@dataclass(frozen=True, slots=True)
class Place:
    """One step: its phase, which of the seven it belongs to, who holds a case there and for how long at most."""

    step: Step
    phase: Phase
    of: Step
    holder: str | None = None
    limit: Limit | None = None
    """The step's own clock. `HANDLE` has none: there the limit of the case itself runs."""
    judge: Role | None = None
    """Who brings it on, where that is not its holder."""


def _minutes(minutes: float) -> Limit:
    return Limit(minutes / 60, Unit.URGENT_HOURS)


PLACES: tuple[Place, ...] = (
    Place(Step.COLLECT, Phase.OPEN, Step.COLLECT, "acceptance", _minutes(30)),
    Place(Step.CONFIRM, Phase.OPEN, Step.FILE, "inspector", _minutes(120)),
    Place(Step.FILE, Phase.OPEN, Step.FILE, "acceptance", _minutes(30)),
    Place(Step.DISPATCH, Phase.OPEN, Step.DISPATCH, "dispatcher", _minutes(30)),
    Place(Step.HANDLE, Phase.WORKING, Step.HANDLE, DEPARTMENT),
    Place(Step.DISPUTE, Phase.WORKING, Step.HANDLE, DEPARTMENT, Limit(4, Unit.WORKING_HOURS), judge=Role.MANAGER),
    Place(Step.SUSPENDED, Phase.WORKING, Step.HANDLE, DEPARTMENT),
    Place(Step.REPORT_BACK, Phase.WORKING, Step.REPORT_BACK, "dispatcher", _minutes(60)),
    Place(Step.VERIFY, Phase.WORKING, Step.VERIFY, "inspector", _minutes(240)),
    Place(Step.EVALUATE, Phase.DONE, Step.EVALUATE, "manager", Limit(5, Unit.WORKING_DAYS)),
    Place(Step.ARCHIVED, Phase.DONE, Step.EVALUATE),
    Place(Step.REJECTED, Phase.DONE, Step.COLLECT),
    Place(Step.MERGED, Phase.DONE, Step.COLLECT),
    Place(Step.WITHDRAWN, Phase.DONE, Step.COLLECT),
)
PLACE: dict[Step, Place] = {place.step: place for place in PLACES}
PHASES: dict[Step, Phase] = {place.step: place.phase for place in PLACES}
SEVEN: tuple[Step, ...] = tuple(dict.fromkeys(place.of for place in PLACES))
"""The seven steps in their order."""
UNFINISHED: tuple[Step, ...] = tuple(place.step for place in PLACES if place.phase is not Phase.DONE)
RESTS: tuple[Step, ...] = tuple(place.step for place in PLACES if place.holder is None)
"""Steps in which nobody has anything more to do."""
HOLDERS: dict[Step, str] = {place.step: place.holder for place in PLACES if place.holder not in (None, DEPARTMENT)}
"""Which post holds a case in a step; in the other ones its department does, or nobody."""


class Clock(StrEnum):
    """What a move does to the limit of the case. Every change of step starts the new step's own clock besides."""

    KEEPS = "keeps"
    STARTS = "starts"
    """It starts, unless it runs already: passing a case on wins nobody time."""
    EXTENDS = "extends"
    """One original limit is added."""
    PAUSES = "pauses"
    RESUMES = "resumes"
    STOPS = "stops"
    RESTARTS = "restarts"
    """The limit begins anew with the next dispatch."""
    EXEMPTS = "exempts"
    """The case is not counted as overdue any more."""


class Need(StrEnum):
    """What must be so before a move. Text ``fault.need_<value>``."""

    BEFORE_DUE = "before_due"
    AFTER_DUE = "after_due"
    NOTHING_ASKED = "nothing_asked"
    EXTENSION_ASKED = "extension_asked"
    SUSPENSION_ASKED = "suspension_asked"
    APPEAL_ASKED = "appeal_asked"
    EXTENSION_LEFT = "extension_left"
    NEVER_SUSPENDED = "never_suspended"
    NOT_EXEMPT = "not_exempt"
    DATE_REACHED = "date_reached"
    OTHER_DEPARTMENT = "other_department"


MOST_EXTENSIONS = 2
LONGEST_SUSPENSION_DAYS = 366


class Ask(StrEnum):
    """What a department has asked for and nobody has answered yet."""

    EXTENSION = "extension"
    SUSPENSION = "suspension"
    APPEAL = "appeal"


@dataclass(frozen=True, slots=True)
class Move:
    """One move. Its label in both languages is the text ``move.<name>``."""

    name: str
    sources: tuple[Step, ...]
    target: Step | None
    """Where it leads; None leaves the case where it is."""
    role: Role
    requires: tuple[str, ...] = ()
    """Fields that must be filled."""
    takes: tuple[str, ...] = ()
    """Fields that may be filled."""
    kinds: tuple[str, ...] = ()
    """Kinds of a send-back. Whoever receives one must answer it before the case goes on."""
    back: bool = False
    """Whether it is a way back."""
    clock: Clock = Clock.KEEPS
    needs: tuple[Need, ...] = ()
    asks: Ask | None = None
    answers: Ask | None = None

    def leads(self, source: Step) -> Step:
        """Where the move leads from a step."""
        return source if self.target is None else self.target

    @property
    def forward(self) -> bool:
        """Whether its role brings the case on: to another step that is neither a way back nor a rest, and not by answering a request."""
        return self.target is not None and not self.back and self.answers is None and self.target not in RESTS

    @property
    def self_ends(self) -> bool:
        """Whether it closes a case without anybody being sent."""
        return self.target is Step.EVALUATE and Step.VERIFY not in self.sources


_S = Step
_NEW = (_S.COLLECT, _S.CONFIRM, _S.FILE, _S.DISPATCH)
_JUDGED = (_S.HANDLE, _S.REPORT_BACK, _S.VERIFY, _S.EVALUATE, _S.ARCHIVED)
_WATCH, _DISPATCHER, _DEPARTMENT, _INSPECTOR, _MANAGER, _SYSTEM = (
    Role.WATCH_OFFICER, Role.DISPATCHER, Role.DEPARTMENT, Role.INSPECTOR, Role.MANAGER, Role.SYSTEM,
)  # fmt: skip
_UNCLEAR, _POOR = ("unclear_place", "unclear_matter"), ("poor_quality", "wrong_place")

MOVES: tuple[Move, ...] = (
    Move("accept", (_S.COLLECT,), _S.FILE, _WATCH),
    Move("ask_confirm", (_S.COLLECT, _S.FILE), _S.CONFIRM, _WATCH, takes=("note",)),
    Move("confirm", (_S.CONFIRM,), _S.FILE, _INSPECTOR, ("note",), ("pictures",)),
    Move("deny", (_S.CONFIRM,), _S.REJECTED, _INSPECTOR, ("reason",), ("pictures",), back=True, clock=Clock.STOPS),
    Move("reject", (_S.COLLECT,), _S.REJECTED, _WATCH, ("reason",), back=True, clock=Clock.STOPS),
    Move("merge", _NEW, _S.MERGED, _WATCH, ("into",), back=True, clock=Clock.STOPS),
    Move("self_handle", (_S.COLLECT, _S.CONFIRM, _S.FILE), _S.EVALUATE, _INSPECTOR, ("outcome",), ("pictures",), clock=Clock.STOPS),
    Move("file", (_S.FILE,), _S.DISPATCH, _WATCH, takes=("rule",)),
    Move("refuse", (_S.FILE,), _S.REJECTED, _WATCH, ("reason",), back=True, clock=Clock.STOPS),
    Move("dispatch", (_S.DISPATCH,), _S.HANDLE, _DISPATCHER, ("department",), ("note",), clock=Clock.STARTS),
    Move("return_to_filing", (_S.DISPATCH,), _S.FILE, _DISPATCHER, ("kind", "reason"), kinds=("misfiled", *_UNCLEAR), back=True),
    Move("finish", (_S.HANDLE,), _S.REPORT_BACK, _DEPARTMENT, ("outcome",), ("pictures",)),
    Move("send_back", (_S.HANDLE,), _S.DISPATCH, _DEPARTMENT, ("kind", "reason"), kinds=(*_UNCLEAR, "beyond_means"), back=True),
    Move("recall", (_S.HANDLE,), _S.DISPATCH, _DISPATCHER, ("reason",), back=True),
    Move("dispute", (_S.HANDLE,), _S.DISPUTE, _DEPARTMENT, ("instead", "reason"), back=True, needs=(Need.OTHER_DEPARTMENT,)),
    Move("give_in", (_S.DISPUTE,), _S.HANDLE, _DEPARTMENT, takes=("note",)),
    Move("uphold", (_S.DISPUTE,), _S.HANDLE, _MANAGER, ("reason",)),
    Move("reassign", (_S.DISPUTE,), _S.HANDLE, _MANAGER, ("department", "reason"), needs=(Need.OTHER_DEPARTMENT,)),
    Move("ask_extension", (_S.HANDLE,), None, _DEPARTMENT, ("reason",), asks=Ask.EXTENSION,
         needs=(Need.NOTHING_ASKED, Need.BEFORE_DUE, Need.EXTENSION_LEFT)),
    Move("grant_extension", (_S.HANDLE,), None, _DISPATCHER, takes=("note",), answers=Ask.EXTENSION,
         clock=Clock.EXTENDS, needs=(Need.EXTENSION_ASKED,)),
    Move("refuse_extension", (_S.HANDLE,), None, _DISPATCHER, ("reason",), answers=Ask.EXTENSION, needs=(Need.EXTENSION_ASKED,)),
    Move("ask_suspension", (_S.HANDLE,), None, _DEPARTMENT, ("until", "reason"), asks=Ask.SUSPENSION,
         needs=(Need.NOTHING_ASKED, Need.BEFORE_DUE, Need.NEVER_SUSPENDED)),
    Move("grant_suspension", (_S.HANDLE,), _S.SUSPENDED, _MANAGER, takes=("note",), answers=Ask.SUSPENSION,
         clock=Clock.PAUSES, needs=(Need.SUSPENSION_ASKED, Need.BEFORE_DUE)),
    Move("refuse_suspension", (_S.HANDLE,), None, _MANAGER, ("reason",), answers=Ask.SUSPENSION, needs=(Need.SUSPENSION_ASKED,)),
    Move("resume", (_S.SUSPENDED,), _S.HANDLE, _DEPARTMENT, takes=("note",), clock=Clock.RESUMES),
    Move("wake", (_S.SUSPENDED,), _S.HANDLE, _SYSTEM, clock=Clock.RESUMES, needs=(Need.DATE_REACHED,)),
    Move("report_back", (_S.REPORT_BACK,), _S.VERIFY, _DISPATCHER, takes=("note",)),
    Move("return_work", (_S.REPORT_BACK,), _S.HANDLE, _DISPATCHER, ("kind", "reason"), kinds=("no_evidence", *_POOR), back=True),
    Move("close", (_S.VERIFY,), _S.EVALUATE, _INSPECTOR, ("note",), ("pictures",), clock=Clock.STOPS),
    Move("rework", (_S.VERIFY,), _S.HANDLE, _INSPECTOR, ("kind", "reason"), ("pictures",), kinds=("not_done", *_POOR), back=True),
    Move("ask_appeal", _JUDGED, None, _DEPARTMENT, ("reason",), asks=Ask.APPEAL,
         needs=(Need.NOTHING_ASKED, Need.AFTER_DUE, Need.NOT_EXEMPT)),
    Move("grant_appeal", _JUDGED, None, _MANAGER, takes=("note",), answers=Ask.APPEAL, clock=Clock.EXEMPTS, needs=(Need.APPEAL_ASKED,)),
    Move("refuse_appeal", _JUDGED, None, _MANAGER, ("reason",), answers=Ask.APPEAL, needs=(Need.APPEAL_ASKED,)),
    Move("call_back", (_S.EVALUATE,), None, _WATCH, ("reached",), ("solved", "satisfied", "note")),
    Move("evaluate", (_S.EVALUATE,), _S.ARCHIVED, _MANAGER, ("grade",), ("note",)),
    Move("archive", (_S.EVALUATE,), _S.ARCHIVED, _SYSTEM, ("grade",), needs=(Need.DATE_REACHED,)),
    Move("recheck", (_S.EVALUATE, _S.ARCHIVED), _S.VERIFY, _INSPECTOR, ("reason",), back=True),
    Move("reopen", (_S.EVALUATE, _S.ARCHIVED), _S.DISPATCH, _WATCH, ("reason",), back=True, clock=Clock.RESTARTS),
    Move("reconsider", (_S.REJECTED, _S.MERGED, _S.WITHDRAWN), _S.COLLECT, _WATCH, ("reason",), back=True, clock=Clock.RESTARTS),
    Move("withdraw", (*_NEW, _S.HANDLE), _S.WITHDRAWN, _WATCH, ("reason",), back=True, clock=Clock.STOPS),
    Move("remind", UNFINISHED, None, _DISPATCHER, takes=("note",)),
    Move("supervise", UNFINISHED, None, _MANAGER, ("reason",)),
)  # fmt: skip

CHOICES: dict[str, tuple[str, ...]] = {
    "reached": ("yes", "no"), "solved": ("yes", "no"), "satisfied": ("yes", "no"), "grade": ("good", "fair", "poor"),
}  # fmt: skip
"""What a field can be, where it is one of a few; those of ``kind`` stand in its move. Texts ``choice.<value>``."""
ONLY_WITH: dict[str, tuple[str, str]] = {"solved": ("reached", "yes"), "satisfied": ("reached", "yes")}
"""Fields that say something only where another has a value: who was not reached has told nothing."""
FIELDS = (
    "department", "instead", "kind", "reason", "outcome", "note", "answer", "into", "rule", "until", "pictures",
    "reached", "solved", "satisfied", "grade",
)  # fmt: skip
"""Every field a move may ask for; its label is the text ``field.<name>``."""


def moves_from(step: Step, role: Role | None = None) -> tuple[Move, ...]:
    """The moves that lead on from a step, for a role or for anyone, whatever else the case is like."""
    return tuple(move for move in MOVES if step in move.sources and role in (None, move.role))


def choices(move: Move, field: str) -> tuple[str, ...]:
    """What a field of a move can be; empty where it is free."""
    return move.kinds if field == "kind" else CHOICES.get(field, ())


def take(
    step: Step,
    name: str,
    actor: Actor,
    fields: Mapping[str, str | None],
    *,
    holder: str | None,
    unanswered: bool,
    unmet: Iterable[Need] = (),
) -> Move:
    """The move `name` from `step`, when this person may take it, its fields are filled and what it needs is so.

    Parameters
    ----------
    holder : str or None
        Whose case it is: a department acts on its own cases alone, also where they lie with somebody else at present.
    unanswered : bool
        Whether a send-back waits for its answer.
    unmet : iterable of Need
        What is not so at present.

    Raises
    ------
    Stale
        No such move from here; the values name what is possible.
    NotAllowed
        Another role takes it, or another department.
    Fault
        A field is empty or cannot be; something it needs is not so.
    """
    found = next((move for move in moves_from(step) if move.name == name), None)
    if found is None:
        possible = ", ".join(move.name for move in moves_from(step)) or "—"
        raise Stale("illegal_move", move=name, step=step, possible=possible)
    if found.role is not actor.role:
        raise NotAllowed("move_role", move=name, role=actor.role, needs=found.role)
    if actor.role is Role.DEPARTMENT and actor.department != holder:
        raise NotAllowed("not_yours", move=name, holder=holder or "—", department=actor.department or "—")
    for need in found.needs:
        if need in unmet:
            raise Fault(f"need_{need}", move=name)
    for field in required(found, unanswered=unanswered):
        if not (fields.get(field) or "").strip():
            raise Fault("field_required", field=field, move=name)
    for field, value in fields.items():
        if value and field not in allowed(found):
            raise Fault("field_unknown", field=field, move=name)
        if value and choices(found, field) and value not in choices(found, field):
            raise Fault("field_choice", field=field, value=value, allowed=", ".join(choices(found, field)))
        other, said = ONLY_WITH.get(field, (field, value))
        if value and fields.get(other) != said:
            raise Fault("field_without", field=field, needs_field=other, move=name)
    return found


def required(move: Move, *, unanswered: bool) -> tuple[str, ...]:
    """Fields that must be filled; whoever received a send-back answers it before the case goes on."""
    return (*move.requires, "answer") if unanswered and move.forward else move.requires


def allowed(move: Move) -> tuple[str, ...]:
    """Every field the move may carry."""
    return (*move.requires, *move.takes, "answer")


def holder(step: Step, department: str | None) -> str | None:
    """Who holds a case in a step."""
    found = PLACE[step].holder
    return department if found == DEPARTMENT else found


def whose(step: Step, holder: str | None, department: str | None) -> str | None:
    """The department whose case it is: the one that holds it, or that was sent it last where it lies with somebody else."""
    return holder if PLACE[step].holder == DEPARTMENT else department


def possible(step: Step, unmet: Iterable[Need], role: Role | None = None) -> tuple[Move, ...]:
    """The moves from a step whose needs are met, for a role or for anyone."""
    missing = frozenset(unmet)
    return tuple(move for move in moves_from(step, role) if missing.isdisjoint(move.needs))


def judge(step: Step) -> str | None:
    """The post that judges in a step, where there is one."""
    return next((post for post, role in POSTS.items() if role is PLACE[step].judge), None)


def takes_away(move: Move) -> bool:
    """Whether somebody else may take a case from its department with it."""
    elsewhere = any(PLACE[source].holder == DEPARTMENT for source in move.sources) and move.target is not None
    return elsewhere and move.role not in (Role.DEPARTMENT, Role.SYSTEM)


def queue(role: Role) -> tuple[Step, ...]:
    """The steps in which cases wait for a role: its own queue. A department's holds its own cases alone."""
    return tuple(
        place.step for place in PLACES if place.phase is not Phase.DONE and (POSTS[place.holder or ""] is role or place.judge is role)
    )


def asked_of(role: Role) -> tuple[Ask, ...]:
    """What departments ask for and this role answers."""
    return tuple(ask for ask in Ask if any(move.answers is ask and move.role is role for move in MOVES))


def faults() -> list[str]:
    """What is wrong with the tables: duplicate moves, steps never reached, dead ends, unknown fields, kinds without their field."""
    names = [move.name for move in MOVES]
    found = [f"duplicate move {name}" for name in sorted(set(names)) if names.count(name) > 1]
    reached = {Step.COLLECT} | {move.target for move in MOVES}
    found += [f"{step} is never reached" for step in Step if step not in reached]
    found += [f"{step} has no place" for step in Step if step not in PLACE]
    found += [f"{step} is a dead end" for step in Step if step not in RESTS and not any(move.target for move in moves_from(step))]
    found += [f"{move.name} asks for unknown {field}" for move in MOVES for field in (*move.requires, *move.takes) if field not in FIELDS]
    found += [f"{move.name}: kinds and the field kind belong together" for move in MOVES if bool(move.kinds) != ("kind" in move.requires)]
    found += [f"{move.name} asks and nobody answers" for move in MOVES if move.asks and move.asks not in {other.answers for other in MOVES}]
    return found
