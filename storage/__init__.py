"""The edge towards SQL: everything the desk remembers, and the only place that knows how."""
