"""Secrets are found by their shape, leave one way, and ordinary words beside them stay."""

import random
import re
import string

import pytest

from routing.masking import mask, unmask

# How vendors' tokens look: `{h32}` is 32 hexadecimal digits. `|` parts a prefix: no scanner shall take it for a leak.
SHAPES = """
    AK|IA{U16} AS|IA{U16} AB|SK{w120} gh|p_{w36} gh|o_{w36} gh|u_{w36} gh|s_{w36} gh|r_{w76} github|_pat_{w22}_{w59}
    gl|pat-{w20} gl|rt-{w20} gl|dt-{w20} xo|xb-{d12}-{d12}-{w24} xo|xp-{d12}-{d12}-{d12}-{h32}
    xa|pp-1-A{U10}-{d13}-{h64} xo|xe.xo|xp-1-{w140} https://hooks.sl|ack.com/services/T{U8}/B{U8}/{w24}
    sk|_live_{w24} rk|_live_{w24} sk|_test_{w99} wh|sec_{w32} AI|za{w35} GOC|SPX-{w28} ya|29.{w100} sk|-proj-{w48}
    sk|-{w20}T3Blb|kFJ{w20} sk|-ant-api03-{w93}AA S|K{h32} A|C{h32} S|G.{w22}.{w43} key|-{h32} {h32}-us|12
    np|m_{w36} py|pi-AgEIcHlwaS5vcmc{w60} rub|ygems_{h48} oy|2{h43} AK|Cp{w69} dck|r_pat_{w27} ci|o{w32}
    ey|J{w30}.ey|J{w60}.{w43} do|p_v1_{h64} HR|KU-{h8}-{h4}-{h4}-{h4}-{h12} da|pi{h32} hv|s.{w90}
    {w14}.atlas|v1.{w67} sb|p_{h40} shp|at_{h32} shp|ss_{h32} sq|0atp-{w22} sq|0csp-{w43} EA|AA{w60} rz|p_live_{w14}
    EA|A{w120} {d10}:A|A{w33} M{w23}.{w6}.{w27} https://disc|ord.com/api/webhooks/{d18}/{w68} hf|_{w34} r|8_{w37}
    gs|k_{w52} xa|i-{w80} pp|lx-{w48} ATA|TT3xFfGF0{w60}={U8} ATB|B{w32} lin|_api_{w40} secr|et_{w43} nt|n_{w46}
    fi|gd_{w43} PM|AK-{h24}-{h34} pa|t{w14}.{h64} pa|t-na1-{h8}-{h4}-{h4}-{h4}-{h12} CF|PAT-{w43} NR|AK-{U27}
    gl|sa_{w32}_{h8} sn|trys_{w60} ops|_eyJ{w200} AGE-SEC|RET-KEY-1{U58} tsk|ey-auth-{w16}-{w30} pu|l-{h40}
    ps|cale_tkn_{w43} dp|.pt.{w43} nf|p_{w40} fo|1_{w43} access-|production-{h8}-{h4}-{h4}-{h4}-{h12} tf|p_{w44}
    access_|token$production${w16}${h32} FLW|SECK_TEST-{h32}-X xk|eysib-{h64}-{w16} d|t0c01.{U24}.{U64} LTA|I{w20}
    s|l.{w130}
"""
ALPHABETS = {
    "w": string.ascii_letters + string.digits,
    "h": "0123456789abcdef",
    "U": string.ascii_uppercase + string.digits,
    "d": string.digits,
}
PLACES = [
    "{}",
    "the key is {} ok?",
    "use `{}`",
    '"{}"',
    "TOKEN={}",
    "<{}>",
    "({}).",
    "curl -H 'x: {}'",
    "line\n{}\nline",
]


def token(shape: str, chance: random.Random) -> str:
    return re.sub(
        r"\{(\w)(\d+)\}",
        lambda field: "".join(chance.choices(ALPHABETS[field[1]], k=int(field[2]))),
        shape.replace("|", ""),
    )


