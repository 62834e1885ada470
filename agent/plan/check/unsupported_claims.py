"""Find plans that say something about a file without looking at it.

A language model that may answer in words alone sometimes guesses: asked which animal a photo shows,
it writes `say("This is a dog.")`. Such a plan is refused. These may be said without a tool: that
something cannot be done or is missing, a question back, small talk, arithmetic, and knowledge that
does not concern the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.plan.answer.list_wording import is_english
from agent.plan.problems import Problem, shorten
from agent.plan.syntax.tree import (
    BUILTINS,
    Assign,
    Binary,
    Call,
    Expression,
    Name,
    Plan,
    Say,
    Text,
    callee_names,
    children,
    names_in,
    walk,
)
from tools.sdk.plan_types import Type

_FILE_TYPES = {"Image", "Audio", "Video", "Document"}


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_FILE_WORDS = (
    "picture|pictures|photo|photos|photograph|image|images|pic|pics|snapshot|screenshot|scan|selfie"
    "|drawing|painting|sign|receipt|recording|recordings|audio|sound|sounds|noise|noises|voice|voices"
    "|song|music|track|clip|clips|film|films|video|videos|footage|movie|document|pdf|page|pages|file"
    "|files|background|foreground|scene"
    "|bild|bilder|foto|fotos|aufnahme|ton|datei|dokument|seite|image|vidéo|enregistrement"
    "|imagen|imágenes|vídeo|grabación|archivo|immagine|registrazione|imagem|gravação|afbeelding|opname"
)
_LANGUAGES = (
    "spanish|french|german|italian|portuguese|english|dutch|polish|swedish|japanese|latin|greek"
    "|turkish|russian|chinese|norwegian|danish|finnish|hungarian|czech"
)
_NAMES_FILE = _any(
    rf"\b({_FILE_WORDS})\b",
    r"\b(image|audio|video|document)s?\d",
    r"\b(this|these|here)\b",
    r"\b(is|are|was) (that|it|those|they|he|she)\b",
)
_ONE_FILE = (
    r"\b(the|this|that|these|those|my|our|your|attached|on|in|from"
    rf"|of) (?!an? )(\w+ )?({_FILE_WORDS})\b",
    r"\b(image|audio|video|document)s?\d",
)
"""Words that point at one file; "a photo" or "photos" may be any."""
_NAMES_ONE_FILE = _any(*_ONE_FILE)
_POINTS_AT_FILE = _any(
    *_ONE_FILE, r"\b(this|these|here)\b", r"\b(is|are|was) (that|it|those|they|he|she)\b"
)
_ASKS_VIEW = _any(
    rf"\b({_FILE_WORDS})\b",
    r"\b(this|these|those|here|there|it|its|he|she|him|her|they|them|hear|heard|see|seen"
    r"|say|says|said|written|left|right|speaks?|speaking)\b",
    r"\bthat\b",
)
_ASKS_TO_JOIN = _any(r"\b(join|merge|combine|together|append|concatenate|one text|put|attach|add)")
_PROPER_NOUN = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_ASKS_CONTENT = _any(
    r"\b(those|shown|it|its|he|she|they|them|him|her|hears?|heard|see|sees|seen|spot"
    r"|visible|audible|somebody|someone|anybody|anyone|speakers?|speaks|speaking|sings"
    r"|singing|said|says|written|who is|who's|there|come up|comes? into view|most|more"
    r"|fewer|altogether|first|second|third|last|other|on my|do (i|we) have|have (i|we) got"
    r"|my \w+)\b",
    r"\bthat\b",
    r"\b(how many|how much|number of|count|sum|total|share|percentage)\b",
    r"\b(which|what) (kind|sort|type|breed|species|colou?rs?|animal|bird|dog|flower|plant"
    r"|tree|mushroom|fruit|dish|food|drink|car|instrument|language|time)\b",
    r"\bhow (long|big|large|loud|tall|wide|old|alike|similar) (is|are)\b",
    r"\b(left|right|above|below|behind|in front|next to|beside|under|between)\b",
    r"\bthe (?-i:[a-z])",
    r"\btell me (whether|if)\b",
    r"\b(does|did|do) (an?|any|some)\b",
    r"\bwhich (of|\w+ (is|are|was|were|has|have|does|do|did))\b",
    r"\b(any|enough|outnumber|inside|outside)\b",
    r"\b(check|may i)\b",
    r"\b\w+ or (an? )?\w+\b",
)
_ASKS_KNOWLEDGE = _any(
    r"\b(who|whom) (wrote|painted|composed|invented|discovered|directed|founded|sang|built"
    r"|made)\b",
    r"\b(capital|continents?|oceans?|planets?|countries)\b",
    r"\b(symbol|opposite|plural|meaning|definition|past tense|synonym|formula) (of|for)\b",
    r"\b(mean|means|stand|stands) (for|in)\b",
    r"\bwhat does .{1,30} mean\b",
    r"\bmeaning\b",
    rf"['\"\w] in ({_LANGUAGES})\b(?<!it in )",
    rf"\b({_LANGUAGES}) (word )?for\b",
    r"\b(what|which) (day|month|year|century)\b",
    r"\b(day|month|number|letter)s? (comes?|before|after)\b",
    r"\bhow do (you|i|we) say\b",
    r"\b(what|which) language is ['\"]",
    r"\b(what|which) language (do|does) ",
    r"\bdifference between (?!the number)\w+ and\b",
    r"\bdifference between an? \w+ and an?\b",
    r"\bhow many (\w+ ){1,2}(has|have|does|do|is|are|in|on|make) (there in )?(a|an|one"
    r"|the world)\b",
    r"\bhow many \w+ (a|an|one) \w+ (has|have|makes?)\b",
    r"\b(is|are) (?!(this|that|it|he|she|there)\b)(an? )?(?!the\b)\w+ an? \w+\b",
    r"\b(what|where)('s| is| are| was)? (an? \w+|(?-i:[A-Z]\w+)|(?-i:the [A-Z]\w+))",
    r"\bwhen (did|was|were) (?!(somebody|someone|he|she|they|it|the (?-i:[a-z])))",
    r"\bwhy (is|are|do|does) (?!(this|that|it|he|she|they)\b)",
    r"\bi forgot\b",
    r"\b(explain|define|spell)\b",
    r"\b(what|which|who)('s| is| are| was) the (?!(number|sum|count|total|share|gist"
    r"|outlines?|colou?rs?|rest|kind|sort|names?)\b)(\w+ )?\w+ of (?!(the|this|that|these"
    r"|those|it|his|her|my|each|all|both|them)\b)\w+",
    r"\bthe (moon|sun|earth|universe|sky|internet|atmosphere|golden ratio|milky way)\b",
    r"\bname (two|three|four|five|some|a few)\b",
    r"\btranslate ['\"]",
    r"\bfun fact\b",
    r"\bhow (do|can|should|would) (i|you|we|one) (?!(see|hear)\b)",
    r"\b(land animal|human body|primary colou?rs?)\b",
    r"\b(in|since|of) (1\d|20)\d\d\b",
    r"\bthe best (time|way|place|season) to\b",
    r"\b(what|which|who)('s| is| are) \w+er, \w+ or \w+",
    r"\bexample of\b",
    r"\b(red|blue|yellow|green|white|black) and \w+ (make|give)\b",
    r"\bdo (you|i|we) get (from|if)\b",
    r"\bwhat('s| is| are) (?!(the|this|that|it|in|on|written|said|shown)\b)\w+ in an? \w+",
    r"\b(what( colou?r)?|why|who|how \w+) (is|are|does|do|did|was) an? \w+",
    r"\b(alphabet|bible|periodic table|solar system|zodiac|deck of cards|leap year)\b",
    r"\b\w+est\b.*\b(on land|on earth|in the world|in europe|in africa|in asia|of all|ever"
    r"|animal|ocean|river|mountain|country|planet|city|lake)\b",
    r"\b(hauptstadt|bedeutet|wie sagt man|wer hat|wann (war|wurde)|capitale de"
    r"|que signifie|comment dit-on|qui a|cómo se dice|qué significa|quién (escribió|pintó)"
    r"|come si dice)\b",
)
_ASKS_ARITHMETIC = _any(
    r"\d\s*([+*/×÷^%]|\s-\s|\sx\s|plus|minus|times|divided by|percent of|% of)\s*\d",
    r"\b(square root|squared|convert)\b",
)
_TALKS = _any(
    r"^\W*(ok|okay|fine|great|cool|nice|yes|no|hm+|never ?mind|sure|wow|sorry|please)\W*$",
    r"\b(are|were) you\b",
    r"\b(do|can) you (know|like|speak|talk|have|think|sleep|dream|eat|sing|dance|help)\b",
    r"\b(recommend|suggest|sing) (me )?(a|an|some|something)\b",
)
_IS_QUESTION = _any(
    r"\?",
    r"^\W*(who|what|when|where|why|how|which|is|are|do|does|did|can|could|has|have)\b",
    r"\b(tell me|remind me|quiz|like to know|wonder|asks?|wanted to know)\b",
)
_ASKS_WRITING = _any(
    r"\b(poem|verse|rhyme|haiku|limerick|jokes?|slogan|adver\w+ line|catchy line"
    r"|(wedding )?toast|apology|reminder|(tell|give|ask) me a riddle|caption idea"
    r"|names? for|titles? for|make up|invent|think of|cheer me up|make me laugh|something funny"
    r"|get-?well (card|wishes)|well wishes|invitation|out[- ]of[- ]office|(card|letter"
    r"|email|mail) to|(birthday|wedding|christmas) (greeting|card|wish(es)?)|line for (a"
    r"|my)|lines about)\b",
)
_CLAIMS = _any(
    r"^(yes|no)\b(?! problem)",
    r"\b(this|these) (is|are|shows?|looks?|picture|photo|image|sound|recording|film|video"
    r"|clip|song)\b",
    r"^(that|those) (is|are)\b",
    r"\b(i|we|you) (can )?(see|hear|spot|notice|count|find)\b",
    r"\b(the|your) (picture|photo|image|recording|sound|audio|film|video|clip|song|page"
    r"|document|scene) (is|are|was|has|have|shows?|contains?|says?|holds?|depicts?|starts?"
    r"|ends?|lasts?|reads?)\b",
    r"\b(in|on|from) (the|this|your) (picture|photo|image|recording|sound|audio|film|video"
    r"|clip|song|page|document|scene|sign|foreground|background)\b",
    r"^(here|there) (is|are|it is|they are|you are|you go)\b",
    r"^it (shows|says|contains|looks|sounds|reads)\b",
    r"\b(has|have|was|were) (been )?(blurred|cropped|rotated|resized|removed|changed|cut"
    r"|made|added|marked|brightened|sharpened|converted|muted|trimmed)\b",
    r"^done\b",
    r"\bcan(no|')t be (seen|heard|read|found)\b",
    r"\bno(body| one)\b.*\b(speaks|talks|is)\b",
    r"\bcannot (see|hear|find|detect|spot|make out)\b",
    r"\bcan't (see|hear|find|detect|spot|make out)\b",
    r"\bnicht zu (sehen|hören)\b",
)
_DECLINES = _any(
    r"\?\W*$",
    r"\bno tool\b",
    r"\bi (cannot|can't|can not|could not|am not able to|will not|won't)\b(?! (see|hear"
    r"|find|detect|spot|make out|read)\b)",
    r"\bunable to\b",
    r"\bplease (add|upload|attach|send|give|provide|say|tell|choose|name|describe)\b",
    r"\bplease\b.*\b(again|in other words)\b",
    r"^tell me\b",
    r"\btell me what\b",
    r"\bi do not (understand|know)\b",
    r"\bich (kann|habe) \w*\s*(kein|nicht)",
    r"\bje ne peux pas\b",
    r"\bno puedo\b",
    r"\b(bitte|veuillez|por favor)\b",
    r"^(es tut mir leid|désolé|lo siento|mi dispiace|desculpe)",
)
_SMALL_TALK = _any(
    r"^(hello|hi|hey|good (morning|evening|night|day|afternoon)|goodbye|bye|thank|thanks"
    r"|you are welcome|you're welcome|my pleasure|gladly|no problem|i am (batuta|fine|glad"
    r"|happy|ready|here|sorry\W*$)|i'm (batuta|fine|glad|happy|ready|here|sorry\W*$)|i (can|will"
    r"|plan)\b(?! (see|hear|spot))|hallo|guten|danke|gern|tschüss|bonjour|salut|merci"
    r"|de rien|hola|gracias|de nada|adiós|ciao|grazie|prego|olá|obrigad[oa]|happy"
    r"|congratulations|enjoy|welcome( back)?\W*$|come back|see you|add a file|ask me)",
)
_RETURNS_FILE = _any(
    r"\W*(here|there|this|that)?\W*(it|they|you)?\W*(is|are|go)?\W*(the|your)?\s*(first"
    r"|second|third|last|other)?\s*(original|untouched"
    rf"|unchanged)?\s*({_FILE_WORDS})?\s*(again|as it was|as before|unchanged)?\W*",
)


_COMMON_WORDS = frozenset(
    (
        *(
            "a",
            "an",
            "and",
            "are",
            "at",
            "by",
            "for",
            "from",
            "has",
            "have",
            "in",
            "is",
            "it",
            "its",
        ),
        *("large", "long", "of", "on", "or", "tall", "that", "the", "there", "these", "this", "to"),
        *("was", "were", "wide", "with", "x"),
    )
)


def find_unsupported_claim(
    plan: Plan,
    names: Mapping[str, Type],
    request: str,
    descriptions: Mapping[str, str] | None = None,
) -> Problem | None:
    """Return the problem of a plan that guesses what a file holds, or None.

    The plan calls no tool and says nothing that is computed from an earlier result, and its words
    or the request are about a file. `descriptions` are what the planner reads of the names, such as
    the size of a picture: that may be said again.
    """
    if not _ASKS_TO_JOIN.search(request) and (problem := _find_joined_texts(plan, names)):
        return problem
    files = [name for name, kind in names.items() if _is_file(kind)]
    reads = names_in(plan) & names.keys()
    if not files or reads - set(files) or callee_names(plan) - set(BUILTINS):
        return None
    values = {node.name: node.value for node in walk(plan.statements) if isinstance(node, Assign)}
    for say in (node for node in walk(plan.statements) if isinstance(node, Say)):
        parts = _parts_of(say.value, values)
        words = " ".join(part for part in parts if isinstance(part, str))
        shows_file = any(isinstance(part, Name) and part.name in files for part in parts)
        is_computed = any(isinstance(part, Binary | Call) for part in parts)
        if is_computed and (shows_file or not _NAMES_ONE_FILE.search(request)):
            continue  # arithmetic, or how many files there are
        is_claim = not _RETURNS_FILE.fullmatch(words) if shows_file else _is_claim(words, request)
        if is_claim and not _repeats(words, request, descriptions or {}):
            return Problem(
                say.at.line,
                say.at.column,
                f"this says something about {files[-1]} that no tool has looked at",
                shorten(words),
                "a tool's result in braces, or that it cannot be done",
                "a line before that calls a tool, then its name in braces",
            )
    return None


def _find_joined_texts(plan: Plan, names: Mapping[str, Type]) -> Problem | None:
    """Return the problem of a plan whose answer is two texts, one after the other."""
    values = {node.name: node.value for node in walk(plan.statements) if isinstance(node, Assign)}
    texts = {name for name, kind in names.items() if kind.name == "Text"}
    for say in (node for node in walk(plan.statements) if isinstance(node, Say)):
        for part in _parts_of(say.value, values, into_calls=False):
            match part:
                case Binary(operator="+", left=Name(first), right=Name(second)) if {
                    first,
                    second,
                } <= texts:
                    return Problem(
                        part.at.line,
                        part.at.column,
                        "this answer is two texts that no tool has looked at",
                        f"{first} + {second}",
                        "a tool's result in braces",
                        f"answer_from({first} + {second}, the question) on a line before",
                    )
                case _:
                    pass
    return None


def _is_claim(words: str, request: str) -> bool:
    """Return whether words without any result tell what a file holds, or that it was changed."""
    sentences = [
        sentence
        for sentence in re.split(r"(?<=[.!])\s+", words.strip())
        if not _SMALL_TALK.search(sentence)
    ]
    if not sentences or _DECLINES.search(words.strip()) or _concerns_no_file(request):
        return False
    return (
        # A wish that is no question is about a file: there is nothing else to be done.
        not _IS_QUESTION.search(request)
        or not is_english(request)
        or _NAMES_FILE.search(request) is not None
        or _ASKS_CONTENT.search(request) is not None
        or any(_CLAIMS.search(sentence) for sentence in sentences)
    )


def _concerns_no_file(request: str) -> bool:
    """Return whether a request is talk, or asks for writing, knowledge or arithmetic."""
    if _ASKS_WRITING.search(request):
        return True
    if _POINTS_AT_FILE.search(request):
        return False
    if any(asks.search(request) for asks in (_TALKS, _ASKS_KNOWLEDGE, _ASKS_ARITHMETIC)):
        return True
    asks_of_a_name = _has_proper_noun(request) and _IS_QUESTION.search(request) is not None
    return asks_of_a_name and is_english(request) and not _ASKS_VIEW.search(request)


def _repeats(words: str, request: str, descriptions: Mapping[str, str]) -> bool:
    """Return whether all that is said stands in the descriptions, or in the request."""
    known, asked = _tokens(" ".join(descriptions.values())), _tokens(request)
    tokens = _tokens(words) - _COMMON_WORDS
    return tokens <= known | asked and bool(tokens & known - asked - set(_FILE_WORDS.split("|")))


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.:]\d+)?|[^\W\d_]+", text.casefold()))


def _has_proper_noun(request: str) -> bool:
    """Return whether a name stands in the request: "how tall is the Eiffel Tower?"."""
    names = _PROPER_NOUN.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", request))
    return any(name.casefold() not in _LANGUAGES.split("|") for name in names)


def _is_file(kind: Type) -> bool:
    return kind.name in _FILE_TYPES or (kind.item is not None and _is_file(kind.item))


def _parts_of(
    expression: Expression, values: Mapping[str, Expression], *, into_calls: bool = True
) -> Sequence[str | Expression]:
    """Return the literal words of what is said, and every expression that it is made of.

    Without `into_calls` the arguments of calls are left out: they are not said.
    """
    parts: list[str | Expression] = []
    pending, visited = [expression], set[str]()
    while pending:
        node = pending.pop(0)
        parts.append(node)
        if isinstance(node, Text):
            parts += [part for part in node.parts if isinstance(part, str)]
        if isinstance(node, Name) and node.name in values and node.name not in visited:
            visited.add(node.name)
            pending.append(values[node.name])
        if into_calls or not isinstance(node, Call):
            pending += children(node)
    return parts
