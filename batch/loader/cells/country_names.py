"""Names of countries that phonenumbers' tables lack.

Owns: those of CLDR in English, Spanish and Portuguese, the long names of ISO 3166-1, and everyday ones.

Source: Unicode CLDR, territories of en, en-GB, es, es-419, es-MX, pt and pt-PT with their short and variant names (by
Babel 2.18); ISO 3166-1's English short names as forms list them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Region -> names with a bar between them. They are compared without case, accents and punctuation.
NAMES: Final[Mapping[str, str]] = {
    "AC": "Ascension Island|Ilha de Ascensão|Isla Ascensión|Isla de la Ascensión",
    "AE": "Emirates|Emiratos|EAU|Emiratos Árabes|Emirados|U A Emirates",
    "AG": "Antigua & Barbuda",
    "AR": "República Argentina",
    "AX": "Alanda",
    "BA": "Bosnia y Herzegovina|Bósnia e Herzegovina|Bosnia",
    "BD": "Bangladeche|Bangladés",
    "BH": "Barein|Barém",
    "BJ": "Benim",
    "BL": "St Barthélemy",
    "BN": "Brunei Darussalam",
    "BO": "Bolivia (Plurinational State of)|Estado Plurinacional de Bolivia",
    "BQ": "Caribbean Netherlands|Caribe neerlandés|Países Baixos Caribenhos",
    "BR": "República Federativa do Brasil",
    "BS": "Baamas|The Bahamas|Bahamas, The",
    "BY": "Bielorrússia",
    "CC": "Ilhas Cocos (Keeling)|Ilhas dos Cocos (Keeling)",
    "CD": (
        "RDC|DR Congo|DRC|Congo, Democratic Republic of the|Congo, The Democratic Republic of the|"
        "Congo (DRC)|República Democrática do Congo|Zaire"
    ),
    "CG": (
        "República do Congo|Congo, Republic of the|Republic of the Congo|Republic of Congo|"
        "República del Congo|Congo (Republic)"
    ),
    "CH": "Swiss Confederation|Confederación Suiza",
    "CI": "Côte d’Ivoire (Costa do Marfim)|Cote d Ivoire (Ivory Coast)",
    "CL": "República de Chile",
    "CM": "Camarões",
    "CN": (
        "PRC|P R China|People's Republic of China|Mainland China|China Mainland|República Popular China|"
        "China, People s Republic of"
    ),
    "CO": "República de Colombia",
    "CV": "Cape Verde Islands",
    "CW": "Curazao|Curaçau",
    "CX": "Ilha Christmas|Ilha do Natal|Isla de Navidad",
    "CZ": "Czechia|Tchéquia|República Checa|Czech Rep|Cesko|Czech",
    "DE": "Federal Republic of Germany|República Federal de Alemania",
    "DJ": "Jibuti",
    "DO": "Rep Dominicana|Dominican Rep|Dominicana",
    "EH": "Sara Ocidental",
    "ES": "Reino de España|Kingdom of Spain",
    "FK": "Ilhas Falkland",
    "FM": "Micronesia, Federated States of|Federated States of Micronesia",
    "GB": (
        "United Kingdom of Great Britain and Northern Ireland|United Kingdom (UK)|Great Britain (UK)|Escocia|"
        "Gales|Irlanda del Norte|Irlanda do Norte|Grã-Bretanha|Britain"
    ),
    "GL": "Gronelândia",
    "GM": "The Gambia|Gambia, The",
    "GU": "Guame",
    "GW": "Guinea-Bisáu",
    "HK": "Hong Kong SAR China|Hong Kong, RAE da China|RAE de Hong Kong (China)|Hong Kong SAR|Hong Kong, China",
    "IE": "Republic of Ireland|Ireland, Republic of|República de Irlanda|República da Irlanda",
    "IR": "Irã|Irão|Iran, Islamic Republic of|Islamic Republic of Iran",
    "KG": "Kirguistán",
    "KM": "Comoras",
    "KN": "St Kitts & Nevis|São Cristóvão e Neves|St Kitts|Saint Kitts|St Kitts and Nevis",
    "KP": "DPRK|Korea (North)|Korea, Democratic People's Republic of|Democratic People's Republic of Korea",
    "KR": "Corea|Korea, Republic of|ROK|Korea (South)|Republic of South Korea|Korea Rep",
    "KY": "Ilhas Caimão|Ilhas Cayman",
    "KZ": "Cazaquistão|Kazajistán",
    "LA": "Lao People's Democratic Republic|Lao PDR",
    "LI": "Listenstaine",
    "LY": "Libyan Arab Jamahiriya",
    "MD": "Moldova, Republic of|Republic of Moldova",
    "MF": "São Martinho (Saint-Martin)",
    "MK": (
        "Macedonia del Norte|Macedónia do Norte|North Macedonia|Macedonia, the former Yugoslav Republic of|"
        "FYROM|Republic of North Macedonia"
    ),
    "MM": "Myanmar (Birmania)|Myanmar (Burma)|Burma|Birmania",
    "MO": "Macao SAR China|Macau, RAE da China|RAE de Macao (China)|Macao SAR|Macau SAR",
    "MS": "Monserrate",
    "MU": "Maurícia",
    "MX": "Méjico|Estados Unidos Mexicanos",
    "NL": (
        "Países Baixos|Países Bajos|The Netherlands (Holland)|Netherlands, The|Kingdom of the Netherlands|"
        "Paises Baixos (Holanda)"
    ),
    "OM": "Omã",
    "PE": "República del Perú",
    "PG": "Papúa Nueva Guinea",
    "PH": "The Philippines|Philippines, The",
    "PM": "St Pierre & Miquelon|São Pedro e Miquelão",
    "PR": "Puerto Rico (US)",
    "PS": "Palestinian Territories|Territórios palestinianos|Palestine, State of|State of Palestine",
    "PT": "República Portuguesa",
    "RU": "Federación de Rusia|Federação Russa|Federación Rusa|Russia (Russian Federation)",
    "SA": "KSA|Kingdom of Saudi Arabia|Saudi",
    "SC": "Seicheles",
    "SH": "Santa Elena|St Helena, Ascension & Tristan da Cunha",
    "SJ": "Svalbard & Jan Mayen",
    "SK": "Slovak Republic|República Eslovaca",
    "SM": "São Marinho",
    "SS": "Sudão do Sul",
    "ST": "São Tomé & Príncipe",
    "SV": "Salvador",
    "SX": "Sint Maarten|São Martinho (Sint Maarten)",
    "SY": "Syrian Arab Republic",
    "SZ": "Essuatíni|Esuatini|Eswatini|Kingdom of Eswatini",
    "TA": "Tristan da Cunha|Tristán de Acuña|Tristão da Cunha",
    "TC": "Ilhas Turcas e Caicos|Turks & Caicos Islands",
    "TJ": "Tajiquistão",
    "TK": "Toquelau",
    "TL": "East Timor",
    "TM": "Turquemenistão",
    "TR": "Republic of Türkiye|Republic of Turkey|Turkiye Cumhuriyeti",
    "TT": "Trindade e Tobago|Trinidad & Tobago|Trinidad|Tobago",
    "TW": "Taiwan, Province of China|Taiwan ROC|Republic of China|Chinese Taipei",
    "TZ": "Tanzania, United Republic of|United Republic of Tanzania|United Rep of Tanzania",
    "US": (
        "EUA|EE UU AA|U S of A|Estados Unidos da América|Estados Unidos de Norteamérica|"
        "America United States|United States America|EEUU de América"
    ),
    "UZ": "Usbequistão",
    "VA": "Cidade do Vaticano|Vatican City|Holy See|Holy See (Vatican City State)|Vatican City State|Santa Sede",
    "VC": "St Vincent & the Grenadines|St. Vincent & Grenadines",
    "VE": "Venezuela (Bolivarian Republic of)|República Bolivariana de Venezuela",
    "VG": "Virgin Islands, British|BVI",
    "VI": "Ilhas Virgens Americanas|Islas Vírgenes de EE. UU.|US Virgin Islands|Virgin Islands, U S|USVI",
    "VN": "Vietname|Socialist Republic of Vietnam",
    "WF": "Wallis & Futuna",
    "YT": "Maiote",
    "ZA": "RSA|Republic of South Africa|South African Republic",
}
