"""The batch: edition files become runs, and runs become published figures, data and pages.

- `plan` reads edition files and checks every parameter before anything starts.
- `execute` runs notebooks: a fork server keeps an imported process that is forked for each run; the papermill engine, its
  client and its shell stand on it; a schedule runs many at once within their limits.
- `build` publishes: the ledger knows what is up to date and why not, files appear whole or not at all, the report lists
  what was done.
- `site` writes the pages.
- `dask` runs the same jobs on a cluster.
- `run_command`, `status_command` and `clean_command` are what the command line calls; `batch` makes the runs of one call.

Nothing here imports pandas or matplotlib: the members of a register come from one injected `Membership`.
"""
