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
    rf"{_DAY}[-/.]{_MONTH}[-/.]{_YEAR}{_TIME}",
    rf"{_MONTH}[-/.]{_DAY}[-/.]{_YEAR}{_TIME}",
    rf"{_DAY}([-/.]){_MONTH}[-/.]\d{{2}}",
    rf"{_MONTH}([-/.]){_DAY}[-/.]\d{{2}}",
    rf"{_MONTH}/{_YEAR}|{_YEAR}\s*/\s*{_YEAR}",
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
#: Documents, by their punctuation: Argentina's CUIT (20-12345678-9), Chile's RUT and Colombia's NIT (a check digit
#: behind a hyphen), Brazil's CPF and CNPJ, Belgium's national number, Switzerland's AHV number; the groups of payment
#: cards (American Express, Diners).
_DOCUMENTS = (
    r"\d{2}-\d{8}-\d",
    r"(?:\d{7,10}|\d{1,3}(?:\.\d{3}){2,3})-\d",
    r"\d{3}\.\d{3}\.\d{3}-\d{2}",
    r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}",
    r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
    r"756\.\d{4}\.\d{4}\.\d{2}",
    r"3[47]\d{2}[ -]\d{6}[ -]\d{5}",
    r"3[0689]\d{2}[ -]\d{6}[ -]\d{4}",
)
_MARK = r"[ ().\-/,]*"
#: What people type where they know no number: the digits in their order, and one digit again and again.
_PLACEHOLDERS = (
    *(_MARK.join(run) for run in ("123456789", "1234567890", "0123456789", "01234567890", "987654321", "9876543210")),
    *(rf"0?{_MARK}(?:{digit}{_MARK}){{7,15}}" for digit in range(10)),
)
#: What is none, and what it is, in the order in which it is asked.
_KINDS = (
    ("|".join(_DATES), tr_noop(" is a date")),
    (r"[-−]\d{5,}(?:[.,]0*)?", tr_noop(" is a negative number")),
    (rf"{_CLOCK}(?:\s*[-–]\s*{_CLOCK})?", tr_noop(" is a time")),
    (
        r"-?\d{1,3}\.\d{3,}°?\s*[NS]?\s*[,;]\s*-?\d{1,3}\.\d{3,}°?\s*[EOW]?",
        tr_noop(" is a place on the map"),
    ),
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
