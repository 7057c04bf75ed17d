"""Who is let in: every address with bad methods, hosts, origins, cookies, ids, bodies; nothing but a refusal in words comes back."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.web.served import Served

from osteon.app.actions import simulate
from osteon.web.application import application
from osteon.web.guard import LARGEST_BODY, LONGEST_ADDRESS, Keys
from osteon.web.jobs import Jobs
from osteon.web.starts import STARTS

PLACES = {"{kind}": "scenario", "{id}": "0123456789abcdef", "{name}": "web.css"}
OPEN = ("/static/{name}",)  # whose example exists


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("web") / "runs") as served:
        yield served


def routes() -> list[tuple[str, str]]:
    """Every method and address of the route table."""
    guard = application(Jobs(_nowhere()), Keys(), 1)
    found = []

    def walk(items: list, prefix: str = "") -> None:
        for route in items:
            if hasattr(route, "methods") and hasattr(route, "path"):
                found.extend((m, prefix + route.path) for m in route.methods)
            else:  # a router that was included
                inner = (
                    getattr(route, "original_router", None)
                    or getattr(route, "router", None)
                    or getattr(route, "app", None)
                )
                walk(inner.routes, prefix)

    walk(guard.app.routes)
    return sorted(set(found))


def _nowhere() -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="osteon-test-")) / "runs"


def filled(path: str) -> str:
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path


def test_the_table_is_what_we_think_it_is() -> None:
    table = routes()
    assert len(table) >= 20 and {m for m, _ in table} <= {"GET", "POST", "HEAD"}
    assert not [p for _, p in table if "docs" in p or "openapi" in p]
    assert all(p.startswith("/api/") for m, p in table if m == "POST")


def test_no_cookie_no_answer(web: Served) -> None:
    for method, path in routes():
        for cookie in ("", "osteon=1", f"osteon_{web.port}=", f"osteon_{web.port}=x" * 40, "a=b; \x7f"):
            status, headers, text = web.ask(method, filled(path), web.own() | {"cookie": cookie}, b"{}")
            assert status == 401, (method, path, cookie)
            assert "set-cookie" not in headers and "Traceback" not in text


def test_foreign_hosts_are_refused(web: Served) -> None:
    hosts = (
        "evil.example",
        f"evil.example:{web.port}",
        "127.0.0.1",
        "127.0.0.1:1",
        f"[::1]:{web.port}",
        f"localhost.evil.example:{web.port}",
        "",
    )
    for method, path in routes():
        for host in hosts:
            assert web.ask(method, filled(path), web.own() | {"host": host}, b"{}")[0] in (400, 421), (path, host)
        assert web.ask(method, filled(path), web.own() | {"host": None}, b"{}")[0] == 400  # type: ignore[dict-item]


def test_foreign_origins_are_refused(web: Served) -> None:
    origins = (
        "null",
        "http://evil.example",
        f"https://127.0.0.1:{web.port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "",
    )
    for method, path in routes():
        for origin in origins:
            assert web.ask(method, filled(path), web.own() | {"origin": origin}, b"{}")[0] == 403, (path, origin)


def test_changes_need_the_token_of_our_pages(web: Served) -> None:
    for method, path in routes():
        if method != "POST":
            continue
        for without in ("origin", "x-osteon"):
            headers = {k: v for k, v in web.own().items() if k != without}
            assert web.ask("POST", filled(path), headers, b"{}")[0] == 403, (path, without)
        assert web.ask("POST", filled(path), web.own() | {"x-osteon": "x"}, b"{}")[0] == 403
        assert web.ask("POST", filled(path), web.own() | {"sec-fetch-site": "cross-site"}, b"{}")[0] == 403
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert web.ask("POST", filled(path), web.own() | {"content-type": kind}, b"{}")[0] == 415, (path, kind)


def test_other_methods_are_refused(web: Served) -> None:
    for path in {p for _, p in routes()}:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "GETS", "get"):
            if method != "CONNECT":  # which has no path
                assert web.ask(method, filled(path), web.own())[0] in (400, 405), (method, path)
    for method, path in routes():
        other = "GET" if method == "POST" else "POST"
        if (other, path) not in routes():
            assert web.ask(other, filled(path), web.own(), b"{}")[0] in (404, 405), (other, path)


BODIES = (
    b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff\xfe", b'{"table": NaN}', b'{"table": {"a": NaN}, "seed": Infinity}', b"{" * 10_000,
    b'{"table": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", b'{"toml": "a = [' + b"[" * 400 + b'"}', b'{"toml": "\\ud800"}',
    b'{"table": {"format": 1e999}}', b'{"kind": "study", "table": {"__class__": "x"}}', b'{"kind": "../../etc", "table": {}}',
    b'{"kind": "claims", "ids": ["../C1", "C1; rm -rf /"]}', b'{"kind": "study", "table": {}, "patients": 1e12}',
    b'{"kind": "study", "table": {}, "workers": 100000}', b'{"force_new": "yes"}', b'{"toml": "x", "table": {}}', b'{"seed": true, "table": {}}',
)  # fmt: skip


def test_bad_bodies_are_told_in_words(web: Served) -> None:
    for method, path in routes():
        if method != "POST":
            continue
        for body in BODIES:
            status, _, text = web.ask("POST", filled(path), web.own(), body)
            answer = json.loads(text)
            assert status in (200, 404, 409, 422), (path, body[:60], status, text[:200])
            assert "Traceback" not in text and "/site-packages/" not in text
            if status != 200:
                assert answer["errors"] and all(e["message"] for e in answer["errors"]), (path, body[:60], text[:300])
    assert json.loads(web.get("/api/jobs")[1])["rows"] == [], "none of it began a run"


def test_too_much_is_refused(web: Served) -> None:
    big = b'{"toml": "' + b"a" * LARGEST_BODY + b'"}'
    said = web.own() | {"content-length": str(len(big))}
    assert web.ask("POST", "/api/read/study", said, None)[0] == 413, "by what it says, before it is sent"
    assert web.ask("POST", "/api/read/study", web.own() | {"content-length": "1" * 30}, None)[0] in (400, 413)
    assert web.ask("POST", "/api/read/study", web.own() | {"content-length": "-1"}, None)[0] in (400, 411)
    chunked = web.own() | {"transfer-encoding": "chunked"}
    assert web.ask("POST", "/api/read/study", chunked, b"2\r\n{}\r\n0\r\n\r\n")[0] in (400, 411)
    assert web.ask("GET", "/" + "a" * LONGEST_ADDRESS)[0] == 414
    with contextlib.suppress(ConnectionError):  # it may close before all is read
        assert web.ask("GET", "/", {"x": "a" * 200_000})[0] in (400, 431)
    assert web.get("/api/jobs")[0] == 200


def test_ids_and_names_are_no_paths(web: Served, tmp_path: Path) -> None:
    secret = "root:"
    ids = (
        "..",
        "%2e%2e",
        "../..",
        "..%2f..",
        "0123456789abcdeF",
        "0123456789abcde",
        "0123456789abcdef0",
        "%00",
        "-",
        "0123456789abcdef\n",
        "C1",
        "～",
    )
    names = (
        "../request.json",
        "%2e%2e%2frequest.json",
        "..%2f..%2f..%2fetc%2fpasswd",
        "request.json",
        "process.json",
        "/etc/passwd",
        ".lock",
        "answer.json",
        "form.js%00.html",
    )
    for id in ids:
        for path in (f"/runs/{id}", f"/api/jobs/{id}", f"/runs/{id}/tables.zip", f"/runs/{id}/files/study.toml"):
            status, _, text = web.ask("GET", path.replace("\n", "%0a").replace("～", "%EF%BD%9E"))
            assert status in (400, 404) and secret not in text, (path, status)
    status, answer = web.post("/api/jobs", {"kind": "claims", "ids": ["C2"]})
    assert status == 201
    for name in names:
        for path in (f"/runs/{answer['id']}/files/{name}", f"/static/{name}", f"/claims/{name}"):
            status, _, text = web.ask("GET", path)
            assert status in (404, 400) and secret not in text, (path, status)
    assert web.get(f"/compare?run={answer['id']}&run=../..")[0] in (404, 422)
    assert web.until(answer["id"], "finished", "failed")["state"] == "finished"


def test_a_path_in_a_file_is_not_read(web: Served) -> None:
    table = STARTS["scenario"] | {"events": "/etc/passwd"}
    for path, body in (
        ("/api/validate/scenario", {"table": table}),
        ("/api/simulate", {"table": table}),
        ("/api/jobs", {"kind": "scenario", "table": table}),
    ):
        status, answer = web.post(path, body)
        assert status == 422 and "root:" not in json.dumps(answer) and answer["errors"][0]["path"] == ["events"]


EVENTS = "ID,TIME[h],EVID,CMT,AMT[mg]\n1,0,1,denosumab_depot,60\n1,4383,1,denosumab_depot,60\n"


def test_an_event_table_is_sent_with_its_scenario_and_gives_what_the_command_gives(web: Served, tmp_path: Path) -> None:
    table = {k: v for k, v in STARTS["scenario"].items() if k != "regimen"}
    body = {"table": table, "events": EVENTS}
    status, answer = web.post("/api/simulate", body)
    assert status == 200 and len(answer["doses"]) >= 1, answer
    assert web.post("/api/validate/scenario", body)[0] == 200
    text = web.post("/api/write/scenario", body)[1]["toml"]
    (tmp_path / "scenario.toml").write_text(text, encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    rows = simulate(str(tmp_path / "scenario.toml"), None, 1).rows
    assert [r["value"] for r in answer["rows"]] == [r["value"] for r in rows]
    other = {"toml": text.replace("events.csv", "/etc/passwd"), "events": EVENTS, "kind": "scenario"}
    status, started = web.post("/api/jobs", other)
    assert status == 201
    assert web.until(started["id"], "finished", "failed")["state"] == "finished"
    assert web.get(f"/runs/{started['id']}/files/events.csv")[1] == EVENTS
    assert "/etc/passwd" not in web.get(f"/runs/{started['id']}/files/scenario.toml")[1]


def test_faults_of_an_event_table_are_told(web: Served) -> None:
    table = STARTS["scenario"]
    status, answer = web.post("/api/simulate", {"table": table, "events": "ID,TIME[h]\n1,x\n"})
    assert status == 422 and answer["errors"]
    status, answer = web.post("/api/validate/study", {"table": STARTS["study"], "events": EVENTS})
    assert status == 422 and "Only a scenario" in answer["errors"][0]["message"]


def test_the_token_opens_once(web: Served) -> None:
    assert web.ask("GET", f"/?token={web.token}", {"cookie": ""})[0] == 401
    assert web.ask("GET", "/?token=", {"cookie": ""})[0] == 401
    assert web.ask("GET", "/?token=%FF%00", {"cookie": ""})[0] == 401
    fresh = [
        line.split("token=")[1]
        for line in web.log.read_text(encoding="utf-8").splitlines()
        if "For another browser" in line
    ][-1]
    assert web.ask("HEAD", f"/?token={fresh}", {"cookie": ""})[0] == 401, "a preview does not use it up"
    status, headers, _ = web.ask("GET", f"/?token={fresh}&token={fresh}", {"cookie": ""})
    assert status == 401
    status, headers, _ = web.ask("GET", f"/?token={fresh}", {"cookie": ""})
    assert status == 303 and headers["location"] == "/"
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=Strict" in headers["set-cookie"]


def test_headers_of_every_answer(web: Served) -> None:
    for method, path in routes():
        if method == "GET":
            _, headers, _ = web.ask("GET", filled(path))
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy and headers["x-content-type-options"] == "nosniff", path
            assert headers["cache-control"] == "no-store" and "access-control-allow-origin" not in headers
            if "unsafe-inline" in policy:  # what Osteon wrote as one file stands alone, without our cookie
                assert (
                    policy.startswith("sandbox ")
                    and "allow-same-origin" not in policy
                    and "connect-src 'none'" in policy
                )


def test_our_own_pages_hold_no_script_or_style(web: Served) -> None:
    for path in (
        "/",
        "/new/study",
        "/new/scenario",
        "/new/dose_response",
        "/runs",
        "/claims",
        "/claims/C65",
        "/scorecard",
        "/credibility",
    ):
        status, text = web.get(path)
        assert status == 200 and "<style" not in text and " style=" not in text and " onclick" not in text, path
        assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text, path


def test_only_this_machine(web: Served) -> None:
    try:
        own = socket.gethostbyname(socket.gethostname())
    except OSError:
        pytest.skip("this machine has no other address")
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError):
        socket.create_connection((own, web.port), timeout=2)


def test_two_hundred_sliders_at_once(web: Served) -> None:
    """Each gets its own answer, and pages are answered meanwhile."""

    def moved(i: int) -> tuple[int, float, dict]:
        table = STARTS["scenario"] | {"output": {"end": "6 months", "at": "6 months", "of": ["bmd_total_hip"]}}
        table = table | {"person": {"age": f"{60 + i % 5} years"}, "regimen": []}
        status, answer = web.post("/api/simulate", {"table": table})
        return status, i % 5, answer

    with ThreadPoolExecutor(201) as pool:
        sliders = [pool.submit(moved, i) for i in range(200)]
        assert pool.submit(web.get, "/runs").result()[0] == 200
        found = [s.result() for s in sliders]
    assert {status for status, _, _ in found} == {200}
    by_age = {age: {a["rows"][-1]["value"] for _, k, a in found if k == age} for _, age, _ in found}
    assert all(len(values) == 1 for values in by_age.values()) and len(set.union(*by_age.values())) == 5


def test_faults_stand_at_their_fields(web: Served) -> None:
    table = json.loads(json.dumps(STARTS["study"]))
    table["arm"][1]["regimen"][0]["dose"] = "60"
    table["design"]["visits"][2] = "99 months"
    table["endpoint"][0]["nmae"] = "x"
    status, answer = web.post("/api/jobs", {"kind": "study", "table": table})
    paths = [e["path"] for e in answer["errors"]]
    assert status == 422 and ["arm", 1, "regimen", 0, "dose"] in paths and ["endpoint", 0, "nmae"] in paths
    assert all(e["message"] and e["sentence"] for e in answer["errors"])


def test_a_file_goes_into_the_form_and_back(web: Served) -> None:
    for kind, table in STARTS.items():
        status, written = web.post(f"/api/write/{kind}", {"table": table})
        assert status == 200
        status, read = web.post(f"/api/read/{kind}", {"toml": written["toml"]})
        assert status == 200 and read["table"] == table
        assert web.post(f"/api/validate/{kind}", {"table": table})[0] == 200


def test_what_takes_long_is_a_run(web: Served) -> None:
    output = {"end": "6 months", "of": ["bmd_total_hip"], "draws": 5000}
    status, answer = web.post("/api/simulate", {"table": STARTS["scenario"] | {"output": output}})
    assert status == 422 and answer["errors"][0]["path"] == ["output", "draws"]
