"""Labelled text -> the canonical record, before its checks."""

from __future__ import annotations

from nianbao.assembly.assemble import Assembled, Outline, assemble, outline

__all__ = ["Assembled", "Outline", "assemble", "outline"]