@pytest.mark.parametrize("shape", SHAPES.split())
def test_the_tokens_of_the_well_known_vendors_are_masked_wherever_they_stand(shape: str) -> None:
    chance = random.Random(shape)  # noqa: S311 - the same tokens every time

    for place in PLACES:
        secret = token(shape, chance)
        masked = mask(place.format(secret))

        assert secret.rpartition("/")[2] not in masked.text
        assert masked.secrets == 1
        assert masked.vault == {}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password: hunter2", "hunter2"),
        ("Password is Summer2026!", "Summer2026!"),
        ("pw=abcd", "abcd"),
        ("PIN: 4821", "4821"),
        ("Passwort: geheim", "geheim"),
        ("mot de passe : soleil99", "soleil99"),
        ("my password is now xK9#mmQ", "xK9#mmQ"),
        ("DB_PASSWORD='correct-horse-9'", "correct-horse-9"),
        ('{"password": "s3cr3t"}', "s3cr3t"),
        ("postgres://app:s3cr3t@db.acme.com:5432/x", "s3cr3t"),
        ("<https://me:t0psecret@ci.acme.com/job|job>", "t0psecret"),
        ("Authorization: Bearer 8f14e45fceea167a5a36dedd4bea2543", "8f14e45fceea167a5a36dedd4bea2543"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZDEyMw==", "dXNlcjpwYXNzd29yZDEyMw"),
        ("api_key = 9f8a7b6c5d4e3f2a1b0c", "9f8a7b6c5d4e3f2a1b0c"),
        ("the client secret is Zx81pQ7vN2mK4rT6wY9b", "Zx81pQ7vN2mK4rT6wY9b"),
        ("https://x.io/cb?access_token=Zx81pQ7vN2mK4rT6wY9b&a=1", "Zx81pQ7vN2mK4rT6wY9b"),
        ("password for the vpn is Hunter22!", "Hunter22"),
        ("Passwort für das WLAN lautet Sommer2024!", "Sommer2024"),
        ("vpn password Hunter22!", "Hunter22"),
        ("Passwort lautet Sommer2024!", "Sommer2024"),
        ("Passwort ist: Sommer2024!", "Sommer2024"),
        ("password\nhunter2", "hunter2"),
        ("PGPASSWORD=abc123 psql", "abc123"),
        ("Mailpasswort: geheim", "geheim"),
        ("curl -u admin:s3cr3tpass https://x.io", "s3cr3tpass"),
        ("curl -s --user='admin:s3cr3tpass' https://x.io", "s3cr3tpass"),
        ("Authorization: Basic am9objpzZWNyZXQ=", "am9objpzZWNyZXQ"),
        ("2FA code: 482913", "482913"),
        ("my verification code is 482 913", "482 913"),
        ("Sicherheitscode lautet 4829", "4829"),
        ("OTP 482913 does not work", "482913"),
        ("p\u200bassword: hun\u200bter2", "hun\u200bter2"),
        ("password&#58; hunter2", "hunter2"),
    ],
)
def test_what_is_said_to_be_a_secret_is_one(text: str, secret: str) -> None:
    masked = mask(text)

    assert secret not in masked.text
    assert masked.secrets == 1
    assert masked.vault == {}
    assert unmask(masked.text, masked.vault) == masked.text


def test_a_private_key_is_masked_whole_even_without_its_end() -> None:
    begin, end = "-----BEGIN RSA PRIV" + "ATE KEY-----", "-----END RSA PRIV" + "ATE KEY-----"

    assert mask(f"see {begin}\nMIIE\nabc\n{end} thanks").text == "see [SECRET_1] thanks"
    assert mask(f"see {begin}\nMIIE\nabc").text == "see [SECRET_1]"


def test_a_secret_is_hidden_everywhere_once_it_is_known() -> None:
    masked = mask(
        "password: hunter2hunter2 – I tried hunter2hunter2 and xhunter2hunter2x, mail hunter2hunter2@acme.com"
    )

    assert "hunter2" not in masked.text
    assert "hunter2" not in str(dict(masked.vault))
    assert masked.secrets == 1


@pytest.mark.parametrize(
    "text",
    [
        "my password is wrong", "the password is expired", "Password: required", "password reset for the portal",
        "a pass is needed", "the API token expired", "key: PROJ-1234", "token: invalid", "the secret is out",
        "the session 550e8400-e29b-41d4-a716-446655440000 ended", "primary key = customer_order_id",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "id 550e8400-e29b-41d4-a716-446655440000",
        "https://x.io/a:b/c@d", "password: ********", "the session is 2026-11-04", "sk-learn and sk-image",
        "password for the portal is expired", "reset the password for Office365 please", "password Windows11 login",
        "password\nreset", "password policy v2", "docker run -u 1000:1000 web", "Authorization: Bearer token missing",
        "login error 500123", "security codes for 12 doors", "auth 2026-11-04", "password reset for jdoe7 is needed",
        "Passwort für den Zugang ist falsch", "authorization is basic here", "tan 1.5000", "Passwort Q3Report.xlsx",
        "the MFA 2026 rollout",
        "public key infrastructure", "keyboard: logitech-mx-keys-mini", "auth is broken since the deploy",
    ],
)  # fmt: skip  # one message an entry
def test_talking_about_secrets_gives_none_away(text: str) -> None:
    assert mask(text).text == text
