"""Exhibits: a figure or table with its data, its words and its files.

`figure` and `table` are the two kinds; `base` saves them, `docx` writes tables for Word, `labels` names units and actors.
"""
