"""Cells as a dose: where they come from, what is given, where they go, what they become, what they do and risk."""
