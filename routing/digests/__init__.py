"""What team leads are told: counted here, drawn elsewhere."""
