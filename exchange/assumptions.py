"""What the platform's documentation leaves open, one named switch each.

The default of every switch is the strict reading: the one under which an application that relies on luck fails here
first. An application that must survive either reading is run twice, once with the switch turned.
"""

from dataclasses import dataclass
from typing import Literal


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

    # the script
    script_end_hangs_up: bool = True
    script_error_ends_script: bool = True
    unset_name_is_error: bool = True  # an unset name in JavaScript; False: it reads undefined
    allows_execute_rpc: bool = False  # the undocumented verb
    execute_depth: int = 32

    # connect
    confirm_end_accepts: bool = True  # still up when the confirm script ends: bridged
    rejected_confirm_fails: bool = True  # connect_result after a rejected confirm: failed
    rejected_confirm_reason: str = ""
    confirm_url_is_limited: bool = True  # the URL form allows no more verbs than the inline form
    failed_confirm_fetch_rejects: bool = True
    confirm_timeout_covers_script: bool = True  # False: only the time until the document arrives
    confirm_leg_has_parent: bool = True
    race_won_at: Literal["confirmation", "answer"] = "confirmation"
    ringback_during_confirm: bool = True
    caller_leaving_cancels_ringing: bool = True
    disconnect_continues: bool = True  # calling.disconnect: the caller's script goes on after connect

    # refer, conference, queue
    refer_failed_state: str = "failed"
    refer_success_ends_leg: bool = True
    conference_end_continues: bool = True  # the next verb runs when the conference has ended
    conference_wait_repeats: bool = True  # the wait document starts again at its end; False: the caller leaves
    conference_plays_music_to_one: bool = False  # False: whoever is alone in a conference that has begun hears nothing
    cxml_conference_events_are_forms: bool = True
    queue_timeout_continues: Literal["next_verb", "transfer_after_bridge"] = "next_verb"

    # the ai verb
    flag_after_swml_is_inline: bool = True  # a transfer flag behind the SWML key is not honoured
    flag_inside_swml_is_error: bool = True  # a transfer flag inside the document makes it invalid
    string_flag_is_read: bool = True  # "true" and "false" count, and are reported
    report_at_handoff: bool = True  # post_prompt fires at a final transfer; False: when the call ends
    report_on_update: bool = True  # post_prompt fires when REST replaces the script
    ai_end_continues: bool = True  # after stop or inactivity the next verb runs
    ai_response_survives_transfer: bool = True  # inline SWML that leaves by transfer still returns its ai_response
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
