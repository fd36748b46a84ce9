"""A made-up city, the same for the same seed: its schools, people, lessons and attendance.

`city_rows` in city.py makes everything, as lines for COPY. Nobody in it exists.
"""
