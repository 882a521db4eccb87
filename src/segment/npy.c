/*
 * Headers of .npy files.
 *
 * A file is the magic bytes, two bytes of version, the size of the header (2
 * bytes, from version 2 on 4), the header, and the data. The header is a Python
 * dict in Latin-1, from version 3 on UTF-8, which npy_dict.c reads. A file is
 * not trusted: nothing is allocated before the size that it claims is known to
 * be there, and what dtype and shape say is checked against the size of the
 * file.
 */
#include <config.h>

#include "segment/npy.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/npy_dict.h"
#include "segment/utf8.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6

/* magic, version and size of the header, before and from version 2 on */
#define PREFIX_SIZE_1 10
#define PREFIX_SIZE_2 12

/* the longest header that is read; NumPy itself takes 10000 bytes */
#define HEADER_READ_MAX (1 << 20)

/* the longest file header that is written, prefix and padding included: a
 * dtype, eight dimensions of up to 19 digits, and less than 200 bytes around */
#define HEADER_WRITE_MAX (DTYPE_TEXT_SIZE + SHAPE_NDIM_MAX * 21 + 200)

/* NumPy lets the data begin at a multiple of this */
#define DATA_ALIGNMENT 64

/* NumPy leaves room for one dimension to grow to so many digits */
#define GROWTH_DIGITS 21

static_assert(HEADER_WRITE_MAX <= UINT16_MAX, "two bytes have its size");
static_assert(HEADER_WRITE_MAX <= 4096, "npy.h says so");

/* Read nbytes at offset; fewer only at the end of the file. Returns how many,
 * or -errno. */
static ssize_t
read_at(int fd, void *data, size_t nbytes, off_t offset)
{
	size_t have = 0;
	ssize_t n = 1;

	while (have < nbytes && n != 0) {
		n = pread(fd, (char *)data + have, nbytes - have,
			  offset + (off_t)have);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			have += (size_t)n;
	}
	return (ssize_t)have;
}

/* the size of a regular file, or -errno */
static int64_t
file_size(int fd, char *why)
{
	struct stat status;

	if (fstat(fd, &status)) {
		int error = errno;

		return npy_refuse(why, -error, "it can not be looked at: %s",
				  strerror(error));
	}
	if (!S_ISREG(status.st_mode))
		return npy_refuse(
			why, -EINVAL,
			"it is no regular file, as .npy files have to be");
	return status.st_size;
}

static int
check_magic(const unsigned char *prefix, size_t nbytes, char *why)
{
	if (nbytes == 0)
		return npy_refuse(why, -EINVAL, "it is empty, not a .npy file");
	if (nbytes >= 4 && memcmp(prefix, "PK\3\4", 4) == 0)
		return npy_refuse(
			why, -EINVAL,
			"it is an archive (.npz), to be unpacked first");
	if (memcmp(prefix, MAGIC, nbytes < MAGIC_SIZE ? nbytes : MAGIC_SIZE))
		return npy_refuse(
			why, -EINVAL,
			"it is no .npy file, which begins with \\x93NUMPY");
	if (nbytes < PREFIX_SIZE_2)
		return npy_refuse(why, -EINVAL, "it ends within its header");
	if (prefix[6] < 1 || prefix[6] > 3 || prefix[7] != 0)
		return npy_refuse(
			why, -ENOTSUP,
			"it has version %d.%d of the .npy format, and "
			"only 1.0, 2.0 and 3.0 are known",
			prefix[6], prefix[7]);
	return 0;
}

/* where the header begins and its size, for a file of file_nbytes */
static int
check_prefix(const unsigned char *prefix, uint64_t file_nbytes, size_t *begin,
	     size_t *nbytes, char *why)
{
	*nbytes = prefix[8] | (size_t)prefix[9] << 8;
	*begin = PREFIX_SIZE_1;
	if (prefix[6] > 1) {
		*nbytes |= (size_t)prefix[10] << 16 | (size_t)prefix[11] << 24;
		*begin = PREFIX_SIZE_2;
	}
	if (*begin + *nbytes > file_nbytes)
		return npy_refuse(why, -EINVAL, "it ends within its header");
	if (*nbytes > HEADER_READ_MAX)
		return npy_refuse(
			why, -ERANGE,
			"its header has %zu bytes, and %d are allowed", *nbytes,
			HEADER_READ_MAX);
	return 0;
}

/* the text of a header to what npy holds, but for data_offset */
static int
parse_header(const char *text, size_t nbytes, struct npy *npy, char *why)
{
	int error = npy_dict_parse(text, nbytes, &npy->dtype, &npy->shape, why);

	if (error)
		return error;
	if (shape_count(&npy->shape, npy->dtype.itemsize, &npy->count,
			&npy->nbytes))
		return npy_refuse(
			why, -ERANGE,
			"its shape is of more bytes than can be counted");
	return 0;
}

/* Latin-1, nbytes of it in the second half of text, to UTF-8 from its begin on;
 * returns how many bytes that has */
