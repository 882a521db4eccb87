/*
 * client/attach: what a worker does with a segment that anybody may have
 * written. The first byte is a sum of 1: the others are the file; else they
 * change one that is good: the first says by how many pages it becomes longer
 * or (negative) shorter, and then come changes, each an offset of two bytes, a
 * number of bytes, and these. 2: the checksum stays wrong. 4: in no run. 8: it
 * is the second segment, with the copies of arrays that a good one has.
 * Whatever is attached has arrays that can be read from end to end.
 */
#include <config.h>

#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/client.h"
#include "segment/segment_parts.h"
#include "segment/spec.h"

enum { IS_FILE = 1, IS_UNCHECKED = 2, IS_OUTSIDE = 4, IS_SECOND = 8 };

#define FILE_MAX (1 << 17)
#define NP 2

static const char *const declarations[] = {
	"x=f8:2,3", "own=i4:5", "sum=f8", "r={x=f8,name=S5}:2", "none=u1:0,4",
};

#define NARRAYS (sizeof(declarations) / sizeof(declarations[0]) + 1)

static unsigned char good[FILE_MAX];
static size_t good_size;
static int first_fd; /* a good one of the same arrays, without copies */

/* the file that the last array is mapped from */
static void
describe_mapped(struct segment_array *array)
{
	int fd = memfd_create("fuzz_mapped", MFD_CLOEXEC);
	struct stat status;

	REQUIRE(fd >= 0 && ftruncate(fd, 5000) == 0);
	REQUIRE(fstat(fd, &status) == 0);
	*array = (struct segment_array){
		.name = "mapped",
		.flags = SEGMENT_MAPPED,
		.shape = { .ndim = 1, .dims = { 100 } },
		.file_offset = 4100,
		.file_dev = status.st_dev,
		.file_ino = status.st_ino,
	};
	REQUIRE(dtype_parse(&array->dtype, "i8", 2) == 0);
	snprintf(array->path, sizeof(array->path), "/proc/self/fd/%d", fd);
}

static void
make_good(void)
{
	struct segment_array arrays[NARRAYS];
	struct segment_plan plan = { .name = "fuzz",
				     .arrays = arrays,
				     .count = NARRAYS,
				     .np = NP,
				     .ncopies = NP };
	struct spec_list list = { 0 };
	struct segment segment;
	char why[SEGMENT_WHY_SIZE], own[] = "own", sum[] = "sum:sum";

	for (size_t i = 0; i + 1 < NARRAYS; i++)
		REQUIRE(spec_add(&list, declarations[i], why) == 0);
	REQUIRE(spec_private(&list, own, why) == 0);
	REQUIRE(spec_reduction(&list, sum, why) == 0);
	for (size_t i = 0; i + 1 < NARRAYS; i++)
		arrays[i] = list.specs[i].array;
	describe_mapped(&arrays[NARRAYS - 1]);
	REQUIRE(segment_create(&segment, &plan, why) == 0);
	REQUIRE(segment.size <= sizeof(good));
	good_size = segment.size;
	memcpy(good, segment.base, good_size);
	segment_close(&segment);
	for (size_t i = 0; i < NARRAYS; i++)
		arrays[i].flags &= SEGMENT_MAPPED;
	plan.np = plan.ncopies = 0;
	REQUIRE(segment_create(&segment, &plan, why) == 0);
	first_fd = dup(segment.fd);
	segment_close(&segment);
	spec_release(&list);
}

/* as if whoever made it had meant what it says */
static void
sign(unsigned char *bytes, size_t nbytes)
{
	struct segment_header header;
	static struct segment_entry
		entries[FILE_MAX / sizeof(struct segment_entry)];

	if (nbytes < sizeof(header))
		return;
	memcpy(&header, bytes, sizeof(header));
	if (header.table_offset > nbytes ||
	    header.array_count >
		    (nbytes - header.table_offset) / sizeof(*entries))
		return;
	memcpy(entries, bytes + header.table_offset,
	       header.array_count * sizeof(*entries));
	header.crc32 = segment_checksum(&header, entries);
	memcpy(bytes, &header, sizeof(header));
}

/* the good one with changes; returns its size */
static size_t
change(unsigned char *bytes, const uint8_t *data, size_t size)
{
	int64_t nbytes = (int64_t)good_size;
	size_t offset, n;

	memcpy(bytes, good, good_size);
	memset(bytes + good_size, 0, FILE_MAX - good_size);
	if (size > 0)
		nbytes += (int64_t)(int8_t)data[0] * SEGMENT_PAGE;
	if (nbytes < 0 || nbytes > FILE_MAX)
		nbytes = (int64_t)good_size;
	for (size_t at = 1; at + 3 < size; at += 3 + n) {
		offset = data[at] | (size_t)data[at + 1] << 8;
		n = data[at + 2];
		if (n > size - at - 3)
			n = size - at - 3;
		if (n > FILE_MAX - offset)
			n = FILE_MAX - offset;
		memcpy(bytes + offset, data + at + 3, n);
	}
	return (size_t)nbytes;
}

