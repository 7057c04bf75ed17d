"""The driver: steps every lane in its own time, stops at every event, refills finished lanes. Knows no model.

Compiled once by Numba and cached; it gets the kernel's addresses as numbers, so any model can be run by it. A lane's
numbers never touch another lane's, so results do not depend on batch, order, lane width or threads.
"""

from __future__ import annotations

import os

import numpy as np

from osteon.engine.kernel import cache_folder

if (
    _folder := cache_folder()
) is not None:  # Numba's own choice fails where neither this folder nor HOME can be written
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_folder / "numba"))

from llvmlite import ir  # noqa: E402
from numba import njit, types  # noqa: E402
from numba.extending import intrinsic  # noqa: E402

BOLUS, INFLOW, SET_PARAMETER, SCALE_PARAMETER, RESET, CHECK = 0, 1, 2, 3, 4, 5
ADD_PARAMETER, RESTORE_PARAMETER = 6, 7
OK, TOO_MANY_STEPS, STEP_TOO_SMALL, NOT_FINITE_START = 0, 1, 2, 3
SAFETY, SHRINK, GROW = 0.9, 0.15, 6.0


def _caller(count: int):
    """A compiled call of the function at an address with `count` pointer arguments, handed over as integers."""

    @intrinsic
    def call(typingctx, address, arguments):  # type: ignore[no-untyped-def]
        signature = types.void(types.int64, types.UniTuple(types.int64, count))

        def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
            kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * count)
            function = builder.inttoptr(args[0], kind.as_pointer())
            builder.call(function, [builder.extract_value(args[1], i) for i in range(count)])
            return context.get_dummy_value()

        return signature, build

    return call


_call2 = _caller(2)
_call5 = _caller(5)
_call16 = _caller(16)


@njit(cache=True)
def _at(a):  # type: ignore[no-untyped-def]
    return np.int64(a.ctypes.data)


@njit(cache=True)
def _reach(t):  # type: ignore[no-untyped-def]
    """What counts as the same instant as t: closer than a tenth of a microsecond, or than time can be resolved."""
    return t + 1e-12 * max(1.0, abs(t))


@njit(cache=True)
def _holds(value, code, threshold):  # type: ignore[no-untyped-def]
    """Comparison by code: 0 <, 1 <=, 2 >, 3 >=."""
    if code == 0:
        return value < threshold
    if code == 1:
        return value <= threshold
    if code == 2:
        return value > threshold
    return value >= threshold


