"""An answer before it is written as one body or as a stream."""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from agent.run import Citation, RunResult
from agent.runs import NOTICE
from api.completions.bodies import Annotation, Behind, FinishReason, ToolCall, UrlCitation, Usage


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, or which of the client's tools are to be called."""

    model: str
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    usage: Usage = field(default_factory=Usage)
    behind: Behind | None = None

    @property
    def finish_reason(self) -> FinishReason:
        """In OpenAI's words."""
        return "tool_calls" if self.tool_calls else "stop"


def reply_of(result: RunResult, base_url: str) -> Reply:
    """The answer of a run that has ended. A question back, a wait for a decision and a hand-off are text like any."""
    metrics = result.metrics
    total = metrics.input_tokens + metrics.output_tokens
    return Reply(
        model=result.model,
        text=result.reply.text,
        annotations=_annotations(result.reply.text, result.reply.citations, base_url),
        usage=Usage(prompt_tokens=metrics.input_tokens, completion_tokens=metrics.output_tokens, total_tokens=total),
        behind=Behind(
            notice=NOTICE,
            thread_id=result.thread_id,
            run_id=result.run_id,
            status=result.status,
            tickets=list(result.tickets),
        ),
    )


def _annotations(text: str, citations: tuple[Citation, ...], base_url: str) -> tuple[Annotation, ...]:
    """The sources with the places of their marks, [1] for the first."""
    found = []
    for number, citation in enumerate(citations, start=1):
        mark = f"[{number}]"
        place = max(text.find(mark), 0)
        source = UrlCitation(
            url=urljoin(base_url, citation.url),
            title=" › ".join(filter(None, [citation.title or citation.page, citation.heading])),
            start_index=place,
            end_index=place + (len(mark) if mark in text else 0),
        )
        found.append(Annotation(url_citation=source))
    return tuple(found)
