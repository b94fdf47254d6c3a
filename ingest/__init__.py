"""Turn source files into an immutable, searchable index snapshot."""
