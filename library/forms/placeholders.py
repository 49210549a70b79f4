"""Fill in the placeholders of a form.

A value is never read as Markdown or HTML. Jinja sets a token where a value belongs; Markdown is
laid out round the tokens; only then are they exchanged for the values, escaped. So a title with an
asterisk, an angle bracket or a brace in it is shown as it was typed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NoReturn

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from library.core.days import day_in_words
from library.core.errors import BadInput
from library.core.isolation import isolated
from library.core.sanitise import printable
from library.core.settings import Settings, missing_for_agreements
from library.core.templating import encoded, isolated_html
from library.forms.print_page import print_macro
from library.forms.wording import Wording

_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no text means anything by them
_TOKEN = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_FILTERS = ("default", "length", "lower", "upper")


class NotFilledIn(str):
    """The value of a setting that is still to be written: false in an `if`, empty in a `for`.

    A placeholder text that was typed for it (“TODO”) is shown as it was typed.
    """

    setting: str
    typed: str

    def __new__(cls, setting: str, typed: str = "") -> NotFilledIn:
        blank = super().__new__(cls, "")
        blank.setting, blank.typed = setting, typed
        return blank


@dataclass(frozen=True)
class FormStory:
    """The facts of a story that a form prints; false, with empty texts, for a form without one."""

    id: str = ""
    title: str = ""
    shown_as: str = ""
    cut: str = ""
    """First 8 digits of the cut's hash; empty while there is no finished film."""

    def __bool__(self) -> bool:
        return bool(self.id)


@dataclass(frozen=True)
class _SupportLine:
    name: str
    contact: str
    when: str
    checked: str


def placeholders(settings: Settings, story: FormStory) -> dict[str, Any]:
    """Return every name a form may use."""

    missing = missing_for_agreements(settings)

    def value_or_mark(setting: str, value: str) -> str:
        if setting not in missing:
            return value.strip()
        # The default text of a new workspace names no trust, and is not shown.
        return NotFilledIn(setting, "" if value == getattr(Settings(), setting) else value.strip())

    support = [
        _SupportLine(line.name, line.contact, line.when, day_in_words(line.checked))
        for line in settings.support
    ]
    return {
        "story": story,
        "trust": value_or_mark("trust", settings.trust),
        "library": settings.title,
        "contact": value_or_mark("contact", settings.contact),
        "withdrawal": value_or_mark("withdrawal", settings.withdrawal),
        "support": support or NotFilledIn("support"),
        "lawful_basis": value_or_mark("lawful_basis", settings.lawful_basis),
        "special_category_condition": value_or_mark(
            "special_category_condition", settings.special_category_condition
        ),
        "review_months": settings.review_months,
        "rights": settings.rights,
    }


@dataclass
class TokenValues:
    """Values put aside while a form is laid out, by the number of their token."""

    language: str = "en"
    """Of the form: BCP 47."""
    values: list[Markup] = field(default_factory=list)
    isolated_values: list[Markup] = field(default_factory=list)
    """HTML of the same values, each in a direction of its own where the form needs that."""
    not_filled_in: list[str] = field(default_factory=list)

    def token_for(self, value: Any) -> str:
        """Return the token that stands for a value."""
        if isinstance(value, NotFilledIn):
            if value.setting not in self.not_filled_in:
                self.not_filled_in.append(value.setting)
            mark = print_macro("form_parts.html", "not_filled_in")
            typed, html = value.typed, encoded(value.typed) if value.typed else mark
        else:
            typed, html = str(value), encoded(str(value))
        self.values.append(html)
        self.isolated_values.append(
            isolated_html(isolated(typed, self.language)) if typed else html
        )
        return f"{_OPEN}{len(self.values) - 1}{_CLOSE}"

    def insert_values(self, html: str, *, isolate: bool = True) -> Markup:
        """Return the laid-out form with its values, escaped, in place of their tokens."""
        values = self.isolated_values if isolate else self.values
        # `html` is what Markdown made of the wording, in which HTML is shown as typed.
        return Markup(_TOKEN.sub(lambda match: values[int(match[1])], html))  # noqa: S704


