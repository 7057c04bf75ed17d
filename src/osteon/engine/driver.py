"""The driver: steps every lane in its own time, stops at every event, refills finished lanes. Knows no model.

Plain Python, which `compiled` turns into machine code once for all models; it gets the kernel's addresses as numbers, so any model can be run by it. A lane's
numbers never touch another lane's, so results do not depend on batch, order, lane width or threads.

    1. refill idle lanes                               4. one step of all lanes
    2. at an instant: outputs first, then events       5. outputs inside good steps
    3. next stop and step of every lane                6. take the good steps, choose the next
"""

from __future__ import annotations

import numpy as np

from osteon.engine import instants
from osteon.engine.calls import call, power
from osteon.engine.events import (
    ADD_PARAMETER,
    BOLUS,
    CHECK,
    END_INFUSION,
    INFUSION,
    RESET,
    RESET_STATE,
    SCALE_PARAMETER,
    SET_PARAMETER,
)
from osteon.engine.instants import FLOOR
from osteon.engine.lanes import (
    ARRIVING,
    CODE,
    DELIVERED,
    DROPPED,
    ERROR,
    EVENT,
    EVENT_SHARE,
    EXPONENT,
    FIRST_STEP,
    FRESH,
    GIVEN,
    GROUP,
    HELD,
    INFLOW,
    KIND,
    LANDED,
    LANES_NOTHING,
    LAST_EVENT,
    MAX_STEP,
    MAX_STEPS,
    NEXT_OUT,
    OUTPUT,
    REJECTED,
    SEEN,
    SEEN_T,
    SHARE,
    SLOT,
    STATUS,
    STEP,
    STEPS,
    STOP,
    T_START,
    TARGET,
    VALUE,
    WHEN,
    WHO,
    H,
    T,
    Y,
)

OK, TOO_MANY_STEPS, STEP_TOO_SMALL = 0, 1, 2
SAFETY, SHRINK, GROW = 0.9, 0.15, 6.0
TIME_RESOLUTION = instants.SHARE


def _reach(t):  # type: ignore[no-untyped-def]
    """The last time that counts as the same instant as t; as `instants.reach`."""
    return t + max(FLOOR, TIME_RESOLUTION * abs(t))


def _holds(value, code, threshold):  # type: ignore[no-untyped-def]
    """Comparison by code: 0 <, 1 <=, 2 >, 3 >=."""
    if code == 0:
        return value < threshold
    if code == 1:
        return value <= threshold
    if code == 2:
        return value > threshold
    return value >= threshold


def _place(job, w, found, lane, p):  # type: ignore[no-untyped-def]
    """Put patient p into a lane."""
    w.mark[WHO, lane] = p
    for i in range(job.parameters.shape[1]):
        w.own[i, lane] = job.parameters[p, i]
    for i in range(w.body.shape[1]):
        w.body[Y, i, lane] = job.start_state[p, i]
        w.body[INFLOW, i, lane] = 0.0
        w.body[DELIVERED, i, lane] = 0.0
        w.infusing[i, lane] = 0
    for g in range(w.rules.shape[1]):
        w.rules[DROPPED, g, lane] = w.rules[HELD, g, lane] = False
    for s in range(w.running.shape[0]):
        w.running[s, lane] = 0.0
    w.now[T, lane] = job.setting[T_START]
    w.now[STEP, lane] = job.setting[FIRST_STEP]
    for i in range(w.after.shape[0]):
        w.after[i, lane] = job.setting[FIRST_STEP]
    w.mark[FRESH, lane] = LANES_NOTHING
    w.mark[REJECTED, lane] = False
    w.mark[EVENT, lane] = job.first_event[job.schedule[p]]
    w.mark[LAST_EVENT, lane] = job.first_event[job.schedule[p] + 1]
    w.mark[NEXT_OUT, lane] = 0
    w.mark[LANDED, lane] = True
    found.count[STEPS, p] = 0
    found.count[STATUS, p] = OK


def _look(job, w, found, code):  # type: ignore[no-untyped-def]
    """Outputs of lanes that stand on a time that is asked for; whether any lane stands at all."""
    while True:
        pending = standing = False
        for lane in range(w.now.shape[1]):
            j = w.mark[NEXT_OUT, lane]
            here = w.mark[WHO, lane] >= 0 and w.mark[LANDED, lane] != 0
            w.mark[SEEN, lane] = here and j < job.times.shape[0] and job.times[j] <= _reach(w.now[T, lane])
            pending = pending or w.mark[SEEN, lane] != 0
            standing = standing or here
        if not pending:
            return standing
        call(code.outputs, code.for_outputs)
        _write_down(w, found)


