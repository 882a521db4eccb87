/*
 * What an array begins with, as text; see init.h. Everything that can be known
 * about a file before its data are read is checked here, so that a run does not
 * fail half way for a wrong name.
 */
#include <config.h>

#include "segment/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "segment/npy.h"
#include "segment/segment_parts.h"
#include "segment/text.h"

/* of a value, or a dtype, that a message shows */
#define VALUE_SHOWN 40
#define VALUE_SIZE (4 * VALUE_SHOWN + 16)
#define DTYPE_SHOWN 100

/* what stands before the name of a file */
static const struct prefix {
	const char *text;
	enum spec_init init;
	uint32_t flags;
} prefixes[] = {
	{ "@", SPEC_RAW, 0 },
	{ "text:", SPEC_TEXT, 0 },
	{ "map:", SPEC_MAP, SEGMENT_MAPPED },
	{ "map-copy:", SPEC_MAP, SEGMENT_MAPPED | SEGMENT_MAP_COPY },
};

/* a file while it is looked at */
struct file {
	const struct prefix *prefix;
	const char *name;
	char shown[INIT_SHOWN_SIZE];
	int fd;
	struct stat status;
};

/* the prefix of text, NULL for a value */
static const struct prefix *
find_prefix(const char *text)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(text, prefixes[i].text, strlen(prefixes[i].text)) ==
		    0)
			return &prefixes[i];
	return NULL;
}

bool
init_is_file(const char *text)
{
	return find_prefix(text) != NULL;
}

static bool
is_npy(const char *name)
{
	size_t length = strlen(name);

	return length >= 4 && strcmp(name + length - 4, ".npy") == 0;
}

