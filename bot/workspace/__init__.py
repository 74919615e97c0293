"""A pretend Slack: the wire, the rules and the people, and nothing of ours."""
