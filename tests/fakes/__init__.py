"""Other people's systems, played by small stateful fakes. They live here and nowhere else."""
