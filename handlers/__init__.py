"""The edge towards Slack: listeners in, cards out. `register` is the table of contents."""
