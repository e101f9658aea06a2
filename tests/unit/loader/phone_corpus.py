"""A corpus of damaged phone cells whose right answers are known: numbers first, spellings of them second.

Flow: seed -> `corpus` -> `Cell`s -> the caller's reading of each -> `Figures`: right, refused, wrong.

A number is drawn valid, by libphonenumber, from all fixed lines and mobiles of a region; then it is spelt as people and
programs spell, damaged as spreadsheets damage, or given a digit too many. What cannot be told apart by anybody (a
German number with a digit more is another German number) is allowed and counts as refused.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from unit.loader.old_spellings import OLD
from unit.loader.phone_numbers import REGIONS, Answer, Cell, Figures, Number, number, valid

__all__ = ["REGIONS", "SPELLINGS", "Answer", "Cell", "Figures", "corpus"]

Spelling = Callable[[random.Random, Number], Cell | None]
SPELLINGS: dict[str, Spelling] = {}
_DIGITS = "0123456789"


def _text(name: str) -> Callable[[Callable[[random.Random, Number], str | None]], Spelling]:
    """A spelling that changes nothing: the right answer is the number."""

    def register(write: Callable[[random.Random, Number], str | None]) -> Spelling:
        def spelling(draws: random.Random, one: Number) -> Cell | None:
            text = write(draws, one)
            return None if text is None else Cell(one.region, name, text, one.e164)

        SPELLINGS[name] = spelling
        return spelling

    return register


def _add(name: str, write: Callable[[random.Random, Number], str | None]) -> None:
    _text(name)(write)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _spaced(one: Number, mark: str) -> str:
    return mark.join((one.code, *one.groups))


def _home_or_abroad(draws: random.Random, one: Number) -> str:
    return draws.choice((one.home, one.abroad))


_EXITS = {"US": "011", "CA": "011", "AU": "0011", "JP": "010", "KR": "002", "SG": "001", "HK": "001", "TH": "001",
          "TW": "002", "NG": "009", "ID": "008", "BR": "0021", "CO": "009", "MX": "00"}  # fmt: skip
_EN = ("Tel", "Tel.", "Phone", "Ph", "Mobile", "Mob", "Cell", "Home", "Work", "Office", "M", "C", "Direct", "Main")
_ES = ("Tel", "Tfno.", "Teléfono", "Móvil", "Cel", "Celular", "Casa", "Trabajo", "Oficina", "Fijo", "Particular")
_PT = ("Tel", "Telefone", "Celular", "Cel.", "Fone", "Trabalho", "Residencial", "Comercial", "Fixo", "Recado")
_FR = ("Tél.", "Téléphone", "Portable", "Port.", "Bureau", "Domicile", "Fixe", "Travail", "Perso", "Ligne directe")
_DE = ("Tel.-Nr.", "Mobil", "Handy", "Büro", "Privat", "Zentrale", "Rufnummer", "Festnetz", "Durchwahl", "Geschäftlich")
_IT = ("Cell.", "Cellulare", "Ufficio", "Uff.", "Casa", "Lavoro", "Centralino", "Recapito", "Fisso", "Tel. diretto")
_EXTENSIONS = (" ext. {}", " ext {}", "x{}", " x{}", " extension {}", " extensión {}", " ramal {}", " int. {}",
               " interno {}", " anexo {}", " poste {}", " Durchwahl {}", " доб. {}", " 分机 {}", " 内線{}", " 내선 {}",
               " dahili {}", " toestel {}", " ext no. {}", " ext#{}", ";ext={}", ",,{}#", " #{}", " binnen {}",
               " wewn. {}", " linka {}", " mellék {}", " local {}", " (p. {})", ", {}#")  # fmt: skip
_FLAGS = ("wrong number", "disconnected", "do not call", "deceased", "fax", "not in service", "número equivocado",
          "no llamar", "fallecido", "número errado", "não ligar", "falecido", "fora de serviço", "DNC", "invalid",
          "faux numéro", "falsche Nummer", "no longer in use", "opted out", "fuera de servicio", "ne plus appeler",
          "numéro plus attribué", "verstorben", "Widerspruch", "veraltet", "numero inesistente", "non chiamare",
          "otra persona", "de outra pessoa", "caducado", "suspenso", "reassigned", "fake", "closed")  # fmt: skip

_add("E.164", lambda _, one: one.e164)
_add("international", lambda _, one: one.abroad)
_add("international, dashes", lambda _, one: f"+{_spaced(one, '-')}")
_add("international, dots", lambda _, one: f"+{_spaced(one, '.')}")
_add("international, brackets", lambda _, one: f"+{one.code} ({one.groups[0]}) {''.join(one.groups[1:])}")
_add("international, slash", lambda _, one: f"+{one.code} {one.groups[0]}/{''.join(one.groups[1:])}")
_add("(0)", lambda _, one: f"+{one.code} (0){' '.join(one.groups)}" if one.has_zero else None)
_add("+ and a zero", lambda _, one: f"+{one.code} 0{' '.join(one.groups)}" if one.has_zero else None)
_add("00", lambda _, one: f"00{_spaced(one, ' ')}")
_add("00, bare", lambda _, one: f"00{one.code}{one.national}")
_add("exit code", lambda _, one: f"{_EXITS.get(one.region, '00')} {_spaced(one, ' ')}")
_add("+00", lambda _, one: f"+00{_spaced(one, ' ')}")
_add("+0", lambda _, one: f"+0{_spaced(one, ' ')}")
_add("0+", lambda _, one: f"0{one.abroad}")
_add("own code, spaced", lambda _, one: _spaced(one, " "))
_add("own code, dashes", lambda _, one: _spaced(one, "-"))
_add("own code, bare", lambda _, one: one.code + one.national)
_add("own code, brackets", lambda _, one: f"({one.code}) {' '.join(one.groups)}")
_add("code twice", lambda _, one: f"+{one.code} +{_spaced(one, ' ')}")
_add("code and 00", lambda _, one: f"+{one.code} 00{_spaced(one, ' ')}")
_add("national", lambda _, one: one.home)
_add("national, bare", lambda _, one: _digits(one.home))
_add("national, dots", lambda _, one: re.sub(r"\D+", ".", one.home.strip("()")))
_add("national, slash", lambda _, one: re.sub(r"\D+", "/", one.home.strip("()"), count=1))
_add("national, no break", lambda _, one: one.home.replace(" ", "\u00a0").replace("-", "\u2011"))
_add("national, underscores", lambda _, one: re.sub(r"\D+", "_", one.home.strip("()")))
_add("lost zero", lambda _, one: one.national)
_add("lost zero, float", lambda _, one: _float_without_zero(one))
_add("float", lambda draws, one: f"{one.code}{one.national}{draws.choice(('.0', '.00', '.000', ',0'))}")
_add("exponent", lambda draws, one: _exponent(one, draws.choice("eE")))
_add("thousands", lambda _, one: f"{int(one.code + one.national):,}")
_add("thousands, cents", lambda _, one: f"{int(one.code + one.national):,}.00")
_add("points, cents", lambda _, one: f"{int(one.code + one.national):,}".replace(",", ".") + ",00")
_add("Swiss thousands", lambda _, one: f"{int(one.code + one.national):,}".replace(",", "'"))
_add("formula", lambda draws, one: f'="{_home_or_abroad(draws, one)}"')
_add("apostrophe", lambda draws, one: f"'{_home_or_abroad(draws, one)}")
_add("quotes", lambda draws, one: f'"{_home_or_abroad(draws, one)}"')
_add("full width", lambda _, one: "".join(chr(ord(m) + 0xFEE0) if m.isdigit() else m for m in one.abroad))
_add("Arabic digits", lambda _, one: "".join(chr(0x660 + int(m)) if m.isdigit() else m for m in one.abroad))
_add("bidi marks", lambda _, one: f"\u202a{one.abroad}\u202c")
_add("dashes", lambda draws, one: f"+{_spaced(one, draws.choice('‐–—−'))}")
_add("entities", lambda draws, one: _home_or_abroad(draws, one).replace(" ", "&nbsp;").replace("+", "&#43;"))
_add("label before", lambda draws, one: _labelled(draws, one, _EN))
_add("label before, Spanish", lambda draws, one: _labelled(draws, one, _ES))
_add("label before, Portuguese", lambda draws, one: _labelled(draws, one, _PT))
_add("label behind", lambda draws, one: f"{_home_or_abroad(draws, one)} {draws.choice((*_EN, *_ES, *_PT)).lower()}")
_add("label behind, brackets", lambda draws, one: f"{one.home} ({draws.choice((*_EN, *_ES, *_PT))})")
_add("label before, brackets", lambda draws, one: f"[{draws.choice((*_EN, *_ES, *_PT))}] {one.abroad}")
_add("label behind, colon", lambda draws, one: f"{one.abroad} - {draws.choice((*_EN, *_ES, *_PT))}")
_add("remark", lambda draws, one: f"{one.home} ({draws.choice(('Juan', 'ask for Mary', 'wife', 'esposa', 'mãe'))})")
_add("WhatsApp", lambda draws, one: draws.choice(("WhatsApp {}", "{} whatsapp", "{} (WhatsApp)")).format(one.abroad))
_add("extension", lambda draws, one: one.home + draws.choice(_EXTENSIONS).format(draws.randrange(10, 9999)))
_add("extension abroad", lambda draws, one: one.abroad + draws.choice(_EXTENSIONS).format(draws.randrange(10, 9999)))
_add(
    "wa.me",
    lambda draws, one: draws.choice(("wa.me/{}", "https://wa.me/{}", "https://wa.me/{}?text=Hola")).format(
        one.code + one.national
    ),
)
_add("api.whatsapp.com", lambda _, one: f"https://api.whatsapp.com/send?phone={one.code}{one.national}")
_add("WhatsApp id", lambda draws, one: f"{one.code}{one.national}{draws.choice(('@c.us', '@s.whatsapp.net'))}")
_add(
    "tel:",
    lambda draws, one: draws.choice(("tel:{}", "tel:{};ext=12", "callto:{}", "sms:{}")).format(f"+{_spaced(one, '-')}"),
)
_add("list", lambda draws, one: draws.choice(("['{}']", '["{}"]', "('{}',)", "[{}]")).format(one.e164))
_add("country before", lambda _, one: f"{one.region} {one.abroad}")
_add("+ behind the code", lambda _, one: f"{one.code}+{one.national}")
_add("+ before and behind the code", lambda _, one: f"+{one.code}+{one.national}")
_add("thousands, spaces, cents", lambda _, one: f"{int(one.code + one.national):,}".replace(",", " ") + ",00")
_add("angle brackets", lambda _, one: f"<{one.home}>")
_add("Markdown", lambda _, one: f"**{one.home}**")
_add("contact card", lambda _, one: f"TEL;TYPE=CELL:{one.e164}")
_add("label before, French", lambda draws, one: _labelled(draws, one, _FR))
_add("label before, German", lambda draws, one: _labelled(draws, one, _DE))
_add("label before, Italian", lambda draws, one: _labelled(draws, one, _IT))
_add("counted label", lambda draws, one: f"{draws.choice(('Tel', 'Mobile'))} {draws.randrange(2, 5)}: {one.home}")
_add("stray zeros", lambda _, one: f"0000{one.national}" if one.has_zero else None)
_add("same twice", lambda _, one: f"{one.home}; {one.abroad}")


def _float_without_zero(one: Number) -> str | None:
    digits = one.national.lstrip("0")
    is_other = digits != one.national and valid(int(one.code), digits) is not None  # a mobile number of Italy
    return None if is_other else f"{digits}.0"


def _exponent(one: Number, mark: str) -> str:
    digits = one.code + one.national
    return f"{digits[0]}.{digits[1:]}{mark}+{len(digits) - 1}"


def _labelled(draws: random.Random, one: Number, labels: tuple[str, ...]) -> str:
    return f"{draws.choice(labels)}{draws.choice((': ', ' ', ':'))}{_home_or_abroad(draws, one)}"


def _spelling(name: str) -> Callable[[Spelling], Spelling]:
    def register(spelling: Spelling) -> Spelling:
        SPELLINGS[name] = spelling
        return spelling

    return register


def _refuse(name: str, write: Callable[[random.Random, Number], str]) -> None:
    SPELLINGS[name] = lambda draws, one: Cell(one.region, name, write(draws, one), None)


def _altered(one: Number, name: str, text: str, national: str) -> Cell:
    """A cell whose digits are no more the number's: to be refused, unless what is left is a number of its own."""
    found = (valid(int(one.code), digits) for digits in (national.removeprefix("0"), national, _digits(text)))
    allowed = {phonenumbers.format_number(own, PhoneNumberFormat.E164) for own in found if own is not None}
    written = _digits(text).removeprefix(one.code) if text.startswith("+") else _digits(text)
    literal = phonenumbers.PhoneNumber(country_code=int(one.code), national_number=int(written))
    if phonenumbers.is_valid_number(literal):  # a company's number
        allowed.add(phonenumbers.format_number(literal, PhoneNumberFormat.E164))
    own = valid(int(one.code), _digits(text).removeprefix(one.code)) if _digits(text).startswith(one.code) else None
    if own is not None and (text.isdecimal() or text.startswith(f"{one.code} ")):  # Radom's area is Poland's code
        allowed.add(phonenumbers.format_number(own, PhoneNumberFormat.E164))
    return Cell(one.region, name, text, None, frozenset(allowed))


