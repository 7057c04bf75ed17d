"""What pages ask in the background, as JSON: faults at their fields, answers while something moves, runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from osteon.app.command_result import clean
from osteon.errors import Fault, InputError, OsteonError
from osteon.io import toml
from osteon.web import starts
from osteon.web.job import EVENTS
from osteon.web.jobs import Jobs
from osteon.web.places import placed

STATUS = {1: 200, 2: 422, 3: 409, 4: 422, 5: 409}  # of an exit code; "too many" is 429, an id that none has 404
MAX_WORKERS = 64
Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Kind = Literal["study", "scenario", "dose_response"]
router = APIRouter(prefix="/api")


class Body(BaseModel):
    """What is sent: nothing beyond what is named, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class File(Body):
    """A file as text, or the table of a form; with the text of its event table, where a scenario has one."""

    table: dict[str, Any] | None = None
    events: str | None = Field(None, max_length=toml.LARGEST_FILE)
    toml: str | None = Field(None, max_length=toml.LARGEST_FILE)

    def parsed(self, kind: str) -> dict[str, Any]:
        """The table. Raises InputError where neither or both were sent, or it is no TOML."""
        if (self.table is None) == (self.toml is None):
            raise InputError(Fault("usage", "", "", "table or toml", "", "Send a table or a TOML text."))
        if self.events is not None and kind != "scenario":
            raise InputError(Fault("usage", "events", "", "a scenario", "", "Only a scenario has an event table."))
        own = {} if self.events is None else {"events": EVENTS}
        if self.toml is not None:
            return {**toml.parse(self.toml.encode("utf-8", "surrogatepass"), starts.FILES[kind]), **own}
        fault = starts.depth_fault(self.table)
        if fault:
            raise InputError(fault)
        return {**(self.table or {}), **own}

    def text(self, kind: str) -> str:
        """The file as it will be read: as it was sent, but for the name of its event table. Raises InputError."""
        sent = self.toml if self.events is None else None
        return starts.text_of(kind, self.parsed(kind), sent)


class Moved(File):
    """A scenario while something moves."""

    seed: int = Field(1, ge=0, le=2**62)


class RunRequest(File):
    """A run: of a file, of claims, of contexts of use, of cohorts."""

    kind: Literal["study", "scenario", "dose_response", "claims", "credibility", "replicate"]
    ids: list[Annotated[str, Field(max_length=80)]] = Field([], max_length=500)
    patients: int | None = Field(None, ge=1, le=10_000_000)
    seed: int = Field(1, ge=0, le=2**62)
    workers: int = Field(1, ge=1, le=MAX_WORKERS)


class Again(Body):
    """How a run goes on."""

    force_new: bool = False
    repair: bool = False


def answered(ok: bool = True, status: int = 200, **more: Any) -> JSONResponse:
    """One JSON object, as the command line's."""
    return JSONResponse(clean({"ok": ok, "rows": [], "errors": [], **more}), status)


def status_of(error: OsteonError) -> int:
    """Status of an answer that tells faults."""
    return {"too_many": 429, "unknown_run": 404}.get(error.faults[0].code, STATUS[error.exit_code])


def jobs_of(request: Request) -> Jobs:
    """The runs that are served."""
    jobs: Jobs = request.app.state.jobs
    return jobs


@router.get("/schema/{kind}")
def schema(kind: Kind) -> JSONResponse:
    """JSON Schema of a file kind, as `osteon schema` prints it, and what a form opens with."""
    from osteon.inputs import schema as schema_of

    return answered(schema=schema_of(kind), start=starts.STARTS[kind])


@router.post("/read/{kind}")
def read(kind: Kind, file: File) -> JSONResponse:
    """A file as a table for the form, whatever else is wrong with it."""
    return answered(table=file.parsed(kind))


@router.post("/write/{kind}")
def write(kind: Kind, file: File) -> JSONResponse:
    """The table of a form as a file."""
    return answered(toml=file.text(kind))


@router.post("/validate/{kind}")
def validate(kind: Kind, file: File) -> JSONResponse:
    """Every fault of a file, each at its field."""
    waits = starts.check(kind, file.parsed(kind), file.events)
    return answered(notes=[f"This version cannot run it yet: {w}." for w in waits])


@router.post("/simulate")
async def simulate(request: Request, moved: Moved) -> JSONResponse:
    """Rows of a scenario at once."""
    found = await request.app.state.simulator.answer(moved.parsed("scenario"), moved.seed, moved.events)
    errors = placed([Fault(**f) for f in found["errors"]])
    return JSONResponse(found | {"errors": errors}, 200 if found["ok"] else STATUS[found["exit_code"]])


@router.get("/jobs")
def jobs(request: Request) -> JSONResponse:
    """Every run as it stands."""
    return answered(rows=[j.row() for j in jobs_of(request).all()])


@router.get("/jobs/{id}")
def job(request: Request, id: Id) -> JSONResponse:
    """One run as it stands."""
    return answered(rows=[jobs_of(request).get(id).row()])


@router.post("/jobs")
def start(request: Request, asked: RunRequest) -> JSONResponse:
    """Put a run into the queue, once its file is right and what it names is there."""
    if asked.kind in starts.FILES:
        table = asked.parsed(asked.kind)
        waits = starts.check(asked.kind, table, asked.events)
        if waits:
            raise InputError(
                [Fault("unsupported", "", "", "", "", f"This version cannot run it yet: {w}.") for w in waits]
            )
        text = asked.text(asked.kind)
        title = str(table.get("title") or starts.TITLES[asked.kind])
    else:
        text, title = "", _title(asked)
    settings = {"seed": asked.seed, "patients": asked.patients, "workers": asked.workers, "ids": asked.ids}
    id = jobs_of(request).create(asked.kind, title[:300], text, asked.events, **settings)
    jobs_of(request).tick()
    return answered(status=201, id=id)


def _title(asked: RunRequest) -> str:
    """Of a run without a file. Raises InputError for names that are not there."""
    from osteon.web.pages import known_ids

    known_ids(asked.kind, asked.ids)
    names = ", ".join(asked.ids)
    whole = {"claims": "All claims of the review", "credibility": "Credibility in every context of use"}
    start = {"claims": "Claims", "credibility": "Credibility", "replicate": "Replay"}[asked.kind]
    return f"{start}: {names}" if names else whole[asked.kind]


@router.post("/jobs/{id}/cancel")
def cancel(request: Request, id: Id) -> JSONResponse:
    """Have a run stop."""
    jobs_of(request).cancel(id)
    return answered()


@router.post("/jobs/{id}/resume")
def resume(request: Request, id: Id, again: Again) -> JSONResponse:
    """Have a run go on."""
    jobs_of(request).resume(id, again.force_new, again.repair)
    jobs_of(request).tick()
    return answered()
