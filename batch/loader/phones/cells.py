"""Phone cells as spreadsheets leave them -> plain phone text, with every repair named.

Owns: what may be taken off a cell without changing the number: wrappers, odd characters, prefixes, extensions.
Flow: raw cell -> `Cleaned` (text of ASCII digits and phone punctuation, extension apart), or the code of a fault.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

#: A longer cell is prose, whatever digits it holds (libphonenumber stops at 250 as well).
LONGEST_CELL = 200

LOST = "digits lost in the spreadsheet: format the column as text and export again"

#: What people and programs write where there is no number.
_BLANK = frozenset(
    {"-", "--", "---", ".", "?", "n/a", "na", "n.a.", "none", "null", "nil", "nan", "unknown", "<na>", "(none)"}
    | {"(blank)", "no phone", "not available", "not provided", "ninguno", "no tiene", "sin telefono", "sin teléfono"}
)
_ERROR = re.compile(r"#{2,}|#(?:ref|value|error|num|name|div/0|n/a|null|calc|spill)[!?]?", re.IGNORECASE)
_FORMULA = re.compile(r'=\s*(?:T\()?"([^"]*)"\)?', re.IGNORECASE)
_SCIENTIFIC = re.compile(r"([+-]?)(\d+)(?:[.,](\d+))?[eE]\+?(\d{1,3})")
_POINT_ZERO = re.compile(r"(\+?\d{5,15})[.,]0{1,2}")
_FRACTION = re.compile(r"\+?\d{5,}[.,]\d{1,2}")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:,\d{3}){2,4}")
_SCHEME = re.compile(
    r"(?:tel|callto|sms|whatsapp|phone|ph|p|mobile|cell|mob|m[oó]vil|celular|tel[eé]fono)\s*:\s*(?://)?", re.I
)
_LABEL = re.compile(
    r"(?:tel|phone|ph|mobile|cell|mob|m[oó]vil|cel|celular|home|work|office|casa|trabajo)\b[.\s]*(?=[+(\d])", re.I
)
_WA_ME = re.compile(r"(?:https?://)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)\+?(\d{7,15})/?", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+?[\w.-]+)", re.IGNORECASE)
_TRAILING_LABEL = re.compile(r"\s*\([^\W\d_][^()\d]*\)\s*$|\s+(?:home|work|mobile|cell|office)\s*$", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?:;\s*ext\s*=\s*|[\s,.;(-]*(?:extension|extn|ext|xt|x|interno|int|anexo|ramal|poste|доб)[.:=\s]*|\s*,{2,}\s*|\s*[#~]\s*)"
    r"(\d{1,9})\s*[#)]?\s*$",
    re.IGNORECASE,
)
#: "212… or 212…", in a few languages.
_OR = re.compile(r"(?<=[\d)])\s+(?:or|and|y|o|e|ou|et|oder|und)\s+(?=[\d+(])", re.IGNORECASE)
#: ASCII punctuation that stands between digits of one number, and what separates two. A tilde does neither: to the
#: library it begins an extension.
_PLAIN = re.compile(r"[+\d\s()\[\]./\-,;|*&:]*")
#: A number spelt in letters (1-800-FLOWERS). The keys of a telephone would make digits of them, O a 6; but in an export
#: an O is as often a 0 that somebody typed or a scanner misread. Two readings: it is refused, never guessed.
_VANITY = re.compile(r"[+(]?\d[\d\s().\-]*[A-Za-z][A-Za-z\d\s().\-]*")


#: Characters that stand for an ASCII one wherever they occur.
_LOOKALIKES = {
    **dict.fromkeys("‘’‚‛′`´＇", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("∕⁄", "/"),
    **dict.fromkeys("·•․", "."),
    **dict.fromkeys("⁺﹢➕", "+"),
}


class Cleaned(NamedTuple):
    """A cell made plain. `code` is empty unless the cell is refused here; `text` is empty then."""

    text: str
    extension: str
    repairs: tuple[str, ...]
    code: str = ""
    message: str = ""


def clean(cell: str) -> Cleaned:
    """The plain phone text of `cell`. Never raises."""
    if len(cell) > LONGEST_CELL:
        return _fault("not_a_number", f"the cell has {len(cell)} characters")
    repairs: list[str] = []
    text = cell.strip()
    if not text.isascii() or not text.isprintable():
        text = _to_ascii(text, repairs)
    text = _unwrapped(text, repairs)
    if text.casefold() in _BLANK or not text:
        return _fault("no_phone", f"{quoted(cell)} stands for no number" if text else "")
    if _ERROR.fullmatch(text):
        return _fault("digits_lost", f"{quoted(cell)} is a spreadsheet's error in place of the number; {LOST}")
    if scientific := _SCIENTIFIC.fullmatch(text):
        sign, whole, fraction, exponent = scientific.groups()
        mantissa = whole + (fraction or "")
        if sign == "-" or len(whole) != 1 or len(mantissa) != int(exponent) + 1:
            return _fault("digits_lost", f"{quoted(cell)}: {LOST}")
        return Cleaned(mantissa, "", (*repairs, "exponent written out"))
    text = _OR.sub(";", _numeric(text, repairs))
    if _FRACTION.fullmatch(text):
        return _fault("not_a_number", f"{quoted(cell)} has a fraction")
    text, extension = _without_words(text, repairs)
    if not any(mark.isdigit() for mark in text):
        return _fault("not_a_number", f"{quoted(cell)} holds no digits")
    if _VANITY.fullmatch(text):
        return _fault("not_a_number", f"{quoted(cell)} is spelt in letters; write its digits")
    if not _PLAIN.fullmatch(text):
        return _fault("not_a_number", f"{quoted(cell)} holds more than a number")
    return Cleaned(text, extension, tuple(repairs))


def quoted(cell: str) -> str:
    """`cell` in quotes for a message: shortened, and free of control characters."""
    shown = "".join(mark if mark.isprintable() else " " for mark in cell[:40])
    return f'"{shown}…"' if len(cell) > 40 else f'"{shown}"'


def _fault(code: str, message: str) -> Cleaned:
    return Cleaned("", "", (), code, message)


def _to_ascii(text: str, repairs: list[str]) -> str:
    """Digits of every script, full-width forms, dashes and spaces as ASCII; marks that nobody sees are left out."""
    return "".join(
        mark if mark.isascii() and mark.isprintable() else _one_to_ascii(mark, repairs) for mark in text
    ).strip()


def _one_to_ascii(mark: str, repairs: list[str]) -> str:
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
    elif kind in {"Cf", "Cc", "Mn"}:
        repair, plain = "invisible characters", ""
    else:
        return mark
    _note(repairs, repair)
    return plain


def _unwrapped(text: str, repairs: list[str]) -> str:
    """`text` without what spreadsheets wrap around text: `="…"`, quotes, apostrophes in front."""
    while True:
        if formula := _FORMULA.fullmatch(text):
            text = formula[1].strip()
            _note(repairs, '="…" removed')
        elif len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].strip()
            _note(repairs, "quotes removed")
        elif text.startswith(("'", "`")):
            text = text.strip("'`").strip()
            _note(repairs, "apostrophe removed")
        elif text.startswith("=") and re.match(r"=[+\d]", text):
            text = text[1:].strip()
            _note(repairs, "= removed")
        else:
            return text


def _numeric(text: str, repairs: list[str]) -> str:
    if point := _POINT_ZERO.fullmatch(text):
        _note(repairs, ".0 removed")
        return point[1]
    if _THOUSANDS.fullmatch(text):
        _note(repairs, "thousands separators removed")
        return text.replace(",", "")
    return text


def _without_words(text: str, repairs: list[str]) -> tuple[str, str]:
    """`text` without `tel:` and its like, and its extension apart (empty: none)."""
    if link := _WA_ME.fullmatch(text):
        _note(repairs, "link removed")
        return f"+{link[1]}", ""
    bare = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    if bare == text and _LABEL.match(text):
        bare = _LABEL.sub("", text, count=1)
    if bare != text:
        _note(repairs, f"{text[: len(text) - len(bare)].strip()} removed")
    if context := _CONTEXT.search(bare):
        bare = bare[: context.start()] + bare[context.end() :]
        if context[1].startswith("+") and not bare.startswith("+"):
            bare = context[1] + bare
    if label := _TRAILING_LABEL.search(bare):
        bare = bare[: label.start()]
        _note(repairs, "label removed")
    if (found := _EXTENSION.search(bare)) and sum(mark.isdigit() for mark in bare[: found.start()]) >= 6:
        return bare[: found.start()].strip(), found[1]
    return bare.strip(), ""


def _note(repairs: list[str], repair: str) -> None:
    if repair not in repairs:
        repairs.append(repair)
