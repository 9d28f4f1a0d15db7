"""`kaeru demo`: a shop with some months behind it, everything in one process, to try the whole main job in five minutes."""

import time
import webbrowser
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Timer
from typing import Annotated
from urllib.parse import urlsplit

import typer
from django.conf import settings
from django.db import OperationalError, connections
from rich.progress import BarColumn, Progress, TextColumn

from kaeru.cli.demo_environment import FILLED, PORT, forget
from kaeru.cli.output import fail, people
from kaeru.cli.serve import is_free, listen, turn_passes
from kaeru.cli.shops import migrate
from kaeru.worker import demo_clock

HOST = "127.0.0.1"


def demo(
    speed: Annotated[
        float,
        typer.Option(
            help="How many times faster the demo's clock runs; 1440 is a day a minute.", min=0.001, max=100_000
        ),
    ] = 1.0,
    reset: Annotated[bool, typer.Option("--reset", help="Start afresh: forget what the demo has stored.")] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Start the demo; Ctrl-C ends it, and the next start goes on where it stood."""
    address = settings.KAERU_BASE_URL + "/"
    if not is_free(HOST, port):
        fail(f"Port {port} is taken. Nothing was changed. Try another: kaeru demo --port {port + 1}")
    people.print(address, markup=False, highlight=False)
    begun = time.monotonic()
    try:
        is_new = _prepare()
    except OperationalError as failure:
        fail(
            f"The demo's database in {settings.KAERU_HOME} cannot be used ({failure}). `kaeru demo --reset` starts afresh."
        )
    demo_clock.start(speed)
    _say_what_to_do(address, speed, time.monotonic() - begun, is_new=is_new)
    if not no_browser:
        Timer(1.5, webbrowser.open, [address]).start()
    listen(HOST, port, [_open_post_office, _lend_clock, turn_passes])


def _prepare() -> bool:
    """Database, shop and history; True when they were made just now."""
    from kaeru.cli.demo_seed import seed

    migrate()
    if seed.find_shop() is not None and not demo_clock.has_run():  # stopped while the weeks were being lived through
        connections.close_all()
        forget(settings.KAERU_HOME, FILLED)
        migrate()
    shop = seed.find_shop()
    is_new = shop is None
    if shop is None:
        stop = _open_post_office()
        with (
            _line_office(),
            Progress(TextColumn("{task.description}"), BarColumn(), console=people, transient=True) as bar,
        ):
            task = bar.add_task("Living through some months · 数か月分のデータを用意しています", total=1.0)
            shop = seed.fill(lambda share: bar.update(task, completed=share))
        stop()
    seed.connect(shop)
    return is_new


def _open_post_office() -> Callable[[], None]:
    from examples.inbox.catcher import Catcher

    port = int(settings.KAERU_MAIL_URL.rsplit(":", 1)[1])
    return Catcher(settings.KAERU_HOME / "inbox", port=port).start().stop


def _line_office() -> AbstractContextManager[str]:
    """LINE's platform answers on the demo's own port until the site itself stands there."""
    from examples.line import here, serving
    from kaeru.core import clock

    here.use(clock.now)
    api = urlsplit(settings.KAERU_LINE_API_URL)
    return serving.listening(here.platform(), port=api.port or PORT, prefix=api.path)


def _lend_clock() -> Callable[[], None]:
    """The example shop and the clients' phones live in the demo's time."""
    from examples.demo_shop import clock as shop_clock
    from examples.line import here as phones
    from kaeru.core import clock

    shop_clock.use(clock.now)
    phones.use(clock.now)
    return demo_clock.keep


def _say_what_to_do(address: str, speed: float, seconds: float, *, is_new: bool) -> None:
    from kaeru.cli.demo_seed.seed import LOGIN, PASSWORD

    made = (
        "Three months of orders are ready · 3か月分のデータができました" if is_new else "Welcome back · 前回の続きです"
    )
    pace = f"\nThe clock runs {speed:g} times as fast · 時計は{speed:g}倍で進みます" if speed != 1 else ""
    people.print(
        f"""{made} ({seconds:.0f} s){pace}

  [bold]{address}[/bold]                  Kaeru
      {LOGIN}  /  {PASSWORD}
  [bold]{address}demo/shop/orders[/bold]  見本のお店 · sample shop
  [bold]{address}demo/inbox/[/bold]       受信箱 · every mail sent
  [bold]{address}demo/line/[/bold]        お客様のスマートフォン · the salon's clients in LINE

  1  見本のお店で、いちばん新しい注文を開き「この注文をキャンセルする」。
     Sample shop: open the newest order, “Cancel this order”, give a reason.
  2  受信箱に返信が届きます。Kaeruの「キャンセル」でその注文を開き、
     「次のステップまで進める」をクーポンのメールが届くまで押します。
     The answer is in the inbox. Open the order in Kaeru's Cancellations, and
     press “Skip to the next step” there until the coupon mail has come.
  3  メールのボタンからカートへ進み、注文します。Kaeruに回復が出ます。
     Follow its button into the cart and order. Kaeru shows what came back.
  4  見本のお店で別の注文を開き「遅れを知らせる」。お知らせのシナリオが
     動きます。
     Sample shop: open another order, “Tell of a delay”. A scenario starts.
  5  Kaeruの「シナリオ」で「クーポンの利用を忘れた」（2つの版）や、まだ公開して
     いない「週末・夜間のキャンセル」を、「受付」の「電話」でかける相手を見ます。
     Scenarios: one with two revisions, one not published yet; Desk, Calls: whom to call.
  6  見本のお店の別の注文で、キャンセルの理由に「配送先を変更したい」などを選び、
     そのページで直します。Kaeruの「受付」で、残りの案件を決めます。
     Sample shop: give another reason, such as the address, and have it put right on
     the page. Kaeru's Desk: decide what is left.
  7  Kaeruの「モール」で、Qoo10の3店舗（余裕がある・基準に近い・超えた）を見ます。
     「受付」では、件数に入らないうちに決める要請から順に並びます。
     Mall: three shops on Qoo10, safe, near and over the line. Desk: what is to be
     settled before it counts is on top.
  8  お客様のスマートフォンで「山田 はるか」を開き、届いたリマインドの
     「日時を変更する」から別の日時を選びます。
     The clients' phones: open 山田 はるか, press “change” in her reminder, choose
     another time.
  9  空いた時間は、待っているHanna Lindqvistさんや指名のお客様に届きます
     （夜は朝8時から。「次のステップまで進める」）。先に押した方が決まり、
     遅れた方には別の空きをご案内します。
     The freed time goes to those who wait or ask for the stylist (at night from
     8:00 on). The first tap wins, late ones get other times.
 10  Kaeruで「はさみ美容室」を選び、カレンダー、空き、お客様、成果を見ます。
     Kaeru: choose the salon; calendar, openings, clients, results.
 11  Kaeruの「成果」で小鳥雑貨店の効果と、そこから「割に合うクーポン」「月次レポート」
     を見ます。シナリオのクーポンを書きかえると、割に合う増加が表示されます。
     Results of 小鳥雑貨店: what came back because of the shop; from there the coupons
     that pay, and the monthly report. Change a scenario's coupon: its break-even is shown.

Ctrl-C で終了。データは残ります。 · Ctrl-C ends it; the data stays.""",
        highlight=False,
        soft_wrap=True,
    )
