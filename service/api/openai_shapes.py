"""
The shapes of the OpenAI-compatible layer, as far as it goes; fields beyond it are let be.

After https://platform.openai.com/docs/api-reference/chat, with ``annotations`` as its search
models have them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service.api.fields import WHOLE
from service.api.shapes import Shape

_LET_BE = ConfigDict(extra="ignore", frozen=True)


class Part(BaseModel):
    """A part of a message's content; only text is read."""

    model_config = _LET_BE

    type: str
    text: Annotated[str, Field(max_length=200_000)] = ""


class Message(BaseModel):
    """A message of the conversation so far; only those of the user are read."""

    model_config = _LET_BE

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=200_000)] | list[Part] | None = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.type == "text")


class StreamOptions(BaseModel):
    """What a stream carries beside the text."""

    model_config = _LET_BE

    include_usage: StrictBool | None = None


class Metadata(BaseModel):
    """Words of the caller's; one of them is ours."""

    model_config = _LET_BE

    conversation_id: Annotated[
        str | None,
        Field(max_length=64, description="The conversation of this service to continue."),
    ] = None


class ChatRequest(BaseModel):
    """
    A conversation whose last message is the question.

    `temperature`, `top_p`, `seed`, `max_tokens`, `stop`, `user` and whatever else is not listed
    has no effect: answers are selected from sources, not sampled from a model.
    """

    model_config = _LET_BE

    model: Annotated[str, Field(max_length=64, description="An id of `GET /v1/models`.")]
    messages: Annotated[list[Message], Field(min_length=1, max_length=1_000)]
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    metadata: Metadata | None = None
    n: Annotated[Annotated[int, WHOLE] | None, Field(description="One answer is all there is.")] = (
        None
    )
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    tool_choice: Any = None
    function_call: Any = None
    logprobs: StrictBool | None = None
    top_logprobs: Annotated[int, WHOLE] | None = None
    modalities: list[str] | None = None
    audio: Any = None
    prediction: Any = None
    response_format: dict[str, Any] | None = None


class UrlCitation(Shape):
    """A source on the web; the offsets enclose its marker in the message, in characters."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(Shape):
    """A citation of the message."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class AssistantMessage(Shape):
    """The answer as Markdown, its disclaimer last."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class ChatChoice(Shape):
    """The one answer."""

    index: Literal[0]
    message: AssistantMessage
    finish_reason: Literal["stop"]
    logprobs: None


class Usage(Shape):
    """Words and punctuation marks; not the tokens of any model."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Where(Shape):
    """Where the answer is found again, and what became of the question."""

    answer_id: str
    conversation_id: str
    outcome: Literal["answered", "partial", "clarify", "declined"]


class ChatReply(Shape):
    """A chat completion; `system_fingerprint` is the id of the snapshot."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: Annotated[list[ChatChoice], Field(min_length=1, max_length=1)]
    usage: Usage
    followup: Where


class ModelReply(Shape):
    """A model, which is a reader to write for."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: Literal["followup"]


class ModelsReply(Shape):
    """Every model."""

    object: Literal["list"]
    data: list[ModelReply]
