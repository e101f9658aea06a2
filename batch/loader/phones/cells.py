"""Phone cells as spreadsheets leave them -> plain phone text, with every repair named.

Owns: what may be taken off a cell without changing the number: wrappers, odd characters, links, ids of messengers.
Flow: raw cell -> ASCII -> unwrapped -> figure -> link -> words -> `Cleaned`, or the code of a fault.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from batch.loader.phones.number_formats import LOST, is_cut_off, without_format
from batch.loader.phones.remarks import Worded, without_words
from batch.loader.phones.words import fold, is_person, words_of
from batch.text.language import tr, tr_noop
from batch.text.visible import quoted

#: A longer cell is prose, whatever digits it holds (libphonenumber stops at 250 as well).
LONGEST_CELL = 200

_CUT_OFF = tr_noop(
    "{cell} is the largest value of a 32-bit column, which a database writes in place of a longer number; export the "
    "column as text again, or write the number with its calling code if it is this one"
)
#: What people and programs write where there is no number.
_BLANK = frozenset(
    {"-", "--", "---", ".", "?", "n/a", "na", "n.a.", "none", "null", "nil", "nan", "unknown", "<na>", "(none)"}
    | {"(blank)", "no phone", "not available", "not provided", "ninguno", "no tiene", "sin telefono", "sin teléfono"}
    | {"[]", "{}", "['']", '[""]', "sem telefone", "não tem", "nao tem"}
)
_ERROR = re.compile(r"#{2,}|#(?:ref|value|error|num|name|div/0|n/a|null|calc|spill)[!?]?", re.IGNORECASE)
_FORMULA = re.compile(r'=\s*(?:T?\()?"([^"]*)"\)?', re.IGNORECASE)
#: A number as Python prints it where it is no plain text: np.int64(…), Decimal('…').
_PRINTED = re.compile(r"""(?:(?:np|numpy)\.)?(?:u?int\d+|float\d+|str_|Decimal)\((['"]?)([^()'"]*)\1\)""")
_TAG = re.compile(r"<[a-z/][^<>]*>", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']?(tel:[^\"'\s>]+)", re.IGNORECASE)
#: What makes text bold or slanted where Markdown is read.
_MARKED = re.compile(r"([*_]{1,3})([^*_].*[^*_])\1")
#: What WhatsApp puts before somebody who is no contact, and what is called out behind a number.
_ADORNED = re.compile(r"^~\s*(?=[+(\d])|(?<=\d)\s*!+$")
#: An apostrophe as databases write it, and what begins a line of a list.
_ESCAPED, _BULLET = re.compile(r"\\'?(?=[+(\d])"), re.compile(r"[*.]\s+(?=[+(\d])")
#: Angle brackets, or braces, around a number.
_WRAPPED = re.compile(r"<[^<>A-Za-z]*>|\{[^{}A-Za-z'\"]*\}")
_LIST = re.compile(r"[\[{(]\s*['\"].*['\"]\s*,?\s*[\]})]|[\[{]\s*\+?\d[^\[\]{}]*[\]}]")
_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me/|signal\.me/#p/|t\.me/(?=\+)|skype:(?=\+)|viber://(?:chat|add)/?\?number=|"
    r"tg://resolve/?\?phone=|(?:api|web|chat)\.whatsapp\.com/send/?\?(?:[^#]*&)?phone=|whatsapp://send/?\?(?:[^#]*&)?phone=)"
    r"(?:\+|%2b)?(\d{7,15})/?(?:[?&#].*)?",
    re.IGNORECASE,
)
#: WhatsApp's own ids of persons. A group's (@g.us) and a hidden one (@lid) are no numbers.
_WHATSAPP_ID = re.compile(r"\+?(\d{7,15})(?::\d+)?@(?:c\.us|s\.whatsapp\.net)", re.IGNORECASE)
_OLD_BRAZILIAN = re.compile(r"^\+55([1-9]{2})(9\d{3})(\d{4})$")
_URI = re.compile(
    r"(?:tel|sms|smsto|callto|sip|sips|facetime|facetime-audio|fax|modem):/{0,2}(?=[+(\d%])", re.IGNORECASE
)
#: A line of a contact card: TEL;TYPE=CELL:+1…
_CARD = re.compile(r"(?:[a-z]+\d*\.tel|tel(?=;))(?:;[a-z-]+(?:=[^:;]*)?)*:(?:tel:)?(?=[+([\d])", re.IGNORECASE)
_PARAMETERS = re.compile(r";(?:isub|postd|cpc|rn|npdi|user|transport|phone-context)(?:=[^;]*)?", re.IGNORECASE)
_PERCENT = re.compile(r"%2[0-9bd]", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+?[\w.-]+)", re.IGNORECASE)
#: ASCII punctuation that stands between digits of one number, and what separates two. A tilde does neither: to the
#: library it begins an extension.
_PLAIN = re.compile(r"[+\d\s()\[\]./\-,;|*&:]*")
#: What stands for digits that are not shown: 06 1884 ****, 0666 064014__ (as dashes by now), 030 2278…
_HIDDEN = re.compile(r"\*{2,}|\d[\s/)-]*\.{2,}$")
#: A number spelt in letters (1-800-FLOWERS). The keys of a telephone would make digits of them, O a 6; but in an export
#: an O is as often a 0 that was mistyped or a scanner misread. Two readings: it is refused, never guessed.
_VANITY = re.compile(r"[+(]?\d[\d\s().\-]*[A-Za-z][A-Za-z\d\s().\-]*")

