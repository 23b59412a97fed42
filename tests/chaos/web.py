"""The web server of a long run: figures are given to it by REST, and it is killed in the middle of them."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from listwright.companies import operations
from listwright.companies.models import Company
from tests.chaos.shop import ORIGIN
from tests.harness import Api, Program, free_port


class Web:
    """One server after another at the same address."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._log, self._port, self.lives = folder / "web.log", free_port(), 0
        self._environment = {**environment, "LISTWRIGHT_PORT": str(self._port), "PGAPPNAME": "web"}
        self.start()

    def start(self) -> None:
        """A new life, unless there is one."""
        if self.lives == 0 or self._program.process.poll() is not None:
            self.lives += 1
            command = ["-c", "from listwright.config.entrypoint import main; main()", "serve"]
            self._program = Program("web", command, self._environment, self._log)

    def kill(self) -> None:
        """SIGKILL to the server and the process that answers for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._program.process.pid, signal.SIGKILL)
        self._program.stop(signal.SIGKILL)

    def door(self, company: Company) -> "Door":
        """A program's way in."""
        now = datetime.now(UTC)
        user = operations.create_user(username="ana", password="correct horse battery", origin=ORIGIN, now=now)
        operations.set_member(company=company, user=user, role="administrator", origin=ORIGIN, now=now)
        _, token = operations.create_token(user=user, name="chaos", origin=ORIGIN, now=now)
        return Door(Api(f"http://127.0.0.1:{self._port}", token, company.slug))


class Door:
    """REST of a server that may be dead."""

    def __init__(self, api: Api) -> None:
        # Whoever hangs up on a living server does not know what becomes of the figure, nor when.
        api.http.timeout = 60
        self._api = api

    def set_stock(self, sku: str, quantity: int) -> bool:
        """Whether it was surely taken."""
        try:
            path = f"companies/{self._api.company}/stock"
            answer = self._api.http.post(path, json=[{"sku": sku, "physical": quantity}])
        except httpx2.TransportError:
            time.sleep(0.1)
            return False
        assert answer.status_code < 300 or answer.status_code >= 500, answer.text
        return answer.status_code < 300
