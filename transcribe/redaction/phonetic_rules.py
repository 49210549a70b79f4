"""How letters are read: tables for `sounds`, the first rule that fits at a place counts."""

from __future__ import annotations

import re

Rule = tuple[re.Pattern[str], str]


def rules_of(table: str) -> tuple[Rule, ...]:
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

ENGLISH = rules_of(_CONSONANTS + _VOWELS)
PLAIN = rules_of(_CONSONANTS + _PLAIN_VOWELS)
