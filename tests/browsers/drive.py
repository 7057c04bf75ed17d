"""Two browsers, one way to ask them: open an address, evaluate an expression, press a key, look at what is shown."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "firefox": ("firefox-esr", "firefox")}
KEYS = {
    "Tab": "\ue004", "Enter": "\ue006", "Shift": "\ue008", "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}  # fmt: skip  # as WebDriver names them
ON_ITS_WAY = (
    "unfinished navigation",
    "NS_BINDING_ABORTED",
    "NS_ERROR_ABORT",
    "navigation was aborted",
)  # of the page before
AGAIN = 4  # times that Firefox is asked once more
PATIENCE = 240.0  # seconds for a browser to start, or for a condition to hold on a machine that others use too


def found(kind: str) -> str | None:
    """Path of a browser of this kind on this machine, or None."""
    return next((path for name in NAMES[kind] if (path := shutil.which(name))), None)


class Browser:
    """A headless browser with a new profile; use it in a `with`."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.folder = tempfile.TemporaryDirectory(prefix="osteon-browser-", ignore_cleanup_errors=True)
        self.process = self._start()
        self.count = 0

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def until(self, expression: str, patience: float = PATIENCE) -> Any:
        """The value of an expression as soon as it is true."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            value = self.evaluate(expression)
            if value:
                return value
            time.sleep(0.02)
        raise TimeoutError(f"Not within {patience:g} s: {expression}")

    def _run(self, words: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "HOME": self.folder.name, "MOZ_HEADLESS": "1"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(words, env=environment, **quiet)  # type: ignore[call-overload,no-any-return]

    def _send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=600))
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']} {answer.get('message', '')}")
                return dict(answer["result"])
            self.heard(answer)

    def heard(self, event: dict[str, Any]) -> None:
        """An event that came between."""


class Chromium(Browser):
    """Chromium over the DevTools protocol.   requests, faults : addresses asked for, errors of the page"""

    def __init__(self, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        super().__init__()
        port = self._port()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            tab = next(t for t in json.load(answer) if t["type"] == "page")
        self.socket = self.stack.enter_context(connect(tab["webSocketDebuggerUrl"], max_size=None))
        self.requests: list[str] = []
        self.faults: list[str] = []
        for part in ("Page", "Network", "Runtime", "Log"):
            self._send(f"{part}.enable", {})
        self.size(width, height, dark)

    def _start(self) -> subprocess.Popen[bytes]:
        quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
        where = ["--remote-debugging-port=0", f"--user-data-dir={self.folder.name}", "about:blank"]
        return self._run([str(found("chromium")), *quiet, *where])

    def _port(self) -> str:
        file = Path(self.folder.name) / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if file.exists() and len(words := file.read_text(encoding="utf-8").split()) > 1:
                return words[0]
            time.sleep(0.05)
        raise TimeoutError("Chromium did not start.")

    def heard(self, event: dict[str, Any]) -> None:
        """Requests and errors are written down."""
        method, given = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.faults.append(str(given["exceptionDetails"].get("exception", given["exceptionDetails"]))[:400])
        elif method == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.faults.append(given["entry"]["text"])

    def size(self, width: int, height: int = 900, dark: bool = False) -> None:
        """Size of the window in pixels, and whether the reader likes it dark."""
        shape = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._send("Emulation.setDeviceMetricsOverride", shape)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._send("Emulation.setEmulatedMedia", {"features": scheme})

    def open(self, address: str, bypass_policy: bool = False) -> None:
        """Go to an address; with `bypass_policy`, scripts of the test may run in it."""
        self._send("Page.setBypassCSP", {"enabled": bypass_policy})
        self._send("Page.navigate", {"url": address})
        self.until("document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """Value of an expression, waited for if it is a promise."""
        given = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self._send("Runtime.evaluate", given)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"].get("exception", answer["exceptionDetails"]))[:800])
        return answer["result"].get("value")

    def key(self, key: str, shift: bool = False) -> None:
        """Press and let go a key."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        given = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": codes.get(key, 0)}
        given["modifiers"] = 8 if shift else 0
        text = {"Enter": "\r", " ": " "}.get(key)
        self._send("Input.dispatchKeyEvent", {"type": "keyDown", **given, **({"text": text} if text else {})})
        self._send("Input.dispatchKeyEvent", {"type": "keyUp", **given})

    def mouse(self, kind: str, x: float, y: float) -> None:
        """mousePressed, mouseMoved or mouseReleased at a point of the window."""
        given = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        self._send("Input.dispatchMouseEvent", given)

    def drag(self, points: list[tuple[float, float]], pointer: str = "mouse") -> None:
        """Press at the first point, move over the others, let go.   pointer : mouse or touch"""
        for i, (x, y) in enumerate(points):
            if pointer == "mouse":
                self.mouse("mouseMoved" if i else "mousePressed", x, y)
            else:
                given = {"type": "touchMove" if i else "touchStart", "touchPoints": [{"x": x, "y": y}]}
                self._send("Input.dispatchTouchEvent", given)
        if pointer == "mouse":
            self.mouse("mouseReleased", *points[-1])
        else:
            self._send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def paper(self) -> bytes:
        """The page as it is printed, a PDF."""
        given = {"preferCSSPageSize": True, "printBackground": True}
        return base64.b64decode(self._send("Page.printToPDF", given)["data"])

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        answer = self._send("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(answer["data"]))

    def whole_picture(self, path: Path, width: int, dark: bool = False) -> None:
        """The page from top to bottom, at this width."""
        height = int(self.evaluate("document.documentElement.scrollHeight"))
        self.size(width, height, dark)
        time.sleep(0.2)
        self.picture(path)
        self.size(width, 900, dark)


class Firefox(Browser):
    """Firefox over WebDriver BiDi."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__()
        self.socket = self._connected()
        self._send("session.new", {"capabilities": {}})
        self.context = self._send("browsingContext.getTree", {})["contexts"][0]["context"]

    def _start(self) -> subprocess.Popen[bytes]:
        where = ["--profile", self.folder.name, "--remote-debugging-port", str(self.port)]
        return self._run([str(found("firefox")), "--headless", "--no-remote", *where])

    def _connected(self) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return self.stack.enter_context(connect(f"ws://127.0.0.1:{self.port}/session", max_size=None))
            except (OSError, EOFError, WebSocketException):  # it answers before it is ready
                time.sleep(0.2)
        raise TimeoutError("Firefox did not start.")

    def open(self, address: str) -> None:
        """Go to an address; asked again, a few times, where the one before was still on its way."""
        given = {"context": self.context, "url": address, "wait": "complete"}
        for again in range(AGAIN, -1, -1):
            try:
                self._send("browsingContext.navigate", given)
                return
            except RuntimeError as error:
                if not again or not any(words in str(error) for words in ON_ITS_WAY):
                    raise
                time.sleep(0.5)

    def evaluate(self, expression: str) -> Any:
        """Value of an expression as JSON carries it, waited for if it is a promise."""
        wrapped = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        given = {"expression": wrapped, "target": {"context": self.context}, "awaitPromise": True}
        answer = self._send("script.evaluate", given)
        if answer["type"] == "exception":
            raise RuntimeError(str(answer["exceptionDetails"])[:800])
        return json.loads(answer["result"]["value"])

    def size(self, width: int, height: int = 900, dark: bool = False) -> None:
        """Size of the window in pixels; dark is not offered here."""
        shape = {"width": width, "height": height}
        self._send("browsingContext.setViewport", {"context": self.context, "viewport": shape})

    def key(self, key: str, shift: bool = False) -> None:
        """Press and let go a key."""
        value = KEYS.get(key, key)
        held = [{"type": "keyDown", "value": KEYS["Shift"]}] if shift else []
        free = [{"type": "keyUp", "value": KEYS["Shift"]}] if shift else []
        press = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self._act({"type": "key", "id": "keys", "actions": [*held, *press, *free]})

    def drag(self, points: list[tuple[float, float]], pointer: str = "mouse") -> None:
        """Press at the first point, move over the others, let go.   pointer : mouse or touch"""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 20} for x, y in points]
        actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": actions})

    def _act(self, source: dict[str, Any]) -> None:
        self._send("input.performActions", {"context": self.context, "actions": [source]})

    def paper(self) -> bytes:
        """The page as it is printed, a PDF."""
        return base64.b64decode(self._send("browsingContext.print", {"context": self.context})["data"])

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        given = {"context": self.context, "origin": "document"}
        path.write_bytes(base64.b64decode(self._send("browsingContext.captureScreenshot", given)["data"]))
