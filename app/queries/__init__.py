"""All SQL that reads, one file per noun. A query on school data takes an `Access`."""
