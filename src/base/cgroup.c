/*
 * The limits of control groups.
 *
 * /proc/self/cgroup names this process's group in each hierarchy, and
 * /proc/self/mountinfo tells where, and from which group on, a hierarchy is
 * mounted. From the folder of the group the walk goes up to the mount point;
 * what lies above it (the host's part, seen from a container) is out of reach.
 *
 * All of this is a hint: whatever can not be read or understood is no limit.
 */
#include <config.h>

#include "base/cgroup.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_ROOT "/sys/fs/cgroup"

/* one line of mountinfo, as far as it matters here */
struct mount {
	char *root;  /* the group that is at the mount point */
	char *point; /* the mount point */
	bool is_v2;
	bool is_wanted; /* v2, or a v1 hierarchy with the controller */
};

/* what a group may have */
struct limit {
	double left; /* of it; HUGE_VAL where there is no limit */
	double most;
};

static const struct limit no_limit = { HUGE_VAL, HUGE_VAL };

/* what the files of one folder say */
typedef struct limit limit_reader(const char *folder);

/* a resource that is limited */
struct resource {
	const char *controller;
	limit_reader *read_v1, *read_v2;
};

/* where to look */
struct roots {
	const char *proc, *cgroup;
};

static FILE *
open_in(const char *folder, const char *name)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	return n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
}

