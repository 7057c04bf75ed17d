"""What the driver is given: the job, the work space of its lanes, the results, and where a kernel finds them.

Few arrays with named rows, not many arrays: each one costs at every call inside the driver, and when it is compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from osteon.engine.events import OPERATORS, Table
from osteon.engine.kernel import Kernel

LINE = 64  # bytes of a cache line

# Rows of Lanes.now, .mark, .body and .rules; of Job.when, .what, .guard and .setting; of Outputs.count
T, H, ERROR, SHARE, SEEN_T, STEP, STOP = range(7)
WHO, EVENT, LAST_EVENT, NEXT_OUT, FRESH, REJECTED, LANDED, ARRIVING, SEEN = range(9)
NOWS, MARKS = 7, 9  # rows of Lanes.now and .mark
LANES_NOTHING = -1  # of mark FRESH: nothing has just happened
Y, INFLOW, DELIVERED = range(3)
DROPPED, HELD = range(2)
WHEN, VALUE = range(2)
KIND, TARGET, GROUP, EVENT_SHARE, SLOT = range(5)
OUTPUT, CODE = range(2)
T_START, FIRST_STEP, MAX_STEP, MAX_STEPS, EXPONENT = range(5)
STATUS, STEPS, GIVEN = range(3)


FUNCTIONS = ("static_part", "static_readouts", "attempt", "take", "outputs", "between")  # of a kernel, for the driver


class Job(NamedTuple):
    """What is to be done. Patients are rows of the first three; events as in `engine.events.Table`.

    home     : (patients, states) where a reset leads to
    times    : (times,) asked for
    schedule : (patients,) which event list each follows
    """

    parameters: Any
    start_state: Any
    home: Any
    times: Any
    schedule: Any
    first_event: Any
    when: Any
    what: Any
    rule_first: Any
    rule_hold: Any
    guard: Any
    guard_level: Any
    setting: Any


class Lanes(NamedTuple):
    """Work space of the driver, one column a lane.

    now   : time, step, scaled error …           mark    : who is in the lane, next event and output, flags
    body  : state, inflow, amount delivered      own     : the parameters of who is in the lane
    rules : groups dropped for good, and held    running : rate of every infusion that runs now
    """

    now: Any
    mark: Any
    body: Any
    own: Any
    out: Any
    rules: Any
    running: Any
    infusing: Any  # (states, lanes) how many infusions run into a state
    after: Any  # (1 + states, lanes) the first step after a change of parameters, and after a dose into each state


class Outputs(NamedTuple):
    """Results, one row a patient.

    values    : (patients, times, outputs), the state before events of the same instant
    count     : (2 + groups, patients) status, steps, and how many doses of each group were given
    delivered : (patients, states), amount that boluses and infusions brought in
    """

    values: Any
    final: Any
    count: Any
    delivered: Any


class Code(NamedTuple):
    """Addresses of a kernel's functions, and of the arrays that each is called with."""

    static_part: Any
    static_readouts: Any
    attempt: Any
    take: Any
    outputs: Any
    between: Any
    for_static: Any
    for_static_readouts: Any
    for_attempt: Any
    for_take: Any
    for_outputs: Any
    for_seen: Any
    for_between: Any


def job_of(
    table: Table, outputs: tuple[str, ...], times: np.ndarray, setting: tuple[float, ...], **patients: np.ndarray
) -> Job:
    """A job from events as a table.   setting : t_start, first_step, max_step, max_steps, exponent"""
    guard = [[outputs.index(c.quantity), OPERATORS.index(c.operator)] for c in table.readouts]
    return Job(
        **{name: np.ascontiguousarray(rows) for name, rows in patients.items()},
        times=times,
        first_event=table.first,
        when=np.stack([table.time, table.value]),
        what=np.stack([table.kind, table.target, table.group, table.share, table.slot]),
        rule_first=table.rule_first,
        rule_hold=table.rule_hold.astype(np.int64),
        guard=np.array(guard, np.int64).reshape(-1, 2).T.copy(),
        guard_level=np.array([c.level for c in table.readouts], float),
        setting=np.array(setting, float),
    )


