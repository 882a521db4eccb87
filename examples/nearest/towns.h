/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * towns.h - a list of towns, and which of them is nearest to a point
 *
 * A line is a name, a latitude and a longitude in degrees.
 */
#ifndef TOWNS_H
#define TOWNS_H

#include <math.h>
#include <stdio.h>

#define TOWNS_MAX 1000
#define EARTH_KM 6371.0
#define DEGREE (3.14159265358979323846 / 180)

struct town {
	char name[48];
	double lat, lon; /* degrees */
};

static struct town towns[TOWNS_MAX];
static size_t ntowns;

/* Read the list. Returns 0, or -1 after a message. */
static int
towns_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct town *town = towns;

	if (!file) {
		perror(path);
		return -1;
	}
	while (ntowns < TOWNS_MAX && fscanf(file, "%47s %lf %lf", town->name,
					    &town->lat, &town->lon) == 3) {
		ntowns++;
		town++;
	}
	fclose(file);
	if (ntowns == 0)
		fprintf(stderr, "%s: no towns\n", path);
	return ntowns > 0 ? 0 : -1;
}

/* along a great circle, by the haversine formula */
static double
towns_distance(const struct town *town, double lat, double lon)
{
	double y = sin((town->lat - lat) / 2 * DEGREE);
	double x = sin((town->lon - lon) / 2 * DEGREE);
	double h = y * y + cos(lat * DEGREE) * cos(town->lat * DEGREE) * x * x;

	return 2 * EARTH_KM * asin(sqrt(h < 1 ? h : 1));
}

/* the index of the nearest town, and how far it is */
static size_t
towns_nearest(double lat, double lon, double *km)
{
	size_t nearest = 0;

	*km = INFINITY;
	for (size_t i = 0; i < ntowns; i++) {
		double distance = towns_distance(&towns[i], lat, lon);

		if (distance < *km) {
			*km = distance;
			nearest = i;
		}
	}
	return nearest;
}

/* a job's text: latitude and longitude. Returns 0, or -1 when it is no point.
 */
static int
towns_parse(const char *text, double *lat, double *lon)
{
	char rest;

	return sscanf(text, "%lf %lf %c", lat, lon, &rest) == 2 ? 0 : -1;
}

#endif
