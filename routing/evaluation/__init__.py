"""How good the desk's decisions are, in figures: pure, no files, no drawing, no clock."""
