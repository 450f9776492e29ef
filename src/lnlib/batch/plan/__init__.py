"""From an edition file to runs: `edition_file` reads and checks it before anything runs."""
