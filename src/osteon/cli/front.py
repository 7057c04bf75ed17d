"""The front door: one JSON envelope, exit codes, errors as sentences, never a traceback."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from osteon import __version__
from osteon.cli.commands import HELP, WITH, command
from osteon.cli.envelope import ignore_interrupts, report_faults, standalone_process
from osteon.errors import Fault, InputError, OsteonError, nearest


class Commands(click.Group):
    """A group that loads a command when it is called, and knows what was meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HELP)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
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
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in HELP.items() if text])


@click.group(
    cls=Commands, params=[WITH], context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, message="osteon %(version)s")
def osteon(own_folder: str | None) -> None:
    """Osteon: an in-silico laboratory for osteoporosis and MSC therapy. Research use only, never patient care.

    Every command takes --json: one object on stdout, notes on stderr. Exit codes: 0 ok, 1 a check did not hold,
    2 bad input, 3 run failed, 4 unsupported feature, 5 corrupt data.
    """


def main(words: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    standalone_process(words is None)
    if words is None:
        for stream in (sys.stdout, sys.stderr):  # names of folders may be bytes that no encoding knows
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    arguments = sys.argv[1:] if words is None else words
    name = _command_of(arguments)
    as_json = "--json" in arguments
    try:
        code = osteon.main(args=arguments, prog_name="osteon", standalone_mode=False)
        return int(code or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 0
    except click.UsageError as error:
        return report_faults(name, as_json, (_usage(error),), 2)
    except OsteonError as error:
        return report_faults(name, as_json, error.faults, error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        ignore_interrupts()
        return report_faults(name, as_json, (Fault("interrupted", message="Stopped."),), 3)


def _command_of(words: list[str]) -> str:
    """The command among the words, for what is printed where they cannot be read."""
    plain = [w for before, w in zip(["", *words], words, strict=False) if w[:1] != "-" and before != "--with"]
    return plain[0] if plain else "osteon"


def _usage(error: click.UsageError) -> Fault:
    """What is wrong with the words of a command, as one line: the parser's own lines and hints are put in order."""
    if isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        return _no_choice(error, error.param, tuple(error.param.type.choices))
    option, options = getattr(error, "option_name", "") or "", getattr(error, "possibilities", None) or []
    close = nearest(option, options) if options else None
    hint = f"Did you mean '{close or options[0]}'?" if options else ""
    if isinstance(error, click.NoSuchOption):
        text = f"There is no option '{option}'. {hint}".strip()
    else:
        text = " ".join(error.format_message().split())
    return Fault("usage", "", option, "", hint, text)


def _no_choice(error: click.BadParameter, asked: click.Parameter, choices: tuple[str, ...]) -> Fault:
    """A word that is none of those an argument or option takes, with the nearest one that is."""
    told = re.match(r"'(.*?)' is not one of ", error.message)
    word = told[1] if told else ""
    close = nearest(word, choices)
    of = f" of {asked.opts[0]}" if isinstance(asked, click.Option) else ""
    hint = f"Did you mean '{close}'?" if close else ""
    return Fault("usage", "", word, ", ".join(choices), hint, f"'{word}' is none of the choices{of}. {hint}".strip())
