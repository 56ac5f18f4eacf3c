"""Which function carries out which verb."""

from exchange.agent import ai
from exchange.documents.script import Verb, Verbs
from exchange.verbs import conferences, connect, flow, media, outward, queues, transcripts

_TABLE: dict[str, Verb] = {
    "set": flow.set_,
    "unset": flow.unset,
    "cond": flow.cond,
    "switch": flow.switch,
    "label": flow.label,
    "goto": flow.goto,
    "execute": flow.execute,
    "return": flow.return_,
    "transfer": flow.transfer,
    "request": flow.request,
    "sleep": flow.sleep,
    "answer": media.answer,
    "hangup": media.hangup,
    "play": media.play,
    "prompt": media.prompt,
    "record": media.record,
    "record_call": media.record_call,
    "stop_record_call": media.stop_record_call,
    "detect_machine": media.detect_machine,
    "send_digits": media.send_digits,
    "denoise": media.denoise,
    "stop_denoise": media.stop_denoise,
    "live_transcribe": media.live_transcribe,
    "transcribe": transcripts.transcribe,
    "transcribe_stop": transcripts.transcribe_stop,
    "connect": connect.connect,
    "sip_refer": outward.sip_refer,
    "send_sms": outward.send_sms,
    "user_event": outward.user_event,
    "execute_rpc": outward.execute_rpc,
    "join_conference": conferences.join_conference,
    "enter_queue": queues.enter_queue,
    "ai": ai.ai,
    **dict.fromkeys(("tap", "stop_tap", "stream", "stop_stream", "live_translate"), media.silent),
}

# Verbs that fill in their own parameters.
_RAW = frozenset({"set", "cond", "switch", "goto", "ai"})

# Verbs that answer a ringing call by themselves.
_ANSWERING = frozenset(
    {"play", "prompt", "record", "connect", "sip_refer", "send_digits", "detect_machine", "denoise", "live_transcribe"}
    | {"join_conference", "enter_queue", "ai", "record_call"}
)

VERBS = Verbs(_TABLE, _RAW, _ANSWERING)
