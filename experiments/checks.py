"""Checks by name: `growth check NAME` prints target beside measured."""

from __future__ import annotations

from experiments.validation.base import base
from experiments.validation.retention import retention

__all__ = ["CHECKS"]

CHECKS = {"base": base, "retention": retention}
