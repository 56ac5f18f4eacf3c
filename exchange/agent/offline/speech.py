"""What of a function's answer, or of a message to the model, is fit for a caller's ears.

The rule: words that are marked as speech are spoken, and nothing else of that text. Otherwise each sentence must be one
that could be said to a caller: no order to the model, no talk about the caller, no error, no code. The model is given
everything; the caller gets what is left.
"""

import re

_MARKED = re.compile(
    r"(?:\bsay(?: exactly)?(?: this)?(?: and nothing (?:more|else))?(?: to the caller)?|"
    r"\b(?:tell|read)(?: this to)? (?:the )?(?:caller|user|customer|them)(?: exactly)?(?: this)?)\s*:\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“](?P<words>[^\"”]+)[\"”]")
_ORDERS = (
    "acknowledge", "add", "advise", "always", "announce", "answer", "apologi[sz]e", "ask", "assure", "avoid", "be",
    "begin", "call", "check", "choose", "collect", "comfort", "confirm", "continue", "describe", "do", "don't",
    "encourage", "end", "ensure", "escalate", "explain", "find", "finish", "follow", "give", "go", "greet", "guess",
    "hang", "help", "if", "ignore", "include", "inform", "invite", "keep", "let", "listen", "make", "mention", "never",
    "note", "now", "offer", "only", "pass", "proceed", "promise", "propose", "provide", "read", "reassure", "remind",
    "repeat", "reply", "respond", "return", "say", "see", "speak", "stay", "stop", "suggest", "summari[sz]e", "take",
    "talk", "tell", "thank", "then", "transfer", "try", "use", "verify", "wait", "warn", "write",
)  # fmt: skip
_ORDER = re.compile(
    rf"(?:please |kindly |instead,? |next,? |first,? |and )?(?:{'|'.join(_ORDERS)})\b(?!')", re.IGNORECASE
)
_INNER = re.compile(
    r"\b(?:the|this|your|a) (?:caller|user|customer|client|model|assistant|agent|human|person on the line)s?\b|"
    r"\b(?:functions?|tools?|prompt|instructions?|parameters?|argument|arguments|json|null|none|undefined|exception|"
    r"traceback|swml|swaig|webhook|payload|api|http|status code|database|transfer to)\b|"
    r"\b(?:you are told|back with you|was sent to you|to you by|you may not|you must|you should|you have been given)\b|"
    r"\bthere (?:is|are) no (?:such )?\w+(?: yet)?\.|\bno such\b|\bhow (?:it|that) ends\b",
    re.IGNORECASE,
)
_ABOUT_THE_MODEL = re.compile(
    r"^you\b|^your (?:only|goal|job|task|work)\b|\"|"
    r"\byou (?:are|do|can|cannot|have|answer|work|may|never|tell|learn|know|say)\b",
    re.IGNORECASE,
)
_TO_THE_MODEL = re.compile(
    r"\b(?:you|your|yourself)\b|\bif they\b|\bon a (?:clear )?(?:yes|no)\b|\binstruction", re.IGNORECASE
)
_CODE = re.compile(r"\w+_\w+|[{}\[\]<>|=`]|https?://|^\w+:\s*\S+\.?$|\$\{|\b(?:true|false)\b", re.IGNORECASE)
_NEGATIVE = re.compile(
    r"\b(?:no such|not|n't|cannot|can't|could not|couldn't|unable|unknown|invalid|failed|failure|error|closed|busy|"
    r"nobody|none of|unavailable|refused|rejected|declined|denied|missing|no \w+ (?:yet|found|available)|"
    r"everybody\b.* (?:on the phone|away)|unclear|may not|in vain|nothing)\b",
    re.IGNORECASE,
)
_NOT_NEGATIVE = re.compile(r"\bnot known(?: yet)?\b|\bnothing more\b|\bnothing else\b", re.IGNORECASE)
_QUIET = re.compile(r"say nothing|stay silent|do not speak|don't say|nothing more|keep quiet", re.IGNORECASE)
_SAYS = re.compile(r"\bsays?: [\"“](?P<words>[^\"”]+)[\"”]")


