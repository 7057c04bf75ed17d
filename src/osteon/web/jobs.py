"""Runs on disk: one folder each under an opaque id, its state read from what stands there, its process a child that outlives us.

State: finished or failed (an answer stands), running (its process holds the folder's lock), stopped (a person asked for it),
else waiting: whoever serves this folder next starts it, and a run that began goes on from its last whole chunk.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from osteon.errors import Fault, InputError, RunFailed
from osteon.io.files import write_atomic
from osteon.io.run_lock import is_locked
from osteon.web.job import ANSWER, EVENTS, NAMES, PROCESS, PROGRESS, REQUEST, RUN, STOP, TABLE

ID = re.compile(r"[0-9a-f]{16}")
LONGEST_QUEUE = 100  # runs that may wait
ENDING = 10.0  # seconds that processes have to end when the server does
STATES = ("waiting", "running", "stopping", "stopped", "finished", "failed")


@dataclass(frozen=True)
class Job:
    """A run as it stands.   created : ISO time;  share : of the work that is done, None where it does not say;  eta : seconds"""

    id: str
    kind: str
    title: str
    created: str
    state: str
    request: dict[str, Any]
    text: str = ""
    share: float | None = None
    eta: float | None = None
    answer: dict[str, Any] | None = None

    def row(self) -> dict[str, Any]:
        """What a list shows of it, as strict JSON."""
        names = ("id", "kind", "title", "created", "state", "text", "share", "eta")
        return {n: getattr(self, n) for n in names} | {"errors": (self.answer or {}).get("errors", [])}


class Jobs:
    """The runs of a folder.   at_once : processes at the same time"""

    def __init__(self, folder: Path, at_once: int = 1) -> None:
        self.folder, self.at_once = folder.absolute(), at_once
        self.own: dict[str, subprocess.Popen[bytes]] = {}
        self.interrupted: set[str] = set()
        self.lock = Lock()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            text = f"'{folder}' cannot be made: {error.strerror}."
            raise RunFailed(Fault("cannot_write", str(folder), "", "", "", text)) from None

    def ids(self) -> list[str]:
        """Ids of all runs, the newest first."""
        places = [p for p in self.folder.iterdir() if ID.fullmatch(p.name) and (p / REQUEST).is_file()]
        return [p.name for p in sorted(places, key=lambda p: (_request(p)["created"], p.name), reverse=True)]

    def place(self, id: str) -> Path:
        """Folder of a run. Raises InputError for an id that none has."""
        if not ID.fullmatch(id) or not (self.folder / id / REQUEST).is_file():
            raise InputError(Fault("unknown_run", "id", "", "", "", "There is no such run."))
        return self.folder / id

    def get(self, id: str) -> Job:
        """A run as it stands now. Raises InputError for an id that none has."""
        place = self.place(id)
        request, answer = _request(place), _read(place / ANSWER)
        state = self._state(place, answer)
        progress = _read(place / PROGRESS) if state in ("running", "stopping", "stopped") else None
        share, text = (progress or {}).get("share"), (progress or {}).get("text", "")
        known = {k: request[k] for k in ("kind", "title", "created")}
        return Job(
            id, state=state, request=request, answer=answer, share=share, text=text, eta=_eta(place, progress), **known
        )

    def all(self) -> list[Job]:
        """Every run, the newest first."""
        return [self.get(i) for i in self.ids()]

    def _state(self, place: Path, answer: dict[str, Any] | None) -> str:
        if answer is not None:
            return "failed" if answer["errors"] else "finished"
        asked_to_stop = (place / STOP).exists()
        if self._alive(place):
            return "stopping" if asked_to_stop else "running"
        return "stopped" if asked_to_stop else "waiting"

    def _alive(self, place: Path) -> bool:
        own = self.own.get(place.name)
        return (own is not None and own.poll() is None) or is_locked(place)

    def create(self, kind: str, title: str, text: str = "", events: str | None = None, **settings: Any) -> str:
        """Put a run into the queue; its id. Raises RunFailed where too many wait.

        text, events : of the file that was sent, and of its event table
        """
        if sum(self.get(i).state == "waiting" for i in self.ids()) >= LONGEST_QUEUE:
            message = f"{LONGEST_QUEUE} runs are waiting; no more are taken."
            raise RunFailed(Fault("too_many", "", "", "", "Stop some, or wait.", message))
        id = secrets.token_hex(8)
        place = self.folder / id
        place.mkdir(mode=0o700)
        if text:
            write_atomic(place / NAMES[kind], text)
        if events is not None:
            write_atomic(place / EVENTS, events)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        write_atomic(place / REQUEST, json.dumps({"kind": kind, "title": title, "created": now, **settings}))
        return id

    def cancel(self, id: str) -> None:
        """Have a run stop; what it has computed is kept."""
        place = self.place(id)
        with self.lock:
            if self.get(id).state not in ("waiting", "running"):
                text = f"A run that is {self.get(id).state} cannot be stopped."
                raise InputError(Fault("state", "id", "", "waiting, running", "", text))
            write_atomic(place / STOP, "")
            self._interrupt(id)

    def resume(self, id: str, force_new: bool = False, repair: bool = False) -> None:
        """Have a run go on that was stopped or has failed.   force_new : from the start;  repair : what is damaged anew"""
        place = self.place(id)
        with self.lock:
            if self.get(id).state not in ("stopped", "failed"):
                text = f"A run that is {self.get(id).state} cannot be resumed."
                raise InputError(Fault("state", "id", "", "stopped, failed", "", text))
            write_atomic(place / REQUEST, json.dumps({**_request(place), "force_new": force_new, "repair": repair}))
            self.interrupted.discard(id)
            for name in (ANSWER, PROCESS, PROGRESS, STOP):
                (place / name).unlink(missing_ok=True)

    def tick(self) -> None:
        """Start what waits, the oldest first, as long as there is room."""
        with self.lock:
            self.own = {i: p for i, p in self.own.items() if p.poll() is None}
            states = {i: self.get(i).state for i in reversed(self.ids())}
            for id in [i for i, s in states.items() if s == "stopping"]:
                self._interrupt(id)  # once it can be: a process that has only begun has no number yet
            room = self.at_once - sum(s in ("running", "stopping") for s in states.values())
            for id in [i for i, s in states.items() if s == "waiting"][: max(0, room)]:
                self.own[id] = _start(self.folder / id)

    def close(self) -> None:
        """End our own processes; they go on when this folder is served again."""
        with self.lock:
            alive = {i: p for i, p in self.own.items() if p.poll() is None}
            for id in alive:
                self._interrupt(id)
            end = time.monotonic() + ENDING
            for process in alive.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, end - time.monotonic()))

    def _interrupt(self, id: str) -> None:
        """As Ctrl-C does, to the process and its workers, once. It holds the lock, so its number is nobody else's."""
        place = self.folder / id
        process = _read(place / PROCESS)
        if id in self.interrupted or process is None or not is_locked(place):
            return
        self.interrupted.add(id)
        with contextlib.suppress(OSError):
            if os.name == "nt":
                os.kill(process["pid"], signal.SIGTERM)
            else:
                os.killpg(process["pid"], signal.SIGINT)

    def files(self, id: str) -> dict[str, Path]:
        """What can be downloaded of a run, by the name it has there; nothing else can be asked for."""
        place = self.place(id)
        run = place / RUN
        named = {n: place / n for n in (*sorted(set(NAMES.values())), EVENTS, TABLE, "log.txt")}
        named |= {n: run / n for n in ("report.html", "endpoints.json", "patients.parquet", "manifest.json")}
        if _request(place)["kind"] == "credibility" and run.is_dir():
            named |= {p.name: p for p in sorted(run.iterdir()) if re.fullmatch(r"[a-z_]+\.(html|json)", p.name)}
        return {n: p for n, p in named.items() if p.is_file() and not p.is_symlink() and p.stat().st_size}


def _start(place: Path) -> subprocess.Popen[bytes]:
    """A process in a session of its own, so that neither our end nor a Ctrl-C on our terminal ends it unasked."""
    with (place / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "osteon.web.job", str(place)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _request(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / REQUEST).read_text(encoding="utf-8")))


def _read(path: Path) -> dict[str, Any] | None:
    """A file of ours as a table; None where it is not there or not whole."""
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads(path.read_text(encoding="utf-8")))
    return None


def _eta(place: Path, progress: dict[str, Any] | None) -> float | None:
    """Seconds to go, by the pace since the process began."""
    if not progress or not 0 < progress["share"] < 1:
        return None
    with contextlib.suppress(OSError):
        began = (place / PROCESS).stat().st_mtime
        return round(max(0.0, float(progress["at"] - began) * (1 / float(progress["share"]) - 1)), 1)
    return None
