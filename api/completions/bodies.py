"""Requests and answers of OpenAI's chat completions, as far as this service reads and writes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from agent.run import Status

FinishReason = Literal["stop", "tool_calls"]
TOOL: dict[str, Any] = {"name": "get_order", "parameters": {"type": "object", "properties": {}}}
CALL: dict[str, Any] = {"id": "call_1", "type": "function", "function": {"name": "get_order", "arguments": "{}"}}


class Part(BaseModel):
    """A piece of a message. Text alone is read."""

    type: Literal["text"] = Field(description="The kind; only text is read here.", examples=["text"])
    text: str = Field(description="The text.", examples=["What is the late fee?"])


class CalledFunction(BaseModel):
    """What is called, with what."""

    name: str = Field(description="Name of the client's tool.", examples=["get_order"])
    arguments: str = Field(description="Its arguments, as JSON text.", examples=['{"order_id": "O-5001"}'])


class ToolCall(BaseModel):
    """A call of one of the client's tools, for the client to make."""

    id: str = Field(description="What the result names in `tool_call_id`.", examples=["call_1"])
    type: Literal["function"] = Field(default="function", description="Always 'function'.", examples=["function"])
    function: CalledFunction = Field(description="The call.", examples=[CALL["function"]])


class ChatMessage(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"] = Field(
        description="Who speaks. System and developer messages reach a model only beside the client's own tools.",
        examples=["user"],
    )
    content: str | list[Part] | None = Field(
        default=None, description="What was said.", examples=["What is the late fee?"]
    )
    tool_calls: list[ToolCall] | None = Field(
        default=None, description="Calls that the assistant asked for.", examples=[None]
    )
    tool_call_id: str | None = Field(
        default=None, description="In a tool's message: the call that it answers.", examples=[None]
    )

    @property
    def text(self) -> str:
        """The content as one text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Function(BaseModel):
    """A tool of the client's."""

    name: str = Field(
        pattern=r"^[a-zA-Z0-9_-]{1,64}$", description="Letters, digits, _ and -; at most 64.", examples=["get_order"]
    )
    description: str = Field(default="", description="What it does, for the model.", examples=["Look up an order."])
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="JSON schema of its arguments.", examples=[TOOL["parameters"]]
    )


class Tool(BaseModel):
    """A tool that the client has and runs."""

    type: Literal["function"] = Field(description="Always 'function'.", examples=["function"])
    function: Function = Field(description="The tool.", examples=[TOOL])


class NamedFunction(BaseModel):
    """A tool by its name."""

    name: str = Field(description="One of `tools`.", examples=["get_order"])


class NamedTool(BaseModel):
    """The one tool that is to be called."""

    type: Literal["function"] = Field(description="Always 'function'.", examples=["function"])
    function: NamedFunction = Field(description="Which.", examples=[{"name": "get_order"}])


class StreamOptions(BaseModel):
    """What a stream also tells."""

    include_usage: bool = Field(default=False, description="Whether it ends with the tokens used.", examples=[True])


class ResponseFormat(BaseModel):
    """The form of the answer."""

    type: Literal["text"] = Field(description="Replies to customers are text.", examples=["text"])


class ChatRequest(BaseModel):
    """A conversation whose last message is to be answered. Fields that are not listed here are not read."""

    model: str = Field(
        min_length=1,
        max_length=300,
        description="An id of GET /v1/models, or 'deskmate' for the default model.",
        examples=["deskmate"],
    )
    messages: list[ChatMessage] = Field(
        min_length=1,
        description="The conversation from its beginning; only what was not answered yet is run.",
        examples=[[{"role": "user", "content": "What is the late fee?"}]],
    )
    stream: bool = Field(default=False, description="Whether to answer in pieces, as they come.", examples=[False])
    stream_options: StreamOptions | None = Field(default=None, description="For streams.", examples=[None])
    tools: list[Tool] | None = Field(
        default=None,
        max_length=128,
        description="Tools of the client's own. They come back as `tool_calls`; nothing is done on this desk then.",
        examples=[None],
    )
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = Field(
        default=None, description="Whether a tool is to be called.", examples=[None]
    )
    n: Literal[1] | None = Field(default=None, description="One answer a request.", examples=[None])
    response_format: ResponseFormat | None = Field(default=None, description="Text only.", examples=[None])


