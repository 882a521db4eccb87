# SPDX-License-Identifier: GPL-3.0-or-later
"""nearest.py TOWNS: a worker of shmmap --filter, with nearest.c's answers

A line "LAT LON" in, a line "TOWN KM" out, or an empty one. It runs once for
each slave, and knows nothing of shmmap.
"""
import sys
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0


def distance(town, lat, lon):
    """along a great circle, by the haversine formula"""
    y = sin((town[1] - lat) / 2)
    x = sin((town[2] - lon) / 2)
    return 2 * EARTH_KM * asin(
        sqrt(min(1, y * y + cos(lat) * cos(town[1]) * x * x)))


def answer(towns, line):
    try:
        lat, lon = map(radians, map(float, line.split()))
    except ValueError:
        return ""
    town = min(towns, key=lambda town: distance(town, lat, lon))
    return "%s %.1f" % (town[0], distance(town, lat, lon))


with open(sys.argv[1]) as file:
    towns = [(name, radians(float(lat)), radians(float(lon)))
             for name, lat, lon in map(str.split, file)]
for line in sys.stdin:
    print(answer(towns, line))
