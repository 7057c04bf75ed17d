"""The front door: one JSON envelope, exit codes, errors as sentences, never a traceback."""

from __future__ import annotations

import json
import math
import os
import secrets
import shlex
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from osteon import __version__
from osteon.errors import Fault, InputError, OsteonError, nearest


def clean(value: Any) -> Any:
    """Strict JSON: NaN and infinity become null, NumPy numbers plain ones."""
    if isinstance(value, dict):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def envelope(command: str, ok: bool, rows: list[Any], errors: list[Any], more: dict[str, Any] | None = None) -> str:
    """The one JSON object on stdout.   more : keys beyond those that every command has"""
    body = {"command": command, "version": __version__, "ok": ok, "rows": clean(rows), "errors": clean(errors)}
    body |= clean(more or {})
    return json.dumps(body, allow_nan=False, ensure_ascii=False)


def answer(command: str, as_json: bool, verb: Callable[[], Any], folder: str | None = None) -> int:
    """Run a verb, print its answer or its faults, give the exit code.   folder : of the run that an interrupt leaves"""
    try:
        result = verb()
    except OsteonError as error:
        return _tell(command, as_json, error.faults, error.exit_code)
    except KeyboardInterrupt:
        _hear_no_more()
        return _tell(command, as_json, (_interrupted(folder),), 3)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _tell(
            command, as_json, (Fault("memory", message="There is not enough memory. Try a smaller --batch."),), 3
        )
    except Exception:
        return _tell(command, as_json, (_unexpected(),), 3)
    try:
        if as_json:
            print(envelope(command, result.ok, result.rows, [], result.more))
        elif result.text:
            print(result.text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for note in result.notes:
        print(note, file=sys.stderr)
    return 0 if result.ok else 1


def _tell(command: str, as_json: bool, faults: tuple[Fault, ...], code: int) -> int:
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


def _hear_no_more() -> None:
    """The process is ending: another Ctrl-C changes nothing. Where the command line is called from Python it goes on."""
    if _own_process and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


_own_process = False  # whether this process is the command and nothing else


def _unexpected() -> Fault:
    """What happened, in a file of the user's own if there can be one; never in a folder that others read or write."""
    from osteon.io.private import private_folder, write_private

    text, folder = traceback.format_exc(), private_folder("logs")
    log = folder / f"{secrets.token_hex(8)}.log" if folder else None
    if log and write_private(log, text.encode("utf-8", "backslashreplace")):
        return Fault("unexpected", hint=f"Details are in {log}.", message="Something failed that should not have.")
    return Fault("unexpected", message="Something failed that should not have: " + text.strip().splitlines()[-1])


class Commands(click.Group):
    """A group that loads a command when it is called, and knows what was meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from osteon.cli.commands import HELP

        return list(HELP)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from osteon.cli.commands import command

        return command(name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            close = nearest(args[0], self.list_commands(ctx))
            hint = f"Did you mean '{close}'?" if close else "See 'osteon --help'."
            raise InputError(
                Fault("unknown_command", "", args[0], "", hint, f"There is no command '{args[0]}'. {hint}")
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from osteon.cli.commands import HELP

        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in HELP.items() if text])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="osteon %(version)s")
def osteon() -> None:
    """Osteon: an in-silico laboratory for osteoporosis and MSC therapy. Research use only, never patient care.

    Every command takes --json: one object on stdout, notes on stderr. Exit codes: 0 ok, 1 a check did not hold,
    2 bad input, 3 run failed, 4 unsupported feature, 5 corrupt data.
    """


def main(words: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    global _own_process
    _own_process = words is None
    if words is None:
        for stream in (sys.stdout, sys.stderr):  # names of folders may be bytes that no encoding knows
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    arguments = sys.argv[1:] if words is None else words
    name = next((w for w in arguments if not w.startswith("-")), "osteon")
    as_json = "--json" in arguments
    try:
        code = osteon.main(args=arguments, prog_name="osteon", standalone_mode=False)
        return int(code or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 0
    except click.UsageError as error:
        return _tell(name, as_json, (_usage(error),), 2)
    except OsteonError as error:
        return _tell(name, as_json, error.faults, error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _hear_no_more()
        return _tell(name, as_json, (Fault("interrupted", message="Stopped."),), 3)


def _usage(error: click.UsageError) -> Fault:
    options = getattr(error, "possibilities", None) or []
    hint = f"Did you mean '{options[0]}'?" if options else ""
    text = error.format_message()
    return Fault(
        "usage", "", getattr(error, "option_name", "") or "", "", hint, text if hint in text else f"{text} {hint}"
    )