/* the number in a file, or -1 */
static double
read_number(const char *folder, const char *name)
{
	FILE *file = open_in(folder, name);
	double value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%lf", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* quota over period, where a quota that is no positive number is no limit */
static struct limit
ratio(double quota, double period)
{
	double most = quota > 0 && period > 0 ? quota / period : HUGE_VAL;

	return (struct limit){ most, most };
}

static struct limit
read_quota_v1(const char *folder)
{
	return ratio(read_number(folder, "cpu.cfs_quota_us"),
		     read_number(folder, "cpu.cfs_period_us"));
}

static struct limit
read_quota_v2(const char *folder)
{
	FILE *file = open_in(folder, "cpu.max"); /* "max 100000" is none */
	double quota = -1, period = -1;

	if (!file)
		return no_limit;
	if (fscanf(file, "%lf %lf", &quota, &period) != 2)
		quota = -1;
	fclose(file);
	return ratio(quota, period);
}

/* bytes, where "max", or nearly 2^63 in v1, is no limit */
static double
read_bytes(const char *folder, const char *name)
{
	double limit = read_number(folder, name);

	return limit >= 0 && limit < 0x1p62 ? limit : HUGE_VAL;
}

/* bytes of files that nobody has looked at lately: the kernel drops them rather
 * than refuse memory. name is that of the group and all below it. */
static double
read_droppable(const char *folder, const char *name)
{
	FILE *file = open_in(folder, "memory.stat");
	char *line = NULL;
	size_t size = 0, length = strlen(name);
	double value = 0, found;

	if (!file)
		return 0;
	while (getline(&line, &size, file) > 0)
		if (strncmp(line, name, length) == 0 && line[length] == ' ' &&
		    sscanf(line + length, "%lf", &found) == 1 && found > 0)
			value = found;
	free(line);
	fclose(file);
	return value;
}

/* what is left of most when so many are used, as far as that is known */
static struct limit
rest(double most, double used, double droppable)
{
	struct limit limit = { most, most };

	if (most < HUGE_VAL && used > droppable)
		limit.left -= used - droppable;
	if (limit.left < 0)
		limit.left = 0;
	return limit;
}

static struct limit
read_memory_v1(const char *folder)
{
	return rest(read_bytes(folder, "memory.limit_in_bytes"),
		    read_number(folder, "memory.usage_in_bytes"),
		    read_droppable(folder, "total_inactive_file"));
}

static struct limit
read_memory_v2(const char *folder)
{
	return rest(read_bytes(folder, "memory.max"),
		    read_number(folder, "memory.current"),
		    read_droppable(folder, "inactive_file"));
}

static const struct resource processors = { "cpu", read_quota_v1,
					    read_quota_v2 };
static const struct resource memory = { "memory", read_memory_v1,
					read_memory_v2 };

/* whether list, with commas between its items, holds item */
static bool
is_listed(const char *list, const char *item)
{
	size_t length = strlen(item);

	for (;; list++) {
		if (strncmp(list, item, length) == 0 &&
		    (list[length] == ',' || list[length] == '\0'))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
	}
}

/* mountinfo writes space, tab, newline and backslash as \OOO */
static void
unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*out++ = (char)((text[1] - '0') << 6 |
					(text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/* 36 35 98:0 ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER-OPTIONS */
static bool
parse_mount(char *line, const char *controller, struct mount *mount)
{
	char *field = NULL, *rest = line, *type;

	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < 5; i++) {
		field = strsep(&rest, " ");
		if (i == 3)
			mount->root = field;
	}
	mount->point = field;
	do
		field = strsep(&rest, " ");
	while (field && strcmp(field, "-") != 0);
	type = strsep(&rest, " ");
	strsep(&rest, " ");
	if (!type || !rest)
		return false;
	mount->is_v2 = strcmp(type, "cgroup2") == 0;
	mount->is_wanted = mount->is_v2 || (strcmp(type, "cgroup") == 0 &&
					    is_listed(rest, controller));
	unescape(mount->root);
	unescape(mount->point);
	return mount->is_wanted;
}

/* what is left of path below folder; NULL when it is not below it */
static const char *
below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return path;
	if (strncmp(path, folder, length) != 0)
		return NULL;
	return path[length] == '/' || path[length] == '\0' ? path + length
							   : NULL;
}

/* the folder of a group, in a mount that may show only a part of the tree */
static bool
folder_of_group(char *folder, size_t size, const struct mount *mount,
		const char *group, const char *cgroup_root, size_t *top)
{
	const char *inside = below(mount->point, SYSTEM_ROOT);
	const char *rest = below(group, mount->root);
	int n;

	/* a group outside of what is mounted (another cgroup namespace, the
	 * host's path in a container): the mount point is nearest to it */
	if (!rest || strncmp(group, "/..", 3) == 0)
		rest = "";
	if (inside)
		n = snprintf(folder, size, "%s%s", cgroup_root, inside);
	else
		n = snprintf(folder, size, "%s", mount->point);
	if (n < 0 || (size_t)n >= size)
		return false;
	*top = (size_t)n;
	n = snprintf(folder + *top, size - *top, "%s", rest);
	return n >= 0 && (size_t)n < size - *top;
}

/* the one of which less is left, whatever their order */
static struct limit
smaller(struct limit a, struct limit b)
{
	if (a.left == b.left)
		return a.most < b.most ? a : b;
	return a.left < b.left ? a : b;
}

/* the smallest limit from folder up to its first top bytes */
static struct limit
walk_up(char *folder, size_t top, limit_reader *read)
{
	struct limit least = no_limit;
	char *slash;

	for (;;) {
		least = smaller(least, read(folder));
		slash = strrchr(folder + top, '/');
		if (!slash)
			return least;
		*slash = '\0';
	}
}

/* the smallest limit of a group in all places where it is mounted */
static struct limit
group_limit(const struct resource *resource, const struct roots *roots,
	    const char *group, bool is_v2)
{
	FILE *file = open_in(roots->proc, "self/mountinfo");
	limit_reader *read = is_v2 ? resource->read_v2 : resource->read_v1;
	char folder[PATH_MAX], *line = NULL;
	struct limit least = no_limit;
	struct mount mount = { .is_v2 = false };
	size_t size = 0, top;

	if (!file)
		return least;
	while (getline(&line, &size, file) > 0) {
		if (!parse_mount(line, resource->controller, &mount) ||
		    mount.is_v2 != is_v2)
			continue;
		if (!folder_of_group(folder, sizeof(folder), &mount, group,
				     roots->cgroup, &top))
			continue;
		least = smaller(least, walk_up(folder, top, read));
	}
	free(line);
	fclose(file);
	return least;
}

/* 4:cpu,cpuacct:/GROUP in v1, 0::/GROUP in v2 */
static bool
parse_group(char *line, const char *controller, char **group, bool *is_v2)
{
	char *rest = line, *id, *controllers;

	line[strcspn(line, "\n")] = '\0';
	id = strsep(&rest, ":");
	controllers = strsep(&rest, ":");
	if (!rest)
		return false;
	*group = rest;
	*is_v2 = strcmp(id, "0") == 0 && *controllers == '\0';
	return *is_v2 || is_listed(controllers, controller);
}

/* the smallest limit of a resource in all groups of this process */
static struct limit
least_limit(const struct resource *resource, const struct roots *roots)
{
	FILE *file = open_in(roots->proc, "self/cgroup");
	struct limit least = no_limit;
	char *line = NULL, *group;
	size_t size = 0;
	bool is_v2;

	if (!file)
		return least;
	while (getline(&line, &size, file) > 0) {
		if (!parse_group(line, resource->controller, &group, &is_v2))
			continue;
		least = smaller(least,
				group_limit(resource, roots, group, is_v2));
	}
	free(line);
	fclose(file);
	return least;
}

unsigned
cgroup_processors(const char *proc_root, const char *cgroup_root)
{
	struct roots roots = { proc_root, cgroup_root };
	double least = least_limit(&processors, &roots).most;

	if (least >= UINT_MAX)
		return UINT_MAX;
	return least < 1 ? 1 : (unsigned)least;
}

uint64_t
cgroup_memory(const char *proc_root, const char *cgroup_root, uint64_t *most)
{
	struct roots roots = { proc_root, cgroup_root };
	struct limit least = least_limit(&memory, &roots);

	*most = least.most < HUGE_VAL ? (uint64_t)least.most : UINT64_MAX;
	return least.left < HUGE_VAL ? (uint64_t)least.left : UINT64_MAX;
}
