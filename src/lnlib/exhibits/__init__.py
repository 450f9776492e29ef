"""Exhibits: a figure or table with its data, its words and its files.

`figure` and `table` are the two kinds; `printed` saves them, `source_and_choices` says what they rest on, `word_document` writes
tables for Word, and `labels` names units and actors.
"""