def sentences(text: str) -> list[str]:
    """The sentences of a text, as they stand."""
    return [one.strip() for one in re.split(r"\n+|(?<=[.!?])[\"”]?\s+(?=[A-Z¿¡\"“])", text) if one.strip()]


def marked(text: str) -> str:
    """What a text marks as to be said: `Say: "…"`, "Say exactly this and nothing more: …". "" when it marks nothing."""
    found = _MARKED.search(text)
    if not found:
        return ""
    rest = text[found.end() :].strip()
    quoted = _QUOTED.match(rest)
    return (quoted["words"] if quoted else rest).strip()


def fit(sentence: str) -> bool:
    """Whether a sentence could be said to a caller as it stands."""
    sentence = sentence.strip(" -*#")
    if len(sentence.split()) < 3 or _ORDER.match(sentence):
        return False
    return not (_INNER.search(sentence) or _CODE.search(sentence))


def told_of_a_caller(sentence: str) -> bool:
    """Whether a sentence of a prompt tells of a caller, and so is fit for the person who is asked to take them."""
    return not (
        _ORDER.match(sentence)
        or _CODE.search(sentence.partition(": ")[2] or sentence)
        or _TO_THE_MODEL.search(sentence)
    )


def speakable(fact: str) -> str:
    """What a caller may hear of what a function found out."""
    return marked(fact) or " ".join(one for one in sentences(fact) if fit(one))


def quiet(text: str) -> bool:
    """Whether the model is told to say nothing."""
    return bool(_QUIET.search(text))


def negative(fact: str) -> bool:
    """Whether what was asked for was not done or not found."""
    return bool(_NEGATIVE.search(_NOT_NEGATIVE.sub("", fact)))


def quoted_words(text: str) -> str:
    """What somebody let the caller know, in their own words: after `says:`, in quotes."""
    return "; ".join(found["words"].rstrip(".") for found in _SAYS.finditer(text))


def question_in(instruction: str) -> str:
    """What the model is told to ask the caller for: "a day and a time". "" when it is told to ask nothing."""
    found = re.search(
        r"\bask (?:the (?:caller|user|customer)|them|him|her)?\s*(?:again )?(?:for |to (?:give|say|tell) (?:you )?)?"
        r"(?P<what>[^.;]+)", instruction, re.IGNORECASE,
    )  # fmt: skip
    what = found["what"].strip() if found else ""
    return "" if re.match(r"whether|if|why\b", what) else what


def facts_of(prompt: str) -> list[str]:
    """The sentences of a prompt that tell facts a caller may know. Lines that order the model about are left out."""
    text = re.sub(r"(?<![.:!?])\n(?=[a-z])", " ", prompt)
    found = [one.strip(" -*#\t") for one in sentences(text)]
    return [one for one in found if fit(one) and one.endswith((".", "!")) and not _ABOUT_THE_MODEL.search(one)]


def identity_in(prompt: str) -> str:
    """Who the agent is, as its prompt says it: "the receptionist of Acme Plumbing"; "" when it does not say."""
    found = re.search(
        r"\bYou(?:'re| are)\s+(?P<who>[^.,;:\n]{3,90}?(?:, (?:the|an?|our) [^.,;:\n]{3,60})?)(?=[.,;:\n]|$)"
        r"|\bYou (?:answer the phone|work)\s+(?P<place>(?:as|of|for|at)\s[^.,;:\n]{3,90}?)(?=[.,;:\n]| when\b|$)",
        prompt,
    )  # fmt: skip
    if not found:
        return ""
    if found["who"]:
        who = " ".join(found["who"].split())
        return (
            ""
            if re.match(r"on the phone|not |given|told|talking", who)
            else re.split(r" (?:who|that|and you) ", who)[0]
        )
    place = re.sub(r"^as ", "", " ".join(found["place"].split()))
    return place if not re.match(r"(?:of|for|at) ", place) else f"the assistant {re.sub('^at ', 'at ', place)}"
