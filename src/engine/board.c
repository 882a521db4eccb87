#include <config.h>

#include "engine/board.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Layout and life of the board, and the bell that wakes the master. Who may
 * touch which word is said in board.h, claim.h and stream.h.
 */

static_assert(offsetof(struct area, head) % 64 == 0, "the master's own line");
static_assert(offsetof(struct area, job) % 64 == 0, "the slave's own line");
static_assert(offsetof(struct area, at) % 64 == 0, "the slave's own line");
static_assert(ATOMIC_INT_LOCK_FREE == 2, "words are shared by processes");

/* all slaves' rings together, so that many slaves do not cost more memory than
 * a few; within the limits for one ring */
#define RINGS_SIZE ((size_t)4 << 20)
#define RING_SIZE_MIN ((size_t)64 << 10)
#define RING_SIZE_MAX ((size_t)256 << 10)

static size_t
round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static size_t
ring_size_for(unsigned nslaves)
{
	size_t size = RING_SIZE_MAX;

	while (size > RING_SIZE_MIN && size * nslaves > RINGS_SIZE)
		size /= 2;
	return size;
}

/* the same pages a second time */
static void *
map_again(const struct board *board, unsigned char *address, size_t size,
	  unsigned char *at)
{
	if (board->fd >= 0)
		return mmap(at, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, board->fd,
			    address - (unsigned char *)board->header);
	/* an old size of 0 makes mremap add a mapping */
	return mremap(address, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, at);
}

unsigned char *
board_mirror(const struct board *board, unsigned char *address, size_t size)
{
	unsigned char *twice = mmap(NULL, 2 * size, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int saved;

	if (twice == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < 2; i++)
		if (map_again(board, address, size, twice + i * size) ==
		    MAP_FAILED)
			goto unmap;
	return twice;
unmap:
	saved = errno;
	munmap(twice, 2 * size);
	errno = saved;
	return NULL;
}

/* a memfd whose size nobody can change; workers inherit it later */
static int
make_file(size_t size)
{
	int fd = memfd_create("shmmap-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
		    0) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

int
board_init(struct board *board, const struct board_setting *setting)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t header_size = round_up(sizeof(struct board_header), page);
	size_t life_size = round_up(sizeof(struct area) + setting->text_size +
					    BOARD_DRAFT_SIZE,
				    page);
	unsigned char *base;
	int error;

	*board = (struct board){ .nslaves = setting->nslaves,
				 .arena_size = setting->arena_size,
				 .text_size = setting->text_size,
				 .ring_size = ring_size_for(setting->nslaves) };
	board->area_size = life_size + board->ring_size;
	board->size = header_size + board->arena_size +
		      board->nslaves * board->area_size;
	board->fd = -1;
	if (setting->has_fd) {
		board->fd = make_file(board->size);
		if (board->fd < 0)
			return board->fd;
	}
	base = mmap(NULL, board->size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (setting->has_fd ? 0 : MAP_ANONYMOUS),
		    board->fd, 0);
	if (base == MAP_FAILED)
		goto close;
	board->header = (struct board_header *)(void *)base;
	board->areas = base + header_size + board->arena_size;
	board->arena =
		board_mirror(board, base + header_size, board->arena_size);
	if (!board->arena)
		goto unmap;
	board->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (board->bell_fd < 0)
		goto unmap_arena;
	claim_init(&board->header->claims, setting->deal);
	board->header->layout = (struct board_layout){
		.abi = BOARD_ABI,
		.nslaves = board->nslaves,
		.size = board->size,
		.arena_size = board->arena_size,
		.text_size = board->text_size,
		.area_size = board->area_size,
		.ring_size = board->ring_size,
	};
	return 0;

unmap_arena:
	error = errno;
	munmap(board->arena, 2 * board->arena_size);
	errno = error;
unmap:
	error = errno;
	munmap(base, board->size);
	errno = error;
close:
	error = errno;
	if (board->fd >= 0)
		close(board->fd);
	return -error;
}

int
board_attach(struct board *board, int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t header_size = round_up(sizeof(struct board_header), page);
	struct board_layout layout;
	struct stat status;
	unsigned char *base;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (pread(fd, &layout, sizeof(layout), 0) != sizeof(layout) ||
	    layout.abi != BOARD_ABI ||
	    layout.size != (uint64_t)status.st_size || layout.nslaves == 0 ||
	    layout.ring_size == 0 || layout.arena_size > layout.size ||
	    layout.area_size > layout.size ||
	    layout.size != header_size + layout.arena_size +
				   layout.nslaves * layout.area_size ||
	    sizeof(struct area) + layout.text_size + BOARD_DRAFT_SIZE +
			    layout.ring_size >
		    layout.area_size)
		return -EINVAL;
	base = mmap(NULL, layout.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (base == MAP_FAILED)
		return -errno;
	*board = (struct board){
		.header = (struct board_header *)(void *)base,
		.arena_size = layout.arena_size,
		.text_size = layout.text_size,
		.area_size = layout.area_size,
		.ring_size = layout.ring_size,
		.size = layout.size,
		.nslaves = layout.nslaves,
		.bell_fd = -1,
		.fd = -1,
	};
	board->areas = base + header_size + layout.arena_size;
	board->arena =
		board_mirror(board, base + header_size, layout.arena_size);
	if (board->arena)
		return 0;
	munmap(base, layout.size);
	return -ENOMEM;
}

void
board_release(struct board *board)
{
	if (board->bell_fd >= 0)
		close(board->bell_fd);
	if (board->fd >= 0)
		close(board->fd);
	munmap(board->arena, 2 * board->arena_size);
	munmap(board->header, board->size);
}

unsigned char *
board_draft(const struct board *board, unsigned rank)
{
	return (unsigned char *)board_text(board, rank) + board->text_size;
}

unsigned char *
board_ring(const struct board *board, unsigned rank)
{
	return board->areas + (rank + 1) * board->area_size - board->ring_size;
}

void
board_ring_loudly(const struct board *board)
{
	const struct board_jobs *jobs = &board->header->jobs;
	uint64_t one = 1;
	int saved = errno;

	/* a slave that is a thread of the master may have closed its
	 * descriptors, too: it has its own */
	if (jobs->by_signal) {
		kill(jobs->master, SIGCHLD);
		errno = saved;
		return;
	}

	/* a full counter means that the master is being woken anyway */
	if (write(board->bell_fd, &one, sizeof(one)) < 0)
		errno = saved;
}

/*
 * The slave stores its news, then looks whether the master sleeps; the master
 * says that it will sleep, then looks for news. A full fence between the two
 * on both sides: one of them sees the other.
 */
void
board_ring_bell(const struct board *board)
{
	/* F3 (pairs F4 in board_bell_arm) */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&board->header->bell, memory_order_relaxed) &&
	    atomic_exchange_explicit(&board->header->bell, 0,
				     memory_order_relaxed))
		board_ring_loudly(board);
}

