"""What the platform's sources leave open or disagree about, one named switch each.

Where they leave something open, the default is the strict reading: the one under which an application that relies on
luck fails here first. Where they disagree, it is the newer answer. An application that must survive either reading is
run twice, once with the switch turned; `PLATFORMS` names whole sets of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Interaction = Literal["speech", "key"]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The open questions. Times are seconds, sizes bytes."""

    # fetching documents
    connect_timeout: float = 2.0
    read_timeout: float = 5.0
    document_limit: int = 65_536
    sniffs_content_type: bool = True  # JSON or YAML in a text/plain or text/html answer is read (and reported)
    get_fetch_carries_query: bool = False  # a GET fetch says nothing about the call
    failed_fetch_ends_call: bool = True
    signs_tool_calls: bool = False  # SWAIG and post_prompt posts are unsigned
    shorthand: bool = True  # a bare text or a list in the place of a verb's parameters is its main one
    nesting_depth: int = 32  # of steps inside steps; 0: no limit
    strict_ai_prompts: bool = False  # False: a text as post_prompt, text with pom, any contexts
    undefined_label_rejects: bool = True  # a goto to no label of its section rejects the document

    # the script
    script_end_hangs_up: bool = True
    script_error_ends_script: bool = True
    expands_conditions: bool = True  # ${name} in `when` becomes its value before it is read; False: it is an error
    unset_name_is_error: bool = True  # an unset name in JavaScript; False: it reads undefined
    allows_execute_rpc: bool = True
    execute_depth: int = 32
    execute_result_needs_return: bool = True  # False: `result` of execute runs whatever the subroutine did
    goto_counts_per_label: bool = True  # False: each goto has a count of its own
    transfer_takes_documents: bool = False  # the transfer verb, and not only execute, runs an inline document
    whole_seconds: bool = True  # request cuts fractions of its timeouts, 5 s by default, 30 at most; False: 0 is none
    detailed_request_results: bool = False  # `timeout` and `limit_exceeded` beside success and failed; codes are texts
    detailed_text_results: bool = True  # the same in messaging documents
    six_hangup_reasons: bool = True  # cancel, noAnswer and error beside hangup, busy and decline
    jumps: int = 32  # transfer and goto together, in a call
    jumps_without_interaction: int = 8  # of them, since the caller last spoke or pressed a key; 0: no such limit
    interaction: Literal["speech or key", "speech", "key"] = "speech or key"  # what the caller does that counts as one
    too_many_jumps_disconnect: bool = True  # False: they are an error of the script

    # speech
    input_interrupts: bool = True  # a key or a word ends what prompt plays; a word what an agent says; False: neither

    # connect
    confirm_end_accepts: bool = True  # still up when the confirm script ends: bridged
    rejected_confirm_fails: bool = True  # connect_result after a rejected confirm: failed
    rejected_confirm_reason: str = ""
    confirm_url_is_limited: bool = False  # the URL form allows no more verbs than the inline form
    inline_confirm_is_limited: bool = True  # to the documented list of verbs
    failed_confirm_fetch_rejects: bool = True
    confirm_timeout_covers_script: bool = True  # False: only the time until the document arrives
    confirm_leg_has_parent: bool = True
    race_won_at: Literal["confirmation", "answer"] = "confirmation"
    ringback_during_confirm: bool = True
    caller_leaving_cancels_ringing: bool = True
    disconnect_continues: bool = True  # calling.disconnect: the caller's script goes on after connect
    closed_connect: bool = True  # a key that connect does not know rejects the document; False: fails the step

    # refer, conference, queue
    refer_failed_state: str = "failed"
    refer_success_ends_leg: bool = True
    conference_end_continues: bool = True  # the next verb runs when the conference has ended
    conference_wait_repeats: bool = True  # the wait document starts again at its end; False: the caller leaves
    conference_plays_music_to_one: bool = False  # False: whoever is alone in a conference that has begun hears nothing
    cxml_conference_events_are_forms: bool = True
    conference_waits_by_laml: bool = True  # wait_url is LaML or audio; False: it is SWML
    closed_join_conference: bool = True  # a key that join_conference does not know, `result` too, rejects the document
    # The key that names what follows a queue. enter_queue ignores the other name; connect does not know it.
    after_queue_key: Literal["execute_after_queue", "transfer_after_bridge", "either"] = "execute_after_queue"
    after_queue_key_required: bool = False  # False: a leg without the key is hung up after the queue
    # After wait_time. "transfer_after_bridge": the document that the key names, whichever of the two it is.
    enter_queue_ignores_keys: bool = True  # keys that it does not know; False: the step fails
    queue_whisper_url: bool = True  # enter_queue's whisper_url is a document that the person hears before the bridge
    queued_leg_redirects: bool = False  # REST moves a leg that waits in a queue; False: refused with 422
    queue_timeout_continues: Literal["next_verb", "transfer_after_bridge", "hang_up"] = "next_verb"

    # the ai verb
    flag_after_swml_is_inline: bool = False  # a transfer flag behind the SWML key is not honoured
    flag_inside_swml_is_error: bool = True  # a transfer flag inside the document makes it invalid
    string_flag_is_read: bool = True  # "true" and "false" count, and are reported
    report_at_handoff: bool = True  # post_prompt fires at a final transfer; False: when the call ends
    report_on_update: bool = True  # post_prompt fires when REST replaces the script
    ai_end_continues: bool = True  # after stop or inactivity the next verb runs
    ai_response_survives_transfer: bool = True  # inline SWML that leaves by transfer still returns its ai_response
    attention_timeout_least: int = 1000  # milliseconds
    sends_web_hook_auth: bool = True  # web_hook_auth_user and web_hook_auth_password, as Basic credentials
    tool_timeout: float = 5.0
    tool_attempts: int = 3
    hold_plays_music: bool = True  # without hold_music the caller hears the platform's own

    # record
    hangup_ends_recording: bool = True  # what was said until then is kept and reported; False: it is lost
    silent_recording: Literal["failed", "success"] = "failed"  # record_result of a recording without a voice on it

    # REST
    document_starts_on_answer: bool = True  # a dialled leg's document is fetched when it is answered
    update_during_hold: bool = True  # False: refused with 422
    message_before_unhold_is_read_first: bool = True
    callback_attempts: int = 1  # tries at posting a status callback that fails

    @property
    def after_queue_names(self) -> tuple[str, ...]:
        """The names by which the key of what follows a queue is known."""
        either = self.after_queue_key == "either"
        return ("execute_after_queue", "transfer_after_bridge") if either else (self.after_queue_key,)

    def interacts(self, by: Interaction) -> bool:
        """Whether this is an interaction of the caller's, after which jumps are counted anew."""
        return self.interaction in (by, "speech or key")