def _write_down(w, found):  # type: ignore[no-untyped-def]
    """Keep the outputs of lanes that are seen."""
    for lane in range(w.now.shape[1]):
        if w.mark[SEEN, lane]:
            for o in range(found.values.shape[2]):
                found.values[w.mark[WHO, lane], w.mark[NEXT_OUT, lane], o] = w.out[o, lane]
            w.mark[NEXT_OUT, lane] += 1


def _met(job, w, lane, rule):  # type: ignore[no-untyped-def]
    """Whether all conditions of a rule hold."""
    for g in range(job.rule_first[rule], job.rule_first[rule + 1]):
        if not _holds(w.out[job.guard[OUTPUT, g], lane], job.guard[CODE, g], job.guard_level[g]):
            return False
    return True


def _check(job, w, code):  # type: ignore[no-untyped-def]
    """Look at the rules of this instant, all before anything happens."""
    looked = False
    for lane in range(w.now.shape[1]):
        if w.mark[WHO, lane] < 0 or w.mark[LANDED, lane] == 0:
            continue
        e, now = w.mark[EVENT, lane], _reach(w.now[T, lane])
        while e < w.mark[LAST_EVENT, lane] and job.when[WHEN, e] <= now:
            if job.what[KIND, e] == CHECK:
                if not looked:
                    call(code.outputs, code.for_outputs)
                    looked = True
                rule, group = job.what[TARGET, e], job.what[GROUP, e]
                met = _met(job, w, lane, rule)
                if job.rule_hold[rule] != 0:
                    w.rules[HELD, group, lane] = met
                elif met:
                    w.rules[DROPPED, group, lane] = True
            e += 1


def _remember(w, lane, place):  # type: ignore[no-untyped-def]
    """Something happened to a state (place 0: to a parameter): go on with the step that was good after the like of it."""
    if w.mark[FRESH, lane] == LANES_NOTHING or w.after[place, lane] < w.after[w.mark[FRESH, lane], lane]:
        w.mark[FRESH, lane] = place


def _reset(job, w, lane, event):  # type: ignore[no-untyped-def]
    """A state, or all, back to the start; nothing flows in, and the ends of its infusions find nothing to end."""
    p, whole, target = w.mark[WHO, lane], job.what[KIND, event] == RESET, job.what[TARGET, event]
    left, e = 0, event - 1
    for i in range(w.body.shape[1]):
        if whole or i == target:
            left += w.infusing[i, lane]
    while left > 0 and e >= job.first_event[job.schedule[p]]:
        if job.what[KIND, e] == INFUSION and (whole or job.what[TARGET, e] == target):  # noqa: SIM102
            if w.running[job.what[SLOT, e], lane] != 0.0:
                w.running[job.what[SLOT, e], lane] = 0.0
                left -= 1
        e -= 1
    for i in range(w.body.shape[1]):
        if whole or i == target:
            w.body[Y, i, lane] = job.home[p, i]
            w.body[INFLOW, i, lane] = 0.0
            w.infusing[i, lane] = 0
    _remember(w, lane, 0)


def _dose(job, w, found, lane, e):  # type: ignore[no-untyped-def]
    """A bolus, or an infusion that starts."""
    target, group, value = job.what[TARGET, e], job.what[GROUP, e], job.when[VALUE, e]
    if group >= 0 and (w.rules[DROPPED, group, lane] or w.rules[HELD, group, lane]):
        return
    if group >= 0 and GIVEN + group < found.count.shape[0]:
        found.count[GIVEN + group, w.mark[WHO, lane]] += 1
    if job.what[EVENT_SHARE, e] >= 0:
        value *= w.own[job.what[EVENT_SHARE, e], lane]
    if job.what[KIND, e] == BOLUS:
        w.body[Y, target, lane] += value
        w.body[DELIVERED, target, lane] += value
    elif value != 0.0:
        w.body[INFLOW, target, lane] += value
        w.infusing[target, lane] += 1
        w.running[job.what[SLOT, e], lane] = value
    _remember(w, lane, 1 + target)


