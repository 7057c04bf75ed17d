"""One run as a process of its own: `python -m osteon.web.job FOLDER`. It calls what the command line calls.

The folder holds request.json and, where the run has one, the file that was sent. The process holds the folder's lock while it
lives, so that nobody starts it twice, whoever ends meanwhile; its answer stands in answer.json as a whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from osteon import __version__
from osteon.app.command_result import CommandResult, clean
from osteon.errors import Fault, OsteonError, RunFailed
from osteon.io.files import write_atomic
from osteon.io.run_lock import locked

REQUEST, ANSWER, PROGRESS, PROCESS, STOP = "request.json", "answer.json", "progress.json", "process.json", "stop"
RUN, TABLE = "run", "rows.csv"
EVENTS = "events.csv"  # the event table of a scenario, whatever it was called before
NAMES = {"study": "study.toml", "dose_response": "study.toml", "scenario": "scenario.toml"}  # of the file that was sent
COHORT_PATIENTS = 50  # virtual patients an arm of a replay, as of the command
OFTEN = 0.3  # seconds between two notes of progress
EVER_AGAIN = 3  # starts in a row that end without an answer before the run counts as failed

Request = Mapping[str, Any]


def main(words: list[str]) -> int:
    """Do what the folder asks for; 0 also where another process is doing it."""
    folder = Path(words[0]).absolute()
    try:
        with locked(folder):
            if not (folder / ANSWER).exists() and not (folder / STOP).exists():
                _do(folder)
    except RunFailed as error:
        if error.faults[0].code != "locked":
            raise
    except KeyboardInterrupt:  # asked for, so it does not count among the starts that ended without an answer
        (folder / PROCESS).unlink(missing_ok=True)
        return 130
    return 0


def _do(folder: Path) -> None:
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    starts = starts_of(folder) + 1
    write_atomic(folder / PROCESS, json.dumps({"pid": os.getpid(), "starts": starts}))
    _report_progress(folder)
    os.chdir(folder)  # so that sentences name files as they stand here, and nobody else's folders
    body = _answer(request) if starts <= EVER_AGAIN else _failed((Fault("ended", message=_ENDED),), 3)
    text = json.dumps(clean({"version": __version__, **body}), allow_nan=False)
    write_atomic(folder / ANSWER, text)


def _answer(request: Request) -> dict[str, Any]:
    try:
        result = VERBS[request["kind"]](request)
    except OsteonError as error:
        return _failed(error.faults, error.exit_code)
    except Exception:
        traceback.print_exc()
        return _failed((Fault("unexpected", message=_UNEXPECTED),), 3)
    body = {"ok": result.ok, "exit_code": 0 if result.ok else 1, "rows": result.rows, "errors": []}
    return body | {"text": result.text, "notes": list(result.notes)}


_ENDED = f"It was started {EVER_AGAIN} times and ended each time without an answer; perhaps memory is short."
_UNEXPECTED = "Something failed that should not have. What happened stands in log.txt of the run."


def starts_of(folder: Path) -> int:
    """How often the run was started without having answered since it was last asked for."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads((folder / PROCESS).read_text(encoding="utf-8"))["starts"])
    return 0


def _failed(faults: tuple[Fault, ...], code: int) -> dict[str, Any]:
    return {
        "ok": False,
        "exit_code": code,
        "rows": [],
        "errors": [f.as_dict() for f in faults],
        "text": "",
        "notes": [],
    }


def _report_progress(folder: Path) -> None:
    from osteon.app.progress import listen

    last = [0.0]

    def note(text: str, share: float) -> None:
        now = time.monotonic()
        if share < 1 and now - last[0] < OFTEN:
            return
        last[0] = now
        draft = folder / f".{PROGRESS}.part"
        with contextlib.suppress(OSError):  # a progress that cannot be determined stops no run
            draft.write_text(json.dumps({"text": text, "share": round(float(share), 4), "at": time.time()}), "utf-8")
            draft.replace(folder / PROGRESS)

    listen(note)


def _study(request: Request) -> CommandResult:
    from osteon.app import actions

    workers = int(request["workers"])
    if Path(RUN, "manifest.json").is_file():
        again = {"repair": bool(request.get("repair")), "force_new": bool(request.get("force_new"))}
        return actions.resume(RUN, workers, None, "", **again)
    return actions.run(NAMES[request["kind"]], RUN, request["patients"], int(request["seed"]), workers, None, "")


def _scenario(request: Request) -> CommandResult:
    from osteon.app import actions

    return actions.simulate(NAMES["scenario"], TABLE, int(request["seed"]))


def _claims(request: Request) -> CommandResult:
    from osteon.app import actions

    ids = tuple(request["ids"])
    return actions.claims(ids, not ids)


def _credibility(request: Request) -> CommandResult:
    from osteon.app import actions

    return actions.credibility(tuple(request["ids"]), RUN)


def _replicate(request: Request) -> CommandResult:
    from osteon.app import actions

    Path(RUN).mkdir(exist_ok=True)
    patients = int(request["patients"] or COHORT_PATIENTS)
    return actions.replicate(tuple(request["ids"]), False, patients, int(request["seed"]), f"{RUN}/report.html")


VERBS: dict[str, Callable[[Request], CommandResult]] = {
    "study": _study,
    "dose_response": _study,
    "scenario": _scenario,
    "claims": _claims,
    "credibility": _credibility,
    "replicate": _replicate,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
