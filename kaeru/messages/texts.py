"""Whether the shop's texts can be sent: checked when they are saved, so that nothing surprises at night.

Each problem names its place and says in the reader's language what to do.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.messages import liquid, reading, worst_case
from kaeru.messages.errors import Problem, TemplateBroken
from kaeru.messages.values import one_line
from kaeru.messages.variables import ADVERTISEMENTS_ONLY, COLLECTIONS, COUPON, VARIABLES

LANGUAGES = ("ja", "en")
PARTS = ("subject", "body")
LONGEST_SUBJECT = 120
"""Characters of a subject, filled in with usual values."""
LONGEST_BODY = 10_000


def check_texts(texts: Any, purpose: str, allowed: Iterable[str] = VARIABLES) -> list[Problem]:
    """What keeps these texts from being published.

    `texts` is {"ja": {"subject", "body"}, "en": {…}}; a language that is empty falls back to the other one.
    `allowed` are the variables of `messages.variables` that exist at this step.
    """
    if not isinstance(texts, Mapping):
        return [Problem("", "not_texts", _("The texts cannot be read. Please reload the page."))]
    problems = [
        Problem(str(language)[:10], "unknown_language", _("Messages are written in Japanese and English."))
        for language in texts
        if language not in LANGUAGES
    ]
    written = [language for language in LANGUAGES if _is_written(texts.get(language))]
    if not written:
        return [*problems, Problem("ja", "missing", _("Please write a subject and a text."))]
    names = frozenset(allowed) - (ADVERTISEMENTS_ONLY if purpose == "notice" else frozenset())
    for language in written:
        subject, body = (text if isinstance(text := texts[language].get(part), str) else "" for part in PARTS)
        problems += _check_language(language, subject, body, purpose, names, get_language())
    return problems


def language_for(texts: Mapping[str, Any], wanted: str) -> str:
    """The language a person gets: theirs if it is written, else the other one."""
    order = [wanted, *(language for language in LANGUAGES if language != wanted)]
    return next((language for language in order if _is_written(texts.get(language))), wanted)


def _is_written(text: Any) -> bool:
    return isinstance(text, Mapping) and any(str(text.get(part) or "").strip() for part in PARTS)


@lru_cache(maxsize=256)
def _check_language(
    language: str, subject: str, body: str, purpose: str, allowed: frozenset[str], _reader: str | None
) -> tuple[Problem, ...]:
    """Kept for each reader's language: every new shop begins with the same texts, and a draft is looked at again and again."""
    problems: list[Problem] = []
    for part, source in zip(PARTS, (subject, body), strict=True):
        path = f"{language}.{part}"
        if not source.strip():
            missing = _("Please write a subject.") if part == "subject" else _("Please write a text.")
            problems.append(Problem(path, "missing", missing))
            continue
        if part == "subject" and "\n" in source.strip():
            problems.append(Problem(path, "not_one_line", _("A subject is one line.")))
        if len(source) > LONGEST_BODY:
            problems.append(Problem(path, "too_long", _("This is longer than %s characters.") % LONGEST_BODY))
            continue
        found = _check_source(path, source, purpose, allowed)
        problems += found or _check_filled(path, source, language)
    return tuple(problems)


def _check_source(path: str, source: str, purpose: str, allowed: frozenset[str]) -> list[Problem]:
    """Syntax, variables and filters."""
    try:
        template = liquid.parse(source)
    except TemplateBroken as broken:
        return [_broken(path, broken)]
    read = reading.read(template, source)
    problems = [
        Problem(
            path,
            "unknown_filter",
            _("Line %(line)d: there is no filter “%(name)s”.") % {"line": line, "name": name},
            line,
        )
        for name, line in read.filters
        if name not in liquid.FILTERS
    ]
    seen: set[str] = set()
    for mention in read.mentions:
        problem = _check_mention(path, mention, purpose, allowed)
        if problem and f"{problem.code}{mention.name}" not in seen:
            seen.add(f"{problem.code}{mention.name}")
            problems.append(problem)
    return problems


def _check_mention(path: str, mention: reading.Mention, purpose: str, allowed: frozenset[str]) -> Problem | None:
    name, line = mention.name, mention.line
    shown = {"line": line, "name": name}
    if name == "?":
        return Problem(path, "computed", _("Line %(line)d: variables are named directly, not computed.") % shown, line)
    if name in COUPON and purpose == "notice":
        words = _("Line %(line)d: a message with a coupon is an advertisement, not a notice.")
        return Problem(path, "coupon_in_notice", words % shown, line)
    if name in COUPON and name not in allowed:
        words = _("Line %(line)d: “%(name)s” exists only after a coupon step.")
        return Problem(path, "no_coupon", words % shown, line)
    if name not in allowed:
        return _unknown(path, name, line, allowed)
    if name in COLLECTIONS and not mention.is_tested:
        words = _("Line %(line)d: “%(name)s” is a list; write its entries with “for”.")
        return Problem(path, "is_a_list", words % shown, line)
    if name.startswith("links.") and not (mention.is_printed_plainly or mention.is_tested):
        words = _("Line %(line)d: write the link as {{ %(name)s }}, without filters.")
        return Problem(path, "link_not_plain", words % shown, line)
    if name.startswith("links.") and path.endswith(".subject"):
        return Problem(path, "link_in_subject", _("A subject cannot hold a link."), line)
    return None


def _unknown(path: str, name: str, line: int, allowed: frozenset[str]) -> Problem:
    near = get_close_matches(name, allowed, 1, 0.6)
    words = _("Line %(line)d: there is no “%(name)s”.") % {"line": line, "name": name}
    if near:
        words += " " + _("Did you mean “%s”?") % near[0].replace("[]", "")
    return Problem(path, "unknown_variable", words, line)


def _check_filled(path: str, source: str, language: str) -> list[Problem]:
    """Fill it in with usual and worst values: what fails here would fail at night."""
    template = liquid.parse(source)
    for name in worst_case.NAMES:
        try:
            filled = liquid.flat(liquid.fill_in(template, worst_case.values(language, name)))
        except TemplateBroken as broken:
            return [_broken(path, broken)]
        if name != "usual":
            continue
        if path.endswith(".subject") and len(one_line(filled, LONGEST_SUBJECT + 1)) > LONGEST_SUBJECT:
            return [Problem(path, "too_long", _("A subject has at most %d characters.") % LONGEST_SUBJECT)]
        if not filled.strip():
            return [Problem(path, "comes_out_empty", _("This comes out empty."))]
    return []


def _broken(path: str, broken: TemplateBroken) -> Problem:
    if broken.code == "too_long":
        return Problem(path, "too_long", _("This is longer than %s characters.") % broken.detail)
    if broken.code == "too_heavy":
        return Problem(path, "too_heavy", _("This makes too much text or repeats too often."), broken.line)
    words = _("Line %(line)d: this cannot be read (%(detail)s).") % {
        "line": max(broken.line, 1),
        "detail": broken.detail,
    }
    return Problem(path, "syntax" if broken.code == "syntax" else "fails", words, broken.line)
