"""What people write beside a phone number to say not to use it: it is wrong, dead, a fax, or not to be called.

Owns: the vocabulary, folded (`words.fold`), by language. A language's letters that have no plain form (ł, ı, ø) stand
as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache

from batch.loader.phones.words import fold, is_label

#: A tag of a kind of number beside "fax": both go to one line.
_TELEFAX = re.compile(r"\b(?:tel\w*|phone|ph|t|fone)\b\W*(?:and|y|e|et|und)?\W*\bfax\b|\bfax\b\W*\btel\w*")
#: Words and beginnings of words (`*`); `_` is a space.
_ENGLISH = """
    wrong incorrect* invalid* bad not dont don't doesn't doesnt didn't isn't isnt wasn't never cannot can't
    won't nonworking
    non_working dnc dncl dnd no_longer nobody no_such disconnect* disconn* disc disco out_of_service out_of_order
    out_of_use oos dead deceased died passed_away rip late fax* telefax facsimile opt-out opt_out opted_out
    opted-out
    optout unsub unsubscri* stop stopped remove* blocked block blacklist* spam* barred ceased inactive deactivated
    cancel* suspended expired ex former* previous* moved changed nonexist* non-exist* non_exist* unassigned
    unallocated
    unreachable complain* litigat* lawsuit lawyer attorney refus* revoked hang*_up hung_up hangs_up delet* sued
    suing tps ctps
    bounced? retired resigned quit unused left_the left_company left_job left_us unavailable unregistered
    unlisted fail*
    broken stolen lost hate* annoyed angry hostile void obsolete outdated terminated someone somebody anyone anymore
    uninterested restricted suppress* prohibit* harass* deny denied declin* withdr* old incorrectly ported reassign*
    scam* fraud* fired test tests testing tested fake* dummy closed returned bounce different_person diff_person
    diff._person
    another_person other_person stranger belongs n/g n/s nis d/c switched_off turned_off shut_off cut_off busy
    typo mistake error erroneous placeholder unknown unverified unconfirmed evicted divorced estranged in_jail sold
    bankrupt minor mailbox_full voicemail_full do_not no_good not_good lapsed banned abusive vulnerable insolvent
    no_answer no_reply d.n.c passed bounces recycled new_owner voicemail_only out_of_reach no_marketing
    no_consent no_solicit* no_soliciting ringing_out rings_out temporary rude
"""
_SPANISH = """
    equivocad* equivoca errone* errad* mal_num* malo mala fuera_de fuera desconectad* desconect* baja fallec*
    difunt* muert*
    murio inexistent* cambi* viej* antigu* anterior suspendid* bloquead* bloq desactivad* desactiv* inactiv*
    robinson
    nunca sin_servicio sin_linea sin_uso rechaz* ya_no no_es no_existe no_usar inval* incorrect* apagad* cortad*
    dejo desuso
    robad* perdid* jubilad* pensionad* retirad* despedid* renunci* perturb* molest* demand* oposicion borrad*
    eliminad*
    cancelad* extraviad* otra_persona otro_titular otro_dueno otra_duena pertenece* fals* cerrad* caduc* vencid*
    reclam*
    denunci* vigente averiad* danad* restringid* ficticio ficticia inventad* invento estaf* fraude extorsion*
    abogad*
    prohibid* quej* baneado desconocid* prueba hurtad* divorciad* ocupado mudad* mudo buzon_de_voz robaron
    sin_senal nuevo_dueno nueva_duena ignorar
"""
_PORTUGUESE = """
    engano incorret* invalid* nao desligad* falec* morreu morta? morto obito antig* velh* mudou trocou trocad*
    descadastr*
    fora_de fora_do desativad* inativ* inoperant* roubad* excluid* apagar parou processo outra_pessoa outro_dono
    saiu
    aposentad* procon suspens* encerrad* golpe teste demitid* proibid* bloqueou cancelou sem_servico sem_uso
    caixa_postal perdeu novo_dono nao_perturbe incomod* vencido vencida
"""
_FRENCH = """
    faux fausse mauvais* ne_* n'est n'existe n'appartient pas hors decede* desabonn* resili* inexistant* ancien*
    telecopie*
    erreur errone* supprim* perdu* vole volee inactif inactive inactifs plus_attribue* plus_valable plus_valide
    plus_utilise plus_en_service plus_joignable bloctel liste_rouge coupe coupee suspendu* parti partie quitt*
    a_quitte retraite* oppos* s'oppose ferme fermee perime* fictif injoignable attribue desactive* bloque* mort
    morts
    harcel* plainte avocat divorce* licenci* demission* autre_personne quelqu'un obsolete* annule* incorrecte*
    invalide*
    change changee repondeur demenag* inconnu*
