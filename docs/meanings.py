"""What the generated documents say in words beside the tables they are made of."""

from __future__ import annotations

from city_brain.cases.lifecycle import LONGEST_SUSPENSION_DAYS, MOST_EXTENSIONS, Clock, Need


def _flowing(told: str) -> str:
    return " ".join(told.split())


KINDS: dict[str, str] = {
    "batch.loaded": "A file was taken in. Its rows lie under `batches/` as Parquet; `parquet` and `rejected` name them by checksum.",
    "incident.reported": "One matter was reported, and became a case.",
    "case.moved": _flowing("""
        A case took a move of the lifecycle. `after` is the whole standing in which it leaves the case, as far as that differs
        from a fresh case: a replay needs no rule for it, and a changed rule rewrites nothing. `due_was` is the deadline
        before; `stay` is the stay in a step that has ended, and a move that leaves the case where it is has none; `pictures`
        are checksums of pictures under `batches/`."""),
    "case.joined": "Reports went over to a case from one that was merged into it, or (`reports` negative) back to that one.",
    "case.noticed": "The clock of the city reminded of cases or escalated them: whose clock, at which percentage of its limit, to whom.",
    "pace.set": "Limits that begin from then on run so much faster than the clock: only ever in the copy of a drill.",
    "days.set": "Somebody said of days whether the city works on them, against their weekday and the published table.",
    "routing.changed": "A department was made responsible for a matter in an area; without `lead` the city's own rule was taken back.",
    "score.weighted": "A manager set what counts how much in the composite score.",
    "alerts.noted": _flowing("""
        The alert rules were looked at, or a method of its own found something, and that changed what is on the alert desk:
        alerts raised, seen again, over, or back from the shelf. `state` is where that leaves each."""),
    "alert.moved": "Somebody acknowledged an alert, shelved it, judged it, or made a case of it (`case_id`).",
    "alert_rule.set": "A manager set an alert rule: from when it speaks, how loudly, whether at all, and why.",
    "sensor.read": "A sensor was read.",
    "risk.issued": _flowing("""
        A forecast was issued: `cells` is the checksum of the kept file with the cells of every kind and horizon, `choices` says which model
        serves and how it did where it was tried, `chronic` lists the points held back, `guards` what was noticed in the events."""),
    "risk.scored": _flowing("""
        What became of issued forecasts whose days are over: the sums of `analytics.forecast.scores`, and the plain count's; `predicted` and
        `observed` are the cases of each tenth of the foreseen mass, the busiest cells first."""),
    "outbreaks.looked": "Clusters and outbreaks were looked for on the eve of a day; `rang` is how many alarms there were.",
    "risk.classed": "A manager set from how many expected cases of a cell and week each class of risk begins, and why.",
    "hazard.entered": "A hazard was entered in the risk register. `after` is how the act leaves it, like every act on it.",
    "hazard.changed": "What the register says of a hazard was changed: `changes` has what was and what is, personal data left aside.",
    "hazard.inspected": "Somebody inspected a hazard. The next inspection is counted from that day; a missed one is made good.",
    "hazard.closed": "A hazard is gone, and is not inspected any more.",
    "hazard.raised": "A hazard raised a case: because an inspection was missed (the `number`-th time), or for the findings of one.",
    "hazard.disclosed": "Somebody saw the name and number of whoever is responsible for a hazard, and said what for.",
    "hazard.cycled": "A manager set the days between two inspections of each class; `next` has the inspections that moved with it.",
    "hazard.proposed": "Closed cases propose a change of the register: raise or lower a class, or enter a hazard.",
    "hazard.ruled": "A manager accepted or declined a proposal. What was accepted is done by another event of the same act.",
    "teams.entered": "Teams were entered or changed; `new` are those that had not been there.",
    "teams.located": "Where teams were, WGS-84 degrees; the picture keeps a day of it.",
    "teams.put": "Teams came on duty, went off duty or out of service, or were back from their work.",
    "teams.served": _flowing("""
        What teams had done before they were known here: sent, left, arrived and done, each with its moment. No state of today follows."""),
    "team.assigned": _flowing("""
        A team was sent to a case. `recommended` is the team that was proposed, `reason` why another one was sent, `eta_s` and `distance_m`
        what was foreseen by `travel`."""),
    "assignment.moved": "How an assignment went on: `stage` of it, and the `state` in which that left the team.",
    "case.pinned": "A case was pinned to the top of the queue for teams, or let go, and why.",
    "desk.seen": "Somebody saw what had changed for them, up to a moment.",
    "city.named": "The picture became that of a city. Its centre fixes the grid of analysis cells.",
    "places.drawn": "Outlines of areas, rivers and roads were taken in. The GeoJSON lies under `batches/`.",
    "quarantine.dropped": "Rows that cannot be mended left the quarantine.",
    "demo.ended": "The simulated city left the picture. The record keeps it.",
}  # fmt: skip
"""What an event of each kind means."""

EARLIER: dict[str, str] = {
    "case.moved": "Older moves have no `after`. They are read by the rules of then, from step, holder and fields; for example:",
}
"""What the shape of a kind says that is not written any more."""

