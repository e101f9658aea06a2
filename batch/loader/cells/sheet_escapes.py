"""The escapes of a workbook's texts, in a file that another program made of the workbook: `Ana_x000D_`.

Owns: which escapes are read in the cells of a change. Pure.
Source: ECMA-376 part 1, 22.4.2.4 (ST_Xstring): `_xHHHH_` stands for a character that XML cannot hold. openpyxl, and so
pandas, returns it as it is (`findings/openpyxl-escapes.sh`). Only those of control characters are read: they are
never typed, and every other one could be a person's own text.
"""

from __future__ import annotations

import re
from typing import Final

#: The escape of a control character.
ESCAPE: Final = re.compile(r"_x00([01][0-9A-Fa-f])_")
#: What may stand in a name or a variable; other control characters are left out.
_KEPT = "\t\n"


def without_escapes(cell: str) -> str:
    """`cell` with its lines and tabs as such, and without the escapes of other control characters."""
    if "_x00" not in cell:
        return cell
    return ESCAPE.sub(lambda found: mark if (mark := chr(int(found[1], 16))) in _KEPT else "", cell)
