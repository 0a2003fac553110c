"""The text of a `{tryit}` taken apart: an exercise that is checked on the page (CONTRIBUTING.md shows one)."""

import re
from dataclasses import dataclass, field

_BLOCK = re.compile(r"^```\{(starter|check|wrong|answer)\}[ \t]*([^\n]*)\n(.*?)^```[ \t]*\n?", flags=re.M | re.S)
_WRONG = re.compile(r"^:wrong: (.*?) => (.*)\n", flags=re.M)
_DIRECTIVE = re.compile(r"^(`{4,})\{tryit\} ([^\n]*)\n((?::[^\n]*\n)*)(.*?)^\1[ \t]*$", flags=re.M | re.S)


@dataclass
class Check:
    """One misconception: the program that finds it, the hint, and wrong answers that must get this hint."""

    hint: str
    code: str
    wrong: list[str] = field(default_factory=list)


@dataclass
class Tryit:
    """task and explanation are MyST text, the rest is Python."""

    title: str
    label: str
    task: str
    starter: str
    checks: list[Check]
    answer: str
    explanation: str


def parse(title, label, text):
    """Take the content of a `{tryit}` apart.

    Raises
    ------
    ValueError
        With a sentence that names what is missing or wrong.
    """
    if not re.match(r"(Think|Derive|Code|Experiment)\b", title):
        raise ValueError(
            f"{label}: the title of a tryit says its kind and time, as in 'Code, 10 minutes', got {title!r}"
        )
    blocks = [(match[1], match[2].strip(), match[3]) for match in _BLOCK.finditer(text)]
    kinds = [kind for kind, _, _ in blocks]
    for kind in ("starter", "answer"):
        if kinds.count(kind) != 1:
            raise ValueError(f"{label}: a tryit has one {{{kind}}}, this one has {kinds.count(kind)}")
    if "check" not in kinds:
        raise ValueError(f"{label}: a tryit has at least one {{check}}")
    starter, answer = (next(body for kind, _, body in blocks if kind == one) for one in ("starter", "answer"))
    checks = []
    for kind, argument, body in blocks:
        if kind == "check":
            if not argument:
                raise ValueError(f"{label}: a {{check}} has its hint behind the name, on the same line")
            options = _WRONG.findall(body)
            code = _WRONG.sub("", body)
            checks.append(Check(argument, code, [_replace(label, answer, *option) for option in options]))
        elif kind == "wrong":
            if not checks:
                raise ValueError(f"{label}: a {{wrong}} answer follows the {{check}} that finds it")
            checks[-1].wrong.append(body)
    for check in checks:
        if not check.wrong:
            raise ValueError(f"{label}: the check {check.hint!r} lists no wrong answer (`:wrong: old => new`)")
    task = text.partition("```{")[0]
    after = _BLOCK.sub("", text[text.rindex("```{answer}") :])
    return Tryit(title, label, task.strip(), starter, checks, answer, after.strip())


def _replace(label, answer, old, new):
    """The answer with a mistake in it. In `old` and `new`, \\n is the end of a line."""
    old, new = old.strip().replace("\\n", "\n"), new.strip().replace("\\n", "\n")
    if answer.count(old) != 1:
        raise ValueError(f"{label}: {old!r} of a :wrong: stands {answer.count(old)} times in the answer, not once")
    return answer.replace(old, new)


def find(text):
    """Every tryit in the MyST text of a chapter."""
    for match in _DIRECTIVE.finditer(text):
        label = re.search(r":label: (\S+)", match[3])
        if not label:
            raise ValueError(f"the tryit {match[2]!r} has no :label:")
        yield parse(match[2].strip(), label[1], match[4])


def without_programs(text):
    """The text of a chapter in which each tryit is its task alone: what a reader reads before the solutions."""
    return _DIRECTIVE.sub(lambda match: match[4].partition("```{")[0], text)
