"""From outcomes to published files: the build of an edition, its ledger, and what is stale in it."""
