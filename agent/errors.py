"""The one family of errors of this room; each message is a sentence that says what to do next."""

from typing import Any


class AgentError(Exception):
    """Anything that stops a run from starting or going on."""


class ThreadNotFound(AgentError):
    """No such thread for this principal; another principal's thread reads the same."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(f"There is no conversation {thread_id}. Start one first, or check its id.")


class RunNotFound(AgentError):
    """No such run on this thread."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"There is no run {run_id} on this conversation.")


class ThreadBusy(AgentError):
    """Another run is writing to this thread."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(
            f"Conversation {thread_id} is still working on the last message. Wait for its answer, then send again."
        )


class ThreadWaiting(AgentError):
    """The thread waits for somebody's decision that this message does not give."""

    def __init__(self, thread_id: str, approver: str) -> None:
        who = "the customer's confirmation" if approver == "customer" else "a colleague's approval"
        super().__init__(f"Conversation {thread_id} is waiting for {who}. Decide on it, then send the message again.")


class NothingPending(AgentError):
    """A decision came in where none was asked for."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run {run_id} is not waiting for a decision; it may have been decided already.")


class ApprovalNotAllowed(AgentError):
    """This principal may not decide on the pending action."""

    def __init__(self) -> None:
        super().__init__("This action needs a colleague's approval. A customer can withdraw it, but not approve it.")


class DecisionInvalid(AgentError):
    """The decisions do not fit what is pending."""


class MessageTooLong(AgentError):
    """The message is over the limit."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"The message has {length} characters; the limit is {limit}. Shorten it.")


class MessageEmpty(AgentError):
    """There is nothing to answer."""

    def __init__(self) -> None:
        super().__init__("The message is empty. Write what you need.")


class CollectionUnknown(AgentError):
    """The thread names a wiki that is not indexed."""

    def __init__(self, name: str, known: list[str]) -> None:
        has = ", ".join(known) or "none yet"
        super().__init__(
            f"There is no wiki called {name!r} (indexed: {has}). "
            f"Ingest it first: deskmate ingest PATH --collection {name}"
        )


class ModelUnknown(AgentError):
    """The model string names no provider."""

    def __init__(self, spec: str) -> None:
        super().__init__(
            f"Model {spec!r} is not known. Write auto, offline, ollama/NAME or openai/NAME@URL, for example "
            "ollama/qwen3:8b; a comma stands between a model and the one that takes its place."
        )


class ModelUnavailable(AgentError):
    """The model's server cannot serve now; the message says what to do."""


class ModelMissing(ModelUnavailable):
    """The server does not have the model; the message says how to get it."""


class ModelOutputError(AgentError):
    """The model's output did not fit what was offered, after its repair. `spent` is what it cost, as metadata."""

    def __init__(self, message: str, spent: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.spent = spent or {}


class ToolCallsUnreadable(ModelOutputError):
    """The server does not take tools for this model, or could not parse the call that the model wrote."""


class ProfileError(AgentError):
    """A profile cannot be read or kept."""


class StateVersionError(AgentError):
    """The data directory was written by another version."""
