"""成果 for salons: what was cancelled, refilled and brought back, each number with what exactly it counts."""
