"""Ask plugins, each in a process of its own that can be killed.

A process is started with the first question and kept. It is killed, with everything it started, when an answer takes too
long; after that, and after it died by itself, the plugin rests for a while, so that a hanging plugin costs one time
limit a minute and not one per batch.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from listwright.plugins import answers
from listwright.plugins.answers import PluginFailed
from listwright.plugins.hookspecs import BATCH
from listwright.plugins.host import LENGTH

ANSWER_SECONDS = 3.0
START_SECONDS = 10.0
REST_SECONDS = 60.0
LONGEST_ANSWER = 32 * 1024 * 1024
# All a plugin's process knows of ours: where programs and packages are, and the language.
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY")


class Runner:
    """The processes of one of our processes; safe from any thread. One question at a time goes to each plugin."""

    def __init__(
        self,
        *,
        answer_seconds: float | None = None,
        start_seconds: float = START_SECONDS,
        rest_seconds: float = REST_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.answer_seconds = answer_seconds or float(os.environ.get("LISTWRIGHT_PLUGIN_TIMEOUT") or ANSWER_SECONDS)
        self.start_seconds = start_seconds
        self.rest_seconds = rest_seconds
        self._monotonic = monotonic
        self._hosts: dict[str, _Host] = {}
        self._resting: dict[str, tuple[float, str]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def ask(self, plugin: str, hook: str, settings: Mapping[str, Any], batch: Sequence[Any], **more: Any) -> list[Any]:
        """Call a hook with a batch; its answers in order, `Nonsense` at places that cannot be used. Raises PluginFailed."""
        arguments = {BATCH[hook]: list(batch), **more}
        question = {"kind": hook, "settings": dict(settings), "arguments": arguments}
        answer: list[Any] = answers.READ[hook](self._result(plugin, question), len(batch))
        return answer

    def columns(self, plugin: str, settings: Mapping[str, Any]) -> list[Any]:
        """The plugin's columns in files. Raises PluginFailed."""
        question = {"kind": "bulk_columns", "settings": dict(settings), "arguments": {}}
        return answers.columns(self._result(plugin, question))

    def describe(self, plugin: str) -> dict[str, Any]:
        """{hooks, about, schema, defaults} of an installed plugin. Raises PluginFailed for a broken one."""
        found: dict[str, Any] = self._result(plugin, {"kind": "describe"})
        return found

    def validate(self, plugin: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Settings as they are to be stored, and what is wrong with them by field. Raises PluginFailed.

        A person entered them, so a plugin that rests because it was stopped is asked all the same.
        """
        self.wake(plugin)
        answer = self._exchange(plugin, {"kind": "validate", "settings": dict(settings)})
        return answer.get("result") or {}, answer.get("wrong") or {}

    def wake(self, plugin: str) -> None:
        """Let a resting plugin be asked at once: its settings changed, or a person wants to know."""
        with self._lock:
            self._resting.pop(plugin, None)

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            hosts, self._hosts = list(self._hosts.values()), {}
        for host in hosts:
            host.kill()

    def _result(self, plugin: str, question: Mapping[str, Any]) -> Any:
        return self._exchange(plugin, question)["result"]

    def _exchange(self, plugin: str, question: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            turn = self._locks.setdefault(plugin, threading.Lock())
            until, reason = self._resting.get(plugin, (0.0, ""))
            if until > self._monotonic():
                raise PluginFailed(reason)
        with turn:
            with self._lock:
                host = self._hosts.pop(plugin, None)
            try:
                if host is None:
                    host = _Host(plugin)
                    # The first question loads the package, which may take longer than an answer.
                    if question["kind"] != "describe":
                        self._loaded(host.ask({"kind": "describe"}, self.start_seconds))
                    answer = host.ask(question, self.answer_seconds + self.start_seconds * (not host.warm))
                else:
                    answer = host.ask(question, self.answer_seconds)
            except (_TooSlow, _Died) as failure:
                if host is not None:
                    host.kill()
                with self._lock:
                    self._resting[plugin] = (self._monotonic() + self.rest_seconds, str(failure))
                raise PluginFailed(str(failure)) from None
            except PluginFailed:
                if host is not None:
                    host.kill()
                raise
            with self._lock:
                self._hosts[plugin] = host
        if "error" in answer:
            raise PluginFailed(f"It raised {_sentence(answer['error'])}")
        return answer

    @staticmethod
    def _loaded(answer: Mapping[str, Any]) -> None:
        if "error" in answer:
            raise PluginFailed(f"It cannot be loaded: {_sentence(answer['error'])}")


class _TooSlow(Exception):  # noqa: N818
    """The time limit."""


class _Died(Exception):  # noqa: N818
    """The process ended, or spoke something else."""


class _Host:
    """One plugin's process."""

    def __init__(self, plugin: str) -> None:
        self.warm = False
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "listwright.plugins.host", plugin],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None and self._process.stdin is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        os.set_blocking(self._process.stdin.fileno(), False)

    def ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """One answer. Raises _TooSlow, _Died."""
        until = time.monotonic() + seconds
        body = pickle.dumps(question, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            self._write(LENGTH.pack(len(body)) + body, until, seconds)
            (length,) = LENGTH.unpack(self._read(LENGTH.size, until, seconds))
            if length > LONGEST_ANSWER:
                raise _Died(f"Its answer of {length:,} bytes is too long.")
            answer = json.loads(self._read(length, until, seconds))
        except (OSError, ValueError):
            raise _Died("Its process ended, or answered in no way anybody can read.") from None
        self.warm = True
        if not isinstance(answer, dict):
            raise _Died("It answered in no way anybody can read.")
        return answer

    def kill(self) -> None:
        """End it with everything it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self, body: bytes, until: float, seconds: float) -> None:
        assert self._process.stdin is not None
        pipe, view = self._process.stdin.fileno(), memoryview(body)
        while view:
            _, ready, _ = select.select([], [pipe], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise _TooSlow(_slow(seconds))
            view = view[os.write(pipe, view) :]

    def _read(self, count: int, until: float, seconds: float) -> bytes:
        assert self._process.stdout is not None
        pipe, parts = self._process.stdout.fileno(), bytearray()
        while len(parts) < count:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise _TooSlow(_slow(seconds))
            part = os.read(pipe, count - len(parts))
            if not part:
                raise _Died("Its process ended before it answered.")
            parts += part
        return bytes(parts)


def _sentence(error: str) -> str:
    return f"{error.rstrip('. ')}."


def _slow(seconds: float) -> str:
    return f"It did not answer within {seconds:g} seconds and was stopped."


_SHARED: list[Runner] = []
_SHARED_LOCK = threading.Lock()


def share(made: Runner) -> None:
    """Have this process use a runner of one's own, in the place of the one it had."""
    with _SHARED_LOCK:
        _SHARED[:] = [made]
    atexit.register(made.close)


def runner() -> Runner:
    """The runner this process shares; its plugins end with it."""
    with _SHARED_LOCK:
        if not _SHARED:
            _SHARED.append(Runner())
            atexit.register(_SHARED[0].close)
        return _SHARED[0]