#: Characters that stand for an ASCII one wherever they occur.
_LOOKALIKES = {
    **dict.fromkeys("‘’‚‛′`´＇", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("∕⁄", "/"),
    **dict.fromkeys("·•․", "."),
    **dict.fromkeys("⁺﹢➕", "+"),
}
#: Pictures that say what a remark says; other pictures are left out.
_PICTURES = {**dict.fromkeys("🚫⛔❌✖❎📵💀☠🪦✝⚰🛑", " not "), "📠": " fax "}


class Cleaned(NamedTuple):
    """A cell made plain. `code` is empty unless the cell is refused here; `text` is empty then. `flag` is the remark
    that says not to use the number, `country` the ISO code of a country that the cell names, `named` the word
    for it."""

    text: str
    extension: str
    repairs: tuple[str, ...]
    code: str = ""
    message: str = ""
    flag: str = ""
    country: str = ""
    named: str = ""


def clean(cell: str) -> Cleaned:  # noqa: C901 - one branch for each kind of damage, in their order
    """The plain phone text of `cell`. Never raises."""
    if len(cell) > LONGEST_CELL:
        return _fault("not_a_number", tr("the cell has {count} characters", count=len(cell)))
    repairs: list[str] = []
    text = cell.strip()
    if "&" in text or "<" in text:
        text = _without_html(text, repairs)
    if not text.isascii() or not text.isprintable():
        text = _to_ascii(text.replace("Â\xa0", "\xa0"), repairs)  # UTF-8 that was read as Latin-1
    text = _unwrapped(text, repairs)
    if is_cut_off(text):
        return _fault("digits_lost", tr(_CUT_OFF, cell=text))
    if text.casefold() in _BLANK or not text:
        return _fault("no_phone", tr("{cell} means that there is no number", cell=quoted(cell)) if text else "")
    if _ERROR.fullmatch(text):
        return _fault(
            "digits_lost",
            tr("{cell} is a spreadsheet's error in place of the number; {lost}", cell=quoted(cell), lost=tr(LOST)),
        )
    try:
        text, repair = without_format(text)
    except ValueError as error:
        if str(error) == LOST:
            return _fault("digits_lost", f"{quoted(cell)}: {tr(LOST)}")
        return _fault("not_a_number", tr("{cell} has a fraction", cell=quoted(cell)))
    if repair:
        _note(repairs, repair)
    return _plain_text(cell, _without_link(text, repairs), repairs)


def _plain_text(cell: str, text: str, repairs: list[str]) -> Cleaned:
    """`text` without words, checked to hold nothing but a number."""
    worded = without_words(fold(text), _names(text), _codes(text))
    if worded.text != text:
        try:
            worded = _without_figure(worded)
        except ValueError:
            return _fault("not_a_number", tr("{cell} has a fraction", cell=quoted(cell)))
    text = _without_end(worded.text)
    for repair in worded.repairs:
        _note(repairs, repair)
    if not any(mark.isdigit() for mark in text):
        return _fault("not_a_number", tr("{cell} holds no digits", cell=quoted(cell)))
    if worded.unknown and _VANITY.fullmatch(text):
        return _fault("not_a_number", tr("{cell} contains letters; write digits", cell=quoted(cell)))
    if worded.unknown or not _PLAIN.fullmatch(text) or _HIDDEN.search(text):
        return _fault("not_a_number", tr("{cell} has other text beside the number", cell=quoted(cell)))
    return Cleaned(text, worded.extension, tuple(repairs), flag=worded.flag, country=worded.country, named=worded.named)


def _without_figure(worded: Worded) -> Worded:
    """`worded` with the digits of a figure that stood beside words. Raises ValueError as `without_format` does."""
    figure = worded.text.strip(" /,;|:-")
    plain, repair = without_format(figure) if figure.endswith("0") else (figure, "")
    return worded._replace(text=plain, repairs=(*worded.repairs, repair)) if repair else worded


def _without_end(text: str) -> str:
    """`text` without the point or comma that ends a sentence; several points are hidden digits."""
    return text.rstrip(" .,;") if text.endswith((".", ",", ";")) and not _HIDDEN.search(text) else text


def _names(text: str) -> frozenset[str]:
    """The words of `text`, folded, that are written as names are: with a capital, in a script without capitals, or as
    the only strange word in capitals."""
    if "(" not in text and "[" not in text and "<" not in text and "{" not in text:
        return frozenset()  # only a remark in brackets is looked at as a name
    words = words_of(text)
    capitals = [word for word in words if word.isupper() and not is_person(fold(word))]
    names = [word for word in words if word.istitle() or word.lower() == word.upper()]
    return frozenset(map(fold, names + capitals * (len(capitals) == 1)))


def _codes(text: str) -> frozenset[str]:
    """The words of two letters of `text`, folded, that are in capitals: the codes of countries are written so."""
    return frozenset(fold(word) for word in words_of(text) if len(word) == len("ES") and word.isupper())


def _fault(code: str, message: str) -> Cleaned:
    return Cleaned("", "", (), code, message)


def _without_html(text: str, repairs: list[str]) -> str:
    plain = html.unescape(_TAG.sub(" ", text)).strip() if text.casefold() not in _BLANK else text
    if not any(map(str.isdigit, plain)) and (link := _HREF.search(text)):
        plain = link[1]  # "<a href='tel:…'>Call us</a>"
    if plain != text:
        _note(repairs, "HTML removed")
    return plain


def _to_ascii(text: str, repairs: list[str]) -> str:
    """Digits of every script, full-width forms, dashes and spaces as ASCII; invisible marks are left out."""
    return "".join(
        mark if mark.isascii() and mark.isprintable() else _one_to_ascii(mark, repairs) for mark in text
    ).strip()


def _one_to_ascii(mark: str, repairs: list[str]) -> str:  # noqa: C901 - one branch for each class of characters
    kind = unicodedata.category(mark)
    if mark in _LOOKALIKES:
        return _LOOKALIKES[mark]
    if "！" <= mark <= "～":
        repair, plain = "full-width characters", chr(ord(mark) - 0xFEE0)
    elif kind == "Nd":
        repair, plain = "foreign digits", str(unicodedata.digit(mark))
    elif kind == "Pd" or mark in "−‒ー⁃":
        repair, plain = "unusual dashes", "-"
    elif mark in "\n\r\x85\u2028\u2029":
        return "\n"
    elif kind == "Zs" or mark in "\t\v\f":
        repair, plain = "unusual spaces", " "
    elif kind in {"Cf", "Cc", "Mn", "Mc"}:
        repair, plain = "invisible characters", ""
    elif mark in _PICTURES or kind in {"So", "Sk"}:
        repair, plain = "pictures removed", _PICTURES.get(mark, "")
    else:
        return mark
    _note(repairs, repair)
    return plain


def _unwrapped(text: str, repairs: list[str]) -> str:  # noqa: C901 - one branch for each wrapper
    """`text` without what programs wrap around text: `="…"`, quotes, apostrophes in front, the brackets of a list."""
    while True:
        if formula := _FORMULA.fullmatch(text):
            text = formula[1].strip()
            _note(repairs, 'formula ="…" removed')
        elif len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].strip()
            _note(repairs, "quotes removed")
        elif text.startswith(("'", "`")) or re.search(r"\d['`]$", text):
            text = text.strip("'`").strip()
            _note(repairs, "apostrophe removed")
        elif escaped := _ESCAPED.match(text):
            text = text[escaped.end() :]
            _note(repairs, "apostrophe removed")
        elif bullet := _BULLET.match(text):
            text = text[bullet.end() :]
            _note(repairs, "marks removed")
        elif (plain := _PRINTED.sub(r"\2", _ADORNED.sub("", text))) != text:
            text = plain.strip()
            _note(repairs, "marks removed")
        elif text.startswith("=") and re.match(r"=[+\d]", text):
            text = text[1:].strip()
            _note(repairs, "leading = removed")
        elif _LIST.fullmatch(text):
            text = text[1:-1].replace("'", "").replace('"', "").strip(" ,")
            _note(repairs, "list brackets removed")
        elif marked := _MARKED.fullmatch(text):
            text = marked[2].strip()
            _note(repairs, "marks removed")
        elif _WRAPPED.fullmatch(text):
            text = text[1:-1].strip()
            _note(repairs, "brackets removed")
        else:
            return text


