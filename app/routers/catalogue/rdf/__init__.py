"""The catalogue in the words of others: DCAT-AP-SE, DCAT-AP and CPSV-AP as RDF."""