@njit(cache=True, nogil=True)
def drive(  # type: ignore[no-untyped-def]
    static_part, attempt, outputs, lanes, n_static, n_entries, n_outputs, stages, exponent, dense,
    parameters, start_state, t_start, times, schedule, first_event, event_time, event_kind, event_target,
    event_value, event_group, event_share, n_groups, guard_output, guard_code, guard_level, atol, rtol, max_steps, first_step, max_step,
    values, final, status, steps, delivered,
):  # fmt: skip
    """Integrate patients (rows of `parameters` and `start_state`) over `times`; fills the last five arrays.

    schedule[p] : which event list patient p follows; events of list s are first_event[s]:first_event[s + 1], in order
    values      : (patients, times, outputs), the state before events of the same instant
    delivered   : (patients, states), amount that boluses and infusions brought in
    """
    patients, n_parameters = parameters.shape
    n, m = start_state.shape[1], times.shape[0]
    t = np.zeros(lanes)
    h = np.ones(lanes)
    y = np.zeros((n, lanes))
    static = np.zeros((max(n_static, 1), lanes))
    inflow = np.zeros((n, lanes))
    tolerance = np.zeros((n, lanes))
    relative = np.full(lanes, rtol)
    new = np.zeros((n, lanes))
    error = np.zeros(lanes)
    k = np.zeros((n * stages, lanes))
    u = np.zeros((n, lanes))
    f = np.zeros((n, lanes))
    jacobian = np.zeros((n_entries, lanes))
    slope = np.zeros((n, lanes))
    matrix = np.zeros((n_entries, lanes))
    stage_t = np.zeros(lanes)
    p_lane = np.zeros((n_parameters, lanes))
    seen_y = np.zeros((n, lanes))
    seen_t = np.zeros(lanes)
    out = np.zeros((max(n_outputs, 1), lanes))
    who = np.full(lanes, -1)
    event = np.zeros(lanes, dtype=np.int64)
    last_event = np.zeros(lanes, dtype=np.int64)
    next_out = np.zeros(lanes, dtype=np.int64)
    after_dose = np.zeros(lanes)
    fresh_dose = np.zeros(lanes, dtype=np.bool_)
    rejected = np.zeros(lanes, dtype=np.bool_)
    stop = np.zeros(lanes)
    step = np.zeros(lanes)
    landed = np.zeros(lanes, dtype=np.bool_)
    arriving = np.zeros(lanes, dtype=np.bool_)
    cancelled = np.zeros((max(n_groups, 1), lanes), dtype=np.bool_)
    for i in range(n):
        for lane in range(lanes):
            tolerance[i, lane] = atol[i]
    end = times[m - 1]
    queue = 0
    busy = 0
    rows = dense.shape[0]
    while True:
        # 1. refill idle lanes
        changed = False
        for lane in range(lanes):
            if who[lane] < 0 and queue < patients:
                p = queue
                queue += 1
                busy += 1
                who[lane] = p
                for i in range(n_parameters):
                    p_lane[i, lane] = parameters[p, i]
                for i in range(n):
                    y[i, lane] = start_state[p, i]
                    inflow[i, lane] = 0.0
                for g in range(n_groups):
                    cancelled[g, lane] = False
                t[lane] = t_start
                step[lane] = first_step
                after_dose[lane] = first_step
                fresh_dose[lane] = False
                rejected[lane] = False
                event[lane] = first_event[schedule[p]]
                last_event[lane] = first_event[schedule[p] + 1]
                next_out[lane] = 0
                steps[p] = 0
                status[p] = OK
                landed[lane] = True
                changed = True
        if busy == 0:
            break
        if changed:
            _call2(static_part, (_at(p_lane), _at(static)))
        # 2. lanes that stand on an instant: outputs first, then events
        pending = True
        while pending:
            pending = False
            for lane in range(lanes):
                seen_t[lane] = t[lane]
                for i in range(n):
                    seen_y[i, lane] = y[i, lane]
                if who[lane] >= 0 and landed[lane] and next_out[lane] < m and times[next_out[lane]] <= _reach(t[lane]):
                    pending = True
            if pending:
                _call5(outputs, (_at(seen_t), _at(seen_y), _at(static), _at(p_lane), _at(out)))
                for lane in range(lanes):
                    if (
                        who[lane] >= 0
                        and landed[lane]
                        and next_out[lane] < m
                        and times[next_out[lane]] <= _reach(t[lane])
                    ):
                        for o in range(n_outputs):
                            values[who[lane], next_out[lane], o] = out[o, lane]
                        next_out[lane] += 1
        checks = False
        for lane in range(lanes):
            if who[lane] >= 0 and landed[lane]:
                e = event[lane]
                while e < last_event[lane] and event_time[e] <= _reach(t[lane]):
                    if event_kind[e] == CHECK:
                        checks = True
                    e += 1
        if checks:
            _call5(outputs, (_at(t), _at(y), _at(static), _at(p_lane), _at(out)))
        changed = False
        for lane in range(lanes):
            if who[lane] < 0 or not landed[lane]:
                continue
            p = who[lane]
            while event[lane] < last_event[lane] and event_time[event[lane]] <= _reach(t[lane]):
                e = event[lane]
                event[lane] += 1
                group = event_group[e]
                if group >= 0 and cancelled[group, lane] and not (event_kind[e] == INFLOW and event_value[e] < 0):
                    continue
                target = event_target[e]
                value = event_value[e]
                kind = event_kind[e]
                if event_share[e] >= 0:
                    value *= p_lane[event_share[e], lane]
                if kind == BOLUS:
                    y[target, lane] += value
                    delivered[p, target] += value
                    fresh_dose[lane] = True
                elif kind == INFLOW:
                    inflow[target, lane] += value
                    fresh_dose[lane] = True
                elif kind == SET_PARAMETER:
                    p_lane[target, lane] = value
                    changed = True
                    fresh_dose[lane] = True
                elif kind == SCALE_PARAMETER:
                    p_lane[target, lane] *= value
                    changed = True
                    fresh_dose[lane] = True
                elif kind == ADD_PARAMETER:
                    p_lane[target, lane] += value
                    changed = True
                    fresh_dose[lane] = True
                elif kind == RESTORE_PARAMETER:
                    p_lane[target, lane] = parameters[p, target]
                    changed = True
                    fresh_dose[lane] = True
                elif kind == RESET:
                    for i in range(n):
                        y[i, lane] = start_state[p, i]
                        inflow[i, lane] = 0.0
                    fresh_dose[lane] = True
                elif kind == CHECK and _holds(out[guard_output[target], lane], guard_code[target], guard_level[target]):
                    cancelled[group, lane] = True
            if fresh_dose[lane]:
                step[lane] = min(after_dose[lane], max_step)
        if changed:
            _call2(static_part, (_at(p_lane), _at(static)))
        # 3. next stop and step of every lane
        for lane in range(lanes):
            landed[lane] = False
            if who[lane] < 0:
                t[lane] = 0.0
                h[lane] = 1.0
                continue
            p = who[lane]
            if _reach(t[lane]) >= end:
                for i in range(n):
                    final[p, i] = y[i, lane]
                who[lane] = -1
                busy -= 1
                continue
            stop[lane] = end
            if event[lane] < last_event[lane] and event_time[event[lane]] < end:
                stop[lane] = event_time[event[lane]]
            left = stop[lane] - t[lane]
            arriving[lane] = step[lane] >= 0.999 * left
            h[lane] = left if arriving[lane] else (0.5 * left if 2.0 * step[lane] > left else step[lane])
        if busy == 0:
            continue
        # 4. one step of all lanes
        _call16(
            attempt,
            (
                _at(t), _at(h), _at(y), _at(static), _at(inflow), _at(tolerance), _at(relative), _at(new),
                _at(error), _at(k), _at(u), _at(f), _at(jacobian), _at(slope), _at(matrix), _at(stage_t),
            ),
        )  # fmt: skip
        # 5. accept or reject; dense outputs inside accepted steps
        pending = True
        while pending:
            pending = False
            for lane in range(lanes):
                if who[lane] < 0 or not error[lane] <= 1.0:
                    continue
                if next_out[lane] >= m:
                    continue
                target_time = times[next_out[lane]]
                reach = stop[lane] if arriving[lane] else t[lane] + h[lane]
                if target_time >= reach:
                    continue
                pending = True
                share = (target_time - t[lane]) / h[lane]
                rest = 1.0 - share
                seen_t[lane] = target_time
                for i in range(n):
                    inner = 0.0
                    for r in range(rows - 1, -1, -1):
                        row = 0.0
                        for s in range(stages):
                            row += dense[r, s] * k[s * n + i, lane]
                        inner = row + share * inner
                    seen_y[i, lane] = rest * y[i, lane] + share * (new[i, lane] + rest * inner)
            if pending:
                _call5(outputs, (_at(seen_t), _at(seen_y), _at(static), _at(p_lane), _at(out)))
                for lane in range(lanes):
                    if who[lane] < 0 or not error[lane] <= 1.0 or next_out[lane] >= m:
                        continue
                    reach = stop[lane] if arriving[lane] else t[lane] + h[lane]
                    if times[next_out[lane]] < reach:
                        for o in range(n_outputs):
                            values[who[lane], next_out[lane], o] = out[o, lane]
                        next_out[lane] += 1
        for lane in range(lanes):
            if who[lane] < 0:
                continue
            p = who[lane]
            steps[p] += 1
            wrong = error[lane]
            if wrong <= 1.0:
                for i in range(n):
                    y[i, lane] = new[i, lane]
                    if inflow[i, lane] != 0.0:
                        delivered[p, i] += inflow[i, lane] * h[lane]
                if fresh_dose[lane]:
                    after_dose[lane] = h[lane]
                    fresh_dose[lane] = False
                growth = GROW
                if wrong > 1e-12:
                    growth = min(GROW, max(SHRINK, SAFETY * wrong**exponent))
                if rejected[lane]:
                    growth = min(growth, 1.0)
                rejected[lane] = False
                if arriving[lane]:
                    step[lane] = max(step[lane], h[lane] * growth)
                    t[lane] = stop[lane]
                    landed[lane] = True
                else:
                    step[lane] = h[lane] * growth
                    t[lane] += h[lane]
                step[lane] = min(step[lane], max_step)
            else:
                shrink = SHRINK
                if wrong < 1e300:
                    shrink = max(SHRINK, SAFETY * wrong**exponent)
                step[lane] = h[lane] * min(shrink, 0.9)
                rejected[lane] = True
                if step[lane] < 1e-12 * max(1.0, abs(t[lane])):
                    status[p] = STEP_TOO_SMALL
            if status[p] == OK and steps[p] >= max_steps:
                status[p] = TOO_MANY_STEPS
            if status[p] != OK:
                for i in range(n):
                    final[p, i] = np.nan
                for j in range(next_out[lane], m):
                    for o in range(n_outputs):
                        values[p, j, o] = np.nan
                who[lane] = -1
                busy -= 1
