"""Checks of a report: equations of its tables, and what its narrative says beside them."""

from __future__ import annotations

from nianbao.checks.arithmetic import build_checks, run_checks

__all__ = ["build_checks", "run_checks"]
