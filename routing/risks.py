"""Words that ask for something dangerous, or speak of something sensitive. A false alarm costs a press; a miss, more.

How lines are read, see `words.phrase`: `-not|after these a|choice .. ^not|right|behind four|words|on -not|before`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from routing.decisions import (
    Candidate,
    Opinion,
    Reason,
)
from routing.folding import fold
from routing.kinds import DestinationName
from routing.map import RoutingMap
from routing.words import Phrasebook, Reading, heard, phrasebook, put_together, tokens, vocabulary_of

OWNER_SCORE = 0.95

_DELETE = "delete|deletes|deleting|del|remove|removing|erase|erasing|wipe|wiping|purge|purging|destroy|nuke"
_ERASE = "delete|deletes|deleting|erase|erasing|wipe|wiping|purge|destroy|nuke"
_CLOSE = "close|closing|cancel|cancelling|canceling|deactivate|deactivating|terminate|terminating"
_ACCOUNT = "account|accounts|acct|accts|acc"
_WANT = "want|wants|need|needs|would|have|get|please|must|should|request|like"
_GIVE = (
    "give|giving|get|getting|need|needs|want|wants|request|requesting|require|requires|provide|restore|enable|extend|"
    "arrange|approve|allow|grant|granting"
)
_TAKE = "remove|removing|revoke|revoking|withdraw|cut|kill|change|changing|modify|limit|restrict"
_MFA = "mfa|2fa|otp|totp|sso|authenticator|passkey|yubikey"
_THEM = (
    "me|him|her|them|us|@|user|users|colleague|coworker|contractor|intern|teammate|hire|starter|freelancer|consultant|"
    "agency"
)
_RIGHTS = "permission|permissions|rights|role|roles|privilege|privileges|admin|administrator|superuser|sudo"
_A_PLACE = "page|panel|dashboard|console|docs|guide|area|screen|settings|ui|view|tool|portal|app|section|tab|menu|api"
_OUTSIDE = (
    "customer|customers|client|clients|user|users|subscribers|press|journalist|journalists|reporter|reporters|media|"
    "newspaper|partner|partners|vendor|vendors|supplier|suppliers|investor|investors|prospect|prospects|leads"
)
_CONTACT = "email|mail|emailing|mailing|messaging|contact|contacting|notify|notifying|inform|informing"
_THE = "the|all|every|our|this|that|these|those|some|any|each|both|affected"
_A_NOUN = (  # after these, *email* and *message* are things, not deeds
    "-the|a|an|this|that|error|my|our|your|their|no|which|welcome|confirmation|automatic|automated|every|each|wrong"
)
_POLICY = (
    "policy|policies|terms|conditions|page|docs|documentation|faq|guide|process|rules|api|endpoint|webhook|form|"
    "feature|report|section"
)
_NOT_PAYING = "-cant|cannot|unable|tried|trying|couldnt|how|where|did|failed|fails|failing"
_NOT_PROCESSING = f"{_NOT_PAYING}|do|does|it|not|doesnt|didnt|wont|error|when|while"
_SECRETS = "key|keys|credential|credentials|password|passwords|token|tokens|secret|secrets|passphrase|certificate"
_LEAKED = "leaked|leak|leaks|leaking|exposed|stolen|compromised|pwned|published|hardcoded"
_PUSHED = "pushed|committed|posted|pasted|uploaded"

_ACCOUNT_DELETION = f"""
    {_DELETE} .. {_ACCOUNT}; {_CLOSE} .. {_ACCOUNT} -settings|menu|page|tab|dropdown
    remove|removing|close|terminate .. profile|tenant|organisation|organization
    {_ERASE} .. profile|tenant|everything|customer|customers|client|user|users|organisation|organization
    {_ERASE}|remove|removing all|my|his|her|their|our|every|customer|customers|user data|record|records|
        information -point|points|source|sources|labels
    {_ERASE}|drop all|everyones|entire|whole|every .. data|records|database|history|users|customers|files
    {_WANT} .. {_ACCOUNT}|profile|data|everything .. deleted|removed|erased|closed|terminated|wiped|deactivated|
        purged
    {_ACCOUNT}|profile|user|customer|data|tenant deletion|removal|erasure|closure|termination
    deletion|removal|erasure|closure|termination of .. {_ACCOUNT}|profile|user|customer|data|tenant
    get|getting rid of .. account|accounts|customer|user|profile; right to be forgotten; right to erasure
    {_ERASE} data -point|points|source|sources|labels; deactivate|deactivating customer|profile|tenant
    forget me; forget this|that customer|user|person
