"""The command line: one face of the verbs. It translates words and answers and holds no logic of its own."""

from osteon.cli.front import main

__all__ = ["main"]