def with_tokens(wording: Wording, values: Mapping[str, Any], token_values: TokenValues) -> str:
    """Return the form's Markdown with tokens for values, its conditions and loops gone through.

    Raises BadInput naming the file, the line and what is wrong there.
    """
    # Typed ones would be taken for tokens.
    body = wording.body.replace(_OPEN, "").replace(_CLOSE, "")
    environment = _environment(token_values.token_for)
    try:
        parsed = environment.parse(body)
        unknown = meta.find_undeclared_variables(parsed) - set(values)
        if unknown:
            _refuse_unknown(wording, _first_named(parsed, unknown), values)
        _require_plain_loops(wording, parsed)
        return str(environment.from_string(parsed).render(values))
    except TemplateSyntaxError as error:
        _refuse(wording, error.lineno, _without_jargon(error.message or ""), error)
    except RecursionError as error:
        _refuse(wording, 1, "too many brackets or conditions are inside one another", error)
    except TemplateError as error:
        _refuse(wording, _line_of(error.__traceback__), str(error), error)
    except (TypeError, ValueError, ArithmeticError) as error:
        # Python’s own words, of functions and arguments, which a form has none of.
        what = "what stands within the brackets cannot be put into words"
        _refuse(wording, _line_of(error.__traceback__), what, error)


def _environment(token_for: Callable[[Any], str]) -> Any:
    """Jinja as far as a form needs it: conditions, loops and values.

    Nothing to load from, nothing to call, nothing to reckon with (`"x" * 10**10` would fill the
    memory) and no unknown names.
    """

    class Unknown(StrictUndefined):
        @property
        def _undefined_message(self) -> str:
            return f"“{self._undefined_name}” is not known here"

    class FormEnvironment(SandboxedEnvironment):
        intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)

        def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002
            return False

        def call_binop(self, *_: Any) -> NoReturn:
            raise SecurityError("a form cannot calculate")

    environment = FormEnvironment(
        undefined=Unknown,
        finalize=token_for,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # values are escaped after Markdown; before it, Markdown would read them
    )
    # Jinja’s own range, dict and so on: a form needs what the library knows, and no more.
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


def _require_plain_loops(wording: Wording, parsed: Any) -> None:
    """Loops over what the library knows, and none within another: so every form comes to an end."""
    for loop in parsed.find_all(nodes.For):
        if not isinstance(loop.iter, nodes.Name):
            _refuse(wording, loop.lineno, "{% for %} takes a placeholder, such as support", None)
        if next(loop.find_all(nodes.For), None) is not None:
            _refuse(wording, loop.lineno, "there is a {% for %} within another", None)


def _without_jargon(message: str) -> str:
    if message.startswith("Unexpected end of template"):
        return "the form ends before an {% if %} or {% for %} in it is ended"
    return message or "this cannot be read"


def _first_named(parsed: Any, unknown: Iterable[str]) -> tuple[str, int]:
    named = [node for node in parsed.find_all(nodes.Name) if node.name in unknown]
    first = min(named, key=lambda node: node.lineno)
    return first.name, first.lineno


def _line_of(traceback: TracebackType | None) -> int:
    """Return the deepest line of the form in a traceback, in which Jinja names the form's lines."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _refuse_unknown(
    wording: Wording, named: tuple[str, int], values: Mapping[str, Any]
) -> NoReturn:
    name, line = named
    close = difflib.get_close_matches(name, values, n=1)
    raise BadInput(
        f"{wording.shown_as}, line {line}: there is no placeholder “{printable(name)}”.",
        f"Use {close[0]}, if that is meant."
        if close
        else f"Use one of: {', '.join(sorted(values))}.",
    )


def _refuse(wording: Wording, line: int, message: str, error: Exception | None) -> NoReturn:
    raise BadInput(
        f"{wording.shown_as}, line {line}: {printable(message).rstrip('.')}.",
        "Mend the braces there; docs/reference/consent.md tells how a form is written.",
    ) from error
