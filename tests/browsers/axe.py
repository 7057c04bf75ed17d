"""The rules of accessibility (axe-core) on whatever a browser shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browsers.drive import Browser, found

AXE = Path(__file__).resolve().parents[2] / ".venv" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]'
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core here; ./dev browsers takes it from npm where npm is")  # fmt: skip
needs_chromium = pytest.mark.skipif(found("chromium") is None, reason="no Chromium here; ./dev browsers installs it")
SIZES = [(1280, False), (1280, True), (390, False), (390, True)]


def violations(browser: Browser) -> list[list[object]]:
    """Rules that the shown document breaks, each with up to three places; the page must be opened past its policy."""
    browser.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
    return browser.evaluate(
        f"axe.run(document, {{ runOnly: {TAGS} }}).then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3)]))"
    )