static void
read_array(struct shmmap_array *array)
{
	size_t itemsize = shmmap_itemsize(array), n = shmmap_size(array);
	const size_t *shape = shmmap_shape(array);
	const ptrdiff_t *strides = shmmap_strides(array);
	const unsigned char *data = shmmap_data(array);
	volatile unsigned char sum;
	char text[ELEMENT_TEXT_SIZE];
	size_t count = 1, last = 0;

	REQUIRE(shmmap_ndim(array) >= 0 &&
		shmmap_ndim(array) <= SHMMAP_NDIM_MAX);
	REQUIRE(strlen(shmmap_name(array)) < SEGMENT_NAME_SIZE);
	REQUIRE(strlen(shmmap_dtype(array)) < SEGMENT_DTYPE_SIZE);
	for (int i = 0; i < shmmap_ndim(array); i++) {
		count *= shape[i];
		if (shape[i] > 0)
			last += (shape[i] - 1) * (size_t)strides[i];
	}
	REQUIRE(count == n);
	REQUIRE(shmmap_nbytes(array) == n * itemsize);
	if (!data || n == 0)
		return;
	REQUIRE(last == (n - 1) * itemsize);
	sum = data[0];
	sum += data[last + itemsize - 1];
	(void)sum;
	/* both ends as text, which depends on what the dtype says */
	element_format(text, sizeof(text),
		       &array->owner->segment.dtypes[array->index], data);
	element_format(text, sizeof(text),
		       &array->owner->segment.dtypes[array->index],
		       data + last);
}

static void
read_all(struct shmmap *segment)
{
	size_t n = shmmap_count(segment), start, stop;
	struct shmmap_array *array;

	REQUIRE(!shmmap_at(segment, n));
	for (size_t i = 0; i < n; i++) {
		array = shmmap_at(segment, i);
		REQUIRE(array);
		read_array(array);
		if (shmmap_data(array))
			REQUIRE(shmmap_get(segment, shmmap_name(array)) ==
				array);
		if (shmmap_ndim(array) > 0 && shmmap_rank(segment) >= 0 &&
		    shmmap_split_axis(array, 0, &start, &stop) == 0)
			REQUIRE(start <= stop &&
				stop <= shmmap_shape(array)[0]);
	}
	REQUIRE(!shmmap_get(segment, ""));
	REQUIRE(shmmap_rank(segment) < 0 ||
		shmmap_rank(segment) < shmmap_np(segment));
	if (segment->locks)
		(void)lock_look_up(segment->locks, "here");
}

/* Attach to what is in fd, and to the good one if that is the second. */
static int
attach(struct shmmap **segment, int fd, int mode)
{
	char number[16];
	int error;

	if (mode & IS_OUTSIDE)
		unsetenv("SHMMAP_RANK");
	else
		setenv("SHMMAP_RANK", "1", 1);
	if (!(mode & IS_SECOND))
		return shmmap_attach_fd(segment, fd);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("SHMMAP_RUN_FD", number, 1);
	error = shmmap_attach_fd(segment, first_fd);
	unsetenv("SHMMAP_RUN_FD");
	/* without the second one it is in no run */
	REQUIRE(error == 0);
	return error;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char bytes[FILE_MAX];
	int mode = size > 0 ? data[0] : IS_FILE, fd, error;
	struct shmmap *segment;
	size_t nbytes;

	if (good_size == 0)
		make_good();
	if (size > 0) {
		data++;
		size--;
	}
	if (!(mode & IS_FILE)) {
		nbytes = change(bytes, data, size);
	} else {
		nbytes = size < FILE_MAX ? size : FILE_MAX;
		memcpy(bytes, data, nbytes);
	}
	if (!(mode & IS_UNCHECKED))
		sign(bytes, nbytes);
	fd = memfd_create("fuzz_attach", MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, bytes, nbytes) == (ssize_t)nbytes);
	error = attach(&segment, fd, mode);
	close(fd);
	REQUIRE(!error == (segment != NULL));
	if (error) {
		REQUIRE(error == -EINVAL);
		REQUIRE(*shmmap_error());
		return 0;
	}
	read_all(segment);
	shmmap_detach(segment);
	return 0;
}
