"""What the desk stands on, looked at one subject at a time. Nothing here changes anything."""
