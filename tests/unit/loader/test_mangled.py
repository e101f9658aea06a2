"""UTF-8 that was taken for Windows-1252 is read as it was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from unit.loader.conftest import Read

#: Every byte of Windows-1252 that is a letter there; the others a program leaves as they are.
NAMES = ["Zoë", "José", "Жанна", "Łukasz", "Ào", "Ünal", "à la carte", "plain", "’quoted’", "日本"]


def mistaken(text: str) -> str:
    """`text` in UTF-8, as a program shows it that takes it for Windows-1252."""
    shown = (bytes([byte]) for byte in text.encode())
    return "".join(one.decode("cp1252") if one[0] not in b"\x81\x8d\x8f\x90\x9d" else chr(one[0]) for one in shown)


def test_a_file_that_was_taken_for_another_encoding_is_read_as_it_was(read: Read) -> None:
    """With the mark before its first title, titles and cells have their own letters again."""
    rows = "".join(f"{name},+1212555{100 + at:04d}\n" for at, name in enumerate(NAMES))
    result = read(mistaken("\ufeffNombre ó,Phone\n" + rows))
    assert result.loaded.facts.header == ("Nombre ó", "Phone")
    assert [row.cells[0] for row in result.rows] == NAMES


@pytest.mark.parametrize("name", ["Ã©", "ï»¿x", "Ã", "Â£ 5", "Zoë"])
def test_without_the_mark_nothing_is_guessed(name: str, read: Read) -> None:
    """Odd letters alone are the user's own."""
    assert read(f"Name,Phone\n{name},+12125550100\n").rows[0].cells[0] == name


def test_what_was_not_mistaken_stays(read: Read) -> None:
    """A cell that somebody typed after the mistake is no UTF-8 that was mistaken: it is as it stands."""
    result = read(mistaken("\ufeffName,Phone\nZoë,+12125550100\n") + "Noël,+12125550101\n")
    assert [row.cells[0] for row in result.rows] == ["Zoë", "Noël"]
