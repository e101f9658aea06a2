"""Words by which people ask to be left alone, and columns that hold them: English, Spanish, Portuguese. Pure.

Owns: the tables of these words; what counts as a yes. A word too many gives a needless warning; a word too few is a
call to a person who asked not to be called.
Source: the opt-out keywords of text messages (CTIA, Messaging Principles and Best Practices: STOP, STOPALL,
UNSUBSCRIBE, CANCEL, END, QUIT), and the fields of CRMs (Salesforce DoNotCall, HubSpot "Do not call", Zoho "Opt Out").
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: A cell that holds only this asks to be left alone.
_WHOLE: Final = frozenset(
    (
        "stop", "stop all", "stopall", "end", "quit", "cancel", "remove", "blacklist", "blacklisted", "blocked",
        "suppress", "suppressed", "leave alone", "no call", "no calls", "no more calls", "no calling",
        "no contact", "do not",
        "baja", "salir", "parar", "pare", "alto", "cancelar", "eliminar", "lista negra", "bloqueado", "bloqueada",
        "no contacto", "no llamadas", "no mas llamadas", "sin contacto",
        "sair", "remover", "descadastrar", "descadastrado", "descadastrada", "sem contato", "sem contacto",
        "nao contato",
    )
)  # fmt: skip
#: A cell that holds this, with other words or without, asks to be left alone.
_PHRASES: Final = re.compile(
    r"\b(?:(?:do not|dont|don t|never|not to be) (?:be )?(?:call|called|contact|contacted|text|texted|phone|phoned|ring"
    r"|disturb|message|messaged|dial|dialed|dialled|solicit|sms)|donot(?:call|contact|text)|dnc|dncr"
    r"|opt(?:ed|s|ing)? ?out|has ?opted ?out|unsubscribed?|stop (?:calling|contacting|texting)"
    r"|(?:take|remove) me(?: off)?|leave me alone|(?:asked|wants?|requested) to be (?:left alone|removed)"
    r"|no (?:le |les |lo |la |nos |me )?(?:llamar|llame|llamen|llames|contactar|contacte|contacten|molestar|moleste"
    r"|molesten|escribir|marcar)|no (?:quiere|desea) (?:\w+ ){0,3}(?:contact|llam)\w*"
    r"|dad[oa]s? de baja|dar(?:se)? de baja|(?:pide|pidio|solicita|solicito|quiere) (?:la |su )?baja"
    r"|baja (?:voluntaria|solicitada)|lista robinson|dejar en paz"
    r"|nao (?:lhe |me |o |a )?(?:ligar|ligue|liguem|contatar|contate|contactar|contacte|perturbar|perturbe|incomodar"
    r"|incomode|chamar|telefonar|enviar|enviem)|nao (?:quer|deseja) (?:\w+ ){0,3}(?:contat|contact|lig)\w*"
    r"|cancelar inscricao|descadastr\w+|nao perturbe|parar de (?:ligar|llamar))\b"
)
#: The opposite of an opt-out.
_DENIED: Final = re.compile(
    r"\b(?:not|no|never|sin|nao|non|hasn t|has not) (?:yet |been |ha |esta |se )*(?:opt|opted|dnc|unsubscribed?"
    r"|dad[oa]|descadastr\w+)\b|\b(?:dnc|opt out|opted out|do not call) (?:no|false|0|n)$"
    r"|\bremoved from (?:the )?(?:dnc|do not)"
)
#: Columns that say of each person whether to leave them alone.
_HEADER: Final = re.compile(
    r"\b(?:(?:do not|dont|don t) (?:call|contact|text|phone|sms|disturb|message)|donot(?:call|contact|text)|dnc|dnd"
    r"|(?:has )?opt(?:ed)? ?out|hasoptedout|unsubscribed?|no (?:llam(?:ar|en?)|contact(?:ar|en?)|molest(?:ar|en?))"
    r"|no (?:desea|quiere) (?:\w+ ){0,3}(?:llam|contact)\w*|lista robinson|robinson"
    r"|dad[oa] de baja|fecha de baja|nao (?:ligar|contatar|contactar|perturbe|perturbar)|descadastrad[oa]"
    r"|blacklist(?:ed)?|lista negra|suppressed|bloctel|ndnc)\b|^(?:baja|no (?:call|contact)|tps)$"
)
#: Such a column is about something else than calls and messages to a phone.
_OTHER_CHANNEL: Final = re.compile(r"\b(?:e ?mail|mail|correo|fax|newsletter|boletin|email)\b|mailing|hasoptedoutof")
_YES: Final = frozenset(
    ("true", "1", "1 0", "yes", "y", "t", "x", "on", "checked", "si", "s", "sim", "verdadero", "verdadeiro", "v",
     "wahr", "oui", "ja", "vrai", "√", "✓", "✔", "☑", "✅")
)  # fmt: skip
#: Accents beside their letters, and what nobody sees: soft hyphens, zero-width spaces.
_DROPPED: Final = frozenset({"Mn", "Cf"})
_EMOJI: Final = "\ufe0e\ufe0f"  # the selectors that make a mark an emoji, or not one
_MARKS: Final = frozenset("√✓✔☑✅☒✗✘✖❌")


def fold(text: str) -> str:
    """`text` without case, accents, punctuation and what nobody sees in it, its words one space apart; words of a
    CamelCase text apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", apart) if unicodedata.category(mark) not in _DROPPED)
    return re.sub(r"[\W_]+", " ", plain.casefold()).strip()


def asks_to_be_left_alone(cell: str) -> bool:
    """True where the cell says that the person does not want to be called or messaged."""
    plain = fold(cell)
    return plain in _WHOLE or (_PHRASES.search(plain) is not None and _DENIED.search(plain) is None)


def is_opt_out_header(title: str) -> bool:
    """True for a column that says of each person whether to leave them alone."""
    plain = fold(title)
    return _HEADER.search(plain) is not None and _OTHER_CHANNEL.search(plain) is None


def says_yes(cell: str) -> bool:
    """True where a cell below such a header says yes: a yes, a mark, a date since when, or a wish in words."""
    plain = fold(cell)
    if plain in _YES or cell.strip().rstrip(_EMOJI) in _MARKS or asks_to_be_left_alone(cell):
        return True
    return re.fullmatch(r"\d{1,4} \d{1,2} \d{1,4}(?: .*)?", plain) is not None
