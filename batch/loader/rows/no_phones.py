"""Cells that a number can be read from and that are none: dates, times, negative numbers, identity cards, placeholders.

Owns: how these are written, and refusing them in a column of phones that was judged, with the words.

A pattern stands here where its punctuation is no phone's in any country, or where a person sees at once what it is.
"""

from __future__ import annotations

import polars as pl

from batch.text.language import tr, tr_noop

_YEAR = r"(?:19|20)\d{2}"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_TIME = rf"(?:[ T]\s*-?\s*{_CLOCK}.*)?"
#: Dates as exports write them: year first, or day and month before the year; a month with its year; two years.
_DATES = (
    rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}{_TIME}",
    rf"{_YEAR} {_MONTH} {_DAY}",
    rf"{_YEAR}\. ?{_MONTH}\. ?{_DAY}\.?",
    r"19\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",  # 20… is a number of Hong Kong
    rf"{_DAY}[-/.]{_MONTH}[-/.]{_YEAR}{_TIME}",
    rf"{_MONTH}[-/.]{_DAY}[-/.]{_YEAR}{_TIME}",
    rf"{_DAY}([-/.]){_MONTH}[-/.]\d{{2}}",
    rf"{_MONTH}([-/.]){_DAY}[-/.]\d{{2}}",
    rf"{_MONTH}/{_YEAR}|{_YEAR}\s*/\s*{_YEAR}",
    rf"19\d{{2}}\s*[-–—]\s*{_YEAR}",
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HOUR = r"(?:[01]?\d|2[0-4])"
#: Hours of the day as people write them.
_TIMES = (
    _CLOCK,
    rf"{_CLOCK}\s*[-–—]\s*{_CLOCK}(?:\s*(?:[Uu]hr|h|hs|hrs))?",
    rf"{_HOUR}\.[0-5]\d\s*[-–—]\s*{_HOUR}\.[0-5]\d",
    r"0\d[0-5]0\s*[-–—]\s*[12]\d[0-5]0",
)
_DEGREES = r"-?\d{1,3}\.\d{3,}°?\s*"
#: Latitude and longitude: with a separator, with so many decimals that no phone has them, as ISO 6709; one alone.
_PLACES = (
    rf"{_DEGREES}[NS]?\s*[,;]\s*{_DEGREES}[EOW]?",
    r"-?\d{1,2}\.\d{4,}\s+-?\d{1,3}\.\d{4,}",
    r"[+-]\d{1,2}\.\d+[+-]\d{2,3}\.\d+/?",
    r"-\d{1,3}\.\d{4,}",
)
#: Documents, by their punctuation: Argentina's CUIT (20-12345678-9), Chile's RUT and Colombia's NIT (a check digit
#: behind a hyphen), Brazil's CPF and CNPJ, Belgium's national number, Switzerland's AHV number; the groups of payment
#: cards (American Express, Diners); Spain's DNI, NIE and CIF and passports (one capital at the digits); the United
#: States' social security number; Switzerland's UID; and numbers that a word calls a customer's or a postcode.
_DOCUMENTS = (
    r"\d{2}-\d{8}-\d",
    r"(?:\d{7,10}|\d{1,3}(?:\.\d{3}){2,3})-\d",
    r"\d{3}\.\d{3}\.\d{3}-\d{2}",
    r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}",
    r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
    r"756\.\d{4}\.\d{4}\.\d{2}",
    r"3[47]\d{2}[ -]\d{6}[ -]\d{5}",
    r"3[0689]\d{2}[ -]\d{6}[ -]\d{4}",
    r"(?:NI[EF]|DNI|CIF)?:?\s*(?:\d{8}-?[A-Z]|\d{2}\.\d{3}\.\d{3}-?[A-Z]|[XYZ]\d{7}-?[A-Z]|[A-Z]\d{8})",
    r"[1-8]\d{2}-\d{2}-\d{4}",
    r"CHE-\d{3}\.\d{3}\.\d{3}",
    r"(?:C[Ee][Pp]:?\s*\d{5}-\d{3}|〒\s*\d{3}-?\d{4})",
    r"(?i:(?:customer|client|cliente|lead)(?:[ _]?(?:no|nr|num|number)\.?:?\s*#?|_)\d+)",
)
_MARK = r"[ ().\-/,]*"
#: What people type where they know no number: the digits in their order, and one digit again and again.
_PLACEHOLDERS = (
    *(_MARK.join(run) for run in ("123456789", "1234567890", "0123456789", "01234567890", "987654321", "9876543210")),
    *(_MARK.join(run) for run in ("12345678", "12345678901", "0987654321")),
    *(rf"0?{_MARK}(?:{digit}{_MARK}){{7,15}}" for digit in range(10)),
    rf"[1-9]{{2}}{_MARK}(?:9{_MARK}){{9}}",  # Brazil's form of a mobile number
    rf"(?:\d{_MARK}){{1,4}}(?:0{_MARK}){{7,10}}",
)
#: What is none, and what it is, in the order in which it is asked.
_KINDS = (
    ("|".join(_DATES), tr_noop(" is a date")),
    (r"[-−]\d{5,}(?:[.,]\d*)?", tr_noop(" is a negative number")),
    ("|".join(_TIMES), tr_noop(" is a time")),
    ("|".join(_PLACES), tr_noop(" is a place on the map")),
    (r"\*(?:\d{2}|\d{2,3}[*#])\s.*\d", tr_noop(" begins with the code of a service")),
    (
        rf"(?:192\.168|172\.(?:1[6-9]|2\d|3[01])|127\.0|255\.255)\.{_BYTE}\.{_BYTE}",
        tr_noop(" is the address of a computer"),
    ),
    ("|".join(_DOCUMENTS), tr_noop(" is written as the number of a document")),
    (rf"\(?(?:{'|'.join(_PLACEHOLDERS)})", tr_noop(" is a placeholder")),
)
#: All of them at once: nearly no cell is one.
_ANY = rf"^\s*(?:{'|'.join(pattern for pattern, _ in _KINDS)})\s*$".replace(r"\d", "[0-9]")


def refuse_no_phones(phones: pl.DataFrame) -> pl.DataFrame:
    """`phones` (with their `cell`), where what is no phone number is refused as `not_a_number`."""
    cell = pl.col("cell")
    wrong = phones["cell"].str.contains(_ANY).fill_null(False)
    if not wrong.any():
        return phones
    what = pl.lit("")
    for pattern, words in reversed(_KINDS):
        what = pl.when(cell.str.contains(rf"^\s*(?:{pattern})\s*$")).then(pl.lit(tr(words))).otherwise(what)
    found = phones.filter(wrong)
    message = pl.concat_str(pl.lit('"'), cell.str.strip_chars().str.slice(0, 40), pl.lit('"'), what)
    refused = found.with_columns(
        pl.lit(None, pl.String).alias("phone"),
        pl.lit("not_a_number").alias("code"),
        message.alias("message"),
        pl.lit("").alias("repair"),
        *(pl.lit(None, phones.schema[name]).alias(name) for name in ("region", "kind")),
        pl.lit(False).alias("foreign"),
    )
    places = pl.int_range(phones.height, dtype=pl.UInt32, eager=True)
    order = pl.concat([places.filter(~wrong), places.filter(wrong)])
    return pl.concat([phones.filter(~wrong), refused])[order.arg_sort()]
