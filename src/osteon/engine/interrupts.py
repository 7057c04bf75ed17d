"""Ctrl-C, orderly: one ends the work within seconds, more of them do not disturb the clearing up.

A signal reaches Python only between two of its instructions, so long work in machine code runs in a thread of its own while
the main thread waits; and workers never hear Ctrl-C themselves, they are ended by the process that started them.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

WAIT = 0.2  # s between two checks of the main thread, where a wait cannot be interrupted (Windows)


def in_main_thread() -> bool:
    """Whether this is the thread that Ctrl-C reaches."""
    return threading.current_thread() is threading.main_thread()


def interruptible(work: Callable[[], None], give_up: Callable[[], None]) -> None:
    """Do work that is deaf to Ctrl-C. On Ctrl-C give_up is called, which must end it within moments."""
    if not in_main_thread():
        work()
        return
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(WAIT)
    except BaseException:
        with undisturbed():
            give_up()
            thread.join(10 * WAIT)
        raise
    if failed:
        raise failed[0]


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C does nothing inside: for what must be cleared up. Elsewhere than in the main thread it does nothing anyhow."""
    if not in_main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C waits until the end; processes started inside never hear it, as they inherit what is held back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def deaf() -> None:
    """From now on Ctrl-C does nothing in this process: it is ended by the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
