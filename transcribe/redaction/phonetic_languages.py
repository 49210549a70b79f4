"""How letters are read in names of other languages, loosely, as English mouths say them."""

from __future__ import annotations

import re

from transcribe.redaction.phonetic_rules import ENGLISH, PLAIN, Rule, rules_of

_IRISH = (
    rules_of(
        r"""
    ^mh v
    mh v
    ^bh v
    abh(?=[^aeiou]|$) av
    bh v
    ^dh g
    idh i
    dh -
    igh i
    gh -
    fh -
    th h
    ^sh h
    ch k
    ^cn n
    s(?=[ei]) S
    (?<=[ei])s S
    sh h
    c k
    g g
    aoi i
    ao i
    eoi o
    eo O
    ea(?=[^u]) a
    ei e
    ia i
    iu u
    io o
    ui i
    ai a
    oi o
    e$ e
"""
    )
    + ENGLISH
)

_POLISH = (
    rules_of(
        r"""
    szcz SC
    zs Z
    sz S
    cz C
    rz Z
    ch h
    ci(?=[aeou]) C
    si(?=[aeou]) S
    zi(?=[aeou]) Z
    ni(?=[aeou]) ny
    c(?=[^hkz]|$) ts
    w v
    j y
    ie ye
    r r
    e$ e
"""
    )
    + PLAIN
)

_CHINESE = (
    rules_of(
        r"""
    zh J
    xi(?=[aeou]) S
    x S
    qi(?=[aeou]) C
    q C
    c(?=[^h]) ts
    z dz
    ng N
    ui wA
    ei A
    ao W
    ou O
    iu yO
    ie ye
    ian yen
    ia ya
    ue we
    uo wo
    e u
"""
    )
    + PLAIN
)

_WELSH = (
    rules_of(
        r"""
    ll l
    dd T
    ff f
    f v
    rh r
    ch k
    ^si(?=[aeo]) S
    w(?=[^aeiouy]|$) u
    wy wi
    yw u
    oe oi
    ae I
    ai I
    au I
    eu I
    ei A
    r r
    c k
    g g
    y(?=.$) i
    y u
    e$ e
"""
    )
    + PLAIN
)

_SOUTHERN = (
    rules_of(  # Spanish, Portuguese, Italian and Romanian names, loosely
        r"""
    gli ly
    gn ny
    ll y
    cch k
    ch(?=[eiy]) k
    ch C
    sci(?=[aou]) S
    sc(?=[ei]) S
    ci(?=[aou]) C
    c(?=[ei]) C
    gi(?=[aou]) J
    gu(?=[ei]) g
    qu k
    j h
    x h
    z ts
    r r
    e$ A
    i i
"""
    )
    + PLAIN
)

_FRENCH = (
    rules_of(
        r"""
    eaux$ O
    eau O
    au O
    oi wa
    ou u
    ch S
    gn ny
    ge(?=[ao]) Z
    g(?=[eiy]) Z
    j Z
    qu k
    en(?=[^aeiouyn]|$) on
    an(?=[^aeiouyn]|$) on
    in(?=[^aeiouyn]|$) an
    ille i
    (?<=[^aeiou])es$ -
    [tdsxz]$ -
    er$ A
    ez$ A
    r r
    h -
    ai e
    e$ -
"""
    )
    + ENGLISH
)

_GERMAN = (
    rules_of(
        r"""
    tsch C
    sch S
    ^st St
    ^sp Sp
    ch k
    w v
    v f
    j y
    z ts
    ei I
    ie i
    eu oi
    au W
    th t
    g g
    r r
    e$ e
"""
    )
    + PLAIN
)

_ASPIRATED = (
    rules_of(  # South Asian, Arabic, Persian and African spellings
        r"""
    ^ng n
    ^mb b
    ^nk k
    ^nd d
    ^gb b
    gb b
    kp p
    bh b
    dh d
    kh k
    gh g
    th t
    jh J
    q k
    c(?=[^hk]|$) C
    v w
    ei A
    ai I
    ay I
    au W
    ee i
    oo u
    ou u
    g g
    s s
    r(?=[^aeiou]) r
    e e
    u(?=[aeiou]) u
"""
    )
    + PLAIN
)

_GREEK = rules_of(r"ch k" + "\n" + r"^eu yu" + "\n" + r"e$ i" + "\n" + r"y i") + ENGLISH

_HARD = rules_of(r"g g" + "\n" + r"ch k" + "\n" + r"i(?=[^aeiou][aeiou]) I") + ENGLISH
_LONG = (
    rules_of(r"ei I" + "\n" + r"ie I" + "\n" + r"a(?=[^aeiou][aeiou]) A" + "\n" + r"y I") + ENGLISH
)

OTHER_READINGS: tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...] = tuple(
    (re.compile(pattern), rules)
    for pattern, rules in (
        (r".", PLAIN),
        (r"bh|mh|dh|gh|fh|th|aoi|ao|eoi|^si|^se|[ei]s|^[cg][eiaou]|ai|ea|io|ui|oi|^ch", _IRISH),
        (r"sz|zs|cz|rz|w|j|ie|ski|ska|ch|c[^hkeiy]|ci|si|ni[aeou]", _POLISH),
        (r"x|q|zh|^z|^c[aeiou]|ui$|iu|ao|uo|ian|ng", _CHINESE),
        (r"ll|dd|ff|w|rh|y|^si[aeo]|ei|au|f", _WELSH),
        (r"j|ll|ch|x|gi|ci|gn|gli|z|que|qui|e$", _SOUTHERN),
        (r"[tdsxz]$|eau|ou|oi|ch|ge|j|ille|e$|er$|en|an|in", _FRENCH),
        (r"w|j|sch|ei|ie|eu|z|v|^st|^sp|th", _GERMAN),
        (r"^n[gdk]|^mb|gb|kp|[bdkgtj]h|[qcv]|ei|ai|ou|g[ei]|[aeiou]s[aeiou]|r[^aeiou]|e$|u[ae]",
         _ASPIRATED),
        (r"ch|eu|e$|y", _GREEK),
        (r"g|ch|i[^aeiou][aeiou]", _HARD),
        (r"ei|ie|y|a[^aeiou][aeiou]", _LONG),
    )
)  # fmt: skip
"""What a spelling looks like, and how it is read then. Most names fit several: each is tried."""
