"""Countries as people write them in English, Spanish and Portuguese, each the region that a person would name."""

from __future__ import annotations

import pytest

from batch.loader.cells.regions import match_region

NAMES = [
    ("Czechia|Czech Republic|República Checa|Chequia|Tchéquia|CZ|CZE", "CZ"),
    ("UK|U.K.|United Kingdom|Great Britain|Reino Unido|Inglaterra|England|Scotland|GB|GBR|+44|0044|44", "GB"),
    ("USA|U.S.|US|United States of America|Estados Unidos|EE. UU.|EEUU|Estados Unidos da América|EUA|America", "US"),
    ("Korea|South Korea|Korea, Republic of|Corea del Sur|Coreia do Sul|Republic of Korea|Korea (South)|ROK", "KR"),
    ("Korea (North)|North Korea|DPRK", "KP"),
    ("Türkiye|Turkey|Turquía|Turquia", "TR"),
    ("Ivory Coast|Côte d'Ivoire|Costa de Marfil|Costa do Marfim", "CI"),
    ("Holland|The Netherlands|Netherlands|Países Bajos|Países Baixos|Holanda", "NL"),
    ("North Macedonia|Macedonia del Norte|Macedônia do Norte", "MK"),
    ("Eswatini|Esuatini|Swaziland", "SZ"),
    ("Irán|Irã|Iran, Islamic Republic of", "IR"),
    ("Myanmar (Burma)|Myanmar|Burma|Birmania", "MM"),
    ("DR Congo|RDC|Democratic Republic of the Congo|República Democrática del Congo", "CD"),
    ("Congo|República do Congo", "CG"),
    ("Hong Kong SAR China|Hong Kong", "HK"),
    ("Bolivia (Plurinational State of)|Bolivia", "BO"),
    ("UAE|Emirates|United Arab Emirates|Emiratos Árabes Unidos", "AE"),
    ("US - United States|United States (US)|US/United States", "US"),
    ("Spain (ES)|España|Espanha|Spain", "ES"),
    ("Brasil|Brazil|BR", "BR"), ("México|Mexico|Méjico|MX", "MX"), ("Perú|Peru", "PE"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "region"), [(name, region) for names, region in NAMES for name in names.split("|")])
def test_a_name_means_its_country(name: str, region: str) -> None:
    """Each spelling is known, in any case and without its accents."""
    assert match_region(name) == region
    assert match_region(f" {name.upper()} ") == region


@pytest.mark.parametrize("name", ["", "  ", "Atlantis", "US - Spain", "RU or US", "Guinea (Spain)", "-", "EU", "LATAM"])
def test_what_names_no_one_country_names_none(name: str) -> None:
    """Two countries in one cell, regions of the world and fiction name none: nobody guesses."""
    assert match_region(name) is None
