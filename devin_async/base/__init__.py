"""Small pieces that every package uses: they know nothing of the API."""
