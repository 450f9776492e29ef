"""Counted measures: shares, cohorts, flows, transitions, sequences, agreement, and who was observed."""
