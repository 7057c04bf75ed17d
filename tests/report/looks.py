"""What every report must be, whatever it is of: asked of its file, and of its page in a browser."""

import base64
import csv
import io
import json
import re
import time
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from tests.browsers import Chromium
from tests.browsers.axe import SIZES as RULED
from tests.browsers.axe import violations
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[2]
SIZES = [*RULED, (320, False)]
MEASURES = """(() => {
  const shown = [...document.querySelectorAll("main svg text")].filter((t) => t.getBoundingClientRect().width > 0);
  const size = (t) => parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getBoundingClientRect().width / t.ownerSVGElement.viewBox.baseVal.width;
  const cut = shown.filter((t) => {
    const a = t.getBoundingClientRect(), s = t.ownerSVGElement.getBoundingClientRect();
    return a.left < s.left - 1 || a.right > s.right + 1 || a.top < s.top - 1 || a.bottom > s.bottom + 1;
  }).map((t) => t.textContent);
  const hit = [];
  for (const svg of document.querySelectorAll("main svg[role=img]")) {
    const boxes = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()]).filter((b) => b[1].width > 0);
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const a = boxes[i][1], b = boxes[j][1];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 4) hit.push(`${boxes[i][0]} × ${boxes[j][0]}`);
    }
  }
  return { width: document.documentElement.scrollWidth, least: shown.length ? Math.min(...shown.map(size)) : 99, cut, hit, texts: shown.length };
})()"""


