"""The batch: parameter files become runs, runs become published pages, figures and data.

`runs` reads edition files and checks every parameter before anything starts. `server` keeps a clean, imported
process that is forked for each run; `engine`, `client` and `shell` are the papermill engine over it. `pool` runs
many at once and holds them to their limits; `runner` is what one of them does. `ledger` knows what is up to date,
`publish` puts files in their place whole or not at all, `pages` and `site` make what is read. `command` is what
the command line calls.

Nothing here imports pandas or matplotlib: who belongs to a register is asked of one injected `Membership`.
"""
