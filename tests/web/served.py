"""The program as somebody starts it, and requests as a browser or as somebody else would send them."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PATIENCE = 300.0  # seconds, on a machine that others use too


class Served:
    """A server of a folder; use it in a `with`.   port, cookie, change : as its own pages know them"""

    def __init__(self, folder: Path, *words: str) -> None:
        self.log = folder.parent / f"{folder.name}.log"
        command = [sys.executable, "-m", "osteon", "web", "--folder", str(folder), *words]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.port, self.token = self._address()
        status, headers, _ = self.ask("GET", f"/?token={self.token}", {"cookie": ""})
        assert status == 303, self.log.read_text(encoding="utf-8")
        self.cookie = headers["set-cookie"].split(";")[0]
        self.change = re.search(r'name="change" content="([^"]+)"', self.get("/")[1])[1]

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def _address(self) -> tuple[int, str]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", self.log.read_text(encoding="utf-8"))
            if found:
                return self._listening(int(found[1])), found[2]
            time.sleep(0.05)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def _listening(self, port: int) -> int:
        return port  # the socket listens before the address is printed

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, Any, str]:
        """Status, headers, text. A header of None is left out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        given = {"host": f"127.0.0.1:{self.port}", "cookie": getattr(self, "cookie", "")} | (headers or {})
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "content-length" not in given and "transfer-encoding" not in given:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders()
            if body:
                connection.send(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        """As a page of ours asks."""
        status, _, text = self.ask("GET", path)
        return status, text

    def own(self) -> dict[str, str]:
        """Headers of a change that comes from our pages."""
        return {"origin": f"http://127.0.0.1:{self.port}", "x-osteon": self.change, "content-type": "application/json"}

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """As a page of ours asks for a change."""
        status, _, text = self.ask("POST", path, self.own(), json.dumps(body).encode())
        return status, json.loads(text)

    def job(self, id: str) -> dict[str, Any]:
        """A run as it stands."""
        return dict(json.loads(self.get(f"/api/jobs/{id}")[1])["rows"][0])

    def until(self, id: str, *states: str) -> dict[str, Any]:
        """The run once it is in one of these states."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            row = self.job(id)
            if row["state"] in states:
                return row
            time.sleep(0.1)
        raise AssertionError(f"{self.job(id)}\n{self.log.read_text(encoding='utf-8')}")


def alive(pid: int) -> bool:
    """Whether a process of this number does anything."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "Z (zombie)" not in status.read_text(encoding="utf-8")