@_spelling("a digit too many, punctuated")
def _too_many(draws: random.Random, one: Number) -> Cell:
    more = draws.choice(_DIGITS)
    return _altered(one, "a digit too many, punctuated", one.home + more, one.national + more)


@_spelling("two digits too many, punctuated")
def _two_too_many(draws: random.Random, one: Number) -> Cell:
    more = f"{draws.randrange(100):02d}"
    return _altered(one, "two digits too many, punctuated", one.home + more, one.national + more)


@_spelling("a digit before, punctuated")
def _one_before(draws: random.Random, one: Number) -> Cell:
    more = draws.choice("23456789")
    text = re.sub(r"(?=\d)", more, one.home, count=1)
    literal = phonenumbers.PhoneNumber(country_code=int(one.code), national_number=int(_digits(text)))
    allowed = {one.e164}  # the digit may make its calling code of the 0: 9 0502 …
    if phonenumbers.is_valid_number(literal):
        allowed.add(phonenumbers.format_number(literal, PhoneNumberFormat.E164))
    return Cell(one.region, "a digit before, punctuated", text, None, frozenset(allowed))


@_spelling("a digit too many, bare")
def _too_many_bare(draws: random.Random, one: Number) -> Cell:
    more = draws.choice(_DIGITS)
    return _altered(one, "a digit too many, bare", _digits(one.home) + more, one.national + more)


