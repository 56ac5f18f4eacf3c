"""How callers say what they want, in English and Spanish: patterns over a line in small letters without accents."""

import re


def _any(*ways: str) -> re.Pattern[str]:
    """One pattern for several ways to say something."""
    return re.compile("|".join(ways))


END = _any(
    r"\b(?:good ?)?bye\b|\bgood night\b|\bsee you\b|\bcheerio\b|\bhang up\b|\bwrong number\b",
    r"\bthat(?:'s| is| was|'ll be| will be)? (?:all|it|everything)\b(?! right)",
    r"\bnothing (?:else|more)\b|\bi'm (?:done|all set|good)\b|\bhave a (?:nice|good|great)\b",
    r"\badios\b|\bhasta (?:luego|pronto|manana)\b|\beso es todo\b|\bnada mas\b|\bchao\b",
)
THANKS = _any(r"\b(?:thanks|thank you|thx|cheers|gracias)\b")
PLEASE = _any(r"\b(?:yes|yeah|yep|sure|please|do|si|claro)\b")
NEVER_MIND = _any(
    r"\bnever ?mind\b|\bforget (?:it|about it|that)\b|\bcancel (?:it|that)\b|\bleave it\b|\bdrop it\b",
    r"\bdon't bother\b|\bno importa\b|\bolvidel[oa]\b|\bdejel[oa]\b",
)
STOP_WAITING = _any(
    r"\bnever ?mind\b|\bcancel\b|\bstop\b|\bno longer wait\b",
    r"\b(?:don't|do not|can't|cannot) (?:want to )?wait\b|\bno (?:quiero|puedo) esperar\b",
)
_MACHINE = r"(?:an? )?(?:\w+ )?(?:real|human|robot|bot|machine|computer|ai|person|recording|program)\b"
WHO = _any(
    r"\bwho (?:am i (?:talking|speaking)|is this|are you|is there|do i have)\b",
    r"\bwhat are you\b|\bwhat(?:'s| is) your name\b",
    rf"\b(?:are|r) (?:you|u) {_MACHINE}|\bam i (?:talking|speaking) (?:to|with) {_MACHINE}|\bis this {_MACHINE}",
    r"\b(?:what|which) (?:company|business|number|place) (?:is this|did i)\b|\bis this the right number\b",
    r"\bquien (?:es|habla|eres)\b|\bcon quien hablo\b",
    r"\b(?:eres|es usted) (?:un[ao]? )?(?:robot|maquina|persona|ordenador)\b",
)
HELP = _any(
    r"\bwhat (?:can|could) (?:you|i)\b(?! tell)|\bhow can you help\b|\bwho can i (?:talk|speak)\b",
    r"\bwhat (?:are )?(?:my |the )?(?:options|choices|departments)\b|\bhow does this work\b",
    r"\bwhat (?:do|else do) you (?:do|offer)\b|\bwhat else\b|^\W*(?:help|ayuda)\W*$",
    r"\bque (?:puede|puedo|opciones|departamentos)\b",
)
ABOUT = _any(
    r"\bwhat(?:'s| is| does| do| are)? .+ (?:for|about|do|responsible for|handle)\b",
    r"\bwhat is (?:the )?\w+\?$|\bque hace\b",
)
AGAIN = _any(
    r"^\W*(?:what|pardon(?: me)?|sorry|excuse me|huh|come again|como|perdon|mande)\W*$",
    r"\bsay that again\b|\brepeat that\b|\bdidn't (?:catch|hear|get) (?:that|you)\b|\bcan you repeat\b",
    r"\bpuede repetir\b|\brepita\b",
)
HELLO = _any(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening))\W*(?:there)?\W*$",
    r"^\W*(?:anybody there|is any(?:one|body) there|hola|buen[oa]s? ?\w*)\W*$",
)
THROUGH = _any(
    r"\b(?:put|connect|transfer|take|patch|send|get) me\b|\bput\b.*\bthrough\b|\bthrough to\b",
    r"\b(?:speak|talk) (?:to|with)\b|\bpongame\b|\bcomuniqueme\b|\bponer con\b|\bhablar con\b|\bpaseme\b",
)
DIALLED = _any(r"\b(?:dial|connect|put|transfer|through|patch|marque|comuniqueme)\b")
CALLBACK = _any(
    r"\b(?:call|ring|phone|get)(?:s|ing)? (?:(?:me|us|him|her|them) )?back\b|\bcall ?backs?\b",
    r"\bgive (?:me|us) a (?:call|ring|bell|buzz)\b|\breturn my call\b",
    r"\b(?:have|ask|get|let|tell|can|could|would|will|please|should)\b.*\b(?:call|ring|phone) (?:me|us)\b",
    r"\bdevol\w+ (?:la|mi) llamada\b|\bllamen?me\b|\bque me llamen?\b|\bme (?:devuelvan?|llamen)\b",
    r"\bme (?:pueden?|podrian?) llamar\b|\bdevolver(?:me)? la llamada\b",
)
OFFERED_CALLBACK = _any(r"\b(?:call|ring|phone) (?:you )?back\b|\bcall ?back\b|\bllam(?:en|ada)\b")
MESSAGE = _any(
    r"\b(?:leave|take|record|write down|pass(?: on)?|send|give|have|get)\b(?: \w+){0,3} (?:message|note|word)\b",
    r"\bmessage for\b|^\W*(?:yes,? )?(?:a |the |leave a )?message\b|\bvoice ?mail\b|\blet \w+ know\b",
    r"\btell (?!me\b|us\b)\w+(?: \w+)? (?:that|to|about|i|we|he|she|the|my|his|her)\b",
    r"\b(?:mensaje|recado)\b|\bdiga(?:le|n?les?)\b",
)
WORD_MESSAGE = _any(r"\bmessage|\bmensaje|\brecado")
HOURS = _any(
    r"\b(?:open(?:ing)?|hours|clos(?:e|es|ed|ing))\b(?! (?:an?|my|the|up) )",
    r"\b(?:abiert[oa]s?|abren?|cierran?|horarios?|cerrad[oa]s?)\b",
)
THERE = _any(
    r"^\W*(?:(?:so|and|hi|hello),? )?(?:is|are) .*\b(?:in|there|around|available|at work)\b(?: \w+){0,2}\W*$",
    r"\bwhen (?:is|are|can) .* (?:in|there|available|reach)",
)
HUMAN = _any(
    r"\b(?:human|real person|live person|actual person|person|somebody|someone|people)\b",
    r"\b(?:operator|representative|agent)\b|\b(?:una persona|alguien|un humano|operador\w*|agente)\b",
)
WANTS_A_HUMAN = _any(
    r"\b(?:speak|talk|want|need|get|fetch|give|find|put|connect|transfer|prefer|rather|real|live|actual)\b",
    r"^\W*(?:an? |the )?(?:human|person|operator|representative|agent|somebody|someone)(?:,? please)?\W*$",
    r"\b(?:is there|any) (?:an? )?(?:human|person|operator|agent)|\bhablar\b|\bquiero\b|\bnecesito\b",
)
JUST_A_PERSON = frozenset({"person", "real", "live", "actual", "decide", "right", "machine"})
TURNS = _any(r"^\W*(?:actually|no,? wait|instead|on second|wait|hold on|better)\b")
MOVE_ME = _any(r"\b(?:put|connect|transfer) me\b|\bthrough to\b")
FIRST = _any(r"\bfirst\b|\bprimer[oa]?\b|\beither\b|\bany\b")
LAST = _any(r"\b(?:second|last|other|latter)\b|\bsegund[oa]\b")
ASKS = _any(r"^\W*(?:what|where|when|who|how|do|does|is|are|can|which|que|donde|cuando)\b", r"\?")