int
init_open(const char *file, bool is_read_only, struct stat *status, char *why)
{
	int flags = is_read_only ? O_RDONLY : O_RDWR, fd;
	char shown[INIT_SHOWN_SIZE];

	diag_name(shown, sizeof(shown), file);
	/* O_NONBLOCK: a FIFO would wait for its writer */
	fd = open(file, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return segment_complain(
			why, -errno, "%s: %s%s", shown, strerror(errno),
			!is_read_only && (errno == EACCES || errno == EROFS)
				? " (map: writes to it, map-copy: does not)"
				: "");
	if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
		return fd;
	close(fd);
	return segment_complain(why, -EINVAL,
				"%s: not a regular file, whose size is known",
				shown);
}

int
init_check_size(const struct segment_array *array, uint64_t *count,
		uint64_t *nbytes, char *why)
{
	char dims[192];

	for (unsigned i = 0; i < array->shape.ndim; i++)
		if (array->shape.dims[i] < 0)
			return segment_complain(
				why, -EINVAL,
				"a dimension of -1 needs a file to be found "
				"out from (=@FILE, =text:FILE or =map:FILE)");
	if (shape_count(&array->shape, array->dtype.itemsize, count, nbytes))
		return segment_complain(
			why, -ERANGE,
			"shape %s of elements of %u bytes is too big for any "
			"memory",
			shape_name(dims, sizeof(dims), &array->shape),
			array->dtype.itemsize);
	return 0;
}

int
init_parse_value(struct spec *spec, const char *text, char *why)
{
	const struct dtype *dtype = &spec->array.dtype;
	char shown[VALUE_SIZE], name[DTYPE_TEXT_SIZE];
	size_t length = strlen(text);
	int error;

	spec->init = SPEC_VALUE;
	free(spec->value);
	spec->value = calloc(1, dtype->itemsize);
	if (!spec->value)
		return segment_complain(why, -ENOMEM, "%s", strerror(ENOMEM));
	error = element_parse(dtype, text, length, spec->value);
	if (!error)
		return 0;
	diag_quote(shown, sizeof(shown), text, length, VALUE_SHOWN);
	dtype_name(name, sizeof(name), dtype);
	if (error == -ERANGE)
		return segment_complain(why, error, "%s does not fit into %s",
					shown, name);
	if (error == -ENOTSUP)
		return segment_complain(why, error,
					"%s: there are no values in text of %s",
					shown, name);
	return segment_complain(
		why, error,
		"%s is no value of %s, nor one of @FILE, text:FILE, map:FILE, "
		"map-copy:FILE or like:NAME",
		shown, name);
}

/* ---- files ---- */

/* find out the dimension that is -1, for count elements that there are */
static int
infer(struct spec *spec, const struct file *file, uint64_t count, char *why)
{
	struct shape *shape = &spec->array.shape;
	char dims[192];

	for (unsigned i = 0; i < shape->ndim; i++) {
		if (shape->dims[i] >= 0)
			continue;
		shape_name(dims, sizeof(dims), shape);
		if (shape_infer(shape, count) == 0)
			return 0;
		return segment_complain(
			why, -EINVAL,
			"%s: its %llu elements do not divide into shape %s",
			file->shown, (unsigned long long)count, dims);
	}
	return 0;
}

/* the file has to be what was declared, if anything was */
static int
compare_npy(struct spec *spec, const struct file *file, const struct npy *npy,
	    char *why)
{
	struct segment_array *array = &spec->array;
	char own[DTYPE_TEXT_SIZE], wanted[DTYPE_TEXT_SIZE];
	int error = infer(spec, file, npy->count, why);

	if (error)
		return error;
	if (!dtype_is_same(&array->dtype, &npy->dtype))
		return segment_complain(
			why, -EINVAL,
			"%s: its dtype is %.*s, not %.*s (that of the file "
			"may be left out)",
			file->shown, DTYPE_SHOWN,
			dtype_name(own, sizeof(own), &npy->dtype), DTYPE_SHOWN,
			dtype_name(wanted, sizeof(wanted), &array->dtype));
	if (array->shape.ndim == npy->shape.ndim &&
	    memcmp(array->shape.dims, npy->shape.dims,
		   npy->shape.ndim * sizeof(*npy->shape.dims)) == 0)
		return 0;
	shape_name(own, sizeof(own), &npy->shape);
	shape_name(wanted, sizeof(wanted), &array->shape);
	return segment_complain(why, -EINVAL, "%s: its shape is (%s), not (%s)",
				file->shown, own, wanted);
}

/* what is mapped can not be put right on the way */
static int
check_mapped_npy(const struct file *file, const struct npy *npy, char *why)
{
	uint32_t itemsize = npy->dtype.itemsize;
	uint32_t alignment = itemsize & -itemsize;

	if (npy->dtype.is_swapped)
		return segment_complain(why, -ENOTSUP,
					"%s: big-endian data can not be "
					"mapped, only copied (=@FILE)",
					file->shown);
	if (npy->data_offset % (alignment < 8 ? alignment : 8) != 0)
		return segment_complain(
			why, -ENOTSUP,
			"%s: its data begin at byte %llu, not aligned: they "
			"can not be mapped, only copied (=@FILE)",
			file->shown, (unsigned long long)npy->data_offset);
	return 0;
}

static int
look_at_npy(struct spec *spec, const struct file *file, bool is_typed,
	    char *why)
{
	char reason[NPY_WHY_SIZE];
	struct npy npy;
	int error = npy_read_header(file->fd, &npy, reason);

	if (error)
		return segment_complain(why, error, "%s: %s", file->shown,
					reason);
	if (is_typed)
		error = compare_npy(spec, file, &npy, why);
	if (!error && spec->init == SPEC_MAP)
		error = check_mapped_npy(file, &npy, why);
	if (error)
		return error;
	spec->array.dtype = npy.dtype;
	spec->array.shape = npy.shape;
	if (spec->init == SPEC_RAW)
		spec->init = SPEC_NPY;
	spec->file_offset = npy.data_offset;
	return 0;
}

static int
look_at_raw(struct spec *spec, const struct file *file, char *why)
{
	const uint32_t itemsize = spec->array.dtype.itemsize;
	uint64_t size = (uint64_t)file->status.st_size, count, nbytes;
	bool is_whole = size % itemsize == 0;
	int error;

	for (unsigned i = 0; i < spec->array.shape.ndim; i++)
		if (spec->array.shape.dims[i] < 0 && !is_whole)
			return segment_complain(
				why, -EINVAL,
				"%s: %llu bytes are no whole number of "
				"elements of %u",
				file->shown, (unsigned long long)size,
				itemsize);
	error = infer(spec, file, size / itemsize, why);
	if (!error)
		error = init_check_size(&spec->array, &count, &nbytes, why);
	if (error || nbytes == size ||
	    (spec->init == SPEC_MAP && nbytes < size))
		return error;
	return segment_complain(
		why, nbytes > size ? -ENODATA : -EINVAL,
		"%s: it has %llu bytes, but %llu elements of %u are %llu",
		file->shown, (unsigned long long)size,
		(unsigned long long)count, itemsize,
		(unsigned long long)nbytes);
}

/* how many numbers there are is seen while they are read, unless a dimension
 * depends on it */
static int
look_at_text(struct spec *spec, const struct file *file, char *why)
{
	bool is_whole = true;
	uint64_t count;
	int error;

	if (spec->array.dtype.kind == DTYPE_RECORD)
		return segment_complain(
			why, -ENOTSUP,
			"text: has no records, only @FILE or @FILE.npy");
	for (unsigned i = 0; i < spec->array.shape.ndim; i++)
		is_whole &= spec->array.shape.dims[i] >= 0;
	if (is_whole)
		return 0;
	error = text_count(file->fd, file->shown, &count, why);
	return error ? error : infer(spec, file, count, why);
}

static int
look_at(struct spec *spec, const struct file *file, bool is_typed, char *why)
{
	if (spec->init != SPEC_TEXT && is_npy(file->name))
		return look_at_npy(spec, file, is_typed, why);
	if (!is_typed)
		return segment_complain(why, -EINVAL,
					"%s: only a .npy file knows its dtype, "
					"so NAME=DTYPE[:DIM,...]=%sFILE",
					file->shown, file->prefix->text);
	if (spec->init == SPEC_TEXT)
		return look_at_text(spec, file, why);
	return look_at_raw(spec, file, why);
}

/* where workers, wherever they are, find what they map */
static int
set_path(struct segment_array *array, const struct file *file, char *why)
{
	char *path = realpath(file->name, NULL);
	size_t length;

	if (!path)
		return segment_complain(why, -errno, "%s: %s", file->shown,
					strerror(errno));
	length = strlen(path);
	if (length < sizeof(array->path))
		memcpy(array->path, path, length + 1);
	free(path);
	if (length >= sizeof(array->path))
		return segment_complain(why, -ENAMETOOLONG,
					"%s: its path is longer than %zu bytes",
					file->shown, sizeof(array->path) - 1);
	array->file_dev = file->status.st_dev;
	array->file_ino = file->status.st_ino;
	return 0;
}

static int
parse_file(struct spec *spec, struct file *file, bool is_typed, char *why)
{
	const struct prefix *prefix = file->prefix;
	uint64_t count, nbytes;
	int error;

	spec->init = prefix->init;
	spec->file = strdup(file->name);
	if (!spec->file)
		return segment_complain(why, -ENOMEM, "%s", strerror(ENOMEM));
	error = look_at(spec, file, is_typed, why);
	if (!error)
		error = init_check_size(&spec->array, &count, &nbytes, why);
	if (error || spec->init != SPEC_MAP)
		return error;
	spec->array.flags |= prefix->flags;
	spec->array.file_offset = spec->file_offset;
	return set_path(&spec->array, file, why);
}

int
init_parse(struct spec *spec, const char *text, bool is_typed, char *why)
{
	struct file file = { .prefix = find_prefix(text) };
	uint64_t count, nbytes;
	int error;

	if (!file.prefix) {
		error = init_check_size(&spec->array, &count, &nbytes, why);
		return error ? error : init_parse_value(spec, text, why);
	}
	file.name = text + strlen(file.prefix->text);
	if (!*file.name)
		return segment_complain(why, -EINVAL, "no file behind %s",
					file.prefix->text);
	diag_name(file.shown, sizeof(file.shown), file.name);
	file.fd = init_open(file.name,
			    (file.prefix->flags & SEGMENT_MAPPED) == 0 ||
				    file.prefix->flags & SEGMENT_MAP_COPY,
			    &file.status, why);
	if (file.fd < 0)
		return file.fd;
	error = parse_file(spec, &file, is_typed, why);
	close(file.fd);
	return error;
}

void
init_release(struct spec *spec)
{
	free(spec->file);
	free(spec->value);
	spec->file = NULL;
	spec->value = NULL;
}