@_spelling("a digit too many, abroad")
def _too_many_abroad(draws: random.Random, one: Number) -> Cell:
    more = draws.choice(_DIGITS)
    return _altered(one, "a digit too many, abroad", one.abroad + more, one.national + more)


@_spelling("a digit too few, punctuated")
def _too_few(_: random.Random, one: Number) -> Cell:
    return _altered(one, "a digit too few, punctuated", one.home[:-1].rstrip("- "), one.national[:-1])


@_spelling("a digit too few, bare")
def _too_few_bare(_: random.Random, one: Number) -> Cell:
    return _altered(one, "a digit too few, bare", _digits(one.home)[:-1], one.national[:-1])


@_spelling("own code, digits too few")
def _own_code_too_few(draws: random.Random, one: Number) -> Cell | None:
    """The own code as a group of its own, and too few digits behind it: no home number that begins with that code."""
    # With two digits fewer it may be a number of before the plan changed.
    national = one.national[: -1 if one.region in OLD else -draws.choice((1, 2))]
    home = valid(int(one.code), one.code + national)
    written = phonenumbers.format_number(home, PhoneNumberFormat.INTERNATIONAL) if home is not None else ""
    if one.code == "1" or written.startswith(f"+{one.code} {one.code}"):  # that is an area code as well
        return None
    text = draws.choice(("{} {}", "{}-{}", "({}) {}", "{}.{}")).format(one.code, national)
    return _altered(one, "own code, digits too few", text, national)


