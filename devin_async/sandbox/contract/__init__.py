"""The contract as data, and the checks and answers made of it."""
