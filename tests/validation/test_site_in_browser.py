"""The docs site as a person sees it: no broken rule of accessibility, no sideways scroll, no tiny text in a figure."""

import pytest
from docs.site import build
from tests.browsers.axe import SIZES, needs_axe, needs_chromium, violations
from tests.browsers.drive import Chromium
from tests.validation.test_site import ASSESSED, CLAIMS, EXPERIMENTS

PLACES = (
    "index.html", "claims/index.html", "claims/C101.html", "experiments/T1-02.html", "drugs/denosumab.html", "harms/breast_cancer.html", "modules/index.html",
    "modules/rankl.html", "references/index.html", "references/peterson2010.html", "validation.html", "commands.html", "files.html", "api.html", "search.html",
)  # fmt: skip
LEAST = "Math.min(99, ...[...document.querySelectorAll('svg text')].filter((t) => t.getBoundingClientRect().width > 0).map((t) => { const s = t.ownerSVGElement; return parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width; }))"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder, CLAIMS, EXPERIMENTS, ASSESSED)
    return folder


@needs_chromium
@needs_axe
@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_the_site_can_be_read_by_everybody(out, width, dark):
    faults = []
    with Chromium(width, 900, dark) as browser:
        for place in PLACES:
            browser.open((out / place).as_uri(), bypass_policy=True)
            browser.until("document.readyState === 'complete'")
            shown = browser.evaluate("document.documentElement.scrollWidth")
            faults += [(place, "scrolls sideways", shown)] if shown > width else []
            faults += [(place, "tiny text in a figure")] if browser.evaluate(LEAST) < 11 else []
            faults += [(place, *broken) for broken in violations(browser)]
    assert faults == []