_refuse("exponent, lost", lambda _, one: f"{float(one.code + one.national):.2E}".replace("E+0", "E+"))
_refuse("exponent, six digits", lambda _, one: f"{float(one.code + one.national):.5E}".replace("E+0", "E+"))
_refuse("letters", lambda _, one: f"{one.abroad[:-3]}OOO")
_refuse("hidden digits", lambda draws, one: one.abroad[:-4] + draws.choice(("****", "____", "XXXX", "**", "...")))
_refuse("error", lambda draws, _: draws.choice(("#ERROR!", "########", "#REF!", "#NAME?")))
_refuse("no number", lambda draws, _: draws.choice(("N/A", "none", "-", "sin teléfono", "ask Bob", "pending")))


@_spelling("two numbers")
def _two(draws: random.Random, one: Number) -> Cell:
    other = number(draws, one.region)
    text = draws.choice(("{} / {}", "{}; {}", "{}, {}", "{} or {}", "{} y {}", "{} ::: {}")).format(
        one.home, other.home
    )
    return Cell(one.region, "two numbers", text, None)


@_spelling("flagged")
def _flagged(draws: random.Random, one: Number) -> Cell:
    text = draws.choice(("{} ({})", "{} {}", "{} - {}", "{1}: {0}")).format(one.abroad, draws.choice(_FLAGS))
    return Cell(one.region, "flagged", text, one.e164, flagged=True)


