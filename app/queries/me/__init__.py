"""All SQL behind `/me/v1`: what a screen of a signed-in person shows, one statement per call.

Rights are those of the SS 12000 door: each resource's own `visible` condition, and the view.
"""