static size_t
encode(char *text, size_t nbytes)
{
	size_t length = 0;

	/* of two bytes at most, none overtakes what is to be read */
	for (size_t i = 0; i < nbytes; i++)
		length += utf8_encode(text + length,
				      (unsigned char)text[nbytes + i]);
	return length;
}

static int
read_text(int fd, size_t begin, size_t nbytes, bool is_latin, struct npy *npy,
	  char *why)
{
	size_t before = is_latin ? nbytes : 0;
	char *text = malloc(before + nbytes + 1);
	ssize_t n;
	int error;

	if (!text)
		return npy_refuse(why, -ENOMEM,
				  "there is no memory for its header");
	n = read_at(fd, text + before, nbytes, (off_t)begin);
	if (n < 0)
		error = npy_refuse(why, (int)n, "it can not be read: %s",
				   strerror((int)-n));
	else if ((size_t)n < nbytes)
		error = npy_refuse(why, -EINVAL, "it ends within its header");
	else
		error = parse_header(text,
				     is_latin ? encode(text, nbytes) : nbytes,
				     npy, why);
	free(text);
	return error;
}

int
npy_read_header(int fd, struct npy *npy, char *why)
{
	unsigned char prefix[PREFIX_SIZE_2];
	int64_t size = file_size(fd, why);
	size_t begin, nbytes;
	ssize_t n;
	int error;

	if (size < 0)
		return (int)size;
	n = read_at(fd, prefix, sizeof(prefix), 0);
	if (n < 0)
		return npy_refuse(why, (int)n, "it can not be read: %s",
				  strerror((int)-n));
	error = check_magic(prefix, (size_t)n, why);
	if (error)
		return error;
	error = check_prefix(prefix, (uint64_t)size, &begin, &nbytes, why);
	if (error)
		return error;
	error = read_text(fd, begin, nbytes, prefix[6] < 3, npy, why);
	if (error)
		return error;
	npy->data_offset = begin + nbytes;
	if (npy->nbytes > (uint64_t)size - npy->data_offset)
		return npy_refuse(
			why, -ENODATA,
			"it is cut short: its array takes %llu bytes, "
			"and %llu are there",
			(unsigned long long)npy->nbytes,
			(unsigned long long)size - npy->data_offset);
	return 0;
}

/* whether no other order would do; else NumPy says that it is C's */
static bool
is_fortran_only(const struct shape *shape)
{
	unsigned nlong = 0;

	for (unsigned i = 0; i < shape->ndim; i++) {
		if (shape->dims[i] == 0)
			return false;
		nlong += shape->dims[i] > 1;
	}
	return shape->is_fortran && nlong > 1;
}

/* a shape as Python's tuple */
static void
format_shape(char *out, size_t size, const struct shape *shape)
{
	int n = snprintf(out, size, "(");

	for (unsigned i = 0; i < shape->ndim; i++)
		n += snprintf(out + n, size - (size_t)n,
			      i > 0 ? ", %lld" : "%lld",
			      (long long)shape->dims[i]);
	snprintf(out + n, size - (size_t)n, shape->ndim == 1 ? ",)" : ")");
}

/* how many blanks NumPy leaves for an array to grow along its slowest axis */
static int
growth(const struct shape *shape, bool is_fortran)
{
	unsigned slowest = is_fortran ? shape->ndim - 1 : 0;

	if (shape->ndim == 0)
		return 0;
	return GROWTH_DIGITS -
	       snprintf(NULL, 0, "%lld", (long long)shape->dims[slowest]);
}

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}

int64_t
npy_format_header(void *buffer, size_t size, const struct dtype *dtype,
		  const struct shape *shape)
{
	char text[HEADER_WRITE_MAX] = MAGIC;
	char tuple[SHAPE_NDIM_MAX * 21 + 4];
	bool is_fortran = is_fortran_only(shape);
	const char *quote = dtype->kind == DTYPE_RECORD ? "" : "'";
	bool is_utf8 = !is_ascii(dtype->text);
	size_t prefix = is_utf8 ? PREFIX_SIZE_2 : PREFIX_SIZE_1, n = prefix;

	format_shape(tuple, sizeof(tuple), shape);
	n += (size_t)snprintf(
		text + n, sizeof(text) - n,
		"{'descr': %s%s%s, 'fortran_order': %s, 'shape': %s, }%*s",
		quote, dtype->text, quote, is_fortran ? "True" : "False", tuple,
		growth(shape, is_fortran), "");
	/* at least one blank, as NumPy, and the newline */
	do
		text[n++] = ' ';
	while ((n + 1) % DATA_ALIGNMENT != 0);
	text[n++] = '\n';
	text[6] = is_utf8 ? 3 : 1;
	text[8] = (char)((n - prefix) & 0xff);
	text[9] = (char)((n - prefix) >> 8);
	if (n > size)
		return -ERANGE;
	memcpy(buffer, text, n);
	return (int64_t)n;
}
