"""What programs write where there is nothing: `NULL`, `nan`, `#N/A`. It is blank, unless `--keep-literal` is given.

Owns: the list, and recognising it as a whole cell.
Source: pandas' `na_values`, SQL clients (`NULL`, `\\N`), JavaScript (`undefined`, `[object Object]`), Python (`None`),
R (`NA`, `NaN`), the errors of Excel and LibreOffice.

A capital is kept apart where a word is a person's name: `Nan` and `Null` are surnames and first names, `NULL` is not.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = frozenset(
    {"NULL", "null", "(null)", "(NULL)", "[null]", "[NULL]", "<null>", "<NULL>", "\\N", "nil", "NIL", "<nil>"}
    | {"None", "none", "NONE", "(none)", "<none>", "nan", "NaN", "NAN", "-nan", "-NaN", "<NA>", "NaT", "<nan>"}
    | {"undefined", "UNDEFINED", "Undefined", "(undefined)", "[object Object]", "N/A", "n/a", "#N/A N/A", "1.#QNAN"}
    | {"-1.#IND", "1.#IND", "-1.#QNAN", "1.#INF", "System.Object", "[object object]", "NULL NULL", "null null"}
    | {"undefined undefined", "None None", "nan nan"}
)
#: Errors of Excel, in its other languages too, of LibreOffice (`Err:502`) and of Google Sheets.
_ERROR: Final = re.compile(
    r"#(?:N/A|REF!?|VALUE!?|NAME\??|DIV/0!?|NUM!?|NULL!?|ERROR!?|SPILL!?|CALC!?|FIELD!?|BLOCKED!?|CONNECT!?|UNKNOWN!?"
    r"|GETTING_DATA|BUSY!?|EXTERNAL!?|PYTHON!?|N/D|¡REF!|¡VALOR!|¡NUM!|¡NULO!|¡DIV/0!|¿NOMBRE\?|NOMBRE\?|VALOR!|NOME\?"
    r"|REFERENCIA!|¡DESBORDAMIENTO!|NV|BEZUG!|WERT!|ZAHL!|NOM\?|VALEUR!)|#{3,}|Err:5\d\d",
    re.IGNORECASE,
)


def is_placeholder(cell: str) -> bool:
    """True for a cell that as a whole stands for nothing."""
    text = cell.strip()
    return text in _WORDS or _ERROR.fullmatch(text) is not None
