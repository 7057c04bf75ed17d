"""Trials: a person or a population, arms, doses, visits, analysis, run folders."""