def _foreign(name: str, write: Callable[[random.Random, Number], str]) -> None:
    def spelling(draws: random.Random, one: Number) -> Cell | None:
        other = number(draws, draws.choice(REGIONS))
        text = write(draws, other)
        if other.code == one.code:
            return None
        # Digits that are a home number as well, and no landline of an open plan: nobody can tell from one cell.
        digits = _digits(text.removesuffix(".0"))
        digits = digits.removeprefix("8") if one.region == "RU" and len(digits) > len("9161234567") else digits
        home = valid(int(one.code), digits)
        is_open = (
            home is not None
            and one.region in {"DE", "AT", "ID"}
            and phonenumbers.number_type(home) == PhoneNumberType.FIXED_LINE
        )
        literal = phonenumbers.PhoneNumber(
            country_code=int(one.code), national_number=int(_digits(text.removesuffix(".0")))
        )
        is_home = home is not None or phonenumbers.is_valid_number(literal)
        if not text.startswith("+") and is_home and not is_open:
            return None
        return Cell(one.region, name, text, other.e164)

    SPELLINGS[name] = spelling


_foreign("foreign, E.164", lambda _, other: other.e164)
_foreign("foreign, international", lambda _, other: other.abroad)
_foreign("foreign, lost +", lambda _, other: other.code + other.national)
_foreign("foreign, lost +, spaced", lambda _, other: _spaced(other, " "))
_foreign("foreign, lost +, float", lambda _, other: f"{other.code}{other.national}.0")


@_spelling("old spelling")
def _old(draws: random.Random, one: Number) -> Cell | None:
    write = OLD.get(one.region)
    text = write(draws, one) if write else None
    return Cell(one.region, "old spelling", text, one.e164) if text else None


def corpus(seed: int, each: int, regions: Sequence[str] = REGIONS) -> Iterator[Cell]:
    """`each` cells of every spelling in each of `regions`, as far as the region knows the spelling."""
    for region in regions:
        for name, spelling in SPELLINGS.items():
            draws = random.Random(f"{seed} {region} {name}")
            for _ in range(each):
                cell = spelling(draws, number(draws, region))
                if cell is not None:
                    yield cell
