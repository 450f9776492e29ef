"""Curves over time since a beginning: survival, first passage, occupation by Aalen–Johansen."""
