"""The words that people write beside a phone number and that change nothing about it: labels, names of relations, what
stands before an extension.

Owns: the vocabulary, folded (lower case, no accents), in English, Spanish, Portuguese, French, German, Italian and the
other common languages. What says not to use a number is in `flags.py`.
"""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """`text` in lower case with letters that have no accents and no vowel signs; digits and punctuation stay as they
    are."""
    return text.lower() if text.isascii() else "".join(map(_plain, text)).casefold()


def _plain(mark: str) -> str:
    if not mark.isalpha():
        return "" if unicodedata.category(mark).startswith("M") else mark
    parts = (part for part in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(part))
    return unicodedata.normalize("NFC", "".join(parts))


def words_of(text: str) -> list[str]:
    """The words of folded `text`."""
    return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?º?", text)


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


#: Words that say what kind of number it is, and what stands beside such words.
LABELS = _words(
    """
    tel tele tels te t p ph pho pbx cp
    fon fone fono phone phones mob mov m c h w o cel cell cells hp hph gsm line landline
    number numbers num nums numb no nr nº n numero numeros nro nros call calls dial text texts sms voice voz
    viber signal cels tlfno ok okay english espanol spanish ingles portugues francais updated actualizado atualizado
    telegram skype imessage facetime whats whatsap whatsapp wsp wasap guasap wapp wpp ws wa app zap zapzap
    wechat weixin line
    home house work wk office off ofc business biz company corporate personal private direct main principal primary
    secondary reception receptionist desk switchboard hq headquarters branch store shop front emergency emergencies
    urgent after hours hour day days daytime night nights evening evenings morning mornings weekend weekends
    afternoon weekday weekdays toll free tollfree alt alternate alternative other first second third best
    preferred pref
    default verified confirmed current new my his her their the of on for is es int'l intl international customer
    client lead contact contacts  only landlines mainline ddi did
    backup resi cust
    casa hogar domicilio particular residencia residencial res trabajo trab oficina ofi of empresa empresarial
    comercial
    com laboral escritorio recado recados contacto fijo fija movil movistar claro tigo
    vivo tim safaricom telcel lada entel globe smart celular celulares
    celus
    directo directa dir otro otra segundo primer conmutador central centralita emergencia emergencias llamar
    ligar nuevo
    nueva actual mi su de del la el al los las en por solo fuera horario linea principal privado privada
    personal tienda
    negocio local despacho consultorio clinica
    fixo fixa trabalho recepcao telemovel telem tlm tm tlmv tlf tlfn tfno tfn tfo telefone contato direto
    pessoal novo
    nova atual meu minha da das do dos o outro outra linha comercio loja clinica portaria emergencia
    fixe portable port domicile dom bureau travail maison pro perso professionnel professionnelle personnel
    personnelle
    standard ligne directe accueil secretariat cellulaire ligne numero nouveau nouvelle le les des du mon urgence
    soir matin journee heures
    festnetz privat geschaftlich geschaft gesch dienstlich dienst buro zentrale rufnummer rufnr ruf nummer
    arbeit zuhause
    zu hause natel direkt sekretariat empfang hotline kontakt firma praxis neu neue mein abends tagsuber morgens
    der die das
    durchwahl notfall d dienstl geschaftl ruckruf festnetznr aziendale personale reperibilita
    casa ufficio uff lavoro lav abitazione abit ab fisso fissa cellulare centralino recapito rif diretto diretta
    segreteria
    contatto azienda negozio nuovo nuova il lo gli cell
    mobiel vast vaste werk thuis prive kantoor balie komorka kom komorkowy stacjonarny sluzbowy praca dom
    prywatny pevna
    prace domu cep ev sabit is vezetekes otthon munkahely puhelin puh matkapuhelin matkapuh koti tyo mobilnr
    jobb hjem arbejde
    arbete hem fast fasttelefon szam
    т тел телефон телефоны моб мобильный сот сотовый раб рабочий дом домашний контакт контактный гор городской
    номер личный
    κινητο κιν τηλ τηλεφωνο σταθερο οικια γραφειο
    電話 電話番号 携帯 携帯電話 携帯番号 自宅 会社 勤務先 直通 代 代表 电话 电话号码 手机 手机号 手机号码 联系电话
    联系方式 固话
    座机 移动电话 办公 办公室 家 宅电 手機 行動電話 手提 市話 聯絡電話 微信
    自宅電話 会社電話 連絡先 固定電話 职场 家庭电话 办公电话 公司电话 单位电话 固定电话 手提電話
    전화 전화번호 휴대폰 휴대폰번호 휴대전화 핸드폰 집전화 자택 직장 사무실 모바일
    연락처 집 회사 직통
    هاتف الهاتف جوال الجوال موبايل تلفون تليفون محمول منزل عمل مكتب نقال رقم واتساب واتس بيت
    טלפון נייד סלולרי בית עבודה משרד טל
    โทร โทรศพท มอถอ เบอร đt sđt di đong dien đien thoai fon rumah kantor telp telpon ponsel seluler nomor kontak
    फोन मोबाइल मो दूरभाष नंबर घर कार्यालय व्हाट्सएप ফোন মোবাইল নম্বর মোবা
    """
)
#: Beginnings of such words: Telefonnummer, Mobilfunk, Handynr, Whatsappnummer.
_LABEL_STEMS = re.compile(r"(?:tele?[fp]|telnr|mobi[el]|handy|whats|celu|cellp|cellul)\w*")
#: Who answers, and when: no more than a label.
_PEOPLE = _words(
    """
    despues depois antes ate apres avant nach vor dopo
    ask since until before after from with and or to am pm please leave message msg
    wife husband spouse partner mother mom mum father dad parent parents son daughter child brother sister sibling
    aunt uncle cousin niece nephew grandma grandpa grandmother grandfather family friend neighbor neighbour roommate
    girlfriend boyfriend fiance fiancee boss manager owner assistant secretary receptionist supervisor director
    agent
    nurse doctor dr mr mrs ms miss sr sra srta srs jr landlord tenant guardian caregiver caretaker carer colleague
    coworker sales support accounting billing hr warehouse school clinic shop site lobby guard driver
    preguntar pregunta por esposa esposo marido mujer madre padre mama papa hijo hija hijos hermano hermana tio
    tia primo
    prima abuela abuelo sobrino sobrina familia familiar amigo amiga vecino vecina novio novia jefe jefa gerente
    dueno
    duena asistente secretaria secretario encargado encargada senora senor don dona cunado cunada suegra suegro
    yerno
    nuera padrino madrina socio socia asesor vendedor conserje portero tarde tardes manana mananas noche noches
    desde
    hasta lunes martes miercoles jueves viernes sabado domingo
    falar com esposo mae pai filho filha irmao irma avo tia tio primo sogra sogro cunhado cunhada genro nora vizinho
    vizinha namorada namorado chefe gerente dona sindico manha noite amiga amigo
    femme mari mere pere fils fille frere soeur oncle tante cousin cousine grand voisin voisine ami amie epouse
    epoux
    conjoint conjointe patron assistante gardien gardienne parents enfant apres midi demander
    frau mann mutter vater sohn tochter bruder schwester onkel tante oma opa eltern nachbar nachbarin freund
    freundin chef
    chefin herr ehefrau ehemann hausmeister assistentin vormittags nachmittags ab bis seit uhr
    moglie marito madre padre figlio figlia fratello sorella zio zia nonna nonno cugino cugina genitori vicino
    vicina
    amico amica capo titolare segretaria portiere mattina pomeriggio sera signora signor sig dopo chiedere
    vrouw man moeder vader zoon dochter broer zus zona maz matka ojciec syn corka brat siostra sasiad
    жена муж мама папа мать отец сын дочь брат сестра сосед
    """
)
#: Words of `_PEOPLE` that an hour or a year follows.
TIMES = _words(
    """
    since until before after from desde hasta despues antes depois ate apres avant depuis nach vor seit dopo
    """
)
#: What stands before the digits of an extension.
EXTENSIONS = _words(
    """
    ext exts extn extns xtn exten extension extensions extensao extensie xt x ex interno int anexo anx ramal ram rm
    rml extention
    r poste p
    durchwahl durchw dw app apparat opt option opcion opcao opc press pulse marque then
    nst nebenstelle nebenst klappe kl klapka linka l lin доб доп добавочный вн внутр внутренний 分机 分機 转 轉 дод 內線
    内線    内线 내선
    dahili dah toestel w tst binnen inwendig wew wewn wewnetrzny ekst ekstensi sambungan pesawat pes ankn anknytning
    alanumero linha2
    mellek mell esw alanro m local loc lokal lok klapa εσωτ εσωτερικο ตอ le may noi bo एक्सटेंशन تحويلة داخلي שלוחה
    """
)
#: Extensions of one letter or of a word that is a label as well: only right before the digits, at the end.
SHORT_EXTENSIONS = frozenset(
    {"p", "m", "l", "r", "rm", "local", "loc", "then", "le", "may", "bo", "app", "ex", "lin", "w"}
)
#: What may stand between the word for an extension and its digits.
FILLERS = frozenset({"no", "nr", "num", "number", "numero", "nº", "n", "номер", "tel"})
#: Words between two numbers.
CONNECTORS = frozenset({"or", "and", "y", "o", "e", "u", "ou", "et", "oder", "und", "i", "of", "en", "lub", "или", "и"})


def is_label(word: str) -> bool:
    """True for a folded word that says what kind of number it is."""
    return word in LABELS or _LABEL_STEMS.fullmatch(word) is not None


def is_person(word: str) -> bool:
    """True for a folded word that says who answers, or when."""
    return word in _PEOPLE or is_label(word)
