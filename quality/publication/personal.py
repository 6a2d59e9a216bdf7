"""Personal data in a text that is to be published: found, and named by kind. Pure: texts in, kinds out.

What is looked for: telephone numbers, e-mail addresses, resident identity numbers (GB 11643, with their check), order
and parcel numbers that lead to a buyer, and names of natural persons who sell, buy or answer the telephone.
Source of the duty: Personal Information Protection Law, Arts. 4 and 28; DOMAIN §2.12, "personal data never".

Batch numbers, listing numbers and web addresses are full of digits that only look like a telephone number: in such a
field only a number that says what it is (电话 …) or proves it (an identity number) counts. A brand may look like a
name (康师傅): in the name of a thing, only a name that says whose it is (经营者：…) counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from stdnum.cn import ric


class Personal(StrEnum):
    """A kind of personal data, as a code."""

    TELEPHONE = "telephone"
    EMAIL = "email"
    IDENTITY_NUMBER = "identity_number"
    CONTACT = "contact"  # WeChat, QQ and their like
    ORDER = "order"
    NAME = "name"


class Field(StrEnum):
    """What a text is for, and so what in it can be meant as personal data."""

    NUMBER = "number"  # batch, listing, limit …
    NAME = "name"  # of a product, a producer, an address
    PROSE = "prose"


# patterns are texts here, which `re` compiles when they are first sought and keeps: a start seeks none
HAN = "\u3400-\u9fff"
BEFORE, AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
GAP = r"[\s\-‐–—]?"
MOBILE = rf"{BEFORE}(?:\+?86{GAP})?1[3-9]\d{GAP}\d{{4}}{GAP}\d{{4}}{AFTER}"
LANDLINE = rf"{BEFORE}(?:\(0\d{{2,3}}\)|0\d{{2,3}}{GAP}){GAP}[2-9]\d{{6,7}}{AFTER}"
SERVICE = rf"{BEFORE}[48]00{GAP}\d{{3,4}}{GAP}\d{{3,4}}{AFTER}"
SAID = r"(?:号码|号|是|为|:|\.|\s){0,4}"
TELEPHONE = "(?:电话|手机|座机|热线|传真|联系方式|(?<![a-z])(?:tel|phone|mobile))"
SAID_TELEPHONE = rf"(?i){TELEPHONE}{SAID}\+?[\d\-()\s]{{6,}}\d"
EMAIL = r"(?a)[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"
IDENTITY = rf"{BEFORE}\d{{17}}[\dXx]{AFTER}"
CONTACT = rf"(?i)(?:微信|旺旺|(?<![a-z])(?:wechat|weixin|qq)){SAID}[a-z0-9][\w\-]{{4,}}"
BOUGHT = "(?:订单|运单|快递|物流|支付宝?|付款|交易)(?:流水)?(?:编号|单号|账号)?"
ORDER = rf"(?i){BOUGHT}{SAID}[0-9a-z]{{8,}}"

# fmt: off
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安"
    "颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲"
    "成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边净肖闫冷"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "司徒", "端木", "夏侯", "东方", "令狐")
# fmt: on
SURNAME = f"(?:{'|'.join(COMPOUND)}|[{SURNAMES}])"
TITLE = "(?:先生|女士|小姐|太太|老师|大姐|阿姨)"
ROLE = "(?:经营者|店主|店长|卖家|买家|收件人|收货人|寄件人|联系人|法定代表人|法人代表|负责人|姓名|买样员|抽样人员?)"
NAMED = rf"{ROLE}[:\s为是]{{1,3}}([{HAN}]{{2,}}(?:·[{HAN}]+)?)"
FIRM = "公司|集团|企业|商行|百货|超市|中心|[店铺厂部社馆院局城场站坊屋]"
ADDRESSED = rf"{SURNAME}{TITLE}|(?<![{HAN}]){SURNAME}[{HAN}]{{1,2}}{TITLE}"
OWN_SHOP = rf"([{HAN}]{{2,4}}?)(?:的(?:小?店|店铺|小铺|网店))?"


def found_in(text: str, field: Field, *, people: Iterable[str] = ()) -> list[Personal]:
    """Which kinds of personal data stand in `text`. `people` are names that must not appear in it, whoever they are."""
    plain = unicodedata.normalize("NFKC", text)
    return list(dict.fromkeys([*_numbers(plain, field), *_names(plain, field, people)]))


def names_a_person(text: str) -> bool:
    """Whether the whole text is a natural person's name, alone or with what they call their shop: 王小明, 王小明的小店.

    For the name of a shop without a company behind it. It asks for a surname and one or two characters more, so that
    小满童品旗舰店 is none; a made-up word that begins with a surname is one too many, and a person may decide.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    whole = re.fullmatch(OWN_SHOP, plain)
    return bool(whole and is_name(whole[1])) or re.fullmatch(ADDRESSED, plain) is not None


def is_name(text: str) -> bool:
    """A Chinese name: a surname and one or two characters, or any name written with a dot as in 阿依古丽·买买提."""
    if "·" in text:
        return True
    return re.fullmatch(rf"{SURNAME}[{HAN}]{{1,2}}", text) is not None


def begins_with_a_name(words: str) -> bool:
    """What follows 店主：, up to where the words end: a name, unless it goes on to a firm."""
    return "·" in words or (re.match(SURNAME, words) is not None and not re.search(FIRM, words))


def _numbers(text: str, field: Field) -> Iterator[Personal]:
    if re.search(SAID_TELEPHONE, text):
        yield Personal.TELEPHONE
    if re.search(EMAIL, text):
        yield Personal.EMAIL
    if any(ric.is_valid(number) for number in re.findall(IDENTITY, text)):
        yield Personal.IDENTITY_NUMBER
    if re.search(CONTACT, text):
        yield Personal.CONTACT
    if field == Field.NUMBER:
        return
    if any(re.search(pattern, text) for pattern in (MOBILE, LANDLINE, SERVICE)):
        yield Personal.TELEPHONE
    if re.search(ORDER, text):
        yield Personal.ORDER


def _names(text: str, field: Field, people: Iterable[str]) -> Iterator[Personal]:
    if any(begins_with_a_name(words) for words in re.findall(NAMED, text)):
        yield Personal.NAME
    if field == Field.PROSE and re.search(ADDRESSED, text):
        yield Personal.NAME
    if any(re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", text) for name in people if len(name) > 1):
        yield Personal.NAME
