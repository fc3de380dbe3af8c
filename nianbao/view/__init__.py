"""The record for people and spreadsheets: a readable view, explanations, CSV, JSON Schema."""

from __future__ import annotations

from nianbao.view.explanation import UnknownPath, explain
from nianbao.view.export import to_csv
from nianbao.view.record import render_report

__all__ = ["UnknownPath", "explain", "render_report", "to_csv"]