def _end_infusion(job, w, lane, e):  # type: ignore[no-untyped-def]
    """Take away what an infusion brought, if it was given and runs still; the last one leaves exactly nothing."""
    target, slot = job.what[TARGET, e], job.what[SLOT, e]
    if w.running[slot, lane] != 0.0:
        w.infusing[target, lane] -= 1
        w.body[INFLOW, target, lane] -= w.running[slot, lane]
        if w.infusing[target, lane] == 0:
            w.body[INFLOW, target, lane] = 0.0
        _remember(w, lane, 1 + target)
    w.running[slot, lane] = 0.0


def _switch(job, w, lane, e):  # type: ignore[no-untyped-def]
    """Change a parameter."""
    target, value, kind = job.what[TARGET, e], job.when[VALUE, e], job.what[KIND, e]
    if kind == SET_PARAMETER:
        w.own[target, lane] = value
    elif kind == SCALE_PARAMETER:
        w.own[target, lane] *= value
    elif kind == ADD_PARAMETER:
        w.own[target, lane] += value
    else:
        w.own[target, lane] = job.parameters[w.mark[WHO, lane], target]
    _remember(w, lane, 0)


def _apply_events(job, w, found):  # type: ignore[no-untyped-def]
    """Everything that happens now, lane by lane; True where a parameter changed."""
    changed = False
    for lane in range(w.now.shape[1]):
        if w.mark[WHO, lane] < 0 or w.mark[LANDED, lane] == 0:
            continue
        now = _reach(w.now[T, lane])
        while w.mark[EVENT, lane] < w.mark[LAST_EVENT, lane] and job.when[WHEN, w.mark[EVENT, lane]] <= now:
            e = w.mark[EVENT, lane]
            w.mark[EVENT, lane] += 1
            kind = job.what[KIND, e]
            if kind == BOLUS or kind == INFUSION:  # noqa: SIM109
                _dose(job, w, found, lane, e)
            elif kind == END_INFUSION:
                _end_infusion(job, w, lane, e)
            elif kind == RESET or kind == RESET_STATE:  # noqa: SIM109
                _reset(job, w, lane, e)
            elif kind != CHECK:
                _switch(job, w, lane, e)
                changed = True
        if w.mark[FRESH, lane] != LANES_NOTHING:
            w.now[STEP, lane] = min(w.after[w.mark[FRESH, lane], lane], job.setting[MAX_STEP])
    return changed


def _retire(w, found, lane):  # type: ignore[no-untyped-def]
    """Hand back the patient of a lane."""
    p = w.mark[WHO, lane]
    for i in range(w.body.shape[1]):
        found.final[p, i] = w.body[Y, i, lane] if found.count[STATUS, p] == OK else np.nan
        found.delivered[p, i] = w.body[DELIVERED, i, lane]
    w.mark[WHO, lane] = -1


def _plan_step(job, w, found):  # type: ignore[no-untyped-def]
    """Next stop and step of every lane; how many patients are done. A step is one that time can hold, or doses are lost."""
    end, done = job.times[job.times.shape[0] - 1], 0
    for lane in range(w.now.shape[1]):
        w.mark[LANDED, lane] = False
        if w.mark[WHO, lane] < 0:
            w.now[T, lane], w.now[H, lane] = 0.0, 1.0
            continue
        if _reach(w.now[T, lane]) >= end:
            _retire(w, found, lane)
            done += 1
            continue
        w.now[STOP, lane] = end
        if w.mark[EVENT, lane] < w.mark[LAST_EVENT, lane] and job.when[WHEN, w.mark[EVENT, lane]] < end:
            w.now[STOP, lane] = job.when[WHEN, w.mark[EVENT, lane]]
        left, step = w.now[STOP, lane] - w.now[T, lane], w.now[STEP, lane]
        w.mark[ARRIVING, lane] = step >= 0.999 * left
        step = 0.5 * left if 2.0 * step > left else step
        w.now[H, lane] = left if w.mark[ARRIVING, lane] else (w.now[T, lane] + step) - w.now[T, lane]
    return done


