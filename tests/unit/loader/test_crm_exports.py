"""Headers as the CRMs write them: the right column is read, or the error lists what was found."""

# ruff: noqa: E501 -- headers stay as the programs write them

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.errors import InputRefused, SettingsError
from batch.model import ContactChange, Operation

if TYPE_CHECKING:
    from unit.loader.conftest import Read

UUID = "550e8400-e29b-41d4-a716-446655440000"

EXPORTS = [
    # program, header, the column that holds the phone
    ("Google Contacts (new)", "First Name,Middle Name,Last Name,Labels,E-mail 1 - Label,Phone 1 - Label,Phone 1 - Value", "Phone 1 - Value"),
    ("Google Contacts (old)", "Name,Given Name,Family Name,Group Membership,Phone 1 - Type,Phone 1 - Value", "Phone 1 - Value"),
    ("Outlook", "Title,First Name,Last Name,Company,Business Fax,Business Phone,Home Phone,Mobile Phone,Pager", "Mobile Phone"),
    ("Outlook, Spanish", "Nombre,Apellidos,Compañía,Teléfono del trabajo,Teléfono particular,Teléfono móvil", "Teléfono móvil"),
    ("HubSpot", "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date", "Phone Number"),
    ("HubSpot, two", "Record ID,First Name,Phone Number,Mobile Phone Number,Lead Status", "Phone Number"),
    ("HubSpot, Spanish", "ID de registro,Nombre,Apellidos,Correo,Número de teléfono,Estado del lead", "Número de teléfono"),
    ("Salesforce report", "First Name,Last Name,Title,Account Name,Phone,Mobile,Email", "Phone"),
    ("Salesforce loader", "ID,FIRSTNAME,LASTNAME,PHONE,MOBILEPHONE,EMAIL,LEADSOURCE", "PHONE"),
    ("GoHighLevel", "Contact Id,First Name,Last Name,Phone,Email,Business Name,Created,Last Activity,Tags", "Phone"),
    ("Pipedrive", "Person - ID,Person - Name,Person - Organization,Person - Phone,Person - Email", "Person - Phone"),
    ("Pipedrive, by kind", "Person - Name,Person - Phone - Work,Person - Phone - Home,Person - Phone - Mobile", "Person - Phone - Mobile"),
    ("Zoho", "Record Id,Contact Owner,First Name,Last Name,Account Name,Email,Phone,Mobile,Lead Source", "Phone"),
    ("Guayaba", "id,name,phoneNumber,timezone,status", "phoneNumber"),
    ("Facebook Lead Ads", "id,created_time,ad_id,form_name,full_name,phone_number,lead_status", "phone_number"),
    ("A Spanish sheet", "NOMBRE,TELÉFONO,CIUDAD", "TELÉFONO"),
    ("A Mexican sheet", "Nombre,No. de Teléfono,Colonia", "No. de Teléfono"),
    ("Portuguese", "Nome,Telefone Celular,Cidade", "Telefone Celular"),
    ("French", "Nom,Prénom,Numéro de téléphone", "Numéro de téléphone"),
    ("German", "Vorname,Nachname,Handynummer", "Handynummer"),
    ("By hand", "Name,Ph.,City", "Ph."),
    ("By hand, Spanish", "Nombre,Tfno.,Ciudad", "Tfno."),
    ("By hand, mobile", "Nombre,Cel.,Ciudad", "Cel."),
    ("A form", "name,phone1,email", "phone1"),
    ("Kommo, Spanish", "Nombre,Tel. oficina,Fax", "Tel. oficina"),
    ("A list of an API", "name,phones", "phones"),
    ("With the kind behind", "Name,Phone Number (Mobile),City", "Phone Number (Mobile)"),
    ("With the format behind", "Name,Phone (E.164),City", "Phone (E.164)"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "header", "column"), EXPORTS)
