"""What the platform posts, as values.

The platform leaves fields out, adds new ones, sends null, and spells a number now as text and now as a number. None
of that may cost a call: every field is read by a rule that always has an answer, and only what a request is
meaningless without is required. Then, and for what is no JSON object at all, `Malformed` names the field.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from swml import reading
from swml.reading import Json


class Malformed(ValueError):
    """A request that cannot be read. The message names the field and never repeats what was in it."""


Required = Annotated[str, PlainValidator(reading.required_text)]
RequiredObject = Annotated[Json, PlainValidator(reading.required_object)]
Text = Annotated[str, PlainValidator(reading.text)]
Whole = Annotated[int | None, PlainValidator(reading.whole)]
Seconds = Annotated[float, PlainValidator(reading.seconds)]
Flag = Annotated[bool, PlainValidator(reading.flag)]
Object = Annotated[Json, Field(default_factory=dict), PlainValidator(reading.json_object)]
Objects = Annotated[tuple[Json, ...], PlainValidator(reading.json_objects)]
Texts = Annotated[tuple[str, ...], PlainValidator(reading.texts)]
Pairs = Annotated[tuple[tuple[str, str], ...], PlainValidator(reading.pairs)]
AnObject = BeforeValidator(reading.json_object)


class Posted(BaseModel):
    """A body of the platform's. Unknown fields are ignored; `from_` is the platform's `from`."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        alias_generator=AliasGenerator(validation_alias=lambda name: name.rstrip("_")),
    )

    @classmethod
    def parse(cls, body: object) -> Self:
        """Read a JSON body. Raises Malformed, naming the field."""
        if not isinstance(body, dict):
            raise Malformed("the body is not a JSON object")
        try:
            return cls.model_validate(body)
        except ValidationError as fault:
            raise Malformed(_reason(fault)) from None

    @model_validator(mode="before")
    @classmethod
    def arrange(cls, body: Any) -> Any:
        """The body with its members where the model looks for them."""
        return cls.arranged(body) if isinstance(body, dict) else body

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """For a kind of body whose facts lie deeper than the model's fields."""
        return body


def _reason(fault: ValidationError) -> str:
    first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the body"
    what = {"missing": "missing", "model_type": "must be an object"}.get(first["type"], first["msg"])
    return f"{field}: {what.removeprefix('Value error, ')}"


# --- a call, and the fetch of a document --------------------------------------------------------------------------


class Kin(Posted):
    """Another leg: the one this leg was created from (`parent`), or the one it is bridged to (`peer`)."""

    call_id: Text = ""
    node_id: Text = ""
    device_type: Text = ""


class CallInfo(Posted):
    """One leg of a call. `from_` and `to` are numbers, SIP URIs or words such as "anonymous", as the platform says."""

    call_id: Required
    node_id: Text = ""
    segment_id: Text = ""
    tag: Text = ""
    call_state: Text = ""
    direction: Text = "inbound"
    type: Text = "phone"
    from_: Text = ""
    to: Text = ""
    from_number: Text = ""
    to_number: Text = ""
    headers: Pairs = ()
    dial_winner: Flag = False
    parent: Annotated[Kin, AnObject] = Kin()
    peer: Annotated[Kin, AnObject] = Kin()
    sip_data: Object
    project_id: Text = ""
    space_id: Text = ""


class Fetch(Posted):
    """The platform asks for a document. `vars` and `params` are empty the first time in a call."""

    call: CallInfo
    vars: Object
    envs: Object
    params: Object


# --- the AI session -----------------------------------------------------------------------------------------------


def _call_or_none(value: object) -> object:
    named = isinstance(value, dict) and isinstance(value.get("call_id"), str) and reading.text(value["call_id"])
    return value if named else None


MaybeCall = Annotated[CallInfo | None, BeforeValidator(_call_or_none)]


class Argument(Posted):
    """A tool's arguments: `raw` as the model wrote them, `parsed` as the platform read them."""

    parsed: Annotated[Any, PlainValidator(lambda value: value)] = None
    raw: Text = ""


