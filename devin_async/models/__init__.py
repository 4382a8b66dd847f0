"""The models: attrs classes, one module a family; what has no underscore is public."""
