"""The supervisor and the processes under it: what is started again, in which order all end, and that nothing stays."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from listwright.config.processes import GIVE_UP_AFTER, LONGEST_PAUSE, PortInUseError, require_free_port, restart_pause

SOURCE = Path(__file__).resolve().parents[2] / "src"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE)}


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Program:
    """A supervisor in a process of its own, with commands given as Python text, and what it printed."""

    def __init__(self, folder: Path, stop_seconds: int = 2, **commands: str) -> None:
        self.log = folder / "output"
        listed = ", ".join(
            f"Command({name!r}, [{sys.executable!r}, '-c', {textwrap.dedent(text)!r}], {stop_seconds=})"
            for name, text in commands.items()
        )
        code = (
            "import sys\nfrom listwright.config.processes import Command, Supervisor\n"
            f"sys.exit(Supervisor([{listed}], output=sys.stdout).run())"
        )
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code], stdout=log, stderr=subprocess.STDOUT, env=ENVIRONMENT
            )

    def output(self) -> str:
        return self.log.read_text()

    def pids(self, name: str) -> list[int]:
        """The ids that a command printed as `pid N`."""
        return [int(pid) for pid in re.findall(rf"^{name} +\| pid (\d+)$", self.output(), flags=re.MULTILINE)]


SLEEPER = """
    import os, time
    from listwright.common.parentwatch import follow_parent
    follow_parent()
    print("pid", os.getpid())
    time.sleep(60)
"""
# Keeps on after SIGTERM, and has a child of its own that does so too.
STUBBORN = """
    import os, signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("pid", child.pid)
    print("pid", os.getpid())
    time.sleep(60)
"""


@pytest.fixture
def program(tmp_path: Path):
    started: list[Program] = []

    def start(**commands: str) -> Program:
        started.append(Program(tmp_path, **commands))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def test_a_crashed_process_is_started_again_and_the_others_stay(program) -> None:
    running = program(worker=SLEEPER, web=SLEEPER)
    until(lambda: running.pids("worker") and running.pids("web"))
    os.kill(running.pids("worker")[0], signal.SIGKILL)
    until(lambda: len(running.pids("worker")) == 2)
    assert len(running.pids("web")) == 1
    assert "worker   | ended (signal SIGKILL); starting it again in 0.5 s" in running.output()
    assert is_alive(running.pids("worker")[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_the_last_started_first(program, number: signal.Signals) -> None:
    polite = """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (print("leaving"), sys.exit(0)))
        print("ready")
        time.sleep(60)
    """
    running = program(first=polite, second=polite, third=polite)
    until(lambda: running.output().count("ready") == 3)
    running.process.send_signal(number)
    assert running.process.wait(10) == 0
    assert re.findall(r"(\w+) +\| leaving", running.output()) == ["third", "second", "first"]


def test_what_does_not_end_in_time_is_killed_with_its_children(program) -> None:
    running = program(stubborn=STUBBORN)
    until(lambda: len(running.pids("stubborn")) == 2)
    started = time.monotonic()
    running.process.terminate()
    running.process.wait(10)
    assert 1.5 < time.monotonic() - started < 8
    until(lambda: not any(is_alive(pid) for pid in running.pids("stubborn")))


def test_a_second_signal_does_not_wait(program) -> None:
    running = program(stop_seconds=60, stubborn=STUBBORN)
    until(lambda: len(running.pids("stubborn")) == 2)
    running.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    running.process.send_signal(signal.SIGINT)
    running.process.wait(20)


def test_no_child_outlives_a_killed_supervisor(program) -> None:
    running = program(worker=SLEEPER, web=SLEEPER)
    until(lambda: running.pids("worker") and running.pids("web"))
    running.process.kill()
    until(lambda: not any(is_alive(pid) for pid in running.pids("worker") + running.pids("web")), 5)


def test_a_child_that_ignores_the_polite_signal_ends_with_its_killed_parent_all_the_same(program) -> None:
    running = program(
        worker="""
        import os, signal, time
        from listwright.common.parentwatch import follow_parent
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        follow_parent(grace=0.3)
        print("pid", os.getpid())
        time.sleep(60)
        """
    )
    until(lambda: running.pids("worker"))
    running.process.kill()
    until(lambda: not is_alive(running.pids("worker")[0]), 5)


def test_the_web_servers_own_worker_ends_with_a_killed_supervisor(program, tmp_path: Path) -> None:
    """The chain of `listwright up`: supervisor, granian, granian's worker."""
    (tmp_path / "pages.py").write_text(
        "import os\nfrom listwright.common.parentwatch import follow_parent\nfollow_parent()\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n    return [str(os.getpid()).encode()]\n"
    )
    port = free_port()
    running = program(
        web=f"""
        import os, sys
        from granian.server import Server
        from listwright.common.parentwatch import announce_to_children, follow_parent
        sys.path.insert(0, {str(tmp_path)!r})
        follow_parent()
        announce_to_children()
        if __name__ == "__main__":
            print("pid", os.getpid())
            Server("pages:application", address="127.0.0.1", port={port}, interface="wsgi").serve()
        """
    )
    worker: list[int] = []

    def answered() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
                worker.append(int(answer.read()))
        except OSError:
            return False
        return True

    until(answered)
    main = running.pids("web")[0]
    assert worker[0] != main
    running.process.kill()
    until(lambda: not is_alive(main) and not is_alive(worker[0]))


def test_a_process_that_never_stays_up_ends_the_program_with_the_reason_in_sight(program) -> None:
    running = program(worker="import sys; print('no such table'); sys.exit(3)", web=SLEEPER)
    assert running.process.wait(40) == 1
    assert running.output().count("worker   | no such table") == GIVE_UP_AFTER
    assert "ended again (status 3); it does not stay up" in running.output()
    assert not is_alive(running.pids("web")[0])


def test_the_pauses_between_restarts_grow_to_a_bound() -> None:
    pauses = [restart_pause(failures) for failures in range(1, 30)]
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_used_port_is_refused_by_name() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for host in ("127.0.0.1", "0.0.0.0", "localhost"):
            with pytest.raises(PortInUseError, match=rf"Port {port} on {host} is used .* choose another with --port"):
                require_free_port(host, port, "choose another with --port")


def test_a_port_that_another_shares_freely_is_refused_as_well() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortInUseError):
            require_free_port("127.0.0.1", other.getsockname()[1], "choose another")


def test_the_lingering_connections_of_the_last_run_are_no_hindrance() -> None:
    with socket.socket() as server, socket.socket() as visitor:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        visitor.connect(("127.0.0.1", port))
        server.accept()[0].close()  # closed here first: it lingers here
    require_free_port("127.0.0.1", port, "choose another")
