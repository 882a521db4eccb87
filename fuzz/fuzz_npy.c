/*
 * segment/npy: the bytes are a file. One that is taken has all of its data,
 * and the header that is written for it says the same.
 */
#include <config.h>

#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "segment/npy.h"

/* read the header of a file that begins with these bytes and has size */
static int
read_file(const void *bytes, size_t nbytes, uint64_t size, struct npy *npy)
{
	char why[NPY_WHY_SIZE] = "";
	int error, fd = memfd_create("fuzz_npy", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, bytes, nbytes) == (ssize_t)nbytes);
	REQUIRE(ftruncate(fd, (off_t)size) == 0);
	error = npy_read_header(fd, npy, why);
	close(fd);
	REQUIRE(memchr(why, '\0', sizeof(why)));
	REQUIRE(!error == !*why);
	for (const char *c = why; *c; c++)
		REQUIRE((unsigned char)*c >= ' ' && *c != 0x7f);
	REQUIRE(error == 0 || error == -EINVAL || error == -ENOTSUP ||
		error == -ERANGE || error == -ENODATA);
	return error;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct npy npy, again;
	char header[4096];
	int64_t n;

	if (read_file(data, size, size, &npy))
		return 0;
	REQUIRE(npy.data_offset <= size);
	REQUIRE(npy.nbytes <= size - npy.data_offset);
	REQUIRE(npy.nbytes == npy.count * npy.dtype.itemsize);
	n = npy_format_header(header, sizeof(header), &npy.dtype, &npy.shape);
	REQUIRE(n > 0 && n % 64 == 0);
	REQUIRE(read_file(header, (size_t)n, (uint64_t)n + npy.nbytes,
			  &again) == 0);
	REQUIRE(again.data_offset == (uint64_t)n);
	REQUIRE(again.nbytes == npy.nbytes && again.count == npy.count);
	REQUIRE(dtype_is_same(&again.dtype, &npy.dtype));
	REQUIRE(again.shape.ndim == npy.shape.ndim);
	for (unsigned i = 0; i < npy.shape.ndim; i++)
		REQUIRE(again.shape.dims[i] == npy.shape.dims[i]);
	return 0;
}
