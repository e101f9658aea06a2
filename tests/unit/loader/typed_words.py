"""What stands around numbers in spreadsheets: labels, notes, warnings, the marks of programs, and what is no number."""

from __future__ import annotations

import random
from collections.abc import Callable

_ENGLISH = ("phone", "Phone number", "tel", "Tel no.", "mobile", "Mobile no", "cell", "Cell phone", "home", "work",
    "office",
            "Primary", "Business", "main", "PH", "cell #", "Phone:", "Contact no", "T", "M", "call", "text",
            "Whatsapp", "WA", "WhatsApp no.")  # fmt: skip
_SPANISH = ("tel", "teléfono", "Telefono", "celular", "cel", "móvil", "movil", "casa", "trabajo", "oficina",
    "No. de celular",
            "Número", "num.", "contacto", "WhatsApp", "wsp", "wapp", "Tel. casa", "Cel.", "fijo",
            "particular")  # fmt: skip
_PORTUGUESE = ("tel", "telefone", "celular", "cel", "telemóvel", "contato", "contacto", "casa", "trabalho",
    "escritório", "whats",
               "zap", "WhatsApp", "fone", "residencial", "comercial", "Tel. fixo", "número")  # fmt: skip
_BY_REGION = {
    **dict.fromkeys(("MX", "AR", "CO", "CL", "PE", "EC", "GT", "CR", "UY", "ES", "DO"), _SPANISH),
    **dict.fromkeys(("BR", "PT"), _PORTUGUESE),
    **dict.fromkeys(
        ("DE", "AT", "CH"), ("Tel", "Telefon", "Mobil", "Handy", "privat", "Büro", "Tel.:", "Handynr.", "mobil:")
    ),
    "FR": ("tél", "Tel", "téléphone", "portable", "port.", "mobile", "domicile", "bureau", "fixe"),
    "IT": ("tel", "cell", "cellulare", "telefono", "casa", "ufficio", "fisso"),
}


def labels(draws: random.Random, region: str) -> str:
    """A label in English, or in the language of the region."""
    return draws.choice(draws.choice((_ENGLISH, _BY_REGION.get(region, _ENGLISH))))


LABELLED = ("{l}: {n}", "{l} {n}", "{l}:{n}", "{l} - {n}", "{n} ({l})", "{n} {l}", "{n} - {l}", "({l}) {n}",
    "{l}. {n}", "{n}, {l}",
            "{l}= {n}", "[{l}] {n}", "{n} / {l}", "{l}\n{n}", "{l}; {n}", "<{l}> {n}", "{l} : {n}", "*{l}* {n}",
            "{l} | {n}")  # fmt: skip
EXTENSIONS = ("{n} ext {x}", "{n} ext. {x}", "{n} x{x}", "{n} x {x}", "{n} Ext: {x}", "{n} extension {x}",
    "{n} (ext. {x})", "{n}, ext {x}",
              "{n}x{x}", "{n} ext{x}", "{n} EXT.{x}", "{n};ext={x}", "{n} (x{x})", "{n} - ext {x}", "{n} #{x}",
              "{n} option 2",
              "{n} ext# {x}", "{n} Xtn {x}", "{n} extn {x}")  # fmt: skip
EXTENSIONS_BY_LANGUAGE = {
    _SPANISH: (
        "{n} ext. {x}",
        "{n} extensión {x}",
        "{n} int. {x}",
        "{n} interno {x}",
        "{n} anexo {x}",
        "{n} Ext {x}",
        "{n} (int {x})",
    ),
    _PORTUGUESE: ("{n} ramal {x}", "{n} R. {x}", "{n} ram. {x}", "{n} (ramal {x})", "{n} ext {x}"),
}


def extension(draws: random.Random, region: str) -> str:
    return draws.choice(draws.choice((EXTENSIONS, EXTENSIONS_BY_LANGUAGE.get(_BY_REGION.get(region, ()), EXTENSIONS))))


#: Notes that say nothing about the number. Digits in them are no digits of it.
NOTES = ("{n} (mom)", "{n} (Juan)", "{n} Maria", "Ana {n}", "{n} - ask for Pat", "{n} (after 6pm)", "{n} after 5",
    "{n} call before 9am",
         "{n} (9-17h)", "{n} Mon-Fri 9-5", "{n} (since 2019)", "{n} *", "{n} (new)", "{n} nuevo", "{n} (esposa)",
         "{n} - hermano",
         "{n} (verified)", "{n} ✓", "📞 {n}", "☎ {n}", "📱{n}", "{n} 👍", "{n} (preferred)", "{n} only SMS",
         "{n} (2nd floor)", "{n} apt 4B",
         "{n} room 12", "1. {n}", "1) {n}", "#1 {n}", "{n} [1]", "{n} (updated 12/03/2024)", "{n} (3 calls)",
         "{n} ok", "{n} español",
         "{n} Sr. Gómez", "Mr Smith: {n}", "{n} after 18:00", "{n}; juan@example.com", "juan@example.com, {n}",
         "{n} ?", "~{n}", "{n}!",
         "{n} (Mexico)", "{n} <juan@example.com>", "Dr. {n}", "{n} / n/a", "{n} / -", "{n} (24h)", "{n} 24/7",
         "{n} v2", "{n} (cell 2)",
         "{n} // left message 3/4", "{n} LM 05/06", "{n} until 2025", "{n} c/o Ana", "{n} Depto 3",
         "{n} whatsapp only", "{n} solo whatsapp",
         "name: Ana, phone: {n}", "Ana|{n}", "{n} (ligar depois das 18h)", "{n} llamar después de las 5")  # fmt: skip

