"""Countries as people write them -> ISO 3166-1 alpha-2.

Owns: which texts name a region: ISO codes of two and three letters, names in every language that phonenumbers has names
in, everyday short forms, calling codes.
Source: phonenumbers' `geodata.locale` (CLDR's names); ISO 3166-1 for the three-letter codes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers

from batch.errors import SettingsError
from batch.loader.cells.country_names import NAMES
from batch.text.language import tr

_ALIASES = {
    "america": "US", "united states of america": "US", "estados unidos de america": "US", "eeuu": "US", "ee uu": "US",
    "the states": "US", "u s a": "US", "u s": "US", "uk": "GB", "u k": "GB", "great britain": "GB", "england": "GB",
    "scotland": "GB", "wales": "GB", "northern ireland": "GB", "inglaterra": "GB", "gran bretana": "GB",
    "holland": "NL", "the netherlands": "NL", "czech republic": "CZ", "korea": "KR", "republic of korea": "KR",
    "russian federation": "RU", "viet nam": "VN", "uae": "AE", "u a e": "AE", "ivory coast": "CI", "turkey": "TR",
    "mexico df": "MX", "hong kong": "HK", "macau": "MO", "kosovo": "XK", "puerto rico": "PR", "cape verde": "CV",
    "republica dominicana": "DO", "brasil": "BR", "espana": "ES",
}  # fmt: skip

_ALPHA_3 = (
    "AFG AF ALB AL DZA DZ AND AD AGO AO ARG AR ARM AM ABW AW AUS AU AUT AT AZE AZ BHS BS BHR BH BGD BD BRB BB BLR BY "
    "BEL BE BLZ BZ BEN BJ BMU BM BTN BT BOL BO BIH BA BWA BW BRA BR BRN BN BGR BG BFA BF BDI BI KHM KH CMR CM CAN CA "
    "CPV CV CYM KY CAF CF TCD TD CHL CL CHN CN COL CO COM KM COG CG COD CD CRI CR CIV CI HRV HR CUB CU CUW CW CYP CY "
    "CZE CZ DNK DK DJI DJ DMA DM DOM DO ECU EC EGY EG SLV SV GNQ GQ ERI ER EST EE SWZ SZ ETH ET FJI FJ FIN FI FRA FR "
    "GUF GF PYF PF GAB GA GMB GM GEO GE DEU DE GHA GH GIB GI GRC GR GRL GL GRD GD GLP GP GUM GU GTM GT GGY GG GIN GN "
    "GNB GW GUY GY HTI HT HND HN HKG HK HUN HU ISL IS IND IN IDN ID IRN IR IRQ IQ IRL IE IMN IM ISR IL ITA IT JAM JM "
    "JPN JP JEY JE JOR JO KAZ KZ KEN KE KOR KR PRK KP KWT KW KGZ KG LAO LA LVA LV LBN LB LSO LS LBR LR LBY LY LIE LI "
    "LTU LT LUX LU MAC MO MDG MG MWI MW MYS MY MDV MV MLI ML MLT MT MTQ MQ MRT MR MUS MU MEX MX MDA MD MCO MC MNG MN "
    "MNE ME MAR MA MOZ MZ MMR MM NAM NA NPL NP NLD NL NCL NC NZL NZ NIC NI NER NE NGA NG MKD MK NOR NO OMN OM PAK PK "
    "PSE PS PAN PA PNG PG PRY PY PER PE PHL PH POL PL PRT PT PRI PR QAT QA REU RE ROU RO RUS RU RWA RW KNA KN LCA LC "
    "VCT VC WSM WS SMR SM SAU SA SEN SN SRB RS SYC SC SLE SL SGP SG SVK SK SVN SI SOM SO ZAF ZA SSD SS ESP ES LKA LK "
    "SDN SD SUR SR SWE SE CHE CH SYR SY TWN TW TJK TJ TZA TZ THA TH TLS TL TGO TG TON TO TTO TT TUN TN TUR TR TKM TM "
    "TCA TC UGA UG UKR UA ARE AE GBR GB USA US URY UY UZB UZ VUT VU VEN VE VNM VN VGB VG VIR VI YEM YE ZMB ZM ZWE ZW"
)


#: What stands between two names of one country.
_PARTS = re.compile(r"[()\[\]/|:;,]| [-–—] ")


def fold(text: str) -> str:
    """`text` without case, accents and punctuation, its words one space apart: what names are compared by."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return re.sub(r"[\W_]+", " ", plain.casefold()).strip()


@lru_cache(maxsize=4096)
def match_region(text: str) -> str | None:
    """The region that `text` names, or `None`. A name that two regions share names neither.

    Where a cell says it twice (`US - United States`, `Spain (ES)`), all parts must name the same one.
    """
    region = _find_region(text)
    if region is None:
        parts = [part for part in _PARTS.split(text) if part.strip()]
        if len(parts) > 1:
            found = {_find_region(part) for part in parts}
            return found.pop() if len(found) == 1 else None
    return region


def _find_region(text: str) -> str | None:
    """The region that `text` as a whole names."""
    folded = fold(text)
    if not folded:
        return None
    code = folded.upper()
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    if folded in _ALIASES:
        return _ALIASES[folded]
    if len(code) == 3 and code.isascii() and code.isalpha():
        codes = _ALPHA_3.split()
        if found := dict(zip(codes[::2], codes[1::2], strict=True)).get(code):
            return found
    if code.isdecimal() and len(code.removeprefix("00")) <= 3:
        region = phonenumbers.region_code_for_country_code(int(code))
        return region if region in phonenumbers.SUPPORTED_REGIONS else None
    return _more_names().get(folded) or _region_names().get(folded)


def region_option(text: str | None) -> str | None:
    """The region that the option names (`None`: none given). Raises SettingsError for one that names no region."""
    if text is None or not text.strip():
        return None
    region = match_region(text)
    if region is None:
        raise SettingsError(
            tr("--region {text!r} names no country that we know.", text=text),
            tip=tr("Give an ISO code of two letters, such as US, GB or ES, or the country's name."),
        )
    return region


@lru_cache(maxsize=1)
def _more_names() -> dict[str, str]:
    """Folded name -> region, of `country_names`."""
    return {fold(name): region for region, names in NAMES.items() for name in names.split("|")}


@lru_cache(maxsize=1)
def _region_names() -> dict[str, str]:
    """Folded name -> region, over every language. Built on the first name met: the import alone takes 0.6 s."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    found: dict[str, str | None] = {}
    for region, names in LOCALE_DATA.items():
        if region not in phonenumbers.SUPPORTED_REGIONS:
            continue
        for name in names.values():
            folded = fold(name)
            if found.setdefault(folded, region) != region:
                found[folded] = None
    return {name: region for name, region in found.items() if region is not None and name}
