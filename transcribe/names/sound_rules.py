"""How letters are read: tables for `sounds`, the first rule that fits at a place counts."""

from __future__ import annotations

import re

Rule = tuple[re.Pattern[str], str]
V = "aeiouy"


def _rules(table: str) -> tuple[Rule, ...]:
    """A rule a line: a pattern, and the sounds it stands for (`-` for none)."""
    rules = []
    for line in table.strip().splitlines():
        pattern, _, sounds = line.strip().rpartition(" ")
        rules.append((re.compile(pattern.strip()), "" if sounds == "-" else sounds))
    return tuple(rules)


_VOWELS = r"""
    eigh A
    igh I
    augh o
    ough O
    eau O
    aigh A
    ai A
    ay A
    aw o
    au o
    aa a
    ae A
    ea(?=u) i
    ea i
    eer i
    ee i
    ei i
    ey$ i
    ey A
    ew u
    eu u
    ie$ i
    ie(?=[^aeiou]) i
    ia iya
    io iyo
    iu iyu
    oa O
    oe$ O
    oo u
    oi oi
    oy oi
    ou W
    ow$ O
    ow W
    ue$ u
    ui u
    a(?=[bcdfgklmnpstvz]e$) A
    i(?=[bcdfgklmnpstvz]e$) I
    o(?=[bcdfgklmnpstvz]e$) O
    u(?=[bcdfgklmnpstvz]e$) u
    i(?=nd$|ld$) I
    (?<=[aeiouy][^aeiouy])e$ -
    (?<=[aeiouy][^aeiouy][^aeiouy])e$ -
    o$ O
    (?<=^.)y$ I
    (?<=^..)y$ I
    y(?=[aeiou]) y
    y i
    u(?=[aeiou]) w
    a a
    e e
    i i
    o o
    u u
"""

_CONSONANTS = r"""
    ^kn n
    ^gn n
    ^wr r
    ^ps s
    ^pn n
    ^ts s
    ^hs S
    ^zs Z
    ^x z
    ^wh(?=o) h
    ^mc mak
    ^pf f
    wh w
    rh r
    tch C
    sch S
    ch(?=[rl]) k
    ch C
    ssh S
    [tsc]ia$ Sa
    sh S
    ph f
    th T
    ^gh g
    gh(?=[aeiou]) g
    gh -
    ck k
    cc(?=[eiy]) ks
    sc(?=[eiy]) s
    c(?=[eiy]) s
    qu kw
    q k
    x ks
    dg(?=[eiy]) J
    dj J
    gg g
    g(?=[eiy]) J
    ng$ N
    ng(?=[^aeiouy]) N
    nk Nk
    mb$ m
    mn$ m
    ti(?=on|ous|al|a$) S
    si(?=on) Z
    ci(?=ou|al|an) S
    su(?=re) Zu
    (?<=[aeiouy])s(?=[aeiouy]) z
    (?<=[aeiou])h(?![aeiouy]) -
    r(?![aeiouy]) -
    (?<=[aeou])w(?![aeiouy]) -
    b b
    c k
    d d
    f f
    g g
    h h
    j J
    k k
    l l
    m m
    n n
    p p
    r r
    s s
    t t
    v v
    w w
    z z
"""

_PLAIN_VOWELS = r"""
    a a
    e e
    i i
    o o
    u u
    y i
"""

ENGLISH = _rules(_CONSONANTS + _VOWELS)
_PLAIN = _rules(_CONSONANTS + _PLAIN_VOWELS)