class UrlCitation(BaseModel):
    """Where a quoted sentence stands."""

    url: str = Field(description="Link to the passage.", examples=["http://127.0.0.1:8000/wiki/demo/billing/late-fees"])
    title: str = Field(description="The page, and the heading.", examples=["Late fees › When a fee is charged"])
    start_index: int = Field(description="Where its mark begins in the content (characters).", examples=[58])
    end_index: int = Field(description="Where its mark ends.", examples=[61])


class Annotation(BaseModel):
    """A source of the answer."""

    type: Literal["url_citation"] = Field(
        default="url_citation", description="Always 'url_citation'.", examples=["url_citation"]
    )
    url_citation: UrlCitation = Field(
        description="The source.",
        examples=[{"url": "http://127.0.0.1:8000/wiki/demo/a", "title": "A", "start_index": 0, "end_index": 3}],
    )


class Answer(BaseModel):
    """The assistant's message."""

    role: Literal["assistant"] = Field(default="assistant", description="Always 'assistant'.", examples=["assistant"])
    content: str | None = Field(description="The text; null beside tool calls.", examples=["A late fee of €7.50 … [1]"])
    refusal: None = Field(default=None, description="Never used.", examples=[None])
    annotations: list[Annotation] = Field(
        default_factory=list, description="The sources, in the order of their marks.", examples=[[]]
    )
    tool_calls: list[ToolCall] | None = Field(
        default=None, description="Calls for the client to make.", examples=[None]
    )


class Choice(BaseModel):
    """The one answer."""

    index: int = Field(default=0, description="Always 0.", examples=[0])
    message: Answer = Field(description="The message.", examples=[{"role": "assistant", "content": "A late fee …"}])
    logprobs: None = Field(default=None, description="Never given.", examples=[None])
    finish_reason: FinishReason = Field(description="Why it ended.", examples=["stop"])


class Usage(BaseModel):
    """Tokens of all model calls behind the answer; the built-in matcher uses none."""

    prompt_tokens: int = Field(default=0, description="Read.", examples=[612])
    completion_tokens: int = Field(default=0, description="Written.", examples=[48])
    total_tokens: int = Field(default=0, description="Both.", examples=[660])


class Behind(BaseModel):
    """What stands behind an answer of the agent: an extra field, for programs that also use the native API."""

    notice: str = Field(description="That an AI answers.", examples=["You are talking to an AI assistant."])
    thread_id: str = Field(description="The conversation.", examples=["th_4c1f0a"])
    run_id: str = Field(description="The run.", examples=["run_9d2e7b"])
    status: Status | None = Field(default=None, description="How the run ended.", examples=["completed"])
    tickets: list[str] = Field(default_factory=list, description="Tickets that were touched.", examples=[["T-1201"]])


class ChatCompletion(BaseModel):
    """The answer."""

    id: str = Field(description="Id of the answer.", examples=["chatcmpl-run_9d2e7b"])
    object: Literal["chat.completion"] = Field(
        default="chat.completion", description="Always 'chat.completion'.", examples=["chat.completion"]
    )
    created: int = Field(description="When (Unix seconds).", examples=[1764000000])
    model: str = Field(description="The model that answered.", examples=["offline"])
    choices: list[Choice] = Field(
        description="One answer.",
        examples=[[{"message": {"role": "assistant", "content": "A late fee …"}, "finish_reason": "stop"}]],
    )
    usage: Usage = Field(description="What it cost.", examples=[{"prompt_tokens": 0, "completion_tokens": 0}])
    deskmate: Behind | None = Field(
        default=None,
        description="What stands behind an answer of the agent.",
        examples=[{"notice": "You are talking to an AI assistant.", "thread_id": "th_4c1f", "run_id": "run_9d"}],
    )


class OpenAIErrorBody(BaseModel):
    """What went wrong."""

    message: str = Field(description="What to do, in a sentence.", examples=["Model 'gpt-9' is not known."])
    type: str = Field(description="Whose fault it is.", examples=["invalid_request_error"])
    param: str | None = Field(default=None, description="The field at fault.", examples=["model"])
    code: str | None = Field(
        default=None, description="What kind of error; stable, for programs.", examples=["model_not_found"]
    )


class OpenAIError(BaseModel):
    """An error in OpenAI's shape."""

    error: OpenAIErrorBody = Field(
        description="The error.",
        examples=[{"message": "…", "type": "invalid_request_error", "param": None, "code": "invalid"}],
    )
