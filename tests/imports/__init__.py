"""Tests of imports: data from other SS 12000 servers."""