_IRISH = (
    _rules(
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
    _rules(
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
    + _PLAIN
)

_CHINESE = (
    _rules(
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
    + _PLAIN
)

_WELSH = (
    _rules(
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
    + _PLAIN
)

_SOUTHERN = (
    _rules(  # Spanish, Portuguese, Italian and Romanian names, loosely
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
    + _PLAIN
)

_FRENCH = (
    _rules(
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
    _rules(
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
    + _PLAIN
)

_ASPIRATED = (
    _rules(  # South Asian, Arabic, Persian and African spellings
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
    + _PLAIN
)

_GREEK = _rules(r"ch k" + "\n" + r"^eu yu" + "\n" + r"e$ i" + "\n" + r"y i") + ENGLISH

_HARD = _rules(r"g g" + "\n" + r"ch k" + "\n" + r"i(?=[^aeiou][aeiou]) I") + ENGLISH
_LONG = (
    _rules(r"ei I" + "\n" + r"ie I" + "\n" + r"a(?=[^aeiou][aeiou]) A" + "\n" + r"y I") + ENGLISH
)

OTHER_READINGS: tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...] = tuple(
    (re.compile(pattern), rules)
    for pattern, rules in (
        (r".", _PLAIN),
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

RESPELLINGS: dict[str, tuple[str, ...]] = {
    name: tuple(said.split(","))
    for name, _, said in (
        line.strip().partition(" ")
        for line in """
        siobhan shivawn,shavorn
        niamh neev,nieve
        aoife eefa,eva
        aoibheann ayveen,eveen
        aoibhinn ayveen,eveen
        caoimhe keeva,kweeva
        saoirse seersha,sursha,sersha
        sean shawn
        sinead shinayd
        siun shoon
        grainne gronya,grawnya
        ciaran keeran
        ciara keera
        eoin owen
        eoghan owen
        eilidh aylee
        mairead marayd
        maeve mayv
        meabh mayv
        medbh mayv
        oisin usheen,osheen
        tadhg tyge,tige
        cathal kahal
        daithi dahee
        padraig pawdrig,porick
        pádraig pawdrig,porick
        seamus shaymus
        cian keean
        cillian killian
        diarmuid dermot,deermid
        dearbhla dervla
        sadhbh syve
        eabha ava,ayva
        laoise leesha
        fiadh feea
        naoise neesha
        ruairi roree
        ruaridh roree
        aisling ashling
        roisin rosheen
        blathnaid blawnid
        muireann mwirin
        sian sharn
        ioan yowan
        iain eean
        ian eean
        catriona katreena
        mhairi vari
        hamish haymish
        menzies mingis
        dalziel deeyell
        featherstonehaugh fanshaw
        cholmondeley chumley
        isla eyela
        hugh hew,hyoo
        phoebe feebee
        chloe kloee
        zoe zoee
        yvonne eevon
        yvette eevet
        sean shawn
        stephen steeven
        michael mykel
        thomas tomas
        leigh lee
        leah leea
        naomi nayomee,nyomee
        noel nowel
        joan jone
        joanne joan,jowan
        john jon
        george jorj
        geoffrey jefree
        graham grayam
        lewis louis,looiss
        louis looee
        louise looees
        charlotte sharlot
        cheryl sherril
        michelle mishell
        rachel raychel
        sarah saira
        jose hozay
        juan hwan
        jesus hayzoos
        xavier zayveea,havier
        joaquin wakeen
        guillermo geeyermo
        nguyen win,nwin,gwen
        hermione hermyonee
        penelope penelopee
        persephone persefonee
        calliope kalyopee
        niall nyal,neel
        mohammed mohammed,muhamed
        muhammad mohammed,muhamed
        ngozi engozee,gozee
        nkechi enkechee,kechee
        chidi cheedee
        ifeoma ifoma,ifeyoma
        oluwaseun oluwashayun,oluwashawn
        seun shayoon,shawn
        ayodele ayodaylay
        folasade folashaday
        sade shaday
        tunde toonday
        babatunde babatoonday
        adebayo adebyo
        akua akweeya
        kwame kwahmay
        thandiwe tandeeway
        siyabonga seeyabonga
        nicola nikola
        anais anayees
        margot margo
        benoit benwa
        francois fronswa
        guy gee,guy
        thierry teeairy
        xiaoming shaoming
        xin shin
        qing ching
        zhang jang,jung
        xu shoo
        yue yooeh
        wojciech voychek
        agnieszka agneshka,agnyeshka
        malgorzata maugozhata
        katarzyna katazhina
        krzysztof kshishtof,kristof
        zbigniew zbignyev
        grzegorz gzhegosh
        lukasz wookash
        pawel pavel
        worcester wooster
        leicester lester
        gloucester gloster
        greenwich grenich
        southwark suthak
        loughborough lufbura
        keighley keethlee
        beaulieu bewlee
        """.strip().splitlines()
    )
}
"""Names whose sound no rule gives: what an English ear would write for them."""