"""
_GERMAN = """
    falsch* nicht nichts nie niemals verstorben* gestorben* tot tote toter ausser_betrieb ausser ungultig*
    abgemeldet*
    abmelden gesperrt* sperr* werbesperre werbung gekundigt* alte alter altes kein* geloscht* verloren inaktiv*
    geandert* gewechselt widerspr* widerruf* verzogen ausgeschied* ruhestand pension* rentner* ehem* veralt*
    abgeschalt*
    abgestellt* stillgelegt* fehler* verweiger* gehort andere_person anderer_person geschlossen* erloschen*
    storniert*
    deaktiviert* blockiert* insolvent* verkauft* unbekannt* unerreichbar* defekt* gestohlen* belastig* beschwer*
    anwalt*
    vergeben umgezogen ausgezogen besetzt vorherige* fruher* ungenutzt* unzustellbar*
"""
_ITALIAN = """
    sbagliat* errat* non decedut* defunt* disattivat* fuori_servizio fuori_uso vecchi* inattiv* inesist* morto
    morta blocc*
    oppos* registro_opposizioni stacc* scollegat* rubat* smarrit* cessat* dismess* disdett* annull* sospes*
    pensionat*
    pensione chius* altra_persona di_un_altro altro_titolare errore scadut* obsolet* fallit* licenziat* dimess*
    truffa
    segreteria_telefonica trasferit* reclamo avvocato cambiat* rimoss* persa spento
"""
_OTHERS = """
    niet geen verkeerd* overleden fout* oud oude afgesloten buiten_gebruik opgezegd ongeldig* nooit
    nie zł[ey] zly b[lł][eę]dn* zmar[lł]* nieaktualn* nieczynn* star[yaei] wy[lł][aą]czon*
    yanl[iı]s* hatal[iı] vefat arama* kapal[iı] iptal eski gecersiz kullan[iı]lm[iı]yor faks
    неверн* не умер* факс* ошиб* стар* недейств* отключ* заблок* неправ* смени* уволен* нет чужой
    salah tidak jangan mati nonaktif tak_* almarhum* palsu rusak
    fel felaktig* forkert* feil* ikke inte avliden dod død ur_bruk utgatt sparrad* gammal* gammel* gamle
    vaara* ei_* kuollut vanha spatn* neplat* zesnul* zrusen* rossz hibas nem_* elhunyt regi megszunt
    gresit* nu_* decedat* vechi pogres* krivi umro λαθος μην δεν φαξ παλι* απεβιωσε
    sai_so khong
"""
#: Scripts without spaces or capitals: found wherever they stand.
_ANYWHERE = """
    空号 错误 错号 打错 传真 傳真 不要 勿 停机 停用 关机 拒接 拒绝 拒打 无效 旧号 舊號 作废 注销 别打 已故
    去世 过世 過世 换号 錯誤 空號 投诉 骚扰 离职 退订 黑名单 ファックス ファクス 間違 番号違い 使われて
    使用されて 使用不可 解約 死亡 故人 不通 無効 かけない 電話しない 禁止 拒否 退職 旧番号 繋がらない
    つながらない 팩스 결번 잘못 틀린 바뀐 없는 사망 고인 해지 정지 거부 금지 퇴사 하지_마 하지마 فاكس خطأ خاطئ
    غلط متوفى توفي مغلق معطل قديم ملغي محظور لا_ غير_ خارج_الخدمة לא שגוי פקס נפטר מנותק गलत फैक्स बंद मृत
    निधन पुराना अमान्य न_करें ना_करें मत_ ভুল ফ্যাক্স বন্ধ ผิด ยกเลิก แฟกซ์ กลต ห้ามโทร เสียชีวิต
"""


def _pattern(word: str) -> str:
    stem = word.rstrip("*")
    return stem.replace("_", r"[\s-]+").replace(".", r"\.").replace("*", r"\w*") + (r"\w*" if word != stem else "")


@lru_cache(maxsize=1)  # compiled for the first number with words beside it: that takes ten milliseconds
def _flags() -> re.Pattern[str]:
    stems = " ".join((_ENGLISH, _SPANISH, _PORTUGUESE, _FRENCH, _GERMAN, _ITALIAN, _OTHERS)).split()
    words = "|".join(map(_pattern, dict.fromkeys(stems)))
    signs = "|".join(fold(word).replace("_", r"\s") for word in _ANYWHERE.split())
    return re.compile(rf"\b(?:{words})(?!\w)|{signs}|\balt(?=[)\]\s!.]*$)")


#: `no` before a verb, as in "no llamar"; before a label it is short for "number".
_NO = re.compile(r"\bno\W+([^\W\d_]+)|\bno\s*!()")
_NO_CALL = re.compile(r"\bno\s+(?:calls?|contact\w*|texts?|sms|whatsapp|llamar|ligar|es|phone)\b")


def is_telefax(text: str) -> bool:
    """True for folded `text` that names a telephone and a fax at once: "Tel/Fax" says what the number is good for."""
    return _TELEFAX.search(text) is not None


def flag_of(text: str) -> str:
    """What in folded `text` says that a number is wrong, dead, a fax or not to be called; empty: nothing."""
    text = text.replace("’", "'")
    if (found := _flags().search(text)) and not is_telefax(text):
        return found[0]
    if word := next((found[0] for found in _NO.finditer(text) if not is_label(found[1] or "")), ""):
        return word
    found = _NO_CALL.search(text)
    return found[0] if found else ""
