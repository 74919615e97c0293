"""The core: nouns, pure decisions, ports, the desk. It never knows Slack, SQL or the time."""