# The platform by the date of what is known of it: the switches that differ from the defaults.
PLATFORMS: Mapping[str, Mapping[str, Any]] = {
    # The published documentation and the SDKs 1.1.0 and 3.7.5.
    "2026-08": {
        "shorthand": False,
        "strict_ai_prompts": True,
        "nesting_depth": 0,
        "undefined_label_rejects": False,
        "expands_conditions": False,
        "allows_execute_rpc": False,
        "execute_result_needs_return": False,
        "goto_counts_per_label": False,
        "transfer_takes_documents": True,
        "whole_seconds": False,
        "detailed_text_results": False,
        "six_hangup_reasons": False,
        "jumps_without_interaction": 0,
        "too_many_jumps_disconnect": False,
        "confirm_url_is_limited": True,
        "closed_connect": False,
        "conference_waits_by_laml": False,
        "closed_join_conference": False,
        "after_queue_key": "transfer_after_bridge",
        "after_queue_key_required": True,
        "enter_queue_ignores_keys": False,
        "queue_whisper_url": False,
        "queued_leg_redirects": True,
        "flag_after_swml_is_inline": True,
        "attention_timeout_least": 10_000,
        "sends_web_hook_auth": False,
    },
    # Sources that are newer, or closer to the engine: the defaults.
    "2026-11": {},
}
NEWEST = "2026-11"
DEFAULT = NEWEST


def platform(name: str = DEFAULT, switches: Mapping[str, Any] | None = None) -> Assumptions:
    """The switches of a named platform, with some of them turned.

    Raises ValueError for a name that is none, and lists those there are.
    """
    if name not in PLATFORMS:
        raise ValueError(f"no such platform: {name}; there are {', '.join(PLATFORMS)}")
    return Assumptions(**{**PLATFORMS[name], **(switches or {})})
