#ifndef SHMMAP_CGROUP_H
#define SHMMAP_CGROUP_H

/*
 * The CPU quota of this process's control groups, v1, v2 or both (hybrid):
 * the smallest of its own group's and of those above it as far as they can be
 * seen from here.
 */

/* whole processors that the quota pays for, rounded down but at least 1;
 * UINT_MAX when nothing limits them. The roots are "/proc" and "/sys/fs/cgroup"
 * but for tests: mount points below /sys/fs/cgroup are looked for in
 * cgroup_root. */
unsigned cgroup_processors(const char *proc_root, const char *cgroup_root);

#endif