def _without_link(text: str, repairs: list[str]) -> str:  # noqa: C901 - one branch for each kind of link
    """The number of a link or of a messenger's id, with + where it is always international; `text` if it is none."""
    if link := _LINK.fullmatch(text):
        _note(repairs, "link removed")
        return f"+{link[1]}"
    if found := _WHATSAPP_ID.fullmatch(text):
        _note(repairs, "WhatsApp id")
        # Ids of old Brazilian accounts have the eight digits of then; a dash says that none is missing.
        return _OLD_BRAZILIAN.sub(r"+55 \1 \2-\3", f"+{found[1]}")
    if card := _CARD.match(text):
        is_fax = "fax" in card[0].casefold()
        _note(repairs, "label removed")
        text = text[card.end() :] + (" fax" if is_fax else "")
    if uri := _URI.match(text):
        is_fax = uri[0].casefold().startswith("fax")
        _note(repairs, f"{uri[0].rstrip('/').casefold()} removed")
        text = text[uri.end() :].replace("%2B", "+").replace("%2b", "+").replace("%20", " ")
        text = text.split("@", 1)[0].split("?", 1)[0] + (" fax" if is_fax else "")
    if "%" in text and not _PERCENT.sub("", text).strip("+ -.()0123456789"):
        text = _PERCENT.sub(lambda found: unquote(found[0]), text)
        _note(repairs, "percent encoding")
    context = _CONTEXT.search(text)
    text = _PARAMETERS.sub("", text)
    if context and context[1].startswith("+") and not text.startswith("+"):
        text = context[1] + text
    if "_" in text:
        text = re.sub(r"_{2,}", "**", text).replace("_", "-")
        _note(repairs, "underscores")
    return text


def _note(repairs: list[str], repair: str) -> None:
    if repair not in repairs:
        repairs.append(repair)
