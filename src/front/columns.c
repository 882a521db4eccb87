#include <config.h>

#include "front/columns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/escape.h"

/* Options about columns; see columns.h. */

#define SEPARATOR_MAX 256

int
columns_set_separator(struct plan *plan, const char *argument)
{
	char bytes[SEPARATOR_MAX];
	size_t n;

	if (escape_all(argument, bytes, sizeof(bytes), &n)) {
		diag("--colsep: %s has a backslash that begins no escape",
		     diag_quoted(argument));
		return -1;
	}
	if (n == 0 || n > sizeof(bytes)) {
		diag("--colsep: %s is not 1 to %d bytes", diag_quoted(argument),
		     SEPARATOR_MAX);
		return -1;
	}
	free(plan->colsep);
	plan->colsep = malloc(n);
	if (!plan->colsep) {
		diag_errno(ENOMEM, "--colsep");
		return -1;
	}
	memcpy(plan->colsep, bytes, n);
	plan->colsep_size = n;
	return 0;
}

int
columns_check_header(const char *argument)
{
	if (strcmp(argument, ":") == 0)
		return 0;
	diag("--header: %s is not ':', for the first record",
	     diag_quoted(argument));
	return -1;
}

int
columns_check(const struct plan *plan, bool has_header, const char *worker)
{
	if (plan->colsep && plan->worker != WORKER_EXEC) {
		diag("--colsep and %s exclude each other", worker);
		return -1;
	}
	if (has_header && plan->worker == WORKER_PIPE) {
		diag("--header and --pipe exclude each other");
		return -1;
	}
	if ((has_header || plan->colsep) && plan->is_range) {
		diag("%s and --range exclude each other",
		     has_header ? "--header" : "--colsep");
		return -1;
	}
	return 0;
}

/* ---- the first record ---- */

struct header {
	const char *name; /* of the input */
	char *bytes;
	size_t nbytes, room;
};

/* one byte more; 1, 0 at the end of the input, or -1 after a diagnostic */
static int
read_byte(struct header *header, int fd)
{
	ssize_t n;

	if (header->nbytes == PLAN_RECORD_MAX) {
		diag("%s: the header is longer than %u bytes, the longest "
		     "record",
		     header->name, PLAN_RECORD_MAX);
		return -1;
	}
	if (header->nbytes == header->room) {
		size_t room = 2 * header->room + 256;
		char *bytes = realloc(header->bytes, room);

		if (!bytes) {
			diag_errno(ENOMEM, "%s", header->name);
			return -1;
		}
		header->bytes = bytes;
		header->room = room;
	}
	do
		n = read(fd, header->bytes + header->nbytes, 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		diag_errno(errno, "%s", header->name);
	header->nbytes += n == 1;
	return (int)n;
}

/* Read the record byte by byte: what follows it stays in the input, for the
 * source, and perhaps for whoever reads after us. */
static int
read_header(struct header *header, int fd, unsigned char delimiter)
{
	int n;

	for (;;) {
		n = read_byte(header, fd);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		if ((unsigned char)header->bytes[header->nbytes - 1] !=
		    delimiter)
			continue;
		header->nbytes--;
		return 0;
	}
	if (header->nbytes > 0)
		return 0;
	diag("%s: no header", header->name);
	return -1;
}

int
columns_take_names(struct columns *columns, const struct columns *cut,
		   struct span header, const char *name)
{
	size_t n = columns_split(cut, header, NULL, 0);
	struct span *spans = calloc(n, sizeof(*spans));
	int error = spans ? 0 : -ENOMEM;

	if (spans)
		columns_split(cut, header, spans, n);
	for (size_t i = 0; i < n && !error; i++)
		error = columns_name(columns, spans[i]);
	free(spans);
	if (error)
		diag_errno(ENOMEM, "%s", name);
	return error;
}

/* the first record of a list in memory */
static int
begin_list(struct plan *plan)
{
	const char *end = memchr(plan->list, plan->delimiter, plan->list_size);
	struct span header = { plan->list, 0 };

	if (!end) {
		diag("--header: the list of jobs is empty");
		return -1;
	}
	header.nbytes = (size_t)(end - plan->list);
	plan->list += header.nbytes + 1;
	plan->list_size -= header.nbytes + 1;
	return columns_take_names(&plan->columns, &plan->columns, header,
				  "list of jobs");
}

/* open the input and read the header from it */
static int
begin_input(struct plan *plan)
{
	bool is_standard = !plan->arg_file || strcmp(plan->arg_file, "-") == 0;
	struct header header = { .name = is_standard
						 ? "standard input"
						 : diag_named(plan->arg_file) };
	int error;

	if (!is_standard)
		plan->input_fd = open(plan->arg_file, O_RDONLY | O_CLOEXEC);
	if (plan->input_fd < 0) {
		diag_errno(errno, "%s", header.name);
		return -1;
	}
	error = read_header(&header, plan->input_fd, plan->delimiter);
	if (!error)
		error = columns_take_names(
			&plan->columns, &plan->columns,
			(struct span){ header.bytes, header.nbytes },
			header.name);
	free(header.bytes);
	return error ? -1 : 0;
}

int
columns_settle(struct plan *plan, bool has_header)
{
	if (plan_is_made(plan))
		return 0;
	plan->columns.separator = plan->colsep;
	plan->columns.separator_size = plan->colsep_size;
	if (!has_header)
		return 0;
	return plan->list ? begin_list(plan) : begin_input(plan);
}
