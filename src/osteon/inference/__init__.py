"""Fit: one parameter set to all calibration rows, with study offsets, priors and identifiability."""
