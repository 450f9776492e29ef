"""From an edition file to jobs: parameters are checked before anything runs."""
