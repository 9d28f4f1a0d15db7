"""The demo's post office: takes mail by SMTP, keeps it readable, and can misbehave when a test wants it to."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from examples.inbox import mailbox
from examples.inbox.catcher import HANG_UP_AFTER, HANG_UP_BEFORE, Catcher


def letter(subject: str = "ご注文について 🐸", to: str = "hanako@example.com") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "小鳥雑貨店 <shop@kotori.example>", to
    message.set_content("山田 花子 様\n\nありがとうございます。\n")
    message.add_alternative("<html><head></head><body>ありがとうございます。</body></html>", subtype="html")
    return message


def send(catcher: Catcher, message: EmailMessage) -> None:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=5) as connection:
        connection.send_message(message)


def test_it_keeps_what_it_takes(tmp_path: Path) -> None:
    with Catcher(tmp_path) as catcher:
        send(catcher, letter())
        (caught,) = catcher.wait_for(1)
    assert caught.recipients == ("hanako@example.com",)
    assert caught.message["Subject"] == "ご注文について 🐸"
    (mail,) = mailbox.mails(tmp_path)
    assert (mail.subject, mail.sender_name, mail.to) == ("ご注文について 🐸", "小鳥雑貨店", "hanako@example.com")
    assert "ありがとうございます。" in mail.html
    assert mail.first_words.startswith("山田 花子 様")
    assert mailbox.mail(tmp_path, mail.key) == mail


def test_it_lists_the_newest_first_and_one_persons_alone(tmp_path: Path) -> None:
    with Catcher(tmp_path) as catcher:
        for number, to in enumerate(["a@example.com", "b@example.com", "a@example.com"]):
            send(catcher, letter(f"{number}", to))
    assert [mail.subject for mail in mailbox.mails(tmp_path)] == ["2", "1", "0"]
    assert [mail.subject for mail in mailbox.mails(tmp_path, "A@example.com")] == ["2", "0"]


@pytest.mark.parametrize("key", ["../secret_key", "x", "0" * 20 + "-" + "0" * 6])
def test_it_opens_nothing_but_its_mails(tmp_path: Path, key: str) -> None:
    assert mailbox.mail(tmp_path, key) is None


def test_it_refuses_when_told_to() -> None:
    with Catcher(on_address=lambda address: "550 5.1.1 nobody" if address.startswith("no") else None) as catcher:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(catcher, letter(to="nobody@example.com"))
        send(catcher, letter())
        assert len(catcher.wait_for(1)) == 1


@pytest.mark.parametrize("how,kept", [(HANG_UP_BEFORE, 0), (HANG_UP_AFTER, 1)])
def test_it_hangs_up_before_or_after_it_took_the_mail(how: str, kept: int) -> None:
    with Catcher(on_mail=lambda mail: how) as catcher:
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(catcher, letter())
        assert len(catcher.mails) == kept
