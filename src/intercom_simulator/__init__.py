"""A local Intercom: the REST API 1.4 over an invented, deterministic workspace, for tests and demonstrations."""
