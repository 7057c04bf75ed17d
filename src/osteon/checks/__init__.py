"""Claims as tiny checks on the model, each with a verdict."""

from osteon.checks.claims import CHECKED, check_claims

__all__ = ["CHECKED", "check_claims"]
