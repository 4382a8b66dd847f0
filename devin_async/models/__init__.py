"""The models: attrs classes, one module a family."""
