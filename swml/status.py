"""What the platform tells afterwards: status callbacks, message reports and the answers of its REST interface.

Callbacks are advice. They come late, twice, out of order or not at all, and are not signed.
"""

from typing import Annotated

from swml.reading import Json, json_object
from swml.requests import AnObject, Flag, Object, Posted, Required, RequiredObject, Seconds, Text, Texts, Whole


class Device(Posted):
    """What was rung: "phone" with numbers, "sip" with URIs."""

    type: Text = ""
    from_number: Text = ""
    to_number: Text = ""
    from_: Text = ""
    to: Text = ""

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """Its parameters beside its type."""
        params = body.get("params")
        return {**body, **params} if isinstance(params, dict) else body


class Event(Posted):
    """What every status callback carries; its parameters are members of the value itself.

    `timestamp` is seconds since 1970. `call_id` is the leg it is about.
    """

    params: RequiredObject
    event_type: Text = ""
    event_channel: Text = ""
    timestamp: Seconds = 0.0
    project_id: Text = ""
    space_id: Text = ""
    call_id: Text = ""
    node_id: Text = ""
    segment_id: Text = ""
    tag: Text = ""

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The parameters beside the envelope."""
        params = body.get("params")
        return {**body, **params, "params": params} if isinstance(params, dict) else body


class CallState(Event):
    """A leg changed: created, ringing, answered, ended. `end_reason` in whichever spelling; empty before the end."""

    call_state: Required
    direction: Text = ""
    end_reason: Text = ""
    device: Annotated[Device, AnObject] = Device()


class ConnectPeer(Posted):
    """The leg a call was bridged to, and the queue it came from, if it did."""

    call_id: Text = ""
    node_id: Text = ""
    tag: Text = ""
    queue_id: Text = ""
    queue_name: Text = ""
    device: Annotated[Device, AnObject] = Device()


class ConnectState(Event):
    """A `connect` went on: connecting, connected, failed (with `failed_reason`), disconnected."""

    connect_state: Required
    failed_reason: Text = ""
    peer: Annotated[ConnectPeer, AnObject] = ConnectPeer()


class ReferState(Event):
    """A REFER was answered. The codes tell what happened; the words of `state` are not documented."""

    state: Text = ""
    sip_refer_to: Text = ""
    sip_refer_response_code: Whole = None
    sip_notify_response_code: Whole = None


class ConferenceState(Event):
    """A conference began or ended, or somebody in it joined, left or was held: `status`."""

    status: Required
    name: Text = ""
    conference_id: Text = ""
    size: Whole = None
    region: Text = ""
    muted: Flag = False
    hold: Flag = False
    start_on_join: Flag = False
    end_on_leave: Flag = False
    coaching: Flag = False
    reason_ended: Text = ""
    call_id_ending_conf: Text = ""
    recording_url: Text = ""
    recording_duration: Whole = None


class QueueState(Event):
    """A caller entered a queue (enqueue), was served (dequeue) or gave up (leave). Times are microseconds, or 0."""

    status: Required
    id: Text = ""
    name: Text = ""
    position: Whole = None
    size: Whole = None
    avg_time: Whole = None
    enqueue_ts: Whole = None
    dequeue_ts: Whole = None
    leave_ts: Whole = None
    control_id: Text = ""


class DetectState(Event):
    """What a detector heard: `type` machine or fax; `event` HUMAN, MACHINE, UNKNOWN, READY, NOT_READY or finished."""

    control_id: Text = ""
    type: Text = ""
    event: Text = ""
    beep: Flag = False

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The finding beside the envelope."""
        flat = super().arranged(body)
        detect = json_object(flat.get("detect"))
        return {**flat, **json_object(detect.get("params")), "type": detect.get("type")}


class RecordState(Event):
    """A recording went on. The platform puts its facts flat for `record` and in an object for `record_call`."""

    control_id: Text = ""
    state: Text = ""
    url: Text = ""
    format: Text = ""
    duration: Seconds = 0.0
    size: Whole = None

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The recording's facts beside the envelope, whichever way they came."""
        flat = super().arranged(body)
        record = json_object(flat.get("record"))
        return {**flat, **json_object(flat.get("record.audio")), **json_object(record.get("audio")), **record}


class Transcript(Event):
    """What was said, written down; "" when nothing was, or when it could not be written down."""

    text: Text = ""


class PlayState(Event):
    """Something played: playing, finished, error …"""

    control_id: Text = ""
    state: Text = ""


class CollectState(Event):
    """What a prompt collected: `kind` digit, speech, no_input, no_match … with its parameters."""

    control_id: Text = ""
    state: Text = ""
    kind: Text = ""
    collected: Object

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The result beside the envelope."""
        flat = super().arranged(body)
        result = json_object(flat.get("result"))
        return {**flat, "kind": result.get("type"), "collected": result.get("params")}


class MessageStatus(Posted):
    """How a text message fares: queued, initiated, sent, delivered, undelivered, failed, read."""

    id: Required
    status: Required
    from_: Text = ""
    to: Text = ""
    number_of_segments: Whole = None
    timestamp: Text = ""
    error_code: Text = ""
    error_message: Text = ""
    custom_variables: Object


class InboundMessage(Posted):
    """A text message to one of our numbers. `body` is empty when only media came."""

    message: RequiredObject
    from_: Required
    to: Text = ""
    message_id: Text = ""
    type: Text = ""
    direction: Text = ""
    body: Text = ""
    media: Texts = ()
    segments: Whole = None
    timestamp: Text = ""
    params: Object
    vars: Object

    @classmethod
    def arranged(cls, body: Json) -> Json:
        """The message beside its envelope, and what came with it by its addresses."""
        message = json_object(body.get("message"))
        media = message.get("media")
        return {**body, **message, "media": [_url_of(one) for one in media] if isinstance(media, list) else []}


def _url_of(media: object) -> object:
    """The documentation shows an object with a URL; a bare URL is as good."""
    return media.get("url") if isinstance(media, dict) else media


class DialledCall(Posted):
    """A call that the REST interface placed."""

    id: Required
    status: Text = ""
    direction: Text = ""
    type: Text = ""
    from_: Text = ""
    to: Text = ""
    parent_id: Text = ""


class ApiFault(Posted):
    """One reason why the REST interface refused. `attribute` is the parameter at fault, when there is one."""

    code: Text = ""
    message: Text = ""
    attribute: Text = ""


def parse_refusal(body: object) -> tuple[ApiFault, ...]:
    """Read why a REST request was refused, in any of the platform's four forms. Empty when the body does not say.

    The forms: `{"errors": [{code, message, attribute}]}`, the same with `detail` for the message, `{"error": text}`,
    and the compatible interface's `{code, message}`.
    """
    if not isinstance(body, dict):
        return ()
    listed = body.get("errors")
    found = listed if isinstance(listed, list) else [{**body, "message": body.get("message") or body.get("error")}]
    faults = [{**one, "message": one.get("message") or one.get("detail")} for one in found if isinstance(one, dict)]
    return tuple(fault for fault in map(ApiFault.parse, faults) if fault.message or fault.code)


parse_call_state = CallState.parse
parse_connect_state = ConnectState.parse
parse_refer_state = ReferState.parse
parse_conference_state = ConferenceState.parse
parse_queue_state = QueueState.parse
parse_detect_state = DetectState.parse
parse_record_state = RecordState.parse
parse_transcript = Transcript.parse
parse_play_state = PlayState.parse
parse_collect_state = CollectState.parse
parse_message_status = MessageStatus.parse
parse_inbound_message = InboundMessage.parse
parse_dialled_call = DialledCall.parse
