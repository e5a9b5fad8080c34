"""The checks before a call runs, in the order in which it meets them. Each is a function of its own."""

import difflib
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from tools import origins, policy, provenance
from tools.arguments import free_texts, mend_sentence
from tools.call import Checked, NotDone, Scene, ToolCall, canonical, digest_of, refused
from tools.database import Database
from tools.errors import unseen_sentence
from tools.labels import OWN, Confidentiality, Integrity, Label, Value, join
from tools.outcome import Outcome
from tools.phrasing import listed, quoted
from tools.policy import Decision, Effect, Facts, Instruction, Policies
from tools.principal import Principal
from tools.schema import ThreadValue
from tools.tool import Risk, Tool

_MOST_NAMED = 3  # sources told in one sentence
BY_MODEL = "model"
"""Beside the labels of others' words: that of words which nobody has said."""
_OF_SERVERS = Label(integrity=Integrity.EXTERNAL, confidentiality=Confidentiality.PUBLIC)


class Checks:
    """What a call has to pass. Raises NotDone with the outcome where it does not."""

    def __init__(self, database: Database, policies: Policies, catalog: tuple[Tool, ...]) -> None:
        self._database = database
        self._policies = policies
        self._catalog = catalog

    def pass_all(self, call: ToolCall, scene: Scene) -> Checked:
        """The call with its decision, or NotDone."""
        tool = self.known_tool(call, scene.principal)
        self.must_be_of_the_role(tool, scene.principal)
        args = self.fitting_arguments(tool, call)
        facts, sources = self.facts(tool, args, scene)
        decision = self.permitted(tool, scene.principal, facts)
        self.must_have_been_seen(tool, args, scene)
        digest = digest_of(tool.name, canonical(args), scene.principal, scene.thread_id)
        origin = " ".join([*decision.conditions, _told(facts, sources)]) if decision.conditions else ""
        return Checked(call, tool, args, decision, digest, scene, origin)

    def tool(self, principal: Principal, name: str) -> Tool | None:
        """The role's own form of a tool, or else another role's, which is then refused."""
        named = [tool for tool in self._catalog if tool.name == name]
        return next((tool for tool in named if principal.role in tool.roles), named[0] if named else None)

    def offered(self, principal: Principal) -> tuple[Tool, ...]:
        """The tools of this role, in a fixed order. Names are unique within a role."""
        return tuple(tool for tool in self._catalog if principal.role in tool.roles)

    def known_tool(self, call: ToolCall, principal: Principal) -> Tool:
        """The tool of this name."""
        tool = self.tool(principal, call.name)
        if tool:
            return tool
        names = [tool.name for tool in self.offered(principal)]
        nearest = difflib.get_close_matches(call.name, names, n=1, cutoff=0.4)
        hint = f"Did you mean {nearest[0]}?" if nearest else f"The tools are: {', '.join(names)}."
        raise NotDone(Outcome(status="invalid", sentence=f"There is no tool named {call.name[:60]!r}. {hint}"))

    def must_be_of_the_role(self, tool: Tool, principal: Principal) -> None:
        """A tool of another role is not for this caller."""
        if principal.role not in tool.roles:
            raise refused(policy.NOT_HERE)

    def fitting_arguments(self, tool: Tool, call: ToolCall) -> BaseModel:
        """The arguments, typed."""
        try:
            return tool.args.model_validate(call.arguments)
        except ValidationError as error:
            sentence = mend_sentence(tool.name, tool.args, error)
            raise NotDone(Outcome(status="invalid", sentence=sentence)) from error

    def permitted(self, tool: Tool, principal: Principal, facts: Facts) -> Decision:
        """What the policies say. A read is not something to consent to: it is allowed, or it is not."""
        decision = self._policies.decide(principal, tool, facts)
        if decision.effect is Effect.DENY or (tool.risk is Risk.READ and decision.effect is not Effect.ALLOW):
            raise refused(decision.reason)
        return decision

    def must_have_been_seen(self, tool: Tool, args: BaseModel, scene: Scene) -> None:
        """Each identifier stands on the thread's record of what the caller typed or was shown."""
        with self._database.read() as session:
            for argument, kind in tool.identifiers.items():
                value = getattr(args, argument)
                if value is not None and not provenance.seen(session, scene.principal, scene.thread_id, kind, value):
                    raise refused(unseen_sentence(kind, value))

    # Where a call comes from.

    def facts(self, tool: Tool, args: BaseModel, scene: Scene) -> tuple[Facts, list[str]]:
        """What the policies are told of the call, and what by others it may come from, named for a person."""
        with self._database.read() as session:
            label = self.thread_label(origins.joined(session, scene.principal, scene.thread_id), scene.principal)
            if tool.risk is Risk.READ and not tool.server:
                return Facts(args, scene.collection, Instruction.CALL, label), []
            messages = origins.recent(session, scene.principal, scene.thread_id)
            asked = origins.asked(messages, tool.name)
            named = self.is_what_was_named(session, tool, args, scene.principal, messages)
            instruction = self.instruction(talks=bool(messages), asked=asked and named, label=label)
            texts = [text for name in free_texts(tool.args) if (text := getattr(args, name))]
            told = self.told_by_servers(scene.principal)
            carried = origins.carried(session, scene.principal, scene.thread_id, texts, told)
            sources = [one.source for one in carried]
            if not sources and instruction is Instruction.NONE:
                sources = origins.sources(session, scene.principal, scene.thread_id)
            carries = self.carries(carried)
            if instruction is Instruction.WORDS and self.is_worded_by_a_model(session, texts, scene):
                carries |= {BY_MODEL}
        return Facts(args, scene.collection, instruction, label, carries), sources

    def told_by_servers(self, principal: Principal) -> list[Value]:
        """What servers say of their tools: a model reads it with every message, and no look-up puts it on record."""
        tools = [tool for tool in self.offered(principal) if tool.server]
        texts = [" ".join([tool.title, tool.description, *_about(tool)]) for tool in tools]
        named = [f"the description of the tool {quoted(tool.title)} of {tool.server}" for tool in tools]
        return [Value(text=t, label=_OF_SERVERS, source=name[:255]) for t, name in zip(texts, named, strict=True)]

    def thread_label(self, label: Label | None, principal: Principal) -> Label | None:
        """The thread's label; what servers say of their tools is read from the beginning."""
        if label and any(tool.server for tool in self.offered(principal)):
            return join([label, _OF_SERVERS])
        return label

    def is_what_was_named(
        self, session: Session, tool: Tool, args: BaseModel, principal: Principal, messages: Sequence[ThreadValue]
    ) -> bool:
        """Whether the call is for what the principal named: where they typed numbers of a kind, for one of these."""
        typed = [shown for message in messages for shown in provenance.typed(session, principal, message.text)]
        for kind in set(tool.identifiers.values()):
            given = {getattr(args, argument) for argument, its in tool.identifiers.items() if its == kind} - {None}
            named = {shown.id for shown in typed if shown.kind == kind}
            if given and named and not given & named:
                return False
        return True

    def is_worded_by_a_model(self, session: Session, texts: list[str], scene: Scene) -> bool:
        """Whether the words that are to be written are neither the caller's nor anything that was read for them."""
        seen = provenance.candidates(session, scene.principal, scene.thread_id)
        shown = [one.id for kind in seen.values() for one in kind]
        return origins.worded(session, scene.principal, scene.thread_id, texts, shown)

    def instruction(self, *, talks: bool, asked: bool, label: Label | None) -> Instruction:
        """What the call goes back to. Where nobody talks, a caller's program makes it, as long as nothing was read."""
        if asked:
            return Instruction.WORDS
        direct = not talks and label is not None and label.integrity in OWN
        return Instruction.CALL if direct else Instruction.NONE

    def carries(self, carried: list[Value]) -> frozenset[str]:
        """The labels of others' words in the arguments."""
        return frozenset(str(one) for value in carried for one in (value.label.integrity, value.label.confidentiality))


def _about(tool: Tool) -> list[str]:
    """The descriptions of a tool's arguments."""
    return [info.description or "" for info in tool.args.model_fields.values()]


def _told(facts: Facts, sources: list[str]) -> str:
    """Where the words, or the wish, may come from."""
    named = listed(list(dict.fromkeys(sources)), _MOST_NAMED)
    if facts.carries:
        return f"This text comes from {named}." if named else "I have worded this text myself."
    return f"It may come from what I have read here: {named}." if named else ""
