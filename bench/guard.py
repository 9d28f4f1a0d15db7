"""How long does the guard read one message?

    python -m bench.guard [--rounds 20]

Every message of the ready scenarios in both languages, worded as mail (text and HTML), with a customer's data in it. Compared in the same
run: the wording itself (what the hand-over does anyway), a naive list of forbidden words over the normalised text part (the least that
any filter must do), the guard over the whole message (`judge`), and the guard at the hand-over, which has read the shop's words before
and looks at the customer's data only (`guarding.stopped`). Medians of one message, in processor
time, so that neighbours on the machine do not count. Wanted: at most 5 ms.
"""

import argparse
import os
import re
import statistics
import tempfile
import time
import unicodedata
from collections.abc import Callable
from typing import Any

LIMIT_MS = 5.0
WORDS = re.compile(
    "口座|振込先|暗証番号|カード番号|パスワード|マイナンバー|法的措置|bank account|card number|password|pin code|legal action"
)


def _messages() -> list[Any]:
    """(row, letter, worded, text) of every message."""
    from types import SimpleNamespace

    from kaeru.channels import registry
    from kaeru.messages import guarding
    from kaeru.scenarios.flow import walk
    from kaeru.scenarios.ready import everything

    found = []
    for ready in everything().values():
        for place in walk(ready.flow["steps"]):
            if "texts" not in place.step:
                continue
            for language in ("ja", "en"):
                text, purpose = place.step["texts"][language], place.step["purpose"]
                letter = guarding.sample(purpose, text["subject"], text["body"], language, "usual")
                worded = registry.get("mail").word(letter)
                row = SimpleNamespace(
                    source="enrollment", channel="mail", shop_id=1, template=SimpleNamespace(texts={}), purpose=purpose
                )
                found.append((row, letter, worded, guarding.text_of(letter, "mail", "", worded)))
    return found


def _median_ms(what: Callable[..., Any], messages: list[Any], rounds: int) -> tuple[float, float]:
    spent = []
    for _ in range(rounds):
        for one in messages:
            begun = time.process_time()
            what(*one)
            spent.append((time.process_time() - begun) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=100)[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaeru.conf.settings")
    os.environ.setdefault("KAERU_HOME", tempfile.mkdtemp())
    os.environ.setdefault("KAERU_SECRET_KEY", "bench-only-" + "k" * 40)
    import django

    django.setup()
    from kaeru.channels import registry
    from kaeru.messages import guarding
    from kaeru.messages.guard.judge import judge

    messages = _messages()
    mail = registry.get("mail")
    players: dict[str, Callable[..., Any]] = {
        "wording alone": lambda row, letter, worded, text: mail.word(letter),
        "list of words": lambda row, letter, worded, text: WORDS.search(
            unicodedata.normalize("NFKC", text.body).casefold()
        ),
        "guard, whole message": lambda row, letter, worded, text: judge(text, letter.at.date()),
        "guard, hand-over": lambda row, letter, worded, text: guarding.stopped(row, letter, worded, ""),
    }
    for what in players.values():
        _median_ms(what, messages, 1)
    print(f"{len(messages)} messages, {rounds} rounds; ms for each message")
    figures = {}
    for name, what in players.items():
        figures[name] = _median_ms(what, messages, rounds)
        print(f"{name:<24} median {figures[name][0]:7.3f}   99 of 100 within {figures[name][1]:7.3f}")
    worst = figures["guard, whole message"][0]
    print(f"wanted: at most {LIMIT_MS} ms: {'kept' if worst <= LIMIT_MS else 'NOT KEPT'}")
    raise SystemExit(0 if worst <= LIMIT_MS else 1)


if __name__ == "__main__":
    main()
