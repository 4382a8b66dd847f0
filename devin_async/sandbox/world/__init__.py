"""The enterprise in memory: what calls read and change."""
