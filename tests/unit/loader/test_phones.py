"""Phone cells: every repair, every refusal, and that nothing is ever guessed."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.codes import CODES
from batch.loader.phones import Rules, judge

US = "+12125550100"
REPAIRS = [
    # cell, region, E.164, repair, why
    ("+12125550100", None, US, "", "E.164 as it should be needs no region"),
    ("(212) 555-0100", "US", US, "", "national punctuation is no damage"),
    ("212.555.0100", "US", US, "", "dots"),
    ("212/555/0100", "US", US, "", "slashes inside one number"),
    ("1-212-555-0100", "US", US, "", "the trunk 1"),
    ('="2125550100"', "US", US, 'formula ="…" removed', "a formula that keeps text text"),
    ("'2125550100", "US", US, "apostrophe removed", "the apostrophe that makes text"),
    ("’+12125550100", None, US, "apostrophe removed", "a typographic one"),
    ("2125550100.0", "US", US, ".0 removed", "a float column"),
    ("2125550100,0", "US", US, ".0 removed", "a float column, decimal comma"),
    ("2,125,550,100", "US", US, "thousands separators removed", "number formatting"),
    ("212\u00a0555\u00a00100", "US", US, "unusual spaces", "non-breaking spaces"),
    ("\u202a+12125550100\u202c", None, US, "invisible characters", "bidi marks of macOS Contacts"),
    ("\ufeff2125550100", "US", US, "invisible characters", "a stray BOM"),
    ("212\u2011555\u20130100", "US", US, "unusual dashes", "non-breaking hyphen and en dash"),
    ("２１２－５５５－０１００", "US", US, "full-width characters", "full-width digits"),
    ("٢١٢٥٥٥٠١٠٠", "US", US, "foreign digits", "Arabic-Indic digits"),
    ("tel:+1-212-555-0100", None, US, "tel: removed", "an RFC 3966 link"),
    ("tel:555-0100;phone-context=+1212", None, US, "tel: removed", "a local number with its context"),
    ("p:+12125550100", None, US, "p: removed", "Facebook Lead Ads"),
    ("whatsapp:+12125550100", None, US, "whatsapp: removed", "Twilio"),
    ("https://wa.me/12125550100", None, US, "link removed", "a WhatsApp link is E.164 without +"),
    ("212-555-0100 (mobile)", "US", US, "label removed", "a label behind"),
    ("0012125550100", None, US, "00 read as +", "00 is + wherever the number is from"),
    ("01144 20 7946 0018", "US", "+442079460018", "011 read as +", "the region's own prefix"),
    ("0044 20 7946 0018", "US", "+442079460018", "00 read as +", "a prefix that is not the region's own"),
    ("011 1 212 555 0100", "GB", US, "011 read as +", "the American prefix elsewhere"),
    ("+0044 20 7946 0018", "US", "+442079460018", "00 removed", "+ and 00"),
    ("+44 (0)20 7946 0018", None, "+442079460018", "", "the library knows the (0)"),
    ("442079460018", "US", "+442079460018", "lost + restored", "more digits than an American number has"),
    ("442079460018", "GB", "+442079460018", "lost + restored", "the region's own code without +"),
    ("2079460018", "GB", "+442079460018", "leading zero restored", "a number column eats the zero"),
    ("3001234567", "CO", "+573001234567", "", "mobiles in Colombia are written without a zero"),
    ("961234501", "PE", "+51961234501", "", "and in Peru"),
    ("14567890", "PE", "+5114567890", "leading zero restored", "landlines in Peru are not"),
    ("11987654321", "BR", "+5511987654321", "", "in Brazil the zero goes before a carrier only"),
    ("020 7946 0018", "GB", "+442079460018", "", "a national number"),
    ("1.2125550100E+10", "US", US, "exponent written out", "every digit is still there"),
    ("212-555-0100 ext. 12", "US", US, "extension dropped", "an extension"),
    ("212-555-0100x12", "US", US, "extension dropped", "x"),
    ("2125550100,,12#", "US", US, "extension dropped", "dialling pauses"),
    ("+12125550100;ext=12", None, US, "extension dropped", "RFC 3966"),
    ("2125550100; (212) 555-0100", "US", US, "same number twice", "one number written twice"),
    ("+1 212 555 0100 ::: +1 212 555 0100", None, US, "same number twice", "Google's separator"),
    ("<212-555-0100>", "US", US, "brackets removed", "an address in angle brackets"),
    ("**212-555-0100**", "US", US, "marks removed", "bold in Markdown"),
    ("1+2125550100", "US", US, "stray + removed", "a + behind the calling code"),
]

REFUSALS = [
    # cell, region, code, a part of the message, why
    (None, "US", "no_phone", "", "an empty cell"),
    ("   ", "US", "no_phone", "", "a blank cell"),
    ("N/A", "US", "no_phone", "means that there is no number", "a placeholder"),
    ("4.47911E+11", "GB", "digits_lost", "format the column as text", "six of twelve digits are left"),
    ("4,47911E+11", "GB", "digits_lost", "format the column as text", "the same with a decimal comma"),
    ("447911000000", "GB", "digits_lost", "zeros", "the same, saved once more as a number"),
    ("2147483647", "US", "digits_lost", "32-bit", "what an INT column has for a longer number: a line in Dallas"),
    ("2147483647.0", "DE", "digits_lost", "32-bit", "the same as a float, where a zero would be restored"),
    (" '2147483647 ", "US", "digits_lost", "32-bit", "spaces and an apostrophe around it make it no other"),
    ("4294967295", "DE", "digits_lost", "32-bit", "the same of an unsigned column"),
    ("########", "US", "digits_lost", "error", "a column that was too narrow"),
    ("#ERROR!", "US", "digits_lost", "error", "+1-212… was computed"),
    ("2125550100", None, "region_needed", "no country", "nobody said which country"),
    ("(212) 555", "US", "invalid_number", "has 6 digits; a US number has 10", "cut off"),
    ("555-0100", "US", "invalid_number", "has 7 digits; a US number has 10", "no area code"),
    ("61234567", "ES", "invalid_number", "has 8 digits; an ES number has 9", "the code's letters are said one by one"),
    ("+11234567890", "US", "invalid_number", "no such number is in use", "the API's own sample is not valid"),
    ("0034 61234567", "US", "invalid_number", "8 digits after +34; an ES number has 9", "00 leads to another country"),
    ("+442079", None, "invalid_number", "after +44; a GB number", "cut off behind the calling code"),
    ("+999123456789", None, "invalid_number", "calling code", "no such calling code"),
    ("+2125550100", "US", "invalid_number", "an MA number", "+212 is Morocco: a + is believed"),
    ("452-555-0100", "US", "unknown_area", "area code 452", "no such area code yet; Denmark would be a guess"),
    ("6831234", "US", "invalid_number", "has 7 digits", "a local number; Niue would be a guess"),
    ("ask Bob", "US", "not_a_number", "no digits", "words"),
    (
        "1-800-FLOWERS",
        "US",
        "not_a_number",
        "contains letters",
        "on a telephone O is 6; in an export it is a 0 as often",
    ),
    ("212-555-O1OO", "US", "not_a_number", "contains letters", "as here"),
    ("+354~4101234", None, "not_a_number", "other text beside", "to the library a tilde begins an extension"),
    ("Bob 2125550100", "US", "not_a_number", "other text beside", "a number among words"),
    ("2125550100.5", "US", "not_a_number", "fraction", "no number has one"),
    ("2" * 201, "US", "not_a_number", "201 characters", "prose"),
    ("212-555-0100 / 212-555-0101", "US", "two_numbers", "holds 2 numbers", "two numbers"),
    ("212555010O", "US", "invalid_number", "has the letter O where a digit belongs", "an O for a zero"),
    ("+12125550100+12125550101", None, "two_numbers", "holds 2 numbers", "two, run together"),
    ("2125550100 ::: 2125550101", "US", "two_numbers", "holds 2 numbers", "Google's separator"),
    ("212-555-0100 or 212-555-0101", "US", "two_numbers", "holds 2 numbers", "a word between"),
    ("2125550100 2125550101", "US", "two_numbers", "holds 2 numbers", "a space between"),
    ("4942130208", "DE", "ambiguous", "+494942130208", "49 is the calling code, or where a national number begins"),
]


@pytest.mark.parametrize(("cell", "region", "e164", "repair", "why"), REPAIRS)
def test_repairs(cell: str, region: str | None, e164: str, repair: str, why: str) -> None:
    """What a spreadsheet did to a number is undone, and the repair is named."""
    phone = judge(cell, region, Rules())
    assert phone.e164 == e164, (why, phone)
    assert ", ".join(phone.repairs) == repair, why


@pytest.mark.parametrize(("cell", "region", "code", "words", "why"), REFUSALS)
def test_refusals(cell: str | None, region: str | None, code: str, words: str, why: str) -> None:
    """What would be a guess is refused with its code, and the message says expected against found."""
    phone = judge(cell, region, Rules())
    assert (phone.e164, phone.code) == (None, code), (why, phone)
    assert words in phone.message, why
    assert code in CODES


def test_options() -> None:
    """Each option changes exactly the cells that it is about."""
    assert judge("212-555-0100 x12", "US", Rules(extensions="refuse")).code == "extension"
    assert judge("+12125550100", None, Rules(extensions="refuse")).e164 == US
    assert judge("2125550100/2125550101", "US", Rules(two_numbers="first")).e164 == US
    assert judge("+11234567890", None, Rules(phone_check="possible")).e164 == "+11234567890"
    assert judge("+1123456789", None, Rules(phone_check="possible")).code == "invalid_number"
    assert judge("+49 (00)3 101820", None, Rules(phone_check="possible")).code == "invalid_number"  # one 0 would stay


def test_wary_columns_hold_back_what_fits_two_countries() -> None:
    """In a column that lost its pluses, bare digits that fit two countries are ambiguous; written out they are not."""
    wary = Rules(wary=True)
    assert judge("6465550143", "US", Rules()).e164 == "+16465550143"
    assert judge("6465550143", "US", wary).code == "ambiguous"
    assert judge("(646) 555-0143", "US", wary).e164 == "+16465550143"
    assert judge("2125550143", "US", wary).e164 == "+12125550143"


HOSTILE = (
    st.text(max_size=40)
    | st.text(alphabet="+0123456789()-./ ,;x#'=\"eE\u00a0\u202a٠１", max_size=30)
    | st.from_regex(r"\+?[0-9]{5,17}", fullmatch=True)
)
REGIONS = st.sampled_from([None, "US", "GB", "IT", "DE", "ES", "AR", "BR", "SG"])


@given(HOSTILE, REGIONS, st.booleans(), st.sampled_from(["valid", "possible"]))
def test_any_text_gets_a_verdict(cell: str, region: str | None, wary: bool, check: str) -> None:
    """Every text gives a number that libphonenumber accepts, or a known code; it never raises."""
    phone = judge(cell, region, Rules(phone_check=check, wary=wary))  # type: ignore[arg-type]
    if phone.e164 is None:
        assert phone.code in CODES
        return
    number = phonenumbers.parse(phone.e164)
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone.e164
    assert phonenumbers.is_possible_number(number)
    if check == "valid":
        assert phonenumbers.is_valid_number(number)


@given(HOSTILE, REGIONS)
def test_normalising_twice_changes_nothing(cell: str, region: str | None) -> None:
    """An E.164 result, read again in any region, is itself and needs no repair."""
    phone = judge(cell, region, Rules())
    if phone.e164 is not None:
        again = judge(phone.e164, region, Rules())
        assert (again.e164, again.repairs) == (phone.e164, ())


#: Kinds of numbers that people have; of the rest some are typing errors to us.
PERSONAL = (
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.integers(0, 11))
def test_every_region_and_type_in_every_format(region: str, kind: int) -> None:
    """The library's example numbers come back as themselves, written in each of its formats, or a rare kind is refused.

    A mailbox is a mobile number with digits more, some company numbers are one with a digit less.
    """
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        return
    wanted = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    is_rare = phonenumbers.number_type(example) not in PERSONAL
    for style in (0, 1, 2, 3):
        found = judge(phonenumbers.format_number(example, style), region, Rules())
        assert found.e164 == wanted or (found.code == "ambiguous" and style == 2) or (is_rare and not found.e164)
