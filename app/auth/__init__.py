"""Who calls and what they may see: tokens, keys, client authentication. Writes nothing else."""
