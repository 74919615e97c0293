"""The edge towards SQL."""