"""

_PAYMENT = f"""
    refund|refunds|refunding -{_POLICY}; {_WANT} .. refunded|reimbursed; be|get refunded|reimbursed; money back
    reimburse|reimbursement|reimbursing -policy|policies|form
    wire transfer|transfers|money|funds|payment|payments; bank transfer|transfers; by wire; remit|remitting
    wire|wiring|transfer|transferring|send|sending .. money|funds|usd|eur|gbp|dollars|euros|pounds
    {_NOT_PAYING} pay|paying|prepay|settle .. invoice|invoices|bill|bills|vendor|supplier|contractor|freelancer|
        agency|him|them|her|fee|fees|amount|deposit|salary|bonus|ransom|balance|debt|now|today|immediately
    {_NOT_PROCESSING} process|make|execute|release|initiate|authorize|authorise|approve|schedule|trigger|resend|
        expedite|reverse|send .. payment|payments|payout|payouts|transfer|payroll|chargeback -page|pages|method|
        methods|form|screen|provider|gateway|link|reminder|option|api|webhook|webhooks|event|events|flow|button
    issue|give|apply a|an|the|him|her|them|us|me|this|that|some|another|full|partial .. credit|payment|payout
        -card|cards|page
    issue|issuing credit -card|cards; credit note|notes; chargeback|chargebacks; pay|paying out -of
    payout|payouts to|now|today|for
    credit the|his|her|their|our|my|this|that|back .. account|card|customer|balance
    -double|a|the|this|wrong|extra|unknown|unexpected|duplicate|why|did|do charge .. card|customer|
        customers|client|account|again|them|him|her|me
    change|update|changing|updating|switch|replace|new .. bank|iban|beneficiary|payout details|account|number|
        information|iban
    change|update|replace|new|different iban|beneficiary; gift card|cards
    write|writing off .. invoice|debt|balance|fee|amount|charge
    waive|waiving|void|voiding .. fee|fees|invoice|invoices|charge|charges|penalty
