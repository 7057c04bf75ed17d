"""Osteon: an in-silico laboratory for osteoporosis and mesenchymal-stem-cell therapy. Research use only."""

__version__ = "0.2.0"
