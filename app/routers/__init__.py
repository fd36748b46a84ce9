"""HTTP in, HTTP out: one package per door. Doors never import each other."""