LIFECYCLE: dict[str, str] = {
    "head": _flowing("""
        Two tables in `city_brain/cases/lifecycle.py` say which steps and which moves there are. The check in the action,
        buttons and their forms, queues, clocks, the drawing on the page About, the Open311 status and this page are read from
        them."""),
    "moves": _flowing("""
        A move that *stays* changes something without leading to another step. A move with kinds is a send-back. A department
        moves its own cases alone."""),
    "steps": _flowing("""
        The seven steps, the places beside them (each belongs to one of the seven and counts with it), and where cases rest.
        *At most* is the step's own clock, which begins when a case comes in; while a case is handled, the limit of the case
        itself runs. Urgent hours are those of the clock; working hours and days leave out nights, noons, weekends and
        holidays."""),
    "words": _flowing("""
        核实 is *confirming*: before a case is filed, an inspector looks whether the matter is as reported (step `confirm`). 核查
        is *checking*: after it was handled, an inspector looks whether the work is done (step `verify`). The words have the
        sense of the national standard."""),
}
"""Paragraphs of the page of the lifecycle."""

CLOCKS: dict[Clock, str] = {
    Clock.KEEPS: "Nothing happens to it; the table above has a dash.",
    Clock.STARTS: "It begins with the limit of the filing rule, unless one runs already: passing a case on wins nobody time.",
    Clock.EXTENDS: "One original limit is added to the deadline.",
    Clock.PAUSES: "There is no deadline for the time being; what was left of the limit is kept.",
    Clock.RESUMES: "What was left of the limit begins to run again.",
    Clock.STOPS: "The case is over. The deadline stays, so that it can be told whether the work was in time.",
    Clock.RESTARTS: "The deadline, the extensions and a granted appeal are forgotten. A new limit begins with the next dispatch.",
    Clock.EXEMPTS: "The deadline stays, but the case does not count as overdue any more.",
}
"""What each effect of a move on the limit of the case means."""

NEEDS: dict[Need, str] = {
    Need.BEFORE_DUE: "The deadline of the case has not passed, or there is none.",
    Need.AFTER_DUE: "The deadline has passed, and the work had not been handed in by then.",
    Need.NOTHING_ASKED: "No request waits for its answer.",
    Need.EXTENSION_ASKED: "An extension has been asked for.",
    Need.SUSPENSION_ASKED: "A suspension has been asked for.",
    Need.APPEAL_ASKED: "An appeal has been made.",
    Need.EXTENSION_LEFT: f"The case has a deadline, and was extended fewer than {MOST_EXTENSIONS} times.",
    Need.NEVER_SUSPENDED: "The case was never suspended before.",
    Need.NOT_EXEMPT: "No appeal was granted before.",
    Need.DATE_REACHED: "The date of the suspension has come, or the time for evaluating is over.",
    Need.OTHER_DEPARTMENT: "The department named is not the one that has the case.",
}
"""What must be so before a move."""

RULES: dict[str, str] = {
    "Whoever receives a send-back answers it.": _flowing("""
        A send-back (退回, 返工) says its kind and its reason. The step that receives it takes the case forward only with an
        `answer`. Sending it back in turn, or answering a department's request, needs none. A department to which the case is
        passed on owes no answer for the one before it."""),
    "The first receiver leads.": _flowing("""
        A department that takes a case for another's matter disputes it (派单异议) and names that other. Until the manager has
        ruled, the case stays with it and the limit goes on. The manager upholds the dispatch or sends the case to another
        department; the department may also withdraw the dispute. What was upheld it does not dispute again while it has the
        case."""),
    "Passing on never restarts the limit.": _flowing("""
        The limit of a case begins with its first dispatch, unless the source stated a deadline. Recalls, send-backs, rulings
        and rework change nothing about it. A case that is filed anew under another rule has the limit of that rule, from when
        the clock began."""),
    "Extension (延期).": _flowing(f"""
        Asked for by the department before the case is overdue, granted or refused by the dispatcher. It adds one original
        limit, at most {MOST_EXTENSIONS} times. Where a source stated only a deadline, the time from dispatch to it is that
        limit."""),
    "Suspension (挂账).": _flowing(f"""
        Asked for by the department until a date within {LONGEST_SUSPENSION_DAYS} days, granted or refused by the manager,
        once in the life of a case, and never once it is overdue: what has passed stays passed. The clock stops. On the
        morning of the date the system takes the case up again; the department may do so before."""),
    "Appeal (超时申诉).": _flowing("""
        Made by the department of a case that is overdue, from handling on and also after it was archived; granted or refused
        by the manager. With a granted appeal the case does not count as overdue."""),
    "One request at a time.": "What is asked for ends with the stay in which it was asked, but for an appeal, which waits for its answer.",
    "Merging (并案).": _flowing("""
        Before it is handled, a case may be merged into another unfinished one. Its reports count there from then on; when it
        is taken up again, they go back with it."""),
    "Handled on the spot (自行处置).": "An inspector who deals with a small matter at once closes the case; nobody is dispatched.",
    "After the check.": _flowing("""
        The reporter is called back (回访; only who was reached can say whether it is solved), the manager grades the case and
        archives it. What nobody grades within the step's own limit the system archives, with the grade that its course speaks
        for. A closed case may be checked again (复查) or reopened for its reporter; one that was rejected, merged or
        withdrawn may be taken up after all."""),
    "Reminding and supervising (催办, 督办).": _flowing("""
        Possible until the check is passed. Neither changes the step or the limit. A reminder stands for a day."""),
}
"""What the tables amount to: each rule in a few words, then how it goes."""