"""

_ACCESS_CHANGE = f"""
    {_GIVE} .. ^to|cant|cannot|not|who|i|we access -denied|log|logs|point|points|token
    can|could|may|should|let i|we|she|he|they|you|@ .. have|get|gain .. ^to access -log|logs
    {_TAKE} .. ^to access -log|logs|point|points; -subject access request|requests; revoke|revoking
    grant|granting .. {_RIGHTS}|{_THEM}|token|tokens
    prod|production|database|db|vpn|ssh|root|admin|administrator|write|sudo|superuser|github|aws|full access
        -log|logs|page|denied|is|was|layer|time|times|error|errors|fails|failed|broken
    {_GIVE}|make|making|assign|add .. {_RIGHTS} -{_A_PLACE}
    {_TAKE}|strip|update|updating|elevate|escalate|raise|upgrade|edit .. {_RIGHTS} -{_A_PLACE}
    make|making {_THEM}|my|our|the .. owner|admin|administrator|manager|moderator|superuser
    -how|where add|adding|invite|inviting|put|onboard {_THEM} to|into|on|in|as -list|thread|call|meeting|loop|cc
    -how|where add|adding|invite|inviting my|our|the|this|a|new|another .. {_THEM} .. to|into|as
    add|adding|invite|put .. to|into .. admins|admin|administrators|group|groups|role|vpn|okta|allowlist|
        whitelist|sudoers|payroll
    {_THEM} .. added|invited to|into|as; be added|invited to|into .. admins|group|groups|role|team|vpn|workspace
    remove|removing|kick|delete {_THEM} from
    remove|removing .. from .. admins|group|groups|role|workspace|okta|vpn|payroll
    reset|resetting|disable|disabling|bypass|bypassing|remove|removing|skip|deactivate|unenroll .. {_MFA}
    {_MFA} reset|removed|disabled; turn|turning|switch off .. {_MFA}
    reset|disable|bypass|remove .. two|multi|second factor; turn off .. two|multi factor
    -how|where|cant|cannot|couldnt|unable|trying reset|resetting my password|passwords|pin; admin|administrator rights
    reset|resetting password|passwords -page|form|link|email|screen|policy|field|button|flow
    reset|resetting|change|changing his|her|their|the|this|that|customer|user|customers|users|@|for ..
        password|passwords|credentials|pin -page|form|link|email|screen|policy|field|button
    unlock|unlocking|suspend|suspending|reactivate|reinstate|unblock .. account|accounts|user|users|login|him|her
    enable|disable|block|lock .. account|accounts; deactivate|deactivating .. user|users|login|him|her
    share|send|give|forward .. password|passwords|credentials|pin|secret|secrets -reset|page|policy|email
    -how|where send|give|share|create|generate|issue me|us|him|her|them|@|a|an|the|new .. api|access|ssh|private|
        secret key|keys|token|tokens|certificate
    provision|provisioning|deprovision|offboard|offboarding
    create|creating|set|open|need|needs .. account|login|user for -free
    allowlist|whitelist .. ip|me|us|my|our|this|domain|address; impersonate .. user|customer; log in as
    take over .. account|login|ownership; transfer|transferring|hand .. ownership
"""

_EXTERNAL_EMAIL = f"""
    {_A_NOUN} {_CONTACT} {_OUTSIDE} -cannot|cant|see|get|receive|page|list|portal
    {_A_NOUN} {_CONTACT}|text|sms|message {_THE} .. {_OUTSIDE} -cannot|cant|see|get|receive|page|list|portal
    {_A_NOUN} email|mail|notify everyone|everybody
    -what|how|when|should tell|telling|warn|update .. {_OUTSIDE} that|about|we|to|our|it|why
    send|sending|forward|forwarding|write|writing|reply|replying|respond|responding|announce|announcing|publish|
        draft|drafting|blast|answer .. to .. {_OUTSIDE}|public -table|tables|endpoint|api
    share|sharing .. with .. {_OUTSIDE}|public; release|releasing .. to .. press|media|public
    send|sending|forward|give {_OUTSIDE} .. email|message|update|notice|statement|offer|reply|apology|copy|link|
        invoice|file|document
    send|sending {_THE} .. {_OUTSIDE} .. email|message|update|notice|statement|offer|reply|apology|copy
    send|sending|blast .. newsletter|newsletters|campaign|mailing|mailshot|announcement -template|settings
    mass|bulk email|emails|mailing|mail|message; email|mail blast|blasts; press release|statement|conference
    send|sending|forward|share|email|mail .. external|externally|outside|outsiders|gmail|competitor|competitors
    post|publish|share|announce .. twitter|linkedin|facebook|instagram|social|publicly|blog|statuspage
    tweet|tweeting; reach|reaching out to .. {_OUTSIDE}
