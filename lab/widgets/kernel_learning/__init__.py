"""The kernel learning page, piece by piece."""
