"""The runs: found, compared, changed and taken along."""
