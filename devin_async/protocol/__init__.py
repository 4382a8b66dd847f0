"""Decisions without I/O: what is sent, and what follows from what came."""
