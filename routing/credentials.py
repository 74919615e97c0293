"""Secrets by their shape: vendors' tokens, private keys, passwords that are said to be one."""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from routing.spans import Find

SECRET = "SECRET"  # noqa: S105 - a kind of find, not one of them

# Each starts where a word starts, and says how far it reaches at most: no text may make one slow.
_VENDORS = {
    "Alibaba": r"LTAI\w{12,30}",
    "Airtable": r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    "Artifactory": r"AKCp\w{60,80}",
    "Atlassian": r"AT[AC]TT3[\w=\-]{50,300}|ATBB\w{24,40}",
    "AWS": r"(?:A(?:KIA|SIA|BIA|CCA|GPA|IDA|ROA|IPA|NPA|NVA|SCA|PKA))[A-Z0-9]{16}(?![A-Z0-9])|ABSK[\w+/]{100,200}",
    "Azure": r"(?<!-)[\w.~]{3}[78]Q~[\w.~\-]{31,34}",
    "Brevo": r"xkeysib-[0-9a-f]{64}[\w\-]{0,20}",
    "Contentful": r"CFPAT-[\w\-]{43}",
    "crates.io": r"cio\w{32}(?!\w)",
    "Databricks": r"dapi[0-9a-f]{32}(?:-\d)?",
    "DigitalOcean": r"do[opr]_v1_[0-9a-f]{64}",
    "Discord": r"[MNO][\w\-]{23,27}\.[\w\-]{6}\.[\w\-]{27,40}(?!\w)"
    r"|discord(?:app)?\.com/api/webhooks/\d{5,30}/[\w\-]{20,100}",
    "Docker": r"dckr_(?:pat|oat)_[\w\-]{20,50}",
    "Doppler": r"dp\.(?:pt|st|sa|ct|scim|audit)\.\w{40,50}",
    "Dropbox": r"sl\.[\w\-]{100,400}",
    "Dynatrace": r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "Facebook": r"EAA[A-Za-z0-9]{80,400}",
    "Figma": r"figd_[\w\-]{40,60}",
    "Flutterwave": r"FLW(?:SEC|PUB)K?_?\w{0,5}-[\w\-]{12,50}",
    "Fly": r"fo1_[\w\-]{40,60}",
    "GitHub": r"gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255}",
    "GitLab": r"gl(?:pat|oas|rt|rtr|cbt|ptt|ft|imt|agent|soat|dt|ffct|wt)-[\w.\-]{20,300}|GR1348941[\w\-]{20,50}",
    "Google": r"AIza[\w\-]{35}|GOCSPX-[\w\-]{20,40}|ya29\.[\w\-]{20,500}|1//0[\w\-]{20,200}",
    "Grafana": r"gl(?:sa|c)_[\w+/=]{30,400}",
    "Groq": r"gsk_\w{40,60}",
    "HashiCorp": r"hv[sbr]\.[\w\-]{24,200}|\w{14}\.atlasv1\.[\w\-]{60,80}",
    "Heroku": r"HRKU-[\w\-]{36,80}",
    "HubSpot": r"pat-(?:na|eu)\d-[0-9a-f\-]{36}",
    "Hugging Face": r"hf_\w{30,60}",
    "JSON web tokens": r"(?<!-)eyJ[\w\-]{8,8000}\.[\w\-]{4,8000}(?:\.[\w\-]{0,8000}){1,3}",
    "LaunchDarkly": r"(?:sdk|mob|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "Linear": r"lin_(?:api|oauth)_\w{32,70}",
    "Mailchimp": r"[0-9a-f]{32}-us\d{1,2}(?!\w)",
    "Mailgun": r"key-[0-9a-f]{32}",
    "Netlify": r"nfp_\w{30,45}",
    "New Relic": r"NRAK-[A-Z0-9]{27}|NR(?:JS|II|AA|RA)-\w{19,64}|eu01xx[0-9a-f]{34,70}",
    "Notion": r"secret_[A-Za-z0-9]{43}(?!\w)|ntn_\w{40,60}",
    "npm": r"npm_[A-Za-z0-9]{36}",
    "NuGet": r"oy2[a-z0-9]{43}",
    "Nvidia": r"nvapi-[\w\-]{60,80}",
    "OpenAI, Anthropic": r"sk-[\w\-]{20,300}|sess-\w{40}",
    "PayPal": r"access_token\$production\$\w{16}\$[0-9a-f]{32}",
    "Perplexity": r"pplx-\w{40,60}",
    "Plaid": r"access-(?:sandbox|production)-[0-9a-f\-]{36}",
    "PlanetScale": r"pscale_(?:tkn|pw|oauth)_[\w.\-]{30,70}",
    "Postman": r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "Pulumi": r"pul-[0-9a-f]{40}",
    "PyPI": r"pypi-[\w\-]{40,400}",
    "Razorpay": r"rzp_(?:live|test)_\w{14,24}",
    "Replicate": r"r8_\w{37}",
    "Resend": r"re_\w{8}_\w{20,30}",
    "RubyGems": r"rubygems_[0-9a-f]{48}",
    "SendGrid": r"SG\.[\w\-]{16,32}\.[\w\-]{16,64}",
    "Sentry": r"sntry[su]_[\w+/=]{40,300}",
    "Shopify": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "Slack": r"xox[abceoprs](?:\.xox[bp])?-[\w\-]{10,400}|xapp-[\w\-]{10,400}"
    r"|hooks\.slack\.com/(?:services|workflows|triggers)/[\w/\-]{10,200}",
    "Square": r"sq0(?:atp|csp|idp)-[\w\-]{22,43}|EAAA[\w\-]{60}",
    "Stripe": r"(?:sk|rk|pk)_(?:live|test)_\w{10,250}|whsec_[\w+/=]{20,100}",
    "Supabase": r"sbp_[0-9a-f]{40}",
    "Tailscale": r"tskey-[\w\-]{16,80}",
    "Telegram": r"\d{8,10}:AA[\w\-]{32,34}(?!\w)",
    "Twilio": r"(?:SK|AC)[0-9a-f]{32}(?!\w)",
    "Typeform": r"tfp_\w{40,70}",
    "xAI": r"xai-\w{60,90}",
    "1Password": r"ops_eyJ[\w\-]{100,3000}|A3-[A-Z0-9]{6}-[A-Z0-9]{6,11}(?:-[A-Z0-9]{5}){3,5}",
    "age": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
}
_TOKENS = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_VENDORS.values())})")

