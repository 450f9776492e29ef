"""How charts look: theme, colours, stage styles, the time axis, labelled rows and tiles."""
