"""What was repaired in a phone, for people: in their language."""

from __future__ import annotations

import pytest
from unit.loader.test_phones import REPAIRS

from batch.codes.repairs import repair_text
from batch.loader.phones.plan_changes import CHANGES
from batch.text.language import in_language

WORDS = [
    ("lost + restored", "+ perdido repuesto", "one repair"),
    ("label removed, extension dropped", "etiqueta quitada, extensión quitada", "two"),
    ("Mexico: 1, 01, 044, 045 dropped, (0) removed", "México: 1, 01, 044 o 045 quitado, (0) quitado", "commas in one"),
    ("tel: removed", "tel: quitado", "a part of the cell"),
    ("011 read as +", "011 leído como +", "digits"),
    ("remark: opt out", "comentario: opt out", "the words of a remark"),
    ("", "", "none"),
]


@pytest.mark.parametrize(("repair", "spanish", "reason"), WORDS)
def test_a_repair_in_spanish(repair: str, spanish: str, reason: str) -> None:
    """Each repair of a list is translated by itself; in English it is as it is in the reports."""
    assert repair_text(repair) == repair, reason
    with in_language("es"):
        assert repair_text(repair) == spanish, reason


def test_every_repair_of_the_rules_has_its_spanish() -> None:
    """What the tables of the phone rules name is English only where English is meant."""
    named = {repair for _, _, _, repair, _ in REPAIRS if repair}
    assert len(named) > 15
    with in_language("es"):
        assert [repair for repair in named if repair_text(repair) == repair] == []


def test_every_plan_change_has_its_spanish() -> None:
    """A change of a numbering plan that is added is named in Spanish, too."""
    with in_language("es"):
        assert [change.name for change in CHANGES if repair_text(change.name) == change.name] == []
