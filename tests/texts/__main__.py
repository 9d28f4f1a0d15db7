"""python -m tests.texts [FILE…]: recall and false alarms of the guard by rule and language, and each text that it got wrong."""

import sys

from tests.texts import Sample, by_rule, count, samples


def _line(name: str, chosen: list[Sample]) -> str:
    total = count(chosen)
    recall = f"{total.recall:7.1%}" if total.bad else "      –"
    alarms = f"{total.alarm_rate:7.1%}" if total.good else "      –"
    return f"{name:<12}{total.bad:>5}{recall}{total.good:>7}{alarms}{total.blocked:>9}"


def main(files: list[str]) -> None:
    """Print the figures."""
    chosen = samples(*files)
    print(f"{'':<12}{'bad':>5}{'recall':>7}{'good':>7}{'alarms':>7}{'blocked':>9}")
    for name, members in by_rule(chosen).items():
        print(_line(name, members))
    for language in ("ja", "en"):
        print(_line(language, [one for one in chosen if one.language == language]))
    for name in dict.fromkeys(one.file for one in chosen):
        print(_line(name, [one for one in chosen if one.file == name]))
    print(_line("all", list(chosen)))
    for one in chosen:
        if not one.is_right():
            found = (
                ", ".join(f"{said.rule} {said.severity} “{said.excerpt[:40]}”" for said in one.judged()) or "nothing"
            )
            print(f"{one.file} {one.rule} {one.language} wanted {one.wanted}, found {found}\n    {one.said}")


main(sys.argv[1:])