def test_the_phone_column_is_found(read: Read, program: str, header: str, column: str) -> None:
    """The phone column of every export is recognised, also where other columns hold numbers."""
    titles = header.split(",")
    phoneish = ("hone", "ovil", "óvil", "obile", "eléfono")
    cells = ["2125550100" if title == column else "2125550199" if title.endswith(phoneish) else "x" for title in titles]
    result = read(f"{header}\n{','.join(cells)}\n")
    assert result.loaded.facts.roles["phone"] == column, program
    assert result.rows[0].contact == "+12125550100"


def test_other_filled_phone_columns_are_told(read: Read) -> None:
    """A notice names the phone columns that hold numbers and were not read."""
    notices = read("Phone,Mobile\n2125550100,2125550101\n").survey.notices
    assert any('"Phone"' in notice and "'Mobile'" in notice for notice in notices)
    assert any('--map phone="Phone,Mobile"' in notice for notice in notices)


@pytest.mark.parametrize(
    ("header", "cell", "named", "why"),
    [
        ("Default Address Phone", "2125550101", True, "a phone below a header that no table holds"),
        ("Teléfono del cónyuge", "(212) 555-0101", True, "it may be another person's: it is only named"),
        ("Phone Calls", "3", False, "a count is no phone"),
        ("Phone Type", "Mobile", False, "a kind is no phone"),
        ("Fax Phone", "2125550101", False, "a fax is not called"),
        ("Order", "2125550101", False, "nothing says that it is a phone"),
    ],
)
def test_phones_below_unknown_headers_are_named(read: Read, header: str, cell: str, named: bool, why: str) -> None:
    """A notice names the columns with phone numbers whose headers are not known, and the option that reads them."""
    notices = read(f"Phone,{header}\n2125550100,{cell}\n").survey.notices
    assert any(f'--map phone="Phone,{header}"' in notice for notice in notices) is named, why


def test_columns_of_equal_rank(read: Read) -> None:
    """Two filled columns of equal rank are an error with the option to type; an empty one does not compete."""
    two = "Name,Home Phone,Work Phone\nAnn,2125550100,{}\n"
    with pytest.raises(InputRefused) as error:
        read(two.format("2125550101"))
    assert "Work Phone" in error.value.message
    assert '--map phone="Home Phone"' in error.value.tip
    assert read(two.format("")).rows[0].contact == "+12125550100"
    mapped = read(two.format("2125550101"), mapping={"phone": "Work Phone"})
    assert mapped.rows[0].contact == "+12125550101"


def test_no_phone_column(read: Read) -> None:
    """The error lists the headers that were found."""
    with pytest.raises(InputRefused) as error:
        read("Who,Where\na,b\n")
    assert "'Who', 'Where'" in str(error.value)


def test_map_names_a_missing_header(read: Read) -> None:
    """The error lists what was found and names the nearest."""
    with pytest.raises(SettingsError) as error:
        read("Name,Mobile #\na,2125550100\n", mapping={"phone": "Mobil #"})
    assert "did you mean 'Mobile #'" in str(error.value)
    with pytest.raises(SettingsError, match="does not have"):
        read("Name,Phone\na,2125550100\n", mapping={"phon": "Phone"})


@pytest.mark.parametrize(
    ("header", "cell", "status", "why"),
    [
        ("Status", "DNC", "DNC", "a status column that holds our statuses"),
        ("Guayaba Status", "moved-away", "moved-away", "a column that says it is ours"),
        ("Estado Guayaba", "paused", "paused", "in Spanish"),
    ],
)
def test_status_columns(read: Read, header: str, cell: str, status: str, why: str) -> None:
    """A status column is read when its name or its cells show that it is ours."""
    change = (
        read(f"Phone,{header}\n2125550100,{cell}\n", operation=Operation.UPDATE, ask=ContactChange()).rows[0].change
    )
    assert change == ContactChange(status=status), why


@pytest.mark.parametrize("header", ["Status", "Lead Status", "Lifecycle Stage", "Estado del lead"])
def test_a_crm_status_is_never_sent(read: Read, header: str) -> None:
    """A CRM's own status column is no ask: without another one the run is refused and the column named."""
    content = f"Phone,{header}\n2125550100,New\n"
    with pytest.raises(SettingsError) as error:
        read(content, operation=Operation.UPDATE, ask=ContactChange())
    assert header in str(error.value)
    assert read(content, operation=Operation.UPDATE, ask=ContactChange(status="DNC")).rows[0].change == ContactChange(
        status="DNC"
    )


