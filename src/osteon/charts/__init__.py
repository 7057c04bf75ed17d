"""Figures of reports as SVG of our own: drawn once for a wide page and once for a phone, in the colours of the tokens."""