def lanes_of(kernel: Kernel, parameters: int, groups: int, infusions: int) -> Lanes:
    """Empty lanes for a kernel."""
    n, lanes = kernel.states, kernel.lanes
    mark = np.zeros((MARKS, lanes), np.int64)
    mark[WHO] = -1
    return Lanes(
        now=_aligned((NOWS, lanes)),
        mark=mark,
        body=_aligned((3, n, lanes)),
        own=_aligned((parameters, lanes)),
        out=_aligned((max(kernel.outputs, 1), lanes)),
        rules=np.zeros((2, max(groups, 1), lanes), np.bool_),
        running=np.zeros((max(infusions, 1), lanes)),
        infusing=np.zeros((n, lanes), np.int64),
        after=np.zeros((1 + n, lanes)),
    )


def _aligned(shape: tuple[int, ...], value: Any = 0.0) -> np.ndarray:
    """An array whose rows begin on cache lines: a vector that lies across two costs twice."""
    size = int(np.prod(shape))
    room = np.zeros(size + LINE // 8)
    first = -room.ctypes.data % LINE // 8
    array = room[first : first + size].reshape(shape)
    array[...] = value
    return array


CALLS: dict[str, tuple[str, ...]] = {
    "for_static": ("own", "static"),
    "for_static_readouts": ("own", "fixed"),
    "for_attempt": (
        "time", "step", "state", "static", "inflow", "tolerance", "relative", "new", "error",
        "k", "u", "f", "jacobian", "slope", "matrix", "stage_time",
    ),
    "for_take": ("step", "state", "new", "inflow", "error", "delivered"),
    "for_outputs": ("time", "state", "fixed", "own", "out"),
    "for_seen": ("seen_time", "seen", "fixed", "own", "out"),
    "for_between": ("share", "state", "new", "k", "seen"),
}  # fmt: skip
"""What each function of a kernel is called with: rows of the lanes (ROWS), whole arrays of them, or work space."""

LANES_ROWS: dict[str, tuple[str, int]] = {
    "time": ("now", T),
    "step": ("now", H),
    "error": ("now", ERROR),
    "share": ("now", SHARE),
    "seen_time": ("now", SEEN_T),
    "state": ("body", Y),
    "inflow": ("body", INFLOW),
    "delivered": ("body", DELIVERED),
}  # name -> array of Lanes and its row


class Bound(NamedTuple):
    """Code bound to lanes, and the kernel's own work space, which must live as long."""

    code: Code
    keep: tuple[np.ndarray, ...]


def work_rows(states: int, static: int, static_readouts: int, entries: int, stages: int) -> dict[str, int]:
    """Rows of a kernel's own work space, each one number a lane."""
    rows = {"static": max(static, 1), "fixed": max(static_readouts, 1), "k": states * stages}
    rows |= {"tolerance": states, "relative": 1, "stage_time": 1, "jacobian": entries, "matrix": entries}
    return rows | dict.fromkeys(("new", "u", "f", "slope", "seen"), states)


def bind(kernel: Kernel, lanes: Lanes, atol: np.ndarray, rtol: float) -> Bound:
    """Where the kernel's functions are, and what each is called with.   atol : (states,) in the unit of each"""
    sizes = (kernel.states, kernel.static, kernel.static_readouts, kernel.entries, kernel.method.stages)
    work = {name: _aligned((rows, kernel.lanes)) for name, rows in work_rows(*sizes).items()}
    work["tolerance"][...], work["relative"][...] = atol[:, None], rtol
    arrays = work | {name: getattr(lanes, array)[row] for name, (array, row) in LANES_ROWS.items()}
    arrays |= {"own": lanes.own, "out": lanes.out}
    addresses = {name: kernel.addresses[name] for name in FUNCTIONS}
    calls = {name: tuple(int(arrays[a].ctypes.data) for a in given) for name, given in CALLS.items()}
    return Bound(Code(**addresses, **calls), tuple(work.values()))
