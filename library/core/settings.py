"""The settings of a workspace, from `interviews/settings.yml`."""

from __future__ import annotations

import functools
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from library.core import clock
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.blank_values import is_blank, why_not_real
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.setting_rules import rule_broken
from library.core.workspace import Workspace
from library.core.yaml_document import OneWord, read_bytes, record_of


class SupportLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A support line, with the day it was last checked to answer."""

    name: str
    contact: str
    when: str = ""
    checked: date


_ADDRESS = re.compile(r"https?://[^\s/?#<>\"']+/(?:[^\s?#<>\"']*/)?")

_FRAME = re.compile(
    r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\*(?:\.[a-z0-9-]+){2,})(?::[0-9]{1,5})?", re.ASCII
)
"""A site that may hold a story in a frame: scheme and host; a `*` may be its first part."""

Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Months = Annotated[int, msgspec.Meta(ge=0, le=120)]


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Periods after which `retention` lists something, and `retention --apply` may remove it."""

    expired_days: Days = 30
    """A sign-off whose review date has passed, and nobody asked the contributor again."""
    withdrawn_days: Days = 30
    """A withdrawn story whose recording is still kept."""
    contributor_days: Days = 30
    """A name and contact whose every story was withdrawn or is not there."""
    undecided_days: Days = 14
    """A recording about which was to be decided later, or whose session was broken off."""
    unsigned_months: Months = 12
    """A recording that nobody has signed off."""
    unrecorded_months: Months = 6
    """A participation agreement without a recording."""
    working_days: Days = 180
    """Working copies of a story that was approved: they can be made again from the original."""
    preview_days: Days = 30
    delivery_days: Days = 30
    """A file for another system that lies here still; the copy that is out stays entered."""
    export_days: Days = 30
    support_months: Months = 12
    """A support line that nobody has tried."""


class FilmSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of all films of a library. Choices for one story are kept with the story."""

    logo: str = ""
    """A PNG or JPEG for the cards, as a path within `interviews`."""
    fonts: tuple[str, ...] = ()
    """Font files within `interviews`, asked for letters that ours lack."""
    transitions: Literal["fade", "cut"] = "fade"
    """Between cards and pictures; `cut` for rooms in which movement troubles somebody."""
    redactions: Literal["bleep", "mute"] = "bleep"
    cover: bool = True
    """True if the picture is softened over a redaction, so that lips cannot be read."""
    question_cards: bool = False
    """True if cards ask the questions in place of the interviewer, where a story says nothing."""
    rumble: Annotated[int, msgspec.Meta(ge=0, le=300)] = 75
    """Hertz below which sound is lowered: traffic, wind; 0 for nothing."""
    noise: Annotated[int, msgspec.Meta(ge=0, le=97)] = 10
    """Decibels by which steady noise is lowered at most; 0 for none."""
    encoder: Literal["software", "nvenc", "videotoolbox", "qsv", "vaapi"] = "software"
    """Encoder of pictures. Only `software` gives the same film, byte for byte, again."""

    def path(self, workspace: Workspace, name: str) -> Path:
        """Return the path of a logo or font. Raises BadInput for a path outside `interviews`."""
        # Resolved, for a link below `interviews` may lead out of it.
        interviews = workspace.interviews.resolve()
        path = (interviews / name).resolve()
        if not path.is_relative_to(interviews):
            raise BadInput(
                f"interviews/settings.yml: film: “{printable(name)}” is not within interviews.",
                "Copy the file into interviews and name it from there.",
            )
        return path


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule by which a learning system is told that somebody has finished. There is no score."""

    completion: Literal["film-and-reflection", "film", "reflection"] = "film-and-reflection"
    """The parts that count: films played, questions that time was taken for, or both."""
    watched: Annotated[int, msgspec.Meta(ge=1, le=100)] = 90
    """Per cent of a film, or of each clip, that must have been played."""


class Mail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail that `upkeep --mail` sends. It holds ids and dates, never a title or a name."""

    to: OneWord
    sender: OneWord
    server: OneWord = "localhost"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 25
    encryption: Literal["none", "starttls"] = "none"
    """`none` is for a server on this machine or within the house."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting has a default that works, so that an empty file is a library."""

    title: str = "Carer Stories"
    trust: str = "Our trust"
    introduction: str = ""
    contact: str = ""
    """Whom staff and contributors ask."""
    withdrawal: str = ""
    """The way to take a story back: whom a contributor tells, and their contact."""
    address: OneWord = ""
    """Address of the library on the intranet, as `https://…/`; for the feed of new stories."""
    embed: Annotated[tuple[OneWord, ...], msgspec.Meta(max_length=20)] = ()
    """Sites that may show a story in a frame, each as `https://moodle.example`; none by default."""
    support: tuple[SupportLine, ...] = ()
    model: OneWord = "small"
    """The Whisper model used when none is named: a name, or a path."""
    engine: Literal["", "whisper", "faster"] = ""
    """Engine used when none is named. If empty, `faster` where it is installed."""
    audience: OneWord = "training"
    """For whom `site build` builds when it is not told."""
    timezone: OneWord = clock.DEFAULT_ZONE
    """Time zone whose days count, by its name in tzdata."""
    review_months: Annotated[int, msgspec.Meta(ge=1, le=120)] = 24
    lawful_basis: str = ""
    """UK GDPR Article 6 basis, kept apart from any person's permission."""
    special_category_condition: str = ""
    """UK GDPR Article 9 condition."""
    evidence: Literal["", "scan", "witness"] = ""
    """The proof of every agreement and sign-off: a scan of the signed form, or the role of whoever
    was there when it was signed."""
    rights: Literal["licence", "assignment"] = "licence"
    """Rights in their words that contributors give on the release form: a licence, which ends when
    they take the film back, or an assignment."""
    retention: Retention = Retention()
    film: FilmSettings = FilmSettings()
    delivery: Delivery = Delivery()
    mail: Mail | None = None
    """Address and server for `upkeep --mail`; None where the report is printed only."""
    fictional: bool = False
    """True in the demonstration, whose stories are invented: every page says so."""


