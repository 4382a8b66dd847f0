"""Small pieces that all of the sandbox uses."""
