#ifndef SHMMAP_CGROUP_H
#define SHMMAP_CGROUP_H

#include <stdint.h>

/*
 * The limits of this process's control groups, v1, v2 or both (hybrid): the
 * smallest of its own group's and of those above it as far as they can be seen
 * from here. The roots are "/proc" and "/sys/fs/cgroup" but for tests: mount
 * points below /sys/fs/cgroup are looked for in cgroup_root.
 */

/* whole processors that the CPU quota pays for, rounded down but at least 1;
 * UINT_MAX when nothing limits them */
unsigned cgroup_processors(const char *proc_root, const char *cgroup_root);

/* Bytes of memory that the groups may still use, where what the kernel keeps of
 * files counts as unused if nobody has looked at it lately; of *most in all.
 * UINT64_MAX when nothing limits them. */
uint64_t cgroup_memory(const char *proc_root, const char *cgroup_root,
		       uint64_t *most);

#endif
