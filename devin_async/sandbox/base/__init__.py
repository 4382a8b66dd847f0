"""Small pieces that every room of the sandbox uses."""
