"""Events of every subject of a table, for simulations of many subjects at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from osteon.engine.events import Events, Schedule
from osteon.engine.tables import add_rows
from osteon.io.event_rows import EventRow
from osteon.model import Model


def schedules_of(
    rows: Sequence[EventRow], model: Model, parameters: Mapping[str, Any] | None = None
) -> tuple[tuple[str, ...], Events]:
    """Subjects in the order of the table, and their events: patient i of a simulation is subject i.

    parameters : as given to `simulate`, for lags that differ between subjects (a number or one for each subject)
    """
    each: dict[str, list[EventRow]] = {}
    for row in rows:
        each.setdefault(row.id, []).append(row)
    ids, schedules = tuple(each), []
    for i, own_rows in enumerate(each.values()):
        own = {k: v if np.ndim(v) == 0 else v[i] for k, v in (parameters or {}).items()}
        schedules.append(add_rows(Schedule(), own_rows, model, own))
    return ids, Events(tuple(schedules), np.arange(len(ids)))
