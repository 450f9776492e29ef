"""A folder that every process of a test session sees, for what one of them makes for all; conftest.py names it."""

from __future__ import annotations

from pathlib import Path

path = Path()
