"""Keys sort by time, fit the databases' integers and never repeat."""

import os
import threading

from kaeru.core import ids


def test_it_makes_rising_keys_that_fit_63_bits() -> None:
    keys = ids.new_ids(5000)
    assert keys == sorted(set(keys))
    assert all(0 < key < 2**63 for key in keys)


def test_it_rises_from_call_to_call() -> None:
    keys = [ids.new_id() for _ in range(2000)]
    assert keys == sorted(set(keys))


def test_it_continues_after_a_burst_without_repeating() -> None:
    burst = ids.new_ids(100_000)
    assert ids.new_id() > burst[-1]


def test_it_never_repeats_across_threads() -> None:
    found: list[int] = []

    def make() -> None:
        found.extend([key for _ in range(50) for key in ids.new_ids(100)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 8 * 50 * 100


def test_it_draws_anew_in_a_forked_process() -> None:
    read, write = os.pipe()
    before = ids._node
    child = os.fork()
    if child == 0:
        os.write(write, str(ids._node).encode())
        os._exit(0)
    os.waitpid(child, 0)
    drawn = int(os.read(read, 20))
    os.close(read)
    os.close(write)
    assert ids._node == before
    assert 0 <= drawn < 2**ids._NODE_BITS
    assert drawn != before, "equal by chance once in 8192 runs"


def test_it_makes_no_key_for_nothing() -> None:
    assert ids.new_ids(0) == []
