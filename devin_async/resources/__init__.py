"""The endpoint methods, one module a resource: record, signature, docstring, one call."""