void
board_bell_arm(const struct board *board)
{
	atomic_store_explicit(&board->header->bell, 1, memory_order_relaxed);
	/* F4 (pairs F3 in board_ring_bell) */
	atomic_thread_fence(memory_order_seq_cst);
}

void
board_bell_disarm(const struct board *board)
{
	uint64_t count;

	atomic_store_explicit(&board->header->bell, 0, memory_order_relaxed);
	/* it is non-blocking; EAGAIN is the usual answer */
	if (read(board->bell_fd, &count, sizeof(count)) < 0)
		return;
}

void
board_raise_stop(const struct board *board, enum board_stop level)
{
	_Atomic uint32_t *stop = &board->header->stop;
	uint32_t seen = atomic_load_explicit(stop, memory_order_relaxed);

	/* F5 (seq_cst, pairs F6 in board_is_stopped): whoever announces its job
	 * after this sees the stop, whoever did so before is seen by us */
	while (seen < (uint32_t)level &&
	       !atomic_compare_exchange_weak_explicit(
		       stop, &seen, (uint32_t)level, memory_order_seq_cst,
		       memory_order_relaxed))
		;
	atomic_thread_fence(memory_order_seq_cst);
	claim_wake(&board->header->claims, UINT32_MAX);
}

void
board_count_ends(const struct board *board, uint64_t jobs, unsigned status)
{
	struct board_header *header = board->header;

	if (!halt_add(&header->halt, &header->jobs.halt, jobs, status))
		return;
	board_raise_stop(board, STOP_CLAIMS);
	board_ring_loudly(board);
}

bool
board_is_halted(const struct board *board)
{
	return board->header->jobs.halt.when == HALT_NOW &&
	       halt_is_reached(&board->header->halt) &&
	       board_is_stopped(board, STOP_RUNNING);
}

bool
board_is_stopped(const struct board *board, enum board_stop level)
{
	/* F6 (pairs F5 in board_raise_stop) */
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&board->header->stop,
				    memory_order_relaxed) >= (uint32_t)level;
}
