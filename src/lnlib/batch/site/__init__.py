"""The pages of an edition: its index, a page for each run, and the stories."""
