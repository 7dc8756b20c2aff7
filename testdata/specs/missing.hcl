# ERROR: this spec has no study block # ERROR: at least two labels, and this has 0 # ERROR: at least one resolution, and this has none
