"""The one error for what a person can put right."""


class ConvcoreError(ValueError):
    """A value that the caller can change; the message names it, the rule, and a way out."""
