"""The edge towards Slack: listeners in, cards out."""
