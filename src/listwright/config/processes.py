"""Several processes as one program: what `listwright up` and `listwright demo` run on one machine."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TextIO

from listwright.common.parentwatch import announce_to_children, bound_to_parent

STEADY_SECONDS = 30.0
LONGEST_PAUSE = 30.0
GIVE_UP_AFTER = 5
TICK_SECONDS = 2.0
# What a process printed last is waited for no longer: something it left behind may hold its output open.
LAST_WORDS_SECONDS = 2.0


class PortInUseError(RuntimeError):
    """Another program listens where this one wants to; the message names the port and the remedy."""


def require_free_port(host: str, port: int, remedy: str) -> None:
    """Raises PortInUseError when nothing can listen there. Called before a web server is started, because granian
    binds a port that another one has, and each then gets half of the requests.

    `remedy` ends the message, for example `choose another with --port or LISTWRIGHT_PORT`.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Passes over the lingering connections of the last run; fails where anybody listens, even shared.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            reasons = {errno.EADDRINUSE: "is used by another program", errno.EACCES: "is reserved for root"}
            reason = reasons.get(error.errno or 0, f"cannot be had ({error.strerror})")
            raise PortInUseError(f"Port {port} on {host} {reason}: free it, or {remedy}.") from None


@dataclass(frozen=True)
class Command:
    """A process to run: its name in the output, its command line, variables besides the present ones, and how long it
    may take to end after SIGTERM."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 15.0


@dataclass
class _Running:
    command: Command
    process: subprocess.Popen[str]
    reader: threading.Thread
    started: float
    failures: int


def restart_pause(failures: int) -> float:
    """Seconds to wait before a process that ended so many times in quick succession is started again."""
    return min(0.5 * 2.0 ** (failures - 1), LONGEST_PAUSE)


class Supervisor:
    """Runs commands until it is told to stop; starts again what ends by itself.

    SIGINT, SIGTERM and SIGHUP stop all, the last started first; a second one kills them. None outlives this process:
    on Linux each gets SIGTERM when it dies, and each is expected to call parentwatch.follow_parent().
    """

    def __init__(
        self,
        commands: Sequence[Command],
        *,
        output: TextIO | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        """`output` gets every line that the processes print, after the process's name. `tick` is called every two
        seconds, to look after what the processes need; an error it raises is printed."""
        self._commands = list(commands)
        self._output = output or sys.stderr
        self._tick = tick
        self._running: dict[str, _Running] = {}
        self._due: dict[str, tuple[float, int]] = {}  # name -> when to start again, failures so far
        self._events: SimpleQueue[str] = SimpleQueue()
        self._writing = threading.Lock()
        self._stopping = False
        self._kill = False

    def run(self) -> int:
        """Call it from the main thread. Returns 0 when it was told to stop, 1 when a process kept failing."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._told_to_stop) for number in numbers}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: self._events.put("child"))
        announce_to_children()
        try:
            for command in self._commands:
                self._start(command, failures=0)
            return self._watch()
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _told_to_stop(self, *_: object) -> None:
        self._kill = self._stopping
        self._stopping = True
        self._events.put("stop")

    def _watch(self) -> int:
        next_tick = time.monotonic() + TICK_SECONDS
        while True:
            wake_at = min([next_tick, *(at for at, _ in self._due.values())])
            try:
                if self._events.get(timeout=max(0.0, wake_at - time.monotonic())) == "stop":
                    return 0
            except Empty:
                pass
            now = time.monotonic()
            if not self._note_ended(now):
                return 1
            for name, (at, failures) in list(self._due.items()):
                if at <= now:
                    del self._due[name]
                    self._start(next(one for one in self._commands if one.name == name), failures)
            if now >= next_tick:
                next_tick = now + TICK_SECONDS
                self._call_tick()

    def _note_ended(self, now: float) -> bool:
        """Plan the restart of what has ended; False when one has failed too often."""
        for name, one in list(self._running.items()):
            status = one.process.poll()
            if status is None:
                continue
            del self._running[name]
            _kill_group(one.process.pid)
            failures = 1 if now - one.started > STEADY_SECONDS else one.failures + 1
            how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
            if failures >= GIVE_UP_AFTER:
                self._write(name, f"ended again ({how}); it does not stay up, so all is stopped")
                return False
            pause = restart_pause(failures)
            self._write(name, f"ended ({how}); starting it again in {pause:g} s")
            self._due[name] = (now + pause, failures)
        return True

    def _start(self, command: Command, failures: int) -> None:
        process = subprocess.Popen(
            list(command.arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PYTHONUNBUFFERED": "1", **command.environment},
            start_new_session=True,  # a Ctrl-C reaches us alone, who stop them in order
            preexec_fn=bound_to_parent(signal.SIGTERM),
        )
        reader = threading.Thread(target=self._read, args=(command.name, process), daemon=True)
        self._running[command.name] = _Running(command, process, reader, time.monotonic(), failures)
        reader.start()

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self._write(name, line.rstrip("\n"))

    def _write(self, name: str, line: str) -> None:
        with self._writing:
            try:
                self._output.write(f"{name:<8} | {line}\n")
                self._output.flush()
            except (BrokenPipeError, ValueError):
                return  # nobody reads any more; the processes go on

    def _call_tick(self) -> None:
        if self._tick is not None:
            try:
                self._tick()
            except Exception as error:
                self._write("up", str(error))

    def _stop_all(self) -> None:
        for command in reversed(self._commands):
            one = self._running.pop(command.name, None)
            if one is None:
                continue
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGTERM)
                deadline = time.monotonic() + one.command.stop_seconds
                while one.process.poll() is None and time.monotonic() < deadline and not self._kill:
                    time.sleep(0.02)
            _kill_group(one.process.pid)
            one.process.wait()
            one.reader.join(LAST_WORDS_SECONDS)


def _kill_group(pid: int) -> None:
    """End what a process left behind, for example a web server's worker. Each is the leader of a group of its own."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
