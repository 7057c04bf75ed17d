"""What a command prints: one JSON envelope or text, notes and faults on stderr, an exit code; never a traceback."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon import __version__
from osteon.app.command_result import clean
from osteon.errors import Fault, OsteonError

ALONE = ("hash", "export", "schema")  # commands whose stdout is the answer alone, for programs to read


def envelope(
    command: str,
    ok: bool,
    rows: list[Any],
    errors: list[Any],
    notes: Sequence[str] = (),
    more: Mapping[str, Any] | None = None,
) -> str:
    """The one JSON object on stdout; notes hold what is assumed and what a reader must not overlook.

    more : keys beyond those that every command has
    """
    body = {"command": command, "version": __version__, "ok": ok, "rows": clean(rows), "errors": clean(errors)}
    body |= clean({"notes": list(notes), **(more or {})})
    return json.dumps(body, allow_nan=False, ensure_ascii=False)


def answer(command: str, as_json: bool, verb: Callable[[], Any], folder: str | None = None) -> int:
    """Run a verb, print its answer or its faults, give the exit code.   folder : of the run that an interrupt leaves"""
    try:
        result = verb()
    except OsteonError as error:
        return report_faults(command, as_json, error.faults, error.exit_code)
    except KeyboardInterrupt:
        ignore_interrupts()
        return report_faults(command, as_json, (_interrupted(folder),), 3)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return report_faults(
            command, as_json, (Fault("memory", message="There is not enough memory. Try a smaller --batch."),), 3
        )
    except Exception:
        return report_faults(command, as_json, (_unexpected(),), 3)
    try:
        if as_json:
            print(envelope(command, result.ok, result.rows, [], result.notes, result.more))
        else:
            told = () if command in ALONE else result.notes
            print("\n".join(t for t in (result.text, *(_note(n) for n in told)) if t))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for note in result.notes if as_json or command in ALONE else ():
        print(note, file=sys.stderr)
    return 0 if result.ok else 1


def _note(text: str) -> str:
    """A note as lines of a terminal."""
    return textwrap.fill(text, 80, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def report_faults(command: str, as_json: bool, faults: tuple[Fault, ...], code: int) -> int:
    """Faults as JSON or as sentences; gives the exit code back."""
    if as_json:
        print(envelope(command, False, [], [f.as_dict() for f in faults]))
    for fault in faults:
        print(f"osteon {command}: {fault.sentence()}", file=sys.stderr)
    return code


def _interrupted(folder: str | None) -> Fault:
    if folder and (Path(folder) / "manifest.json").is_file():
        hint = f"'osteon resume {shlex.quote(folder)}' goes on."
        return Fault("interrupted", folder, folder, "", hint, f"Stopped. What was finished is kept in '{folder}'.")
    return Fault("interrupted", message="Stopped.")


def ignore_interrupts() -> None:
    """The process is ending: another Ctrl-C changes nothing. Where the command line is called from Python it goes on."""
    if _standalone and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


_standalone = False  # whether this process is the command and nothing else


def standalone_process(alone: bool) -> None:
    """Say whether this process is the command and nothing else."""
    global _standalone
    _standalone = alone


def _unexpected() -> Fault:
    """What happened, in a file of the user's own if there can be one; never in a folder that others read or write."""
    from osteon.io.private import private_folder, write_private

    text, folder = traceback.format_exc(), private_folder("logs")
    log = folder / f"{secrets.token_hex(8)}.log" if folder else None
    if log and write_private(log, text.encode("utf-8", "backslashreplace")):
        return Fault("unexpected", hint=f"Details are in {log}.", message="Something failed that should not have.")
    return Fault("unexpected", message="Something failed that should not have: " + text.strip().splitlines()[-1])