def test_the_option_overrules_the_column(read: Read) -> None:
    """With both, every row is asked for the option, and a notice says which column was ignored."""
    result = read("Phone,Status\n2125550100,paused\n", operation=Operation.UPDATE, ask=ContactChange(status="DNC"))
    assert result.rows[0].change == ContactChange(status="DNC")
    assert any('"Status" is ignored' in notice for notice in result.survey.notices)


def test_a_salesforce_campaign_is_no_campaign(read: Read) -> None:
    """A campaign column without a single UUID is the CRM's own and is not sent."""
    result = read("Phone,Campaign ID\n2125550100,701A0000000abcD\n", operation=Operation.UPDATE)
    assert result.rows[0].change == ContactChange(status="paused")
    ours = read(f"Phone,Campaign ID\n2125550100,{UUID.upper()}\n", operation=Operation.UPDATE, ask=ContactChange())
    assert ours.rows[0].change == ContactChange(campaign_id=UUID)


def test_the_column_of_campaigns_is_named_where_nothing_else_is_there(read: Read) -> None:
    """Where nothing would change, the column that was not read is named, with the option that reads it."""
    with pytest.raises(SettingsError) as caught:
        read("Phone,Campaign\n2125550100,Spring\n", operation=Operation.UPDATE, ask=ContactChange())
    assert any('--map campaign="Campaign"' in problem for problem in caught.value.problems)


def test_first_name_is_no_name(read: Read) -> None:
    """`update-by-id` changes a name only from a column of whole names."""
    with pytest.raises(SettingsError, match="nothing to change"):
        read(f"id,First Name\n{UUID},Ann\n", operation=Operation.UPDATE_BY_ID)


def test_a_country_column_is_offered_not_used(read: Read) -> None:
    """A postal country is no phone's country: it is used only when mapped."""
    content = (
        "Phone,Country\n020 7946 0018,United Kingdom\n2125550100,EE. UU.\n612345678,España\n1,Narnia\n2125550101,\n"
    )
    result = read(content, region=None)
    assert {row.code for row in result.rows} == {"region_needed"}
    assert any("--map region=" in notice for notice in result.survey.notices)
    mapped = read(content, mapping={"region": "Country"})
    assert [row.contact for row in mapped.rows] == [
        "+442079460018",
        "+12125550100",
        "+34612345678",
        None,
        "+12125550101",
    ]
    assert mapped.by_number[5].code == "unknown_region"


@pytest.mark.parametrize(
    "region", ["US", "us", "USA", "United States", "Estados Unidos", "EE.UU.", "U.S.A.", "1", "+1"]
)
def test_region_names(read: Read, region: str) -> None:
    """A region is an ISO code, a name in any language or a calling code."""
    assert read("Phone\n2125550100\n", region=region).rows[0].contact == "+12125550100"


def test_unknown_region_option(read: Read) -> None:
    """An unknown --region is a settings error."""
    with pytest.raises(SettingsError, match="names no country"):
        read("Phone\n2125550100\n", region="Narnia")


def test_everything_that_is_wrong_is_told_at_once(read: Read) -> None:
    """A missing phone column, an unknown header in --map, a role that is none and a bad region are one error."""
    with pytest.raises(InputRefused) as error:
        read(
            "Who,Status,Status\na,b,c\n",
            operation=Operation.UPDATE,
            mapping={"campaign": "Campagne", "fone": "Who"},
            region="Narnia",
        )
    told = str(error.value)
    for words in ("No column is recognised as the phone", "'Campagne'", "fone", "Narnia", "Several columns can be"):
        assert words in told
    assert error.value.message == "standard input cannot be read with these options: 5 things are wrong."


def test_wrong_options_alone_are_a_settings_error(read: Read) -> None:
    """Several wrong options and a good file are SettingsError (exit 2)."""
    with pytest.raises(SettingsError, match="2 things"):
        read("Phone\n1\n", mapping={"fone": "Phone"}, region="Narnia")