#: Notes that say: do not use this number.
WARNINGS = ("{n} wrong number", "{n} (WRONG #)", "{n} - wrong", "{n} bad number", "{n} disconnected",
    "{n} DO NOT CALL", "{n} (dnc)", "DNC {n}",
            "{n} not in service", "{n} out of service", "{n} old number", "OLD: {n}", "old {n}", "{n} (old)",
            "{n} deceased", "{n} RIP", "{n} no longer his",
            "{n} invalid", "{n} numero equivocado", "{n} (equivocado)", "{n} no llamar", "NO LLAMAR {n}",
            "{n} fuera de servicio", "{n} ya no existe",
            "{n} anterior", "{n} falleció", "{n} não ligar", "{n} número errado", "{n} inexistente", "{n} desligado",
            "{n} antigo", "fax {n}", "Fax: {n}",
            "{n} (fax)", "F: {n}", "{n} opted out", "{n} unsubscribe", "{n} asked not to be called",
            "{n} stop calling", "{n} remove from list",
            "{n} hung up, don't call again", "{n} not her number", "{n} belongs to someone else",
            "{n} es de otra persona", "{n} não é dele",
            "{n} cambió de número", "{n} dead line", "{n} number changed", "{n} no usar", "{n} do not use",
            "don't call {n}", "{n} blocked",
            "{n} fake", "{n} (dead)", "{n} wrong person", "{n} no contact", "{n} nao perturbe", "{n} dado de baja",
            "{n} cancelled line")  # fmt: skip


def _percent(text: str) -> str:
    return text.replace("+", "%2B").replace(" ", "%20")


#: Marks of programs that change no digit.
MARKS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("apostrophe", lambda text: f"'{text}"),
    ("formula", lambda text: f'="{text}"'),
    ("quotes", lambda text: f'"{text}"'),
    ("quotes, three", lambda text: f'"""{text}"""'),
    ("no-break spaces", lambda text: text.replace(" ", "\u00a0")),
    ("thin spaces", lambda text: text.replace(" ", "\u2009")),
    ("bidi", lambda text: f"\u202a{text}\u202c"),
    ("zero width", lambda text: f"\u200b{text}\ufeff"),
    ("soft hyphens", lambda text: text.replace("-", "\u00ad-")),
    ("long dashes", lambda text: text.replace("-", "\u2013")),
    ("full width", lambda text: "".join(chr(ord(m) + 0xFEE0) if m in "0123456789()-" else m for m in text)),
    ("double spaces", lambda text: text.replace(" ", "  ")),
    ("ends in a comma", lambda text: f"{text},"),
    ("ends in a semicolon", lambda text: f"{text};"),
    ("ends in a point", lambda text: f"{text}."),
    ("line break", lambda text: f"{text}\r\n"),
    ("tab", lambda text: f"\t{text}"),
    ("entities", lambda text: text.replace(" ", "&nbsp;").replace("+", "&#43;")),
    ("JSON", lambda text: f'{{"phone": "{text}"}}'),
    ("list", lambda text: f'["{text}"]'),
    ("tel link", lambda text: f"tel:{text}"),
    ("HTML", lambda text: f"<p>{text}</p>"),
    ("mended UTF-8", lambda text: text.replace(" ", "Â\u00a0")),
    ("percent", _percent),
    ("star", lambda text: f"* {text}"),
    ("bullet", lambda text: f"• {text}"),
    ("equals", lambda text: f"={text}" if text.startswith("+") else f"'{text}'"),
    ("escaped", lambda text: f"\\'{text}"),
    ("none", lambda text: text),
)


def _numbers(template: str) -> Callable[[random.Random], str]:
    """`#` is any digit, `9` stays itself."""

    def write(draws: random.Random) -> str:
        return "".join(draws.choice("0123456789") if mark == "#" else mark for mark in template)

    return write


