"""What the simulated staff does with a case, and when: pure, decided by the number and version of the case, so that it needs no memory.

Mostly a case goes forward; now and then it is rejected, merged, confirmed on the spot, sent to the wrong department, disputed, sent back,
reworked, extended, suspended or appealed against, as in a real city.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from city_brain.cases import filing_rules
from city_brain.cases.lifecycle import Ask, Step
from city_brain.cases.standing import Standing, grade
from city_brain.incidents.model import Urgency
from city_brain.simulator.kinds import kinds
from city_brain.simulator.mind import Case, Deed, Mind, chance_of, marked
from city_brain.simulator.responsible import mistaken

DWELL_MIN: dict[Step, tuple[float, float]] = {
    Step.COLLECT: (0.4, 2.5), Step.CONFIRM: (3.0, 45.0), Step.FILE: (0.5, 4.0), Step.DISPATCH: (0.7, 6.0), Step.HANDLE: (4.0, 240.0),
    Step.DISPUTE: (5.0, 150.0), Step.SUSPENDED: (600.0, 14_400.0), Step.REPORT_BACK: (1.0, 25.0), Step.VERIFY: (3.0, 90.0),
    Step.EVALUATE: (30.0, 1440.0),
}  # fmt: skip
"""Shortest and longest stay in a step, minutes, while the console runs."""
ANSWER_MIN = (3.0, 60.0)
"""The same for the answer to what a department asks."""
SLOW_REST: dict[Step, float] = {Step.HANDLE: 12.0, Step.EVALUATE: 4.0}
"""How much longer what the history left open may stay: it must not end all at once."""
STRAIGHT: dict[Step, str] = {
    Step.COLLECT: "accept", Step.CONFIRM: "confirm", Step.FILE: "file", Step.DISPATCH: "dispatch", Step.HANDLE: "finish",
    Step.REPORT_BACK: "report_back", Step.VERIFY: "close",
}  # fmt: skip
"""The move that leads on from each step."""
BY_LIMIT_SHARE, BY_LIMIT = 0.2, (0.12, 1.08)
"""Part of the live cases whose handling takes as long as their limit lets it, and which shares of the limit that can be."""


def ready_at(case: Case, opened: datetime, pace: float = 1.0) -> datetime:
    """When the time of a case in its step is up; nobody worked while the console was closed. At twice the pace it takes half as long."""
    since: datetime = max(case["acted_at"] or case["step_at"], case["step_at"], opened)
    return since + _stay(case, since) / pace


def _stay(case: Case, since: datetime) -> timedelta:
    """How long a case stays in its step from a moment on."""
    step, share = Step(case["step"]), chance_of(case) / 2**32
    if case["asked"]:
        return _between(ANSWER_MIN, share)
    least, most = DWELL_MIN[step]
    left_open = case["version"] == 0
    due: datetime | None = case["due_at"]
    if step is Step.HANDLE and due and due > since and (left_open or share < BY_LIMIT_SHARE):
        low, high = BY_LIMIT
        return (due - since) * (low + (high - low) * (share if left_open else share / BY_LIMIT_SHARE))
    return _between((least, most * (SLOW_REST.get(step, 1.0) if left_open else 1.0)), share)


def decide(case: Case, moment: datetime, proposed: str) -> Deed:
    """What is done with a case whose time is up.

    Parameters
    ----------
    case : mapping
        A row of `cases.queries.open_for_staff`.
    moment : datetime
        Now.
    proposed : str
        The department that the city's rules propose.
    """
    mind = Mind(case, moment, proposed)
    return mind.answered(Ask(case["asked"])) if case["asked"] else _BY_STEP[Step(case["step"])](mind)


def onward(case: Case, moment: datetime, proposed: str) -> Deed:
    """What is done with a case where all goes well, whatever its time: the next act on the straight way. Arguments as in `decide`."""
    mind, step = Mind(case, moment, proposed), Step(case["step"])
    if case["asked"]:
        return mind.answered(Ask(case["asked"]))
    if step is Step.EVALUATE:
        if mind.public and (case["called_at"] is None or case["called_at"] < case["step_at"]):
            return mind.does("call_back", reached="yes", solved="yes", satisfied="yes", note=mind.says("call_back"))
        return mind.does("evaluate", grade=grade(Standing.of(case)))
    fields: dict[str, str] = {}
    if step is Step.DISPATCH:
        fields["department"] = case["department"] or proposed
    elif step is Step.HANDLE:
        fields["outcome"] = _outcome(mind)
    elif step in (Step.CONFIRM, Step.VERIFY):
        fields["note"] = mind.says("confirm" if step is Step.CONFIRM else "close")
    return mind.does(STRAIGHT[step], **fields)


def _between(minutes: tuple[float, float], share: float) -> timedelta:
    least, most = minutes
    return timedelta(minutes=least * (most / least) ** share)


def _collect(mind: Mind) -> Deed:
    if mind.case["twin"] and mind.likely("merge"):
        return mind.does("merge", into=mind.case["twin"])
    if mind.case["channel"] == "inspector" and mind.likely("self_handle"):
        return mind.does("self_handle", outcome=mind.says("self_handle"))
    if mind.likely("reject"):
        return mind.does("reject", reason=mind.says("reject"))
    if mind.public and mind.likely("ask_confirm"):
        return mind.does("ask_confirm", note=mind.says("ask_confirm"))
    return mind.does("accept")


def _confirm(mind: Mind) -> Deed:
    if mind.likely("deny"):
        return mind.does("deny", reason=mind.says("deny"))
    if mind.likely("settled_on_the_spot"):
        return mind.does("self_handle", outcome=mind.says("self_handle"))
    return mind.does("confirm", note=mind.says("confirm"))


def _file(mind: Mind) -> Deed:
    if not mind.case["send_backs"] and mind.likely("refuse"):
        return mind.does("refuse", reason=mind.says("refuse"))
    ordinary, *others = filing_rules.rules_of(mind.case["category_kind"], mind.case["category_code"])
    pressing = [rule for rule in others if not rule.limit.works]
    if mind.case["urgency"] == Urgency.URGENT and ordinary.limit.works and pressing:
        return mind.does("file", rule=pressing[0].rule)
    if others and mind.likely("other_rule"):
        return mind.does("file", rule=mind.one([rule.rule for rule in others]))
    return mind.does("file")


def _dispatch(mind: Mind) -> Deed:
    had = mind.case["department"]
    if had:
        return mind.does("dispatch", department=had, note=mind.says("dispatch"))
    if not mind.case["send_backs"] and mind.likely("return_to_filing"):
        return mind.sends_back("return_to_filing", ("misfiled", "unclear_matter"))
    if mind.likely("mistake"):
        return mind.does("dispatch", department=mind.one(mistaken(mind.case["category_code"], mind.proposed)))
    return mind.does("dispatch", department=mind.proposed)


def _handle(mind: Mind) -> Deed:
    case, right = mind.case, mind.right
    just_came = case["received_at"] == case["step_at"]  # a dispute that was upheld is not raised again
    if just_came and case["holder"] != right and case["send_backs"] < 4 and mind.likely("dispute_mistake"):
        return mind.does("dispute", instead=right, reason=mind.says("dispute"))
    if not case["hops"] and not case["send_backs"]:
        if mind.likely("dispute"):
            return mind.does("dispute", instead=mind.one(mistaken(case["category_code"], case["holder"])), reason=mind.says("dispute"))
        if mind.likely("send_back"):
            return mind.sends_back("send_back", ("unclear_place", "unclear_place", "unclear_matter", "beyond_means"))
    return _pressed(mind) or _asking(mind) or mind.does("finish", outcome=_outcome(mind))


def _pressed(mind: Mind) -> Deed | None:
    """What happens to a case that is late, beside the work."""
    if not mind.late:
        return None
    if not mind.case["exempt"] and mind.likely("ask_appeal"):
        return mind.does("ask_appeal", reason=mind.says("ask_appeal"))
    if not mind.case["supervised"] and mind.moment - mind.case["due_at"] > timedelta(days=1) and mind.likely("supervise"):
        return mind.does("supervise", reason=mind.says("supervise"))
    untouched = mind.case["acted_at"] is None or mind.case["acted_at"] <= mind.case["step_at"]  # a case is not reminded of twice in a day
    return mind.does("remind", note=mind.says("remind")) if untouched and mind.likely("remind") else None


def _asking(mind: Mind) -> Deed | None:
    """What the department asks for instead of finishing."""
    case = mind.case
    if case["due_at"] and case["due_at"] > mind.moment and not case["extensions"] and mind.likely("ask_extension"):
        return mind.does("ask_extension", reason=mind.says("ask_extension"))
    if not mind.late and case["suspended_until"] is None and mind.likely("ask_suspension"):
        until = mind.moment + timedelta(days=10 + 5 * (chance_of(case) % 8))
        return mind.does("ask_suspension", until=until.date().isoformat(), reason=mind.says("ask_suspension"))
    return None


def _dispute(mind: Mind) -> Deed:
    right = mind.right
    if mind.case["department"] == right and mind.likely("give_in", detour=False):
        return mind.does("give_in", note=mind.says("give_in"))
    if mind.case["department"] == right or mind.likely("rule_for_mistake", detour=False):
        return mind.does("uphold", reason=mind.says("uphold"))
    return mind.does("reassign", department=right, reason=mind.says("reassign"))


def _suspended(mind: Mind) -> Deed:
    return mind.does("resume", note=mind.says("resume"))


def _report_back(mind: Mind) -> Deed:
    if not mind.case["reworks"] and mind.likely("return_work"):
        return mind.sends_back("return_work", ("no_evidence", "poor_quality", "wrong_place"))
    return mind.does("report_back", note=mind.says("report_back")) if mind.likely("note") else mind.does("report_back")


def _verify(mind: Mind) -> Deed:
    known_bad = mind.case["solved"] is False
    if mind.case["reworks"] < 2 and mind.likely("rework_again" if known_bad else "rework"):
        return mind.sends_back("rework", ("not_done", "poor_quality", "poor_quality", "wrong_place"))
    return mind.does("close", note=mind.says("close"))


def _evaluate(mind: Mind) -> Deed:
    case = mind.case
    if mind.public and (case["called_at"] is None or case["called_at"] < case["step_at"]):
        return _called(mind)
    if case["solved"] is False and case["reworks"] < 2 and not case["reopenings"]:
        if mind.likely("recheck"):
            return mind.does("recheck", reason=mind.says("recheck"))
        if mind.likely("reopen"):
            return mind.does("reopen", reason=mind.says("reopen"))
    if mind.late and case["department"] and not case["exempt"] and mind.likely("ask_appeal"):
        return mind.does("ask_appeal", by=case["department"], reason=mind.says("ask_appeal"))
    noted = {"note": mind.says("evaluate")} if mind.likely("note") else {}
    return mind.does("evaluate", grade=grade(Standing.of(case)), **noted)


def _called(mind: Mind) -> Deed:
    """Call the reporter back; late and reworked cases are solved less often, and satisfy fewer."""
    if not mind.likely("reached", detour=False):
        return mind.does("call_back", reached="no", note=mind.says("not_reached"))
    careless = "_carelessly" if mind.late or mind.case["reworks"] else ""
    solved = mind.likely(f"solved{careless}", detour=False)
    satisfied = mind.likely(f"satisfied{careless}" if solved else "satisfied_unsolved", detour=False)
    note = {} if satisfied and not mind.likely("note") else {"note": mind.says("call_back" if satisfied else "not_satisfied")}
    return mind.does("call_back", reached="yes", solved="yes" if solved else "no", satisfied="yes" if satisfied else "no", **note)


def _outcome(mind: Mind) -> str:
    kind = kinds().kind(mind.case["category_code"])
    outcomes = kinds().themes[kind.theme].outcomes if kind else kinds().phrases["outcome"]
    return marked(mind.one(outcomes))


_BY_STEP: dict[Step, Callable[[Mind], Deed]] = {
    Step.COLLECT: _collect, Step.CONFIRM: _confirm, Step.FILE: _file, Step.DISPATCH: _dispatch, Step.HANDLE: _handle,
    Step.DISPUTE: _dispute, Step.SUSPENDED: _suspended, Step.REPORT_BACK: _report_back, Step.VERIFY: _verify, Step.EVALUATE: _evaluate,
}  # fmt: skip
