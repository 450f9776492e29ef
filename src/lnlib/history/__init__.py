"""A register as histories: `spells` of time at a stage, and `exposure`, who had which mechanism when."""
