"""Every figure has the house style."""

import altair as alt
import pandas as pd

from osteon.report.figures import GRID, INK, _style


def test_a_figure_keeps_the_whole_style():
    plain = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_point().encode(x="x")
    kept = _style(plain).to_dict()["config"]
    assert kept["axis"]["gridColor"] == GRID and kept["title"]["color"] == INK
    assert kept["background"] == "white" and "Helvetica" in kept["font"]
