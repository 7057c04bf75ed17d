"""Answers of one person while somebody moves something: one process that has the model compiled, ended where it takes too long."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from osteon.app.command_result import clean
from osteon.errors import Fault, InputError, OsteonError, RunFailed
from osteon.web.job import EVENTS

ANSWER_SECONDS = 30.0  # seconds for one answer once it is its turn
QUEUE = 400  # that may wait
DRAWS = 64  # more are a run

Answer = dict[str, Any]


def simulated(table: dict[str, Any], seed: int, events: str | None = None) -> Answer:
    """Rows of a scenario as `osteon simulate` prints them, or its faults.   events : text of its event table"""
    from osteon.app.scenarios import simulate_table
    from osteon.report.scenario_figures import sentences

    try:
        refuse_dear(table, events)
        with event_folder(events) as folder:
            found = simulate_table(table, "scenario.toml", folder, seed, False)
    except OsteonError as error:
        return {"ok": False, "rows": [], "errors": [f.as_dict() for f in error.faults], "exit_code": error.exit_code}
    words = sentences(found.rows)
    body = {"ok": True, "rows": found.rows, "errors": [], "exit_code": 0, "words": words, "notes": list(found.notes)}
    return dict(clean(body | {"doses": [d.sentence() for d in found.doses]}))


def refuse_dear(table: dict[str, Any], events: str | None = None) -> None:
    """Raise InputError for what is not an answer of a moment, or lies in a file that was not sent."""
    output = table.get("output")
    draws = output.get("draws", 0) if isinstance(output, dict) else 0
    faults = []
    if isinstance(draws, int) and draws > DRAWS:
        text = f"{draws} draws take too long while somebody waits: start it as a run."
        faults.append(Fault("too_large", "scenario.toml [output] draws", draws, f"at most {DRAWS}", "", text))
    faults += [event_table_fault("scenario.toml")] if table.get("events") is not None and events is None else []
    if faults:
        raise InputError(faults)


def event_table_fault(name: str) -> Fault:
    """Of a table that names another file and comes without its text: no path is taken from a browser."""
    text = "An event table is a file beside this one, and here no file of the machine is read: send its text too."
    return Fault(
        "unsupported", f"{name} events", "", "", "Open it under 'Event table', or use 'osteon simulate'.", text
    )


@contextmanager
def event_folder(events: str | None) -> Iterator[Path | None]:
    """A folder that holds an event table as it was sent, for a moment; None without one."""
    if events is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="osteon-") as folder:
        (Path(folder) / EVENTS).write_text(events, encoding="utf-8", errors="surrogatepass")
        yield Path(folder)


class Simulator:
    """One process, one answer at a time, the first come first; used from one event loop."""

    def __init__(self) -> None:
        self.pool: ProcessPoolExecutor | None = None
        self.turn = asyncio.Semaphore(1)
        self.waiting = 0

    async def answer(self, table: dict[str, Any], seed: int, events: str | None = None) -> Answer:
        """As `simulated`. Raises RunFailed where too many wait or the answer takes too long."""
        if self.waiting >= QUEUE:
            raise RunFailed(Fault("too_many", message=f"{QUEUE} answers are waiting. Try again in a moment."))
        self.waiting += 1
        try:
            async with self.turn:
                return await self._asked(table, seed, events)
        finally:
            self.waiting -= 1

    async def _asked(self, table: dict[str, Any], seed: int, events: str | None) -> Answer:
        self.pool = self.pool or ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(
                loop.run_in_executor(self.pool, simulated, table, seed, events), ANSWER_SECONDS
            )
        except TimeoutError:
            self.close()
            text = f"It takes more than {ANSWER_SECONDS:g} seconds: start it as a run."
            raise RunFailed(Fault("too_long", message=text)) from None
        except BrokenProcessPool:
            self.close()
            raise RunFailed(Fault("ended", message="The process of the answer ended. Try again.")) from None

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.pool is not None:
            processes = list((self.pool._processes or {}).values())
            self.pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()
            self.pool = None
