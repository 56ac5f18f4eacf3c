"""What a suspended agent is told when its caller is back. The platform fills in the ${…} after the last verb."""

CODES = "connect_result: ${{connect_result}}. connect_failed_reason: ${{connect_failed_reason}}. "
FAILED = (
    CODES + "Nobody at {destination} could take the call; the caller is back with you and knows nothing of it yet. "
    "Say so, and offer to take a message or to arrange a callback."
)
NOBODY = (
    CODES + "Asked at {destination}: {people}. None of them took the call; the caller is back with you and knows "
    "nothing of it yet. Say so, and offer to take a message or to arrange a callback."
)
CUT_SHORT = (
    CODES + "The caller was to be connected with {destination}, but they did not get to talk and the caller is back "
    "with you. Apologise, and offer to try again, to take a message or to arrange a callback."
)
UNSURE = (
    CODES + "It is not certain whether the caller could talk with {destination}; the caller is back with you. Ask "
    "whether they were helped. If they were not, offer to take a message or to arrange a callback."
)
OFFER_CALLBACK = (
    CODES + "Nobody at {destination} could take the call. Say so and offer a callback with request_callback."
)
DONE = CODES + "The caller has finished with {destination} and is back with you. Ask whether there is anything else."
MESSAGE_TAKEN = (
    "record_result: ${{record_result}}. The caller could leave a voice message for {destination} and is back with you. "
    "Ask whether there is anything else."
)
NOTHING_RECORDED = (
    "record_result: ${{record_result}}. The caller was asked twice for a voice message for {destination}, said nothing "
    "that was heard, and is back with you. Offer to take a message yourself or to arrange a callback."
)
PUT_THROUGH = (
    CODES + "The caller was to be connected with {destination} and is back with you. If connect_result is failed, "
    "nobody took the call: say so, and offer to take a message. Otherwise ask whether there is anything else."
)
NOT_REFERRED = (
    "sip_refer_response_code: ${{sip_refer_response_code}}. The caller's phone was asked to call {destination} instead "
    "and the caller is still with you. Say that it did not work, and offer to take a message."
)
IN_LINE = (
    "queue_result: ${{queue_result}}. The caller waited in {destination} and is back with you. If queue_result is not "
    "connected, nobody took the call: say so, and offer to take a message. Otherwise ask whether there is anything "
    "else."
)
ELSEWHERE = (
    "The caller was sent to {destination} and is back with you. Ask whether they were helped. If they were not, offer "
    "to take a message."
)
