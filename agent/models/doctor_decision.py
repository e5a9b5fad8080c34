"""One decision made by a model in the way in which the agent asks for it."""

from __future__ import annotations

from agent.models import doctor_verdicts as verdicts
from agent.models.doctor_verdicts import Check
from agent.models.probe_cases import Case, cases
from agent.models.probe_trial import Subject
from agent.models.profile import Profile
from agent.models.wire import Wire


async def examine(spec: str, wire: Wire, profile: Profile) -> Check:
    """Does the model do what it is asked with the thing that the customer names, of two? Raises `ModelUnavailable`."""
    subject = Subject(spec, wire, profile)
    case = min((case for case in cases(subject.tools, bare=subject.bare) if case.kind == "identifier"), key=_arguments)
    return verdicts.decision(spec, await subject.decide(case), profile.mode)


def _arguments(case: Case) -> int:
    """How much there is to decide beside the identifier."""
    return len(case.offered[0]["function"]["parameters"]["properties"])
