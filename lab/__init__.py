"""lab: what turns convcore into a tracked, shared application."""