class Page(HTMLParser):
    """Tags with their attributes, in order; voids do not count as open."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.faults = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link", "img", "path", "rect", "circle", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def all(self, tag, **having):
        return [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in having.items())]


def file_of(address):
    """Kind and bytes of a file that a link holds."""
    head, _, body = address.partition(",")
    return head, base64.b64decode(body) if ";base64" in head else unquote(body).encode()


def is_a_sound_page(path):
    """One h1, contents that lead somewhere, figures and tables with words, downloads that are files, nothing from outside."""
    text = Path(path).read_text(encoding="utf-8")
    page = Page(text)
    assert page.faults == [] and page.open == []
    assert len(page.all("h1")) == 1 and len(page.all("main")) == 1 and "<pre" not in text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]
    links = [a["href"] for a in page.all("a")]
    assert all(h.startswith(("#", "data:")) for h in links)
    assert all(h[1:] in ids for h in links if h.startswith("#"))
    assert len([h for h in links if h.startswith("#")]) > 3
    outside = [u for u in re.findall(r"\w+://[^\s\"'<)]*", text) if "www.w3.org" not in u]
    assert outside == []
    assert not page.all("link") and not page.all("img") and not re.search(r"<(script|iframe)[^>]+src", text)
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy
    drawings = page.all("svg", role="img")
    assert len(drawings) == 2 * len(page.all("figure")) == 2 * len(page.all("figcaption")) or page.all("figure")
    assert all(a["aria-labelledby"] in ids and a["aria-describedby"] in ids for a in drawings)
    assert len(page.all("caption")) == len(page.all("table"))
    assert empty_heads(text) == []
    assert not re.search(r"<th[^>]*>\s*</th>", text)
    saved_files_are_real(page)
    return page


def empty_heads(text):
    """Heads of rows and columns that say nothing, outside scripts."""
    shown = re.sub(r"<script\b.*?</script>", "", text, flags=re.S)
    return [
        head for head in re.findall(r"<th\b[^>]*>.*?</th>", shown, re.S) if not re.sub(r"<[^>]+>|\s|&nbsp;", "", head)
    ]


def saved_files_are_real(page):
    """Every download is a CSV of equal rows or an SVG that stands alone."""
    downloads = [a for a in page.all("a") if "download" in a]
    names = [a["download"] for a in downloads]
    assert len(names) == len(set(names)) and downloads
    for link in downloads:
        kind, body = file_of(link["href"])
        if link["download"].endswith(".csv"):
            rows = list(csv.reader(io.StringIO(body.decode())))
            assert kind.startswith("data:text/csv") and len(rows) > 1 and len({len(r) for r in rows}) == 1, link[
                "download"
            ]
        else:
            svg = ElementTree.fromstring(body)
            assert kind.startswith("data:image/svg+xml") and svg.tag.endswith("svg") and len(svg) > 4
            assert b"var(" not in body and b"class=" not in body
    assert len([n for n in names if n.endswith(".svg")]) == len(page.all("figure"))
    assert len([a for a in page.all("button") if "data-png" in a]) == len(page.all("figure"))


def is_readable_everywhere(path):
    """At every size, light and dark: no sideways scroll, no tiny, cut or overlapping words in figures."""
    for width, dark in SIZES:
        with Chromium(width, 900, dark) as browser:
            browser.open(Path(path).as_uri())
            got = browser.evaluate(MEASURES)
            where = (Path(path).name, width, dark)
            assert got["width"] <= width, (where, got)
            assert got["least"] >= 11 and got["cut"] == [] and got["hit"] == [], (where, got)


def breaks_no_rule(path):
    """No violation of axe at 1280 and 390 px, light and dark."""
    for width, dark in RULED:
        with Chromium(width, 900, dark) as browser:
            browser.open(Path(path).as_uri(), bypass_policy=True)
            assert violations(browser) == [], (Path(path).name, width, dark)


def asks_for_nothing(path):
    """Opened from a disk it asks for itself alone, has no error, and makes a PNG of a figure."""
    with Chromium() as browser:
        browser.open(Path(path).as_uri())
        assert browser.faults == []
        assert [r for r in browser.requests if r != Path(path).as_uri() and not r.startswith(("data:", "blob:"))] == []
        size = browser.evaluate(
            """(async () => { const link = document.querySelector("a[download$='.svg']"); if (!link) return null;
            const blob = await picture(link); const bytes = new Uint8Array(await blob.arrayBuffer());
            return [blob.type, bytes.length, bytes[1], bytes[2], bytes[3]]; })()"""
        )
        assert size is None or (size[0] == "image/png" and size[1] > 2000 and bytes(size[2:]) == b"PNG")


def is_alive(path, button=0, patience=300.0, computes=True):
    """Its living page opens inside it and asks for nothing; the sentence that it says, and the state that it was opened with."""
    with Chromium() as browser:
        browser.open(Path(path).as_uri())
        browser.evaluate(f"document.querySelectorAll('[data-open]')[{button}].click()")
        browser.until("!!document.querySelector('iframe.live')")
        frame = _Frame(browser)
        ready = "osteon.sets[0].line && " if computes else ""  # the screen of cells shows what was computed before
        said = frame.until(f"{ready}document.querySelector('#say').textContent", patience)
        outside = [r for r in browser.requests if r != Path(path).as_uri() and not r.startswith(("data:", "blob:"))]
        assert outside == [] and browser.faults == []
        return said, json.loads(frame.evaluate("JSON.stringify(osteon.state)"))


class _Frame:
    """The frame inside a page: a target of its own, since its origin is."""

    def __init__(self, browser, patience=60.0):
        end, self.count = time.monotonic() + patience, 0
        while time.monotonic() < end:
            with urllib.request.urlopen(f"http://127.0.0.1:{browser._port()}/json") as answer:
                found = [t for t in json.load(answer) if t["type"] == "iframe"]
            if found:
                self.socket = browser.stack.enter_context(connect(found[0]["webSocketDebuggerUrl"], max_size=None))
                return
            time.sleep(0.1)
        raise TimeoutError("No frame opened.")

    def evaluate(self, expression):
        self.count += 1
        given = {"expression": expression, "returnByValue": True}
        self.socket.send(json.dumps({"id": self.count, "method": "Runtime.evaluate", "params": given}))
        while (answer := json.loads(self.socket.recv(timeout=60))).get("id") != self.count:
            pass
        return answer["result"]["result"].get("value")

    def until(self, expression, patience):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            value = self.evaluate(f"(() => {{ try {{ return {expression}; }} catch {{ return null; }} }})()")
            if value:
                return value
            time.sleep(0.2)
        raise TimeoutError(expression)