# Over a line as it was said

PERSON_NAMED = re.compile(
    r"(?i:\b(?:is|for|reach|ask for|speak (?:to|with)|talk (?:to|with)|through to|connect me (?:to|with)|get me|get)"
    r"|\b(?:hablar con|ponerme con|comunicarme con|est[aá]))\s+(?i:(?:mr|mrs|ms|dr|se[nñ]ora?)\.?\s+)?"
    r"(?P<who>[A-Z][a-z][\w'’-]*(?:\s+[A-Z][\w'’-]+)?)"
)
SPLIT = re.compile(
    r"[.!?;]+\s+(?!\w+[.!?]?$)"
    r"|,?\s+(?:and (?:also|then|if so|after that|afterwards)|and|then|but also|also|plus"
    r"|y (?:luego|despues|tambien)|y)\s+(?=\w+\s)",
    re.IGNORECASE,
)
CORRECTION = re.compile(
    r"[\s,.;…-]*\b(?:no,? wait|wait,? no|oh wait|no,? no|hold on|actually,? no|no,? actually|no,? sorry|i mean(?:t)?"
    r"|scratch that|make (?:that|it)|or rather|no,? rather|on second thou?ghts?|no,? better|sorry,? (?:i mean|not)"
    r"|no,? espere|perd[oó]n,? (?:no|quiero decir)|mejor dicho|no,? mejor|digo|actually)\b[\s,.:…-]*"
    r"(?:make (?:that|it)\s+)?",
    re.IGNORECASE,
)
NOT_THAT = re.compile(
    r"\b(?:i )?(?:don't|do not|didn't|did not|no longer|not|rather than|instead of|no quiero|en vez de)\b"
    r"(?: (?:want|need|mean|to|talk|speak|with|be|put|through|hablar con))*\s+(?:the |el |la )?"
    r"[\w'’]+(?: again)?(?:,| but| i\b|$|\s)",
    re.IGNORECASE,
)
