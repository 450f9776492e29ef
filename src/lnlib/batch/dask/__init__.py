"""Runs sent to the workers of a Dask cluster."""
