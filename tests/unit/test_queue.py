"""The queue before SQLite's one writer."""

import threading
import time

from kaeru.core.sqlite3.queue import Queue


def wait_and_say(queue: Queue, called: list[str], word: str) -> threading.Thread:
    def run() -> None:
        queue.enter(5)
        called.append(word)
        queue.leave()

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.03)
    return thread


def test_it_calls_in_the_order_of_asking() -> None:
    queue, called = Queue(), list[str]()
    assert queue.enter(1)
    threads = [wait_and_say(queue, called, word) for word in "abcde"]
    queue.leave()
    for thread in threads:
        thread.join()
    assert called == list("abcde")


def test_it_does_not_let_the_one_who_leaves_slip_in_again() -> None:
    queue, called = Queue(), list[str]()
    queue.enter(1)
    waiting = wait_and_say(queue, called, "waited")
    queue.leave()
    queue.enter(5)
    called.append("again")
    queue.leave()
    waiting.join()
    assert called == ["waited", "again"]


def test_it_gives_up_in_time_and_is_free_afterwards() -> None:
    queue = Queue()
    assert queue.enter(1)
    assert not queue.enter(0.01)
    queue.leave()
    assert queue.enter(0.01)
