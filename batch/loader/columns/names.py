"""The names that columns go by: what CRMs write above phones, ids, statuses and the rest.

Owns: the tables of header names per role, best first.

Names are compared folded (`regions.fold`):
case, accents and punctuation do not count, so "E-mail" is "e mail" and "phone_number" is "phone number".
"""

from __future__ import annotations

import re

#: Names of columns, best first; those of one rank are equally good.
Ranks = tuple[tuple[str, ...], ...]

#: Columns that hold the contact's phone.
PHONE: Ranks = (
    # Said outright: HubSpot "Phone Number", Salesforce, GoHighLevel, Zoho and Pipedrive "Phone", Guayaba "phoneNumber".
    (
        "phone", "phone number", "phonenumber", "phone no", "phone nr", "phone e164", "e164", "telephone",
        "telephone number", "primary phone", "primary phone number", "contact phone", "contact phone number", "tel",
        "person phone", "lead phone", "customer phone", "contact number", "phone numbers", "msisdn",
        "phone e 164", "e 164", "tel no", "tel number", "ph", "ph no", "phone primary", "phone number primary",
        "tfno", "tlf", "tlfno", "phones", "telefonos", "numeros de telefono",
        "telefono", "numero de telefono", "numero telefonico", "telefono principal", "num telefono", "n telefono",
        "no telefono", "no de telefono", "nro de telefono", "nro telefono", "telefono de contacto", "numero",
        "telefone", "numero de telefone", "telefone principal", "fone",
        "numero de telephone", "telephone principal", "n de telephone",
        "telefon", "telefonnummer", "rufnummer", "telefono numero", "numero di telefono",
    ),
    # Mobiles: Outlook "Mobile Phone", HubSpot "Mobile Phone Number", Salesforce "Mobile".
    (
        "mobile", "mobile phone", "mobile phone number", "mobile number", "mobile no", "mobilephone", "mobile 1",
        "cell", "cell phone", "cellphone", "cell number", "cell phone number", "primary mobile", "phone mobile",
        "person phone mobile", "whatsapp", "whatsapp number", "whatsapp phone number", "sms number",
        "cel", "phone number mobile",
        "movil", "telefono movil", "numero movil", "numero de movil", "celular", "telefono celular",
        "numero de celular", "numero celular", "tel movil", "tel celular", "telefono whatsapp",
        "telemovel", "telefone celular", "telefone movel", "numero do celular",
        "portable", "telephone portable", "telephone mobile", "tel portable", "telephone mobile 1",
        "handy", "handynummer", "mobiltelefon", "mobilnummer", "mobil", "cellulare", "numero di cellulare",
    ),
    # One of several: Outlook "Business Phone", Salesforce "Home Phone", Pipedrive "Person - Phone - Work".
    (
        "business phone", "business phone 2", "work phone", "work phone number", "office phone", "company main phone",
        "company phone", "home phone", "home phone 2", "other phone", "phone work", "phone home", "phone other",
        "person phone work", "person phone home", "person phone other", "assistant s phone", "car phone", "radio phone",
        "primary phone 1", "asst phone", "work number", "home number", "direct phone", "additional phones",
        "work direct phone", "personal phone",
        "telefono del trabajo", "telefono trabajo", "telefono de trabajo", "telefono particular", "telefono casa",
        "telefono de casa", "telefono fijo", "fijo", "telefono oficina", "telefono de la empresa", "otro telefono",
        "telefono directo", "telefono personal", "tel oficina", "tel trabajo", "tel casa", "tel particular", "tel fijo",
        "tel directo", "otro tel",
        "telefone comercial", "telefone residencial", "telephone bureau", "telephone professionnel",
        "telephone domicile", "telefon geschaftlich", "telefon privat", "telefon arbeit",
    ),
)  # fmt: skip

#: Numbered columns: Google Contacts "Phone 1 - Value" (also translated), Zoho "Phone 2", and so on. Rank: the last.
PHONE_NUMBERED = re.compile(
    r"(?:phone|mobile|telefono|telefone|telephone|telefon|tel|celular|movil|whatsapp)(?: number)? ?\d+"
    r"(?: (?:value|valor|valeur|wert))?"
)
#: A word of a header below which phones may be found. Such a column is only named.
PHONE_WORD = re.compile(
    r"\b(?:(?:tele|cell)?phones?|phonenumber|mobiles?|cell|tels?|tfno|tlf|telefonos?|telefones?|fone|movil(?:es)?"
    r"|cel(?:ular|ulares)?|whatsapp|telemove(?:l|is)|handy)\b"
)

#: Columns that hold the contact's UUID. HubSpot's "Record ID" is none; its rows will say so.
ID: Ranks = (
    ("guayaba id", "guayaba contact id", "guayabaid", "id guayaba", "id de guayaba"),
    ("contact id", "contactid", "contact uuid", "id de contacto", "id contacto", "id do contato", "kontakt id"),
    ("id", "uuid"),
    ("record id",),
)

#: Statuses that name themselves ours, and those whose cells must prove it.
STATUS_OURS: Ranks = (("guayaba status", "estado guayaba", "estado de guayaba", "new status"),)
STATUS_PERHAPS: Ranks = (("status", "estado", "statut"), ("contact status",))
#: A CRM's own statuses: never sent, named when they may have been meant.
STATUS_FOREIGN = re.compile(r".*\b(?:status|stage|estado|etapa|statut|disposition)\b.*")

CAMPAIGN: Ranks = (
    ("guayaba campaign id", "guayaba campaign"),
    ("campaign id", "campaignid", "campaign uuid", "new campaign id", "id de campana", "id campana", "campana id"),
    ("campaign", "campana", "campanha", "campagne", "kampagne"),
)

#: In `update-by-id` these change the contact, so only whole names count: "First Name" is no name.
NAME: Ranks = (
    ("name", "full name", "fullname", "contact name", "nombre completo", "nome completo", "nom complet"),
    ("nombre", "nome"),
)
PHONE_NUMBER: Ranks = (
    ("new phone number", "new phone", "nuevo telefono"),
    ("phonenumber", "phone number"),
    ("phone", "telefono", "numero de telefono"),
)
TIMEZONE: Ranks = (
    ("timezone", "time zone", "iana timezone", "zona horaria", "huso horario", "fuso horario", "zeitzone"),
)
#: Columns that may name a country. They are only offered: a postal address is no phone's country.
REGION: Ranks = (
    ("country", "country region", "country code", "pais", "mailing country", "home country", "business country"),
)

#: Columns that may name the API key that a row belongs to; the cells must prove it, for most name a company.
ACCOUNT: Ranks = (
    ("guayaba account", "guayaba key", "guayaba team", "cuenta guayaba", "cuenta de guayaba"),
    ("account", "team", "account name", "cuenta", "equipo", "conta", "compte", "konto"),
)

#: `var:company` sets the custom variable `company`.
VARIABLE_PREFIX = "var:"