class ToolPost(Posted):
    """A tool call. `caller_id_num` is read from either of the platform's spellings; `as_sent` is the whole body."""

    function: Required
    call_id: Required
    argument: Annotated[Argument, AnObject] = Argument()
    ai_session_id: Text = ""
    app_name: Text = ""
    conversation_id: Text = ""
    caller_id_name: Text = ""
    caller_id_num: Text = ""
    meta_data_token: Text = ""
    meta_data: Object
    global_data: Object
    SWMLVars: Object
    SWMLCall: MaybeCall = None
    call_log: Objects = ()
    as_sent: Object

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """One spelling of the caller's number, and the body kept as it came for tools that are not ours."""
        return {**body, "caller_id_num": body.get("caller_id_num") or body.get("caller_id_number"), "as_sent": body}

    @property
    def arguments(self) -> Json:
        """The arguments by name; empty when the model wrote nothing that can be read as such."""
        found = reading.first_object(self.argument.parsed) or reading.decoded(self.argument.raw)
        return {name: reading.text(one) if isinstance(one, str) else one for name, one in found.items()}

    @property
    def swml_vars(self) -> Mapping[str, Any]:
        """The script's variables at the time of the tool call."""
        return self.SWMLVars

    @property
    def swml_call(self) -> CallInfo | None:
        """The leg the tool was used on, when the platform told."""
        return self.SWMLCall


class SignatureRequest(Posted):
    """The platform asks what the functions of an `includes` entry look like."""

    action: Text = ""
    functions: Texts = ()
    meta_data: Object


class ReportPost(Posted):
    """The end of an AI session, which is not the end of the call. Times are microseconds since 1970."""

    call_id: Required
    action: Text = ""
    ai_session_id: Text = ""
    app_name: Text = ""
    conversation_id: Text = ""
    caller_id_name: Text = ""
    caller_id_number: Text = ""
    call_ended_by: Text = ""
    hard_timeout: Flag = False
    call_start_date: Whole = None
    call_answer_date: Whole = None
    call_end_date: Whole = None
    ai_start_date: Whole = None
    ai_end_date: Whole = None
    summary: Object
    global_data: Object
    SWMLVars: Object
    SWMLCall: MaybeCall = None
    swaig_log: Objects = ()

    @property
    def swml_call(self) -> CallInfo | None:
        """The leg the agent was on, when the platform told."""
        return self.SWMLCall

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The summary wherever it is; the platform's other spelling of the caller's number."""
        number = body.get("caller_id_number") or body.get("caller_id_num")
        return {**body, "summary": _summary(body), "caller_id_number": number}


def _summary(body: Json) -> Json:
    """What the agent reported: the first of parsed, raw and summary that says something. Prose is under `summary`."""
    data = reading.json_object(body.get("post_prompt_data"))
    for place in (data.get("parsed"), data.get("raw"), body.get("summary"), body.get("conversation_summary")):
        found = reading.first_object(place) or reading.decoded(place)
        if found:
            return found
    for place in (data.get("raw"), body.get("summary"), body.get("conversation_summary"), data.get("substituted")):
        if prose := reading.text(place).strip():
            return {"summary": prose}
    return {}


class FetchConversation(Posted):
    """An agent that starts asks for what was said in the conversation before."""

    conversation_id: Required
    call_id: Text = ""
    caller_id_number: Text = ""


def parse_report(body: object) -> ReportPost | FetchConversation:
    """Read what is posted to the report's address. Raises Malformed."""
    fetching = isinstance(body, dict) and body.get("action") == "fetch_conversation"
    return FetchConversation.parse(body) if fetching else ReportPost.parse(body)


class DebugPost(Posted):
    """An event of the debug web hook. `events` holds the objects it brings, by name."""

    call_id: Text = ""
    events: Object

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The call's id, and all that is not about the call."""
        events = {name: one for name, one in body.items() if isinstance(one, dict) and name != "call_info"}
        return {"call_id": reading.json_object(body.get("call_info")).get("call_id"), "events": events}


parse_fetch = Fetch.parse
parse_tool = ToolPost.parse
parse_signature = SignatureRequest.parse
parse_debug = DebugPost.parse
