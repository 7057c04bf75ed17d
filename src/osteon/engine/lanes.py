"""What the driver is given: the job, the work space of its lanes, the results, and where a kernel finds them.

Few arrays with named rows, not many arrays: each one costs at every call inside the driver, and when it is compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from osteon.engine.events import OPERATORS, Table
from osteon.engine.kernel import Kernel

LINE = 64  # bytes of a cache line

# Rows of Lanes.now, .mark, .body and .rules; of Job.when, .what, .guard and .setting; of Found.count
T, H, ERROR, SHARE, SEEN_T, STEP, STOP = range(7)
WHO, EVENT, LAST_EVENT, NEXT_OUT, FRESH, REJECTED, LANDED, ARRIVING, SEEN = range(9)
NOTHING = -1  # of mark FRESH: nothing has just happened
Y, INFLOW, DELIVERED = range(3)
DROPPED, HELD = range(2)
WHEN, VALUE = range(2)
KIND, TARGET, GROUP, EVENT_SHARE, SLOT = range(5)
OUTPUT, CODE = range(2)
T_START, FIRST_STEP, MAX_STEP, MAX_STEPS, EXPONENT = range(5)
STATUS, STEPS, GIVEN = range(3)


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


class Found(NamedTuple):
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
    static_looks: Any
    attempt: Any
    take: Any
    outputs: Any
    between: Any
    for_static: Any
    for_static_looks: Any
    for_attempt: Any
    for_take: Any
    for_outputs: Any
    for_seen: Any
    for_between: Any


def job_of(
    table: Table, outputs: tuple[str, ...], times: np.ndarray, setting: tuple[float, ...], **patients: np.ndarray
) -> Job:
    """A job from events as a table.   setting : t_start, first_step, max_step, max_steps, exponent"""
    guard = [[outputs.index(c.quantity), OPERATORS.index(c.operator)] for c in table.looks]
    return Job(
        **{name: np.ascontiguousarray(rows) for name, rows in patients.items()},
        times=times,
        first_event=table.first,
        when=np.stack([table.time, table.value]),
        what=np.stack([table.kind, table.target, table.group, table.share, table.slot]),
        rule_first=table.rule_first,
        rule_hold=table.rule_hold.astype(np.int64),
        guard=np.array(guard, np.int64).reshape(-1, 2).T.copy(),
        guard_level=np.array([c.level for c in table.looks], float),
        setting=np.array(setting, float),
    )


def lanes_of(kernel: Kernel, parameters: int, groups: int, infusions: int) -> Lanes:
    """Empty lanes for a kernel."""
    n, lanes = kernel.states, kernel.lanes
    mark = np.zeros((9, lanes), np.int64)
    mark[WHO] = -1
    return Lanes(
        now=_aligned((7, lanes)),
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


class Bound(NamedTuple):
    """Code bound to lanes, and the kernel's own work space, which must live as long."""

    code: Code
    keep: tuple[np.ndarray, ...]


def bind(kernel: Kernel, lanes: Lanes, atol: np.ndarray, rtol: float) -> Bound:
    """Where the kernel's functions are, and what each is called with.   atol : (states,) in the unit of each"""
    n, width = kernel.states, kernel.lanes
    static, fixed = (_aligned((max(rows, 1), width)) for rows in (kernel.static, kernel.static_looks))
    k = _aligned((n * kernel.method.stages, width))
    tolerance, relative = _aligned((n, width), atol[:, None]), _aligned((width,), rtol)
    new, u, f, slope, seen = (_aligned((n, width)) for _ in range(5))
    jacobian, matrix = (_aligned((kernel.entries, width)) for _ in range(2))
    now, body, stage_t = lanes.now, lanes.body, _aligned((width,))
    work = (now[T], now[H], body[Y], static, body[INFLOW], tolerance, relative, new, now[ERROR])
    code = Code(
        **{
            name: kernel.addresses[name]
            for name in ("static_part", "static_looks", "attempt", "take", "outputs", "between")
        },
        for_static=_places(lanes.own, static),
        for_static_looks=_places(lanes.own, fixed),
        for_attempt=_places(*work, k, u, f, jacobian, slope, matrix, stage_t),
        for_take=_places(now[H], body[Y], new, body[INFLOW], now[ERROR], body[DELIVERED]),
        for_outputs=_places(now[T], body[Y], fixed, lanes.own, lanes.out),
        for_seen=_places(now[SEEN_T], seen, fixed, lanes.own, lanes.out),
        for_between=_places(now[SHARE], body[Y], new, k, seen),
    )
    return Bound(code, (static, fixed, k, tolerance, relative, new, u, f, slope, seen, jacobian, matrix, stage_t))


def _places(*arrays: np.ndarray) -> tuple[int, ...]:
    return tuple(int(a.ctypes.data) for a in arrays)
