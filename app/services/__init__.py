"""What changes something: one verb-named function per act. Nothing here commits."""
