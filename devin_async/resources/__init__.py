"""The endpoint methods, one module a family: record, signature, docstring, one call."""