"""

_SECURITY = f"""
    phishing|phish|phished|smishing|vishing|spoofed|spoofing|malware|ransomware|virus|viruses|trojan|spyware|
        keylogger|rootkit|botnet
    vulnerability|vulnerabilities|cve|exploit|exploits|exploited|xss|csrf|rce|ssrf|ddos|backdoor|pentest
    sql injection; zero day; hacked|hacker|hackers|hack -day|week|days; brute force; social engineering
    -memory|resource|connection {_LEAKED}|{_PUSHED} .. {_SECRETS}; {_SECRETS} .. {_LEAKED}|{_PUSHED}|pastebin
    {_SECRETS} .. to|in|on .. public; leaked|leak|exposed .. data|database|records|documents|emails|addresses
    data leak|leaks|leakage|exfiltration|exposure|theft|stolen|leaked|exposed; breach|breaches -of
    been|was|were|got|hackers|attackers breached; breached .. database|system|systems|server|servers|network|data
    security|data breach|incident|hole|flaw|bug|alert|issue|problem|report|advisory|patch|violation
    suspicious|unauthorized|unauthorised|fraudulent|fake|unusual|strange|weird login|logins|sign|signin|email|
        emails|mail|mails|link|links|activity|access|attachment|transaction|transactions|device|call|usb
    suspicious|fake message|messages|request|invoice|website|site|file|person
    unknown|unrecognized|unrecognised login|logins|sign|signin|device|activity|transaction|transactions
    logged|signed in .. from .. another|unknown|different|foreign|new country|location|device|ip
    account|laptop|server|machine|mailbox|phone|computer .. hacked|compromised|hijacked|infected|stolen
    lost|stolen .. laptop|phone|badge|yubikey|device|notebook|usb
    scam|scammer|scammed|fraud|fraudster|impersonating|impersonated|impersonator|impersonation
"""

_PERSONAL_DATA = """
    gdpr|ccpa|dsgvo|hipaa|pii|dsar|dsr|lgpd|dpo
    personal|sensitive|private data|information|info|details|records
    data|subject subject|access request|requests|rights; social security|insurance number|numbers|no; ssn|ssns
    data protection|privacy; privacy officer|complaint|request|requests|regulator|violation
    passport number|numbers|copy|copies|scan|scans|photo|details; date|dates of birth
    medical|health|patient|biometric record|records|data|information|history|file|files|certificate
    copy|copies|scan .. passport|passports|id|identity|driving; national id|insurance
    card numbers; card number|details .. visible|exposed|leaked|shared|logs|plaintext|plain
    right to be forgotten; right to erasure|access; withdraw .. consent; home address|addresses
    export|exporting|download|copy|dump|extract|list .. customer|customers|user|users|employee|employees|person|
        his|her|their|someones|somebodys|everyones|clients|colleagues|patient .. data|records|information|details|
        emails|addresses|address|phone|phones|numbers|names|salaries|salary|history
    send|share|give .. customer|customers|user|users|employee|employees|person|his|her|their .. data|emails|
        addresses|phone|phones|salaries|salary|records
    export|exporting|download|dump|extract .. of .. someones|somebodys|customers|users|employees|clients
    data export|dump|extract of|for .. customer|customers|user|users|employee|employees|person|him|her|all
    all|everything .. you|we hold|have|store|stored about|on me|him|her|them|us
    salaries|payslips of|for|list|data; someones|somebodys|everyones|someone|somebody data|records
    delete|erase|erasing|deleting|forget .. my|his|her|their|personal data|information
"""

_LEGAL = """
    lawsuit|lawsuits|sue|sues|suing|sued|litigation|litigate|subpoena|subpoenaed|subpoenas|summons|attorney|
        attorneys|lawyer|lawyers|solicitor|solicitors|barrister|injunction|arbitration|dmca|plaintiff|defendant|
        affidavit
    legal action|actions|notice|notices|hold|proceedings|letter|letters|claim|claims|counsel|advice|threat|
        threats|matter|request|complaint|demand|dispute|steps|review|consequences|department|obligation
    -food|tennis|basketball|badminton|squash|volleyball|full court|courts -yard|room; cease and desist; cease desist
    nda|ndas; non disclosure
    breach|breached|breaching|violation|violated|violates|violating|terminate .. contract|agreement|nda|dpa|terms|
        licence|license|confidentiality|copyright|law
    contract|agreement|nda|confidentiality|copyright|trademark|patent|licence|license .. breach|breached|
        violation|violated|infringement|infringed|infringing|dispute|claim
    copyright|trademark|patent notice|complaint|claim|infringement|owner|violation; law enforcement
    police|prosecutor|regulator|regulatory|government|authorities .. request|requests|asks|asking|demand|inquiry|
        investigation|warrant|order
    search warrant; warrant for; press charges