def _look_inside(job, w, found, code):  # type: ignore[no-untyped-def]
    """Outputs inside good steps, by the method's own interpolant."""
    while True:
        pending = False
        for lane in range(w.now.shape[1]):
            j = w.mark[NEXT_OUT, lane]
            w.now[SHARE, lane], w.mark[SEEN, lane] = 1.0, False
            if w.mark[WHO, lane] >= 0 and w.now[ERROR, lane] <= 1.0 and j < job.times.shape[0]:
                reach = w.now[STOP, lane] if w.mark[ARRIVING, lane] else w.now[T, lane] + w.now[H, lane]
                w.mark[SEEN, lane] = job.times[j] < reach
                if w.mark[SEEN, lane]:
                    w.now[SEEN_T, lane] = job.times[j]
                    w.now[SHARE, lane] = (w.now[SEEN_T, lane] - w.now[T, lane]) / w.now[H, lane]
                    pending = True
        if not pending:
            return
        call(code.between, code.for_between)
        call(code.outputs, code.for_seen)
        _write_down(w, found)


def _factor(wrong, exponent, rejected):  # type: ignore[no-untyped-def]
    """The next step as a multiple of this one, from its scaled error (NaN: as small as may be)."""
    if wrong <= 1e-12:
        factor = GROW
    elif wrong < 1e300:
        factor = min(GROW, max(SHRINK, SAFETY * power(wrong, exponent)))
    else:
        factor = SHRINK
    if not wrong <= 1.0:
        return min(factor, 0.9)
    return min(factor, 1.0) if rejected else factor


def _accept_step(job, w, found):  # type: ignore[no-untyped-def]
    """Accept or reject the step of every lane and choose the next; how many patients have failed."""
    failed = 0
    for lane in range(w.now.shape[1]):
        p = w.mark[WHO, lane]
        if p < 0:
            continue
        found.count[STEPS, p] += 1
        length, good = w.now[H, lane], w.now[ERROR, lane] <= 1.0
        step = length * _factor(w.now[ERROR, lane], job.setting[EXPONENT], w.mark[REJECTED, lane])
        w.mark[REJECTED, lane] = not good
        if good:
            if w.mark[FRESH, lane] != LANES_NOTHING:
                w.after[w.mark[FRESH, lane], lane], w.mark[FRESH, lane] = step, LANES_NOTHING
            w.mark[LANDED, lane] = w.mark[ARRIVING, lane]
            step = max(w.now[STEP, lane], step) if w.mark[ARRIVING, lane] else step
            w.now[T, lane] = w.now[STOP, lane] if w.mark[ARRIVING, lane] else w.now[T, lane] + length
            w.now[STEP, lane] = min(step, job.setting[MAX_STEP])
        else:
            w.now[STEP, lane] = step
            if step < 1e-12 * max(1.0, abs(w.now[T, lane])):
                found.count[STATUS, p] = STEP_TOO_SMALL
        if found.count[STATUS, p] == OK and found.count[STEPS, p] >= job.setting[MAX_STEPS]:
            found.count[STATUS, p] = TOO_MANY_STEPS
        if found.count[STATUS, p] != OK:
            for j in range(w.mark[NEXT_OUT, lane], job.times.shape[0]):
                for o in range(found.values.shape[2]):
                    found.values[p, j, o] = np.nan
            _retire(w, found, lane)
            failed += 1
    return failed


def _prepare(code):  # type: ignore[no-untyped-def]
    """What hangs on parameters alone."""
    call(code.static_part, code.for_static)
    call(code.static_readouts, code.for_static_readouts)


def _refill(job, w, found, code, queue):  # type: ignore[no-untyped-def]
    """Put waiting patients into idle lanes; how many."""
    placed = 0
    for lane in range(w.now.shape[1]):
        if w.mark[WHO, lane] < 0 and queue + placed < job.parameters.shape[0]:
            _place(job, w, found, lane, queue + placed)
            placed += 1
    if placed:
        _prepare(code)
    return placed


def drive(job, w, found, code):  # type: ignore[no-untyped-def]
    """Integrate all patients of a job; fills `found`."""
    queue = busy = 0
    while True:
        if busy < w.now.shape[1] and queue < job.parameters.shape[0]:
            placed = _refill(job, w, found, code, queue)
            queue += placed
            busy += placed
        if busy == 0:
            return
        if _look(job, w, found, code):
            _check(job, w, code)
            if _apply_events(job, w, found):
                _prepare(code)
        busy -= _plan_step(job, w, found)
        if busy == 0:
            continue
        call(code.attempt, code.for_attempt)
        _look_inside(job, w, found, code)
        call(code.take, code.for_take)
        busy -= _accept_step(job, w, found)
