"""What a write must know before it may be done: what exists for this caller, and what fits.

Asked with the conditions that reading uses, so that nobody writes about what they may not see.
"""
