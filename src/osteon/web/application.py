"""Every address that is served, with the template or the file behind it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Annotated, Any

os.environ.setdefault(
    "OTEL_SDK_DISABLED", "true"
)  # the web library can report to a collector; nothing leaves this machine

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException as Refused

from osteon import __version__
from osteon.errors import Fault, OsteonError
from osteon.report.live import source
from osteon.report.page import ADVICE
from osteon.web import api, pages, starts
from osteon.web.guard import App, Guard, Keys
from osteon.web.jobs import Jobs
from osteon.web.places import placed
from osteon.web.simulator import Simulator

TICK = 0.5  # seconds between looks at the queue
SCRIPTS = ("form.js", "jobs.js", "claims.js")
# Pages that Osteon writes hold their scripts and styles in them. They are shown as of another origin: no cookie, no session.
SANDBOX_POLICY = "sandbox allow-scripts allow-downloads allow-modals allow-popups; default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
APPLICATION_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".toml": "text/plain; charset=utf-8",
}
Id = api.Id


def application(jobs: Jobs, keys: Keys, port: int) -> App:
    """The application behind its guard.   port : that it is served at"""
    simulator = Simulator()

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        queue = asyncio.create_task(_keep_going(jobs))
        yield
        queue.cancel()
        simulator.close()
        await asyncio.to_thread(jobs.close)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=life, redirect_slashes=False)
    app.state.jobs, app.state.keys, app.state.simulator = jobs, keys, simulator
    app.include_router(api.router)
    _add_pages(app)
    _add_faults(app)
    return Guard(app, keys, port)  # type: ignore[arg-type]


async def _keep_going(jobs: Jobs) -> None:
    """Start what waits, for as long as the server lives."""
    while True:
        with contextlib.suppress(OSError, ValueError, OsteonError):  # a full disk now may be free in a moment
            await asyncio.to_thread(jobs.tick)
        await asyncio.sleep(TICK)


def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("osteon.web", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["when"] = lambda iso: iso[:16].replace("T", " ") + " UTC"
    made.filters["size"] = lambda n: f"{n / 1000:.0f} kB" if n >= 1000 else f"{n} bytes"
    made.filters["plain"] = lambda v, d=2: "" if v is None else f"{v:.{d}f}".replace("-", "−")
    made.filters["words"] = lambda s: str(s).replace("_", " ")
    return made


def _add_pages(app: FastAPI) -> None:
    templates = _templates()

    def show(name: str, here: str, status: int = 200, **given: Any) -> HTMLResponse:
        about = {"version": __version__, "advice": ADVICE, "here": here, "change": app.state.keys.change}
        return HTMLResponse(templates.get_template(name).render(**about, **given), status)

    app.state.show = show
    jobs: Jobs = app.state.jobs

    @app.get("/")
    def home() -> Response:
        return show("home.html", "home", jobs=jobs.all()[:6], kinds=starts.TITLES)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name == "web.css":
            style = source("tokens.css", "style") + source("page.css") + _static("web.css")
            return Response(style, media_type="text/css")
        if name in SCRIPTS:
            return Response(_static(name), media_type="text/javascript")
        raise HTTPException(404)

    @app.get("/page")
    def page() -> Response:
        return HTMLResponse(pages.living_page(), headers={"content-security-policy": SANDBOX_POLICY})

    @app.get("/new/{kind}")
    def new(kind: api.Kind) -> Response:
        return show("form.html", "new", kind=kind, title=starts.TITLES[kind], kinds=starts.TITLES)

    _add_runs(app, jobs, show)

    @app.get("/claims")
    def claims() -> Response:
        return show("claims.html", "claims", claims=pages.claim_list(jobs))

    @app.get("/claims/{id}")
    def claim(id: Annotated[str, Path(pattern="^C[0-9]{1,4}$")]) -> Response:
        return show("claim.html", "claims", **pages.claim_view(jobs, id))

    @app.get("/scorecard")
    def scorecard() -> Response:
        return show("scorecard.html", "scorecard", **pages.scorecard())

    @app.get("/credibility")
    def credibility() -> Response:
        return show("credibility.html", "credibility", **pages.credibility(jobs))


def _add_runs(app: FastAPI, jobs: Jobs, show: Callable[..., Response]) -> None:
    @app.get("/runs")
    def runs() -> Response:
        return show("runs.html", "runs", jobs=jobs.all())

    @app.get("/compare")
    def compare(run: Annotated[list[str], Query(max_length=20)]) -> Response:
        return show("compare.html", "runs", **pages.compared(jobs, run))

    @app.get("/runs/{id}")
    def run(id: Id) -> Response:
        return show("run.html", "runs", **pages.job_view(jobs.get(id), jobs.files(id)))

    @app.get("/runs/{id}/tables.zip")
    def tables(id: Id) -> Response:
        found = jobs.get(id)
        if found.kind != "study" or found.state != "finished":
            raise HTTPException(404)
        head = {"content-disposition": 'attachment; filename="tables.zip"'}
        return Response(pages.tables_of(jobs.place(id) / "run"), media_type="application/zip", headers=head)

    @app.get("/runs/{id}/files/{name}")
    def file(id: Id, name: str, view: bool = False) -> Response:
        path = jobs.files(id).get(name)
        if path is None:
            raise HTTPException(404)
        how = "inline" if view and path.suffix == ".html" else "attachment"
        head = {"content-security-policy": SANDBOX_POLICY, "content-disposition": f'{how}; filename="{name}"'}
        return FileResponse(
            path, media_type=APPLICATION_TYPES.get(path.suffix, "application/octet-stream"), headers=head
        )


def _static(name: str) -> str:
    return (files("osteon.web") / "static" / name).read_text(encoding="utf-8")


def _add_faults(app: FastAPI) -> None:
    """Every refusal as sentences: a page for who reads, JSON for who asked in the background."""

    def tell(request: Request, status: int, faults: list[dict[str, Any]]) -> Response:
        if request.url.path.startswith("/api/"):
            return api.answered(False, status, errors=faults)
        page: Response = request.app.state.show("fault.html", "", status, faults=faults)
        return page

    @app.exception_handler(OsteonError)
    def fault(request: Request, error: Exception) -> Response:
        assert isinstance(error, OsteonError)
        return tell(request, api.status_of(error), placed(error.faults))

    @app.exception_handler(Refused)
    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        words = {404: "There is nothing at this address.", 405: "This address is not asked in this way."}
        text = words.get(error.status_code, str(error.detail))
        return tell(request, error.status_code, placed([Fault("refused", "", error.status_code, "", "", text)]))

    @app.exception_handler(RequestValidationError)
    def unread(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [Fault("bad_value", _where(e["loc"]), "", "", "", e["msg"]) for e in error.errors()]
        status = 404 if any(e["loc"][0] == "path" for e in error.errors()) else 422
        return tell(request, status, placed(faults))

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        text = "Something failed that should not have. What happened stands in the terminal."
        return api.answered(False, 500, errors=placed([Fault("unexpected", message=text)]))


def _where(place: tuple[Any, ...]) -> str:
    return ".".join(str(p) for p in place[1:] if isinstance(p, int) or str(p).isidentifier())
