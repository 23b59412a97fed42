"""The process a plugin runs in: reads questions from standard input, answers on what was standard output.

Started by `runner`. Questions are pickled (they are ours), answers JSON (they are somebody else's). What the plugin
prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import struct
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from pydantic import ValidationError

from listwright.plugins.loading import hooks_of, load, model_of, settings_of

LENGTH = struct.Struct(">I")
LONGEST_TEXT = 500


def main() -> None:
    """Answer until standard input ends."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    plugin = _Plugin(sys.argv[1])
    while (question := _read(questions)) is not None:
        answer = json.dumps(plugin.answer(question)).encode()
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _end_with(parent: int) -> None:
    """A hook that hangs reads no end of standard input: look whether the runner is still there."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _read(source: BinaryIO) -> Any:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return pickle.loads(source.read(LENGTH.unpack(head)[0]))  # noqa: S301 - written by the runner, our own process


class _Plugin:
    """The plugin, loaded with the first question."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._manager: Any = None
        self._model: Any = None
        self._settings: tuple[str, Any] | None = None

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """{"result": …} or {"error": a sentence}; {"wrong": {field: sentence}} for settings."""
        try:
            if self._manager is None:
                manager = load(self._name)
                self._model = model_of(manager)
                self._manager = manager
            kind = question["kind"]
            if kind == "describe":
                return {"result": self._describe()}
            if kind == "validate":
                return self._validate(question["settings"])
            return {"result": self._call(question)}
        except Exception as error:
            traceback.print_exc()
            return {"error": f"{type(error).__name__}: {error}"[:LONGEST_TEXT]}

    def _describe(self) -> dict[str, Any]:
        plugin = self._manager.get_plugin(self._name)
        text = (getattr(plugin, "__doc__", "") or "").strip()
        defaults: Any = {}
        if self._model is not None:
            with contextlib.suppress(ValidationError):  # fields without a default: to be filled in
                defaults = self._model().model_dump(mode="json")
        return {
            "hooks": hooks_of(self._manager),
            "about": text,
            "schema": None if self._model is None else self._model.model_json_schema(),
            "defaults": defaults,
        }

    def _validate(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        if self._model is None:
            return {"result": {}}
        try:
            return {"result": self._model.model_validate(dict(settings)).model_dump(mode="json")}
        except ValidationError as error:
            return {
                "wrong": {".".join(map(str, item["loc"])): _told(item["input"], item["msg"]) for item in error.errors()}
            }

    def _call(self, question: Mapping[str, Any]) -> Any:
        settings = self._filled(question["settings"])
        hook = getattr(self._manager.hook, question["kind"])
        return plain(hook(**question["arguments"], settings=settings))

    def _filled(self, stored: Mapping[str, Any]) -> Any:
        key = json.dumps(stored, sort_keys=True)
        if self._settings is None or self._settings[0] != key:
            self._settings = (key, settings_of(self._model, stored))
        return self._settings[1]


def _told(given: Any, message: str) -> str:
    """A setting's mistake with the value that was given; what is missing has none."""
    return (
        message
        if isinstance(given, Mapping)
        else f"'{str(given)[:60]}' does not fit: {message[:1].lower()}{message[1:]}."
    )


def plain(value: Any) -> Any:
    """An answer in JSON: decimals marked as such, and what JSON has no word for as its type's name."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, Mapping):
        return {"map": [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return {"strange": type(value).__name__}


if __name__ == "__main__":
    main()
