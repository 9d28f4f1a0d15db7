"""Starts real worker processes quickly: loads everything once, then forks a worker for each line it reads.

python -m tests.faults.zygote     answers each line on standard input with the process id of a new worker
"""

import os
import signal
import sys
import time
from datetime import timedelta

LEASE = timedelta(seconds=1)


def _work() -> None:
    from kaeru.worker import registry

    while True:
        if not registry.turn():
            time.sleep(0.02)


def main() -> None:
    """Serve until standard input ends."""
    import django

    django.setup()
    from kaeru.connectors.gate import claims as gate
    from kaeru.connectors.gate import rules
    from kaeru.messages import claims
    from kaeru.worker import registry

    claims.CLAIM_LEASE = claims.SENDING_LEASE = LEASE
    gate.CLAIM_LEASE = gate.CALL_LEASE = LEASE
    rules.PROOF_PAUSE, rules.PAUSES = LEASE, (LEASE,) * 30
    registry.passes()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _work()
        print(pid, flush=True)


if __name__ == "__main__":
    main()
