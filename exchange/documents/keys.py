"""The keys of verbs, as the newer sources list them; for connect and join_conference the list is closed."""

CONNECT = frozenset({
    "answer_on_bridge", "authorization_bearer_token", "call_state_events", "call_state_url", "codec", "codecs",
    "confirm", "confirm_timeout", "custom_parameters", "encryption", "execute_after_queue", "from", "from_name",
    "fsvars", "headers", "max_duration", "name", "parallel", "password", "realtime", "result", "ringback", "serial",
    "serial_parallel", "session_timeout", "status_url", "status_url_method", "stop_all_on_reject", "timeout", "to",
    "username", "webrtc_media",
})  # fmt: skip

# Of connect's, those that one of its destinations does not have.
NOT_OF_A_DESTINATION = frozenset({
    "answer_on_bridge", "execute_after_queue", "max_duration", "parallel", "result", "ringback", "serial",
    "serial_parallel", "status_url", "stop_all_on_reject",
})  # fmt: skip

FORMS = ("to", "serial", "parallel", "serial_parallel")  # of connect, one of which is given
AFTER_QUEUE = frozenset({"execute_after_queue", "transfer_after_bridge"})  # two names of one key
QUEUE = frozenset({"execute_after_queue", "queue_name", "status_url", "wait_time", "wait_url", "whisper_url"})

CONFERENCE = frozenset({
    "beep", "coach", "emit_call_quality", "end_on_exit", "max_participants", "meta", "min_participants", "muted",
    "name", "record", "recording_status_callback", "recording_status_callback_event",
    "recording_status_callback_event_type", "recording_status_callback_method", "region", "start_on_enter",
    "status_callback", "status_callback_event", "status_callback_event_type", "status_callback_method", "stream",
    "trim", "video", "video_layout", "video_preview", "video_quality", "wait_url",
})  # fmt: skip