"""

_INTENTS = {
    "account_deletion": _ACCOUNT_DELETION,
    "payment": _PAYMENT,
    "access_change": _ACCESS_CHANGE,
    "external_email": _EXTERNAL_EMAIL,
}
_CATEGORIES = {"security": _SECURITY, "personal_data": _PERSONAL_DATA, "legal": _LEGAL}
_CATEGORY_BOOK = phrasebook(_CATEGORIES.items())
_CATEGORY_WORDS = vocabulary_of(_CATEGORY_BOOK)

_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_FUNCTION_WORDS = frozenset(
    ["a", "an", "the", "to", "for", "of", "in", "on", "off", "up", "out", "be", "i", "do", "my", "is", "it"]
)


@lru_cache(maxsize=8)
def _intent_book(own: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Phrasebook, frozenset[str]]:
    """The built-in words and the map's own, and every word in them: several mean all of them, in this order, close
    together.
    """
    from_map = ((intent, _line(said)) for intent, each in own for said in each)
    book = phrasebook([*_INTENTS.items(), *from_map])
    return book, vocabulary_of(book)


def _line(said: str) -> str:
    parts: list[str] = []
    for word in tokens(fold(said)):
        parts += [".."] if parts and word not in _FUNCTION_WORDS else []
        parts.append(word if word in _FUNCTION_WORDS or word.endswith("s") else f"{word}|{word}s")
    return " ".join(parts)


def intents_in(reading: Reading, routing_map: RoutingMap) -> tuple[str, ...]:
    """The intents the words speak of, the map's high-risk ones first and in its order."""
    own = tuple(sorted((intent, tuple(said)) for intent, said in routing_map.intent_words.items()))
    book, known = _intent_book(own)
    found = heard(book, (*reading.views, *put_together(reading, known)))
    order = dict.fromkeys((*routing_map.high_risk, *_INTENTS, *routing_map.intent_words))
    return tuple(intent for intent in order if intent in found)


def risk_opinions(reading: Reading, routing_map: RoutingMap) -> Iterator[Opinion]:
    """What the words ask for. An intent the map does not call high-risk only says whose business it is."""
    for intent in intents_in(reading, routing_map):
        is_risky = intent in routing_map.high_risk
        candidates = tuple(Candidate(destination=name, score=OWNER_SCORE) for name in _owners(intent, routing_map))
        if is_risky or candidates:
            yield Opinion(
                source=f"risk:{intent}" if is_risky else f"intent:{intent}",
                reason=Reason(code="risk_words" if is_risky else "intent_words", words=(intent,)),
                candidates=candidates,
                intents=(intent,),
                risks=(intent,) if is_risky else (),
            )


def _owners(intent: str, routing_map: RoutingMap) -> list[DestinationName]:
    """Who owns an intent; where several do, the privileged ones."""
    owners = [one for one in routing_map.destinations.values() if intent in one.intents or intent == one.name]
    privileged = [one for one in owners if one.is_privileged]
    return [one.name for one in privileged or owners]


def category_opinions(reading: Reading) -> Iterator[Opinion]:
    views = (*reading.views, *put_together(reading, _CATEGORY_WORDS))
    found = heard(_CATEGORY_BOOK, views) | ({"personal_data"} if _SSN.search(reading.text) else set())
    for category in _CATEGORIES:
        if category in found:
            yield Opinion(
                source=f"category:{category}",
                reason=Reason(code="category_words", words=(category,)),
                categories=(category,),
            )