def _date(draws: random.Random, template: str) -> str:
    """`template` with a `{y}`, `{m}` and `{d}` of a day, and a `{t}` of a time."""
    time = f"{draws.randrange(24):02d}:{draws.randrange(60):02d}:{draws.randrange(60):02d}"
    year, month, day = draws.randrange(1950, 2025), draws.randrange(1, 13), draws.randrange(1, 29)
    return template.format(y=year, m=month, d=day, t=time)


def _uuid(draws: random.Random) -> str:
    digits = f"{draws.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:]))


_ZEROS = ("0", "00000000", "0000000000", "000-000-0000", "(000) 000-0000", "+00 000 000 000", "0.0", "00")
_PLACEHOLDERS = ("n/a", "none", "null", "NULL", "undefined", "nan", "NaN", "-", "--", "?", "x", "TBD", "unknown",
    "no tiene",
                 "sin telefono", "não tem", "ninguno", "same as above", "ver notas", "#N/A", "#VALUE!", "#REF!", "TRUE",
                 "no phone")  # fmt: skip
_MASKS = ("(***) ***-{:04d}", "+1 *** *** {:04d}", "xxx-xxx-{:04d}", "******{:04d}", "+52•••••{:04d}")
#: What is no phone number at all.
GARBAGE: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("date", lambda draws: _date(draws, "{y}-{m:02d}-{d:02d}")),
    ("date, European", lambda draws: _date(draws, "{d:02d}.{m:02d}.{y}")),
    ("date, slashes", lambda draws: _date(draws, "{m}/{d}/{y}")),
    ("time stamp", lambda draws: _date(draws, "{y}-{m:02d}-{d:02d} {t}")),
    ("time stamp, ISO", lambda draws: _date(draws, "{y}-{m:02d}-{d:02d}T{t}.000Z")),
    ("money", lambda draws: f"${draws.randrange(1, 999)},{draws.randrange(1000):03d}.{draws.randrange(100):02d}"),
    ("euros", lambda draws: f"{draws.randrange(1, 999)}.{draws.randrange(1000):03d}.{draws.randrange(1000):03d},00 €"),
    ("coordinates", lambda draws: f"{draws.uniform(-80, 80):.6f}, {draws.uniform(-170, 170):.6f}"),
    ("one coordinate", lambda draws: f"{draws.uniform(-80, 80):.8f}"),
    ("IP address", lambda draws: ".".join(str(draws.randrange(256)) for _ in range(4))),
    ("card", _numbers("4### #### #### ####")),
    ("card, bare", _numbers("5###############")),
    ("UUID", _uuid),
    ("record id", lambda draws: "003" + "".join(draws.choices("abcdefghijkABCDEFGH0123456789", k=15))),
    ("IBAN", _numbers("DE## 5001 0517 5407 ####")),
    ("CPF", _numbers("###.###.###-##")),
    ("CNPJ", _numbers("##.###.###/0001-##")),
    ("SSN", _numbers("###-##-####")),
    ("address", lambda draws: f"{draws.randrange(1, 9999)} Main St Apt {draws.randrange(1, 99)}"),
    ("address, ZIP", lambda draws: f"{draws.randrange(100, 9999)} Oak Ave, TX {draws.randrange(10000, 99999)}"),
    ("e-mail", lambda draws: f"juan{draws.randrange(100, 99999999)}@example.com"),
    ("short", lambda draws: str(draws.randrange(0, 99999))),
    ("emergency", lambda draws: draws.choice(("911", "112", "999", "110", "000", "061", "190"))),
    ("zeros", lambda draws: draws.choice(_ZEROS)),
    ("placeholder", lambda draws: draws.choice(_PLACEHOLDERS)),
    ("lost as a sum", lambda draws: f"-{draws.randrange(100, 20000)}"),
    ("masked", lambda draws: draws.choice(_MASKS).format(draws.randrange(10000))),
    ("hashes", lambda draws: "#" * draws.randrange(3, 12)),
    ("measure", lambda draws: f"{draws.randrange(100, 999)},{draws.randrange(10, 99)} kg"),
    ("percent", lambda draws: f"{draws.randrange(1, 100)}.{draws.randrange(10000):04d}%"),
    ("order number", _numbers("Order #########")),
    ("ticket", _numbers("INC0#######")),
    ("invoice", _numbers("INV-2024-######")),
    ("URL with an id", _numbers("https://example.com/u/##########")),
    ("plate", _numbers("ABC-####")),
    ("hash", lambda draws: f"{draws.getrandbits(64):016x}"),
    ("seconds since 1970", lambda draws: f"17{draws.randrange(10**8):08d}000000"),
    ("name", lambda draws: draws.choice(("Juan Pérez", "Ana", "O'Brien", "李雷", "call me", "see email"))),
    ("passport", _numbers("Passport X########")),
    ("date of birth", lambda draws: _date(draws, "DOB {m:02d}/{d:02d}/{y}")),
)  # fmt: skip
