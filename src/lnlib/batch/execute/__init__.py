"""Jobs executed: the schedule, executors, the fork server, the papermill engine and its limits."""
