"""Ways to write a word so that a rule does not find it and a person still reads it. Each takes the plain words."""

from collections.abc import Callable, Mapping

Trick = Callable[[str], str]

_CYRILLIC = dict(zip("aceopxyisj", "асеорхуіѕј", strict=True))
_GREEK = dict(zip("oaunvipetk", "οαυηνιρετκ", strict=True))
_COPTIC = dict(zip("oacpkntmy", "ⲟⲁⲥⲣⲕⲛⲧⲙⲩ", strict=True))
_ARMENIAN = dict(zip("ouhn", "օսհո", strict=True))
_ACCENTED = dict(zip("aeiouncy", "áêíõüñçý", strict=True))
_LEET = dict(zip("oieastb", "0134578", strict=True))
_SMALL = dict(zip("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", strict=True))


def _inside(mark: str) -> Trick:
    return lambda words: " ".join(word[: len(word) // 2] + mark + word[len(word) // 2 :] for word in words.split())


def _everywhere(mark: str) -> Trick:
    return lambda words: " ".join(mark.join(word) for word in words.split())


def _with(looks: Mapping[str, str]) -> Trick:
    return lambda words: "".join(looks.get(letter, letter) for letter in words)


def _shifted(first: int) -> Trick:
    return lambda words: "".join(
        chr(first + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter for letter in words
    )


INVISIBLE: Mapping[str, Trick] = {
    "a zero-width space": _inside("\u200b"),
    "non-joiners everywhere": _everywhere("\u200c"),
    "a joiner": _inside("\u200d"),
    "a soft hyphen": _inside("\u00ad"),
    "a word joiner": _inside("\u2060"),
    "a byte order mark": _inside("\ufeff"),
    "a tag": _inside("\U000e0061"),
    "a variation selector": _inside("\ufe0f"),
    "a Hangul filler": _inside("\u3164"),
    "a grapheme joiner": _inside("\u034f"),
    "a control character": _inside("\x08"),
    "a text turned around": lambda words: f"\u202e{words[::-1]}\u202c",
}
MIXED: Mapping[str, Trick] = {
    "Cyrillic letters": _with(_CYRILLIC),
    "Greek letters": _with(_GREEK),
    "Coptic letters": _with(_COPTIC),
    "Armenian letters": _with(_ARMENIAN),
}
VISIBLE: Mapping[str, Trick] = {
    "letters struck through": _everywhere("\u0336"),
    "accents": _with(_ACCENTED),
    "full width": _shifted(0xFF41),
    "mathematical letters": _shifted(0x1D41A),
    "circled letters": _shifted(0x24D0),
    "small capitals": _with(_SMALL),
    "digits for letters": _with(_LEET),
    "letters apart": lambda words: "  ".join(" ".join(word) for word in words.split()),
    "dots between all letters": lambda words: ".".join(words.replace(" ", "")),
    "dashes between letters": _everywhere("-"),
    "a letter a line": lambda words: "\n".join(words.replace(" ", "")),
    "markup inside": _inside("*"),
    "a mention inside": _inside("<@U1>"),
    "entities": lambda words: "".join(f"&#{ord(letter)};" for letter in words),
    "fillers as spaces": lambda words: words.replace(" ", "\u3164"),
    "Braille blanks as spaces": lambda words: words.replace(" ", "\u2800"),
}
TRICKS: Mapping[str, Trick] = {**INVISIBLE, **MIXED, **VISIBLE}

# What people really write, and no trick: scripts by themselves, borrowed words, units, names, emoji and their parts.
HONEST = (
    "Привет, не работает VPN и e-mail, помогите пожалуйста",
    "Мы заказали 20 штук Wi-Fi роутеров для IT-отдела",
    "καλημέρα, δεν μπορώ να συνδεθώ στο Outlook",
    "請求書の金額が間違っています。VAT番号も違います。",
    "송장이 잘못되었습니다 VPN 연결도 안 됩니다",
    "الفاتورة خاطئة، رقم VAT غير صحيح",
    "החשבונית שגויה, בבקשה לבדוק את ה-PDF",
    "می‌خواهم رمز عبور را تغییر دهم",
    "क्षमा करें, बिल ग़लत है और VPN नहीं चलता",
    "ใบแจ้งหนี้ผิด ช่วยดู PDF ด้วย",
    "Zażółć gęślą jaźń, faktura nr 12 jest błędna",
    "Çok yavaş, şifremi sıfırlayamıyorum, İstanbul ofisi",
    "Straße, Größe und Maße stimmen nicht – siehe “Übersicht” … ½ Palette",
    "naïve café, résumé of Zoë, François and Søren Kjærgård",
    "Nguyễn Thị Hương cần hóa đơn mới",
    "👨\u200d👩\u200d👧 all set ❤\ufe0f thanks 👍🏽 1\ufe0f\u20e3 first 🏳\ufe0f\u200d🌈",
    "the team 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f plays tonight",
    "at 5 kΩ and 100 μs, Δt is 3 σ, α = 0.05 and β-blockers",
    "葛\U000e0100城市 and 邉\U000e0101さん wrote",
    "\u2068Maya\u2069 wrote to \u2066Tom\u2069, see #help\u200b and so on \ufeff",
    "i.e. the A/B test, e.g. v1.2.3, U.S.A., a.k.a. R&D",
    "H₂O and x² over 10⁻³, №5, ℃, ™ and ©\ufe0f2026",
    "d'accord, l'été, rock'n'roll, O’Brien’s, it’s",
    "Ελληνικά and Русский and 日本語 are languages",
)
