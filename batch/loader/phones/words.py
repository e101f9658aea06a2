"""The words that people write beside a phone number: labels, extensions, remarks that say not to use it.

Owns: the vocabulary, folded (lower case, no accents), in English, Spanish, Portuguese and the other common languages.
"""

from __future__ import annotations

import re
import unicodedata

#: Words that say what kind of number it is, and what stands beside such words.
LABELS = frozenset(
    """
    tel tele tels telf telef tlf tlfn tfno tfn tfo telefono telefonos telephone telefone telefon telefoon fone fon
    fono phone phones ph pho p t mobile mobiles mob mobil movil mov celular celulares cel cell cellphone cellular
    cellulare c m handy hp hph handphone gsm portable h home house casa hogar domicilio particular residencia
    residencial res w work wk office ofc o business biz bus oficina ofi of trabajo trab trabalho empresa empresarial
    comercial laboral escritorio recado recados contacto contato contact main principal direct directo direto dir d
    personal pessoal privat private privado primary secondary alt alternate alternative other otro outro number
    numbers num nro numero no nr nº n line linea linha landline fijo fixo fixe festnetz fisso whatsapp whats wsp
    wapp wpp ws wa zap zapzap signal telegram viber sms text texts voice call calls dial skype imessage facetime
    tel2 llamar ligar new nuevo novo current actual my mi meu his her su the de del do da la el al is es day daytime
    evening noche dia first second best preferred pref default verified int'l intl international customer client
    cliente lead тел телефон моб мобильный раб дом 電話 电话 手机 携帯 전화 휴대폰 هاتف جوال
    """.split()  # noqa: SIM905 - a list of words
)
#: What stands before the digits of an extension.
EXTENSIONS = frozenset(
    """
    ext extn exten extension extensions extensao xt x interno int anexo anx ramal rml r poste durchwahl durchw dw app
    apparat opt option opcion opcao press pulse marque
    nst nebenstelle klappe kl доб добавочныи вн внутр 分机 转 轉 內線 内線 内线 내선 dahili dah toestel tst wew
    wewnetrzny ekst ekstensi pesawat pes ankn anknytning linha2 تحويلة داخلي שלוחה
    """.split()  # noqa: SIM905 - a list of words
)
#: What may stand between the word for an extension and its digits.
FILLERS = frozenset({"no", "nr", "num", "number", "numero", "nº", "n"})
#: Words between two numbers.
CONNECTORS = frozenset({"or", "and", "y", "o", "e", "u", "ou", "et", "oder", "und", "i"})
#: A tag of a kind of number beside "fax": both go to one line.
_TELEFAX = re.compile(r"\b(?:tel\w*|phone|ph|t|fone)\b\W*(?:and|y|e|et|und)?\W*\bfax\b|\bfax\b\W*\btel\w*")
#: What says that the number is wrong, dead, a fax or not to be called.
_FLAGS = re.compile(
    r"""\b(?:
    wrong|incorrect\w*|invalid\w*|bad|not|dont|don't|doesn't|doesnt|isn't|isnt|never|cannot|can't|won't
    |dnc|dncl|dnd|no\ longer|disconnect\w*|out\ of\ (?:service|order|use)|oos|dead|deceased|died|passed\ away|rip|late
    |fax\w*|telefax|facsimile|opt(?:ed)?[ -]?out|unsubscri\w*|stop|remove\w*|blocked|block|blacklist\w*|spam|barred
    |ceased|inactive|deactivated|cancel\w*|suspended|expired|ex|old|former\w*|previous\w*|moved|changed|nonexist\w*
    |non[- ]exist\w*|unassigned|unallocated|unreachable|complain\w*|litigat\w*|lawsuit|refused|revoked|hang\w*\ up
    |equivocad\w*|erron\w*|errad\w*|erroneo|malo|fuera\ de\ servicio|fora\ de\ servico|fora\ do\ ar|desconectad\w*
    |baja|fallecid\w*|difunt\w*|muert\w*|murio|inexistent\w*|cambi\w*|viej\w*|antigu\w*|anterior|suspendid\w*
    |bloquead\w*|desactivad\w*|desativad\w*|inactiv\w*|inativ\w*|robinson|nunca|sin\ servicio|sem\ servico|rechaz\w*
    |incorret\w*|nao|desligad\w*|falecid\w*|morreu|morta?|obito|antig[oa]\w*|velh\w*|mudou|trocou|mudad\w*|descadastr\w*
    |faux|mauvais\w*|ne\ pas|pas|hors\ service|decede\w*|desabonn\w*|resili\w*|inexistant\w*|ancien\w*|telecopie\w*
    |falsch\w*|nicht|verstorben\w*|tot|ausser\ betrieb|aus\ser\ betrieb|ungultig\w*|abgemeldet|gesperrt|gekundigt
    |alte?r?s?|kein\w*|sbagliat\w*|errat\w*|non|decedut\w*|defunt\w*|disattivat\w*|fuori\ servizio|vecchi\w*
    |delet\w*|sued|suing|n'existe|hung\ up|disc|tps|bounced?|retired|resigned|quit|unused|left\ (?:the|company|job)
    |unavailable|unregistered|unlisted|fails?|failed|failing|broken|stolen|lost|hate\w*|annoyed|angry|hostile|void
    |obsolete|outdated|terminated|someone|somebody|anymore|uninterested|restricted|suppress\w*|prohibit\w*|harass\w*
    |deny|denied|declin\w*|withdr[ae]w\w*|incorrect[oa]s?|invalid[oa]s?|mal\ num\w*|apagad\w*|cortad\w*|dejo|fuera
    |sin\ uso|desuso|robad\w*|perdid\w*|jubilad\w*|renunci\w*|perturb\w*|molest\w*|demand\w*|oposicion|borrad\w*
    |eliminad\w*|cancelad\w*|extraviad\w*|roubad\w*|excluid\w*|apagar|parou|processo|supprim\w*|perdu\w*|vole|geloscht
    |verloren|rimoss\w*|scollegat\w*|inattiv\w*|disconn\w*
    |niet|verkeerd\w*|overleden|salah|yanlis|hatali|vefat|arama|неверн\w*|не|умер\w*|факс|факc|空号|传真|传眞|ファックス
    )\b|空号|错误|傳真|传真|不要|勿""",
    re.VERBOSE,
)
#: `no` before a verb, as in "no llamar"; before a label it is short for "number".
_NO = re.compile(r"\bno\W+([^\W\d_]+)")


def fold(text: str) -> str:
    """`text` in lower case with letters that have no accents; digits and punctuation stay as they are."""
    if text.isascii():
        return text.lower()
    marks = [
        mark
        if not mark.isalpha()
        else unicodedata.normalize(
            "NFC", "".join(part for part in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(part))
        )
        for mark in text
    ]
    return "".join(marks).casefold()


def words_of(text: str) -> list[str]:
    """The words of folded `text`."""
    return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?º?", text)


def is_telefax(text: str) -> bool:
    """True for folded `text` that names a telephone and a fax at once: "Tel/Fax" says what the number is good for."""
    return _TELEFAX.search(text) is not None


def flag_of(text: str) -> str:
    """What in folded `text` says that a number is wrong, dead, a fax or not to be called; empty: nothing."""
    text = text.replace("’", "'")
    if (found := _FLAGS.search(text)) and not is_telefax(text):
        return found[0]
    return next((found[0] for found in _NO.finditer(text) if found[1] not in LABELS), "") or _no_call(text)


def _no_call(text: str) -> str:
    found = re.search(r"\bno\W+(?:calls?|contact\w*|texts?|sms|whatsapp|llamar|ligar|es|phone|tel\w*)\b", text)
    return found[0] if found else ""
