"""osteon web: the port, the address that opens it, and the end."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, RunFailed
from osteon.io.run_lock import locked

LOCAL_HOST = "127.0.0.1"


def serve(port: int, folder: str, at_once: int, browser: bool) -> CommandResult:
    """Serve a folder of runs until Ctrl-C. Raises RunFailed where the port is taken or another serves the folder."""
    import uvicorn

    from osteon.web.application import application
    from osteon.web.guard import Keys
    from osteon.web.jobs import Jobs

    with _alone(Path(folder)):
        opened = _bound(port)
        number = int(opened.getsockname()[1])

        def tell(token: str) -> None:
            print(
                f"For another browser, once: http://{LOCAL_HOST}:{number}/?token={token}", file=sys.stderr, flush=True
            )

        keys = Keys(tell)
        address = f"http://{LOCAL_HOST}:{number}/?token={keys.token}"
        print(
            f"Open, once: {address}\nRuns are kept in '{folder}'. Ctrl-C ends; runs go on when it is served again.",
            file=sys.stderr,
            flush=True,
        )
        if browser:
            webbrowser.open(address)
        app = application(Jobs(Path(folder), at_once), keys, number)
        settings = uvicorn.Config(
            app, log_level="warning", access_log=False, proxy_headers=False, server_header=False, date_header=False,
            ws="none", timeout_keep_alive=5, timeout_graceful_shutdown=5, limit_concurrency=1000, h11_max_incomplete_event_size=16_384,
        )  # fmt: skip
        with contextlib.suppress(KeyboardInterrupt):  # which it raises again when all is closed
            uvicorn.Server(settings).run([opened])
    return CommandResult([{"folder": folder, "port": number}], True, f"Ended. Runs are kept in '{folder}'.")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder. Raises RunFailed where another process serves it."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(folder))
        except RunFailed as error:
            if error.faults[0].code != "locked":
                raise
            text = f"'{folder}' is served already; use that address, or another --folder."
            raise RunFailed(Fault("locked", str(folder), "", "", "", text)) from None
        yield


def _bound(port: int) -> socket.socket:
    """A socket of this machine alone. Raises RunFailed where the port is taken."""
    try:
        opened = socket.create_server((LOCAL_HOST, port), backlog=256)
    except OSError as error:
        text = f"Port {port} cannot be had: {os.strerror(error.errno or 0)}."
        raise RunFailed(Fault("port", "--port", port, "0 for a free one", "", text)) from None
    return opened
