"""How documents are read where the platform's sources differ, and what that makes of the official schema."""

import copy
from typing import Any, NamedTuple

from exchange.core.assumptions import Assumptions
from exchange.documents.keys import AFTER_QUEUE, CONFERENCE, CONNECT, FORMS, NOT_OF_A_DESTINATION, QUEUE

TEXT = {"type": "string"}
STEPS = {"type": "array", "items": {"type": "object"}}
PROMPT = {  # what a model is told, by any of these; what else may stand beside them is not checked
    "type": "object",
    "properties": {
        "text": TEXT,
        "pom": {"type": "array"},
        "contexts": {"type": "object", "additionalProperties": {"type": "object", "properties": {"steps": STEPS}}},
    },
    "anyOf": [{"required": [name]} for name in ("text", "pom", "contexts")],
}
WEB_HOOK_AUTH = ("web_hook_auth_user", "web_hook_auth_password", "web_hook_auth_pass")
MORE_REASONS = ("cancel", "noAnswer", "error")


class Grammar(NamedTuple):
    """The switches that matter for reading a document; see `Assumptions`."""

    after_queue: tuple[str, ...]  # names of the key that says what follows a queue
    after_queue_required: bool
    closed_connect: bool
    closed_conference: bool
    queue_ignores_keys: bool
    queue_whisper: bool
    confirm_is_limited: bool
    strict_prompts: bool
    execute_rpc: bool
    six_reasons: bool
    web_hook_auth: bool
    attention: int
    nesting: int
    labels: bool

    @classmethod
    def of(cls, switches: Assumptions) -> "Grammar":
        return cls(
            after_queue=switches.after_queue_names,
            after_queue_required=switches.after_queue_key_required,
            closed_connect=switches.closed_connect,
            closed_conference=switches.closed_join_conference,
            queue_ignores_keys=switches.enter_queue_ignores_keys,
            queue_whisper=switches.queue_whisper_url,
            confirm_is_limited=switches.inline_confirm_is_limited,
            strict_prompts=switches.strict_ai_prompts,
            execute_rpc=switches.allows_execute_rpc,
            six_reasons=switches.six_hangup_reasons,
            web_hook_auth=switches.sends_web_hook_auth,
            attention=switches.attention_timeout_least,
            nesting=switches.nesting_depth,
            labels=switches.undefined_label_rejects,
        )

    @property
    def connect(self) -> frozenset[str]:
        """The keys of connect, where the list is closed."""
        return (CONNECT - AFTER_QUEUE) | frozenset(self.after_queue)

    @property
    def queue(self) -> frozenset[str]:
        """The keys of enter_queue that are not ignored."""
        known = (QUEUE - AFTER_QUEUE) | frozenset(self.after_queue)
        return known if self.queue_whisper else known - {"whisper_url"}


def read_as(grammar: Grammar, found: dict[str, Any]) -> None:
    """Change the definitions of the official schema into those of a grammar."""
    _connect(grammar, found)
    _queue(grammar, found["EnterQueueObject"])
    if grammar.closed_conference:
        conference = found["JoinConferenceObject"]
        conference["properties"] = {key: conference["properties"].get(key, {}) for key in CONFERENCE}
    if not grammar.strict_prompts:
        found["AIPrompt"], found["AIPostPrompt"] = PROMPT, {"anyOf": [TEXT, PROMPT]}
    if grammar.six_reasons:
        reasons = found["Hangup"]["properties"]["hangup"]["properties"]["reason"]["anyOf"]
        reasons += [{"const": reason} for reason in MORE_REASONS]
    if grammar.web_hook_auth:
        for name, shape in found.items():
            if name == "SWAIGDefaults" or (name.endswith("SWAIGFunction") and "properties" in shape):
                shape["properties"] |= dict.fromkeys(WEB_HOOK_AUTH, TEXT)
    found["AttentionTimeout"]["minimum"] = grammar.attention


def _queue(grammar: Grammar, queue: dict[str, Any]) -> None:
    for name in AFTER_QUEUE - set(grammar.after_queue):
        queue["properties"].pop(name, None)
    queue["properties"] |= dict.fromkeys(grammar.after_queue, TEXT)
    if grammar.queue_whisper:
        queue["properties"]["whisper_url"] = TEXT
    if grammar.queue_ignores_keys:
        queue["unevaluatedProperties"] = {}
    required = grammar.after_queue if grammar.after_queue_required else ()
    queue["required"] = ["queue_name", *(required if len(required) == 1 else ())]
    if len(required) > 1:
        queue["anyOf"] = [{"required": [name]} for name in required]


def _connect(grammar: Grammar, found: dict[str, Any]) -> None:
    for name, shape in found.items():
        if not name.startswith("ConnectDevice"):
            continue
        for key in AFTER_QUEUE - set(grammar.after_queue):
            shape["properties"].pop(key, None)
        for key in grammar.connect if grammar.closed_connect else grammar.after_queue:
            if key not in FORMS:
                shape["properties"].setdefault(key, {})
        if not grammar.confirm_is_limited:
            shape["properties"]["confirm"] = {
                "anyOf": [TEXT, {"type": "array", "items": {"$ref": "#/$defs/SWMLMethod"}}]
            }
    if grammar.closed_connect:
        destination = copy.deepcopy(found["ConnectDeviceSingle"])
        for key in NOT_OF_A_DESTINATION:
            destination["properties"].pop(key, None)
        found["ConnectDestination"] = destination
        item = {"$ref": "#/$defs/ConnectDestination"}
        found["ConnectDeviceSerial"]["properties"]["serial"]["items"] = item
        found["ConnectDeviceParallel"]["properties"]["parallel"]["items"] = item
        found["ConnectDeviceSerialParallel"]["properties"]["serial_parallel"]["items"]["items"] = item