# Without its end, a key reaches to the end of the text: better too much than half a key.
_PEM = r"-----{} [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----"
_PRIVATE_KEY = re.compile(
    rf"{_PEM.format('BEGIN')}[\s\S]*?(?:{_PEM.format('END')}|\Z)"
    r"|PuTTY-User-Key-File-\d:[\s\S]*?(?:Private-MAC: [0-9a-f]{20,80}|\Z)"
)
_IN_A_URL = re.compile(r"://[^\s\x00/:@<>\"'|]{0,100}:([^\s\x00/@<>\"'|]{1,200})@")
_IN_A_HEADER = re.compile(r"(?i)\b(?:bearer|basic|token)[ :]{1,3}([\w.~+/\-]{16,4000}={0,2})")
_AZURE = re.compile(r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=([\w%+/\-]{30,100}={0,2})")

# Also at the end of a longer word: `PGPASSWORD`, `Mailpasswort`.
_NAMED = r"(?:password|passwd|pwd|passphrase|pass ?wort|kennwort)"
_SAID = r"(?:is now|is|was|ist|lautet|war|est|es|heißt|heisst)"
_PASSWORD = re.compile(
    rf"(?i)(?:{_NAMED}|(?<![^\W_])(?:passcode|mot de passe|contraseña|clave|wachtwoord|senha|parola|pass|pw|pin))"
    r"[\"'*`_]{0,2}(?: (?:for|of|to|für|zum|zur|vom|von|pour|de) [^\x00\n:=]{1,40}?(?= i|[:=]| l| w| h))? ?"
    rf"(?:(?P<told>(?:{_SAID} ?)?(?::=|=>|->|[:=]))|(?P<said>{_SAID})(?=\s))"
    r"\s{0,3}[\"'`*]{0,3}(?P<value>[^\s\x00\"'`<>]{4,128})"
)
# Without any word between, only what can be nothing else: `vpn password Hunter22!`, or what has a line of its own.
_PASSWORD_BESIDE = re.compile(
    rf"(?i){_NAMED}(?: {{1,3}}|(?P<line> {{0,3}}\n\s{{0,3}}))[\"'`*]{{0,3}}(?P<value>[^\s\x00\"'`<>]{{6,128}})"
    r"(?P<end>(?= {0,3}(?:\n|\Z)))?"
)
_PRODUCTS = re.compile(
    r"(?i)(?:office|windows|win|microsoft|oauth|auth|sha|aes|rsa|md|base|ipv|log|m|o|web|sso|pkcs|crm|db|s)-?\d+\W*"
)
_USER_OPTION = re.compile(
    r"(?<!\S)(?:-u|-U|--user|--proxy-user)[ =]{0,2}[\"']?[^\s:\"'\x00]{1,64}:(?P<value>[^\s\"'\x00]{3,200})"
)
_FETCHES = re.compile(r"(?i)\b(?:curl|wget|https?|xh)\s")
_FETCHES_REACH = 300
_AUTHORIZATION = re.compile(
    r"(?i)\bauthorization[\"']{0,2} ?[:=] ?[\"']{0,2}(?:basic|bearer|token|apikey) {1,3}"
    r"(?P<value>[\w.~+/\-]{6,4000}={0,2})"
)
# What was sent to somebody's phone to let them in: `2FA code: 482913`.
_BARE_CODE_MIN = 6  # `MFA 2026` is a year
_CODE = re.compile(
    r"(?i)(?<![^\W_])(?:(?:2fa|mfa|t?otp|tan)(?P<bare>)|sms|verification|verifizierungs|bestätigungs|security|sicherheits|"
    r"login|one[ \-]time|einmal|backup|recovery|auth(?:entication|enticator|entifizierungs)?)"
    r"(?P<code>[ \-]?(?:code|pin|passcode|nummer))?(?: (?:is|ist|lautet|was|war))?[ :=]{1,3}[\"'`*]{0,3}"
    r"(?P<value>\d{3}[ \-]?\d{3}|\d{4,8})(?![\w\-/]|[.,]\d)"
)
_WORDS_BEHIND = """
    access ask blank bool can't cannot change changed changes changing different does doesn't empty expired expires
    expiring false forgot forgotten hidden how incorrect invalid locked login lost manager masked missing need needed
    needs none null optional placeholder please policy redacted removed required requires reset resets rotation same
    secret see sent should string that the their there they this true unknown what when where which will with would
    wrong
"""
_NO_PASSWORD = frozenset(_WORDS_BEHIND.split())
_ASSIGNED = re.compile(
    r"(?i)(?:(?:key|secret|token|credentials?|auth|pat|bearer|signature|passwd|password|cookie|session(?:_?id)?)"
    r"[\"'\]*`]{0,3} {0,3}(?::=|=>|->|[:=]| is | was )|(?:secret|token|(?:api|access|private)[ _-]?key)\s)"
    r"[\s\"'`*<]{0,4}(?P<value>[\w+/.~\-]{16,512}={0,2})"
)
_ENTROPY_MIN = 3.2  # bits a character; words and numbered names stay below, random ones are above


def secrets(text: str) -> Iterator[Find]:
    for pattern in (_PRIVATE_KEY, _TOKENS):
        yield from (Find(*match.span(), SECRET) for match in pattern.finditer(text))
    for pattern in (_IN_A_URL, _IN_A_HEADER, _AZURE):
        for match in pattern.finditer(text):
            if pattern is not _IN_A_HEADER or _is_random(match[1]):
                yield Find(*match.span(1), SECRET)
    yield from _introduced(text)
    yield from _passwords(text)
    for match in _ASSIGNED.finditer(text):
        if _is_random(match["value"]):
            yield Find(*match.span("value"), SECRET)


def _introduced(text: str) -> Iterator[Find]:
    """What stands where only a secret can: behind a header, an option, or the name of a code."""
    for match in _AUTHORIZATION.finditer(text):
        if not re.fullmatch(r"[a-z\-]+|[A-Z_]+", match["value"]):
            yield Find(*match.span("value"), SECRET)
    for match in _CODE.finditer(text):
        if match["code"] or (match["bare"] is not None and len(match["value"]) >= _BARE_CODE_MIN):
            yield Find(*match.span("value"), SECRET)
    for match in _USER_OPTION.finditer(text):
        if _FETCHES.search(text, max(0, match.start() - _FETCHES_REACH), match.start()):
            yield Find(*match.span("value"), SECRET)


def _passwords(text: str) -> Iterator[Find]:
    for match in _PASSWORD.finditer(text):
        value = match["value"].rstrip(".,;:!?)]}*_")
        if len(value) >= len("1234") and (_is_no_word(value) if match["said"] else _may_be_told(value)):
            yield Find(match.start("value"), match.start("value") + len(value), SECRET)

    for match in _PASSWORD_BESIDE.finditer(text):
        value = match["value"].rstrip(".,;:?)]}*_")
        if _can_be_nothing_else(value, is_alone=match["line"] is not None and match["end"] is not None):
            yield Find(match.start("value"), match.start("value") + len(value), SECRET)


def _can_be_nothing_else(value: str, *, is_alone: bool) -> bool:
    """Letters, digits and more than small letters: `Hunter22!`. On a line of its own, small letters will do."""
    has_both = re.search(r"\d", value) and re.search(r"[a-z]", value)
    is_odd = is_alone or re.search(r"[A-Z]|[!@#$%^&*+?](?!$)", value)
    return (
        bool(has_both and is_odd)
        and not _PRODUCTS.fullmatch(value)
        and not re.search(r"://|^[\[{$]|\.[a-z]{2,4}$", value)
    )


def _is_no_word(value: str) -> bool:
    """A password in a sentence has digits, odd signs or odd capitals: "my password is wrong" has none."""
    letters = re.sub(r"[-'’/.]", "", value)
    return not letters.isalpha() or not (letters.islower() or letters.istitle() or letters.isupper())


def _may_be_told(value: str) -> bool:
    return value.lower() not in _NO_PASSWORD and not re.fullmatch(r"[*•x.\-_#]+|https?:.*|\$?\{.*|\[.*", value)


def _is_random(value: str) -> bool:
    """Letters and digits without order. A path, a name with a number or a date has too much of it."""
    if not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value):
        return False
    return -sum(n / len(value) * log2(n / len(value)) for n in Counter(value).values()) >= _ENTROPY_MIN