NEEDED_FOR_AGREEMENTS = {
    "trust": "the name of your trust",
    "contact": "whom people ask",
    "withdrawal": "how a contributor takes it back",
    "lawful_basis": "the lawful basis",
    "special_category_condition": "the condition for health data",
    "support": "a support line",
    "evidence": "whether a scan or a witness proves what was signed",
}
"""Settings without which nobody can say what they agreed to, each in words."""


@functools.lru_cache(maxsize=8)
def missing_for_agreements(settings: Settings) -> tuple[str, ...]:
    """Return the settings that agreements rest on and nobody has written yet.

    Without them nobody can say what they agreed to: with whom, on which legal basis, how it is
    proved, and how to take it back. What only holds the place of words to come (“Our trust”,
    “TODO”) counts as not written. So does what cannot be what the setting is for, or cannot be
    real, except in the demonstration.
    """

    def is_missing(name: str) -> bool:
        if name == "support":
            return not settings.support or any(
                is_open("support_name", line.name) or is_open("support_contact", line.contact)
                for line in settings.support
            )
        return is_open(name, getattr(settings, name))

    def is_open(name: str, text: str) -> bool:
        if is_blank(text, invented_counts=not settings.fictional):
            return True
        # What the demonstration rests on is said to be nothing real.
        return not settings.fictional and bool(rule_broken(name, text))

    return tuple(name for name in NEEDED_FOR_AGREEMENTS if is_missing(name))


def say_missing(missing: tuple[str, ...], settings: Settings | None = None) -> str:
    """Return the missing settings in words, each with its name in the file.

    With the settings themselves, one that is written, and cannot be real, is told with its reason.
    """
    return ", ".join(
        f"{NEEDED_FOR_AGREEMENTS[name]} ({name}{_why_not_counted(name, settings)})"
        for name in missing
    )


def _why_not_counted(name: str, settings: Settings | None) -> str:
    if settings is None:
        return ""
    texts = (
        [
            (f"support_{of}", getattr(line, of))
            for line in settings.support
            for of in ("name", "contact")
        ]
        if name == "support"
        else [(name, str(getattr(settings, name)))]
    )
    not_counted = ": what is written there does not count"
    for rule, text in texts:
        if reason := why_not_real(text):
            return f"{not_counted}, as {reason}"
        # Of what only holds the place of words to come it is enough that it is missing.
        if not is_blank(text) and (instead := rule_broken(rule, text)):
            return f"{not_counted}. {instead.rstrip('.')}"
    return ""


class UnknownAudience(BadInput):
    """An audience in the settings that is none: nobody knows for whom the site is meant to be."""


_SHOWN_AS = "interviews/settings.yml"


@functools.lru_cache(maxsize=8)
def _settings_of(data: bytes, path: Path) -> Settings:
    """Return the settings that these bytes are. One command asks for them again and again."""
    return record_of(data, path, Settings, shown_as=_SHOWN_AS)


def load_settings(workspace: Workspace) -> Settings:
    """Return the settings, or the defaults where there is no file. Raises BadInput."""
    if not workspace.settings.exists():
        return Settings()
    data = read_bytes(workspace.settings, shown_as=f"file {_SHOWN_AS}")
    settings = _settings_of(data, workspace.settings)
    if settings.audience not in AUDIENCE_WORDS:
        raise UnknownAudience(
            f"interviews/settings.yml: audience: “{printable(settings.audience)}” is not an "
            "audience.",
            f"Use one of: {', '.join(AUDIENCE_WORDS)}.",
        )
    try:
        clock.time_zone(settings.timezone)
    except ValueError:
        raise BadInput(
            f"interviews/settings.yml: timezone: “{printable(settings.timezone)}” is not a time "
            "zone.",
            f"Write it as {clock.DEFAULT_ZONE}, which it is where the line is left out.",
        ) from None
    if settings.address and not _ADDRESS.fullmatch(settings.address):
        raise BadInput(
            f"interviews/settings.yml: address: “{printable(settings.address)}” is not where a "
            "site can stand.",
            "Write it whole, with a slash at its end: https://intranet.example/carer-stories/",
        )
    for frame in settings.embed:
        if not _FRAME.fullmatch(frame):
            raise BadInput(
                f"interviews/settings.yml: embed: “{printable(frame)}” is not a site that can hold "
                "a story in a frame.",
                "Write its beginning alone, in small letters and without a slash at its end: "
                "https://moodle.example, or https://*.moodle.example for all below that name.",
            )
    return settings


def site_audience(settings: Settings) -> Audience:
    return Audience.from_word(settings.audience)
