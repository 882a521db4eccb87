#ifndef SHMMAP_STREAM_H
#define SHMMAP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/board.h"

/*
 * The results of one slave: a stream of records that the slave (or, after its
 * death, the one that replaces it) appends to and the master consumes, through
 * a ring in the slave's area and, when the ring is full of results whose turn
 * has not come, through an unlinked file. Positions count the bytes of the
 * stream from 0 and are never reset.
 *
 *   word       written by  read by   means
 *   tail       slave       master    records end here
 *   done       slave       master    records of finished jobs end here
 *   ring_from  slave       master    from this position on records are in the
 *                                    ring, position p at (p - ring_from) % size
 *   file_from  slave       master    likewise in the file, at p - file_from;
 *                                    STREAM_FILE_NEVER while there is none
 *   head       master      slave     everything before is consumed
 *   need       slave       master    NEED_ROOM, NEED_TURN: the slave sleeps
 *   reply      master      slave     futex word it sleeps on
 *   spill_fd   master      slave     1 + the master's descriptor of the file
 *   spill_go   master      slave     go on in the file
 *   no_spill   slave       master    the file can not be used
 *
 * I1  head <= tail, done <= tail. What lies before tail never changes until
 *     head has passed it.
 * I2  One record of a job after the other, jobs in increasing order. Each job
 *     ends with one RECORD_DONE, which always finds room: STREAM_RESERVE bytes
 *     of the ring are kept for it by stream_place(), which is called at least
 *     once for each job before it begins.
 * I3  ring_from and file_from are stored before the tail that passes them
 *     (release, R1), so whoever has acquired such a tail (A1) knows where each
 *     byte lies. The stream goes back from file to ring only when head == tail:
 *     at any time at most one change lies between head and tail. A file part
 *     without a record is taken back, so ring_from and file_from never name the
 *     same position.
 * I4  The commit point of a job is the store of done (for a job that has the
 *     turn, whose records the master takes up to tail, the master's taking of
 *     its RECORD_DONE if that is earlier). If the slave dies before, the master
 *     cuts the stream at max(head, done): the job has no result, or, if it had
 *     the turn, the part that was out already. If it dies after, the result is
 *     whole, whatever else the slave left undone.
 * I6  A span is the results of consecutive jobs that succeeded: one RECORD_OUT
 *     (I7: RECORD_LINES, I8: RECORD_PARTIAL),
 *     unless all are empty, and one RECORD_DONE for all. While it is open its
 *     bytes stand where the payload of the next record will be, and the commit
 *     point of a job is one store of span, count << 32 | bytes. span_first is
 *     its first job. It is closed by its two records, then done, then span = 0;
 *     the next is opened by span_first. So a span that has jobs, and whose
 *     first is not below those of the last RECORD_DONE before done, was open,
 *     and stream_recover() closes it. If its RECORD_OUT was published already
 *     and the master has begun to take it, which it may with the turn, only the
 *     RECORD_DONE is missing.
 *     The bytes of a span stand in the part of the stream that ring_from and
 *     file_from name: when a full file sends it back to the ring, they are
 *     copied before these are stored.
 * I7  Where the board says that a span's jobs have one line each, its bytes are
 *     a RECORD_LINES: a line for each job, a blank one for a job that printed
 *     nothing. So each line's job is known. It may say instead that all of them
 *     have one size.
 * I8  When a span is closed, the slave may fold its bytes: they stay where they
 *     are, and what they come to is written behind them, from the next multiple
 *     of 16 on. One RECORD_PARTIAL has both, and its status says how much of
 *     its payload is passed over by who reads it. Until the store of tail
 *     nothing of this is a record: whoever finds the slave dead closes the span
 *     with its bytes, all of which are still there. A record for what is passed
 *     over, and one for the rest, would be two stores of tail, and the master,
 *     which may take the first one with the turn, could take one without the
 *     other.
 * I5  The slave sleeps only with need set and after it has looked at head and
 *     spill once more; the master looks at need after it moved head. Both do so
 *     behind a full fence (F1, F2), so one of them sees the other.
 */

enum record_kind {
	RECORD_OUT = 1, /* standard output of the job */
	RECORD_LINES,	/* the same of count jobs, a line each; see I7 */
	RECORD_ERR,	/* standard error of the job */
	RECORD_NOTE,	/* a diagnostic, without "shmmap: " and newline */
	RECORD_DONE,	/* no payload; status is the exit status of the jobs */
	RECORD_PARTIAL, /* standard output of the job, a part of it that is
			 * folded already (reduce/partial.h) */
};

struct record {
	uint64_t job; /* of a span, the first one */
	union {
		uint32_t nbytes; /* of payload; the next is aligned to 16 */
		uint32_t count;	 /* RECORD_DONE: jobs that end here */
	};
	uint16_t kind;
	uint16_t status; /* RECORD_DONE: 0...255, STATUS_HALTED; RECORD_PARTIAL:
			  * as many times 16 bytes of payload are passed over
			  * (I8) */
};

enum stream_need {
	NEED_NOTHING,
	NEED_ROOM, /* will go on when there is room, or with a file */
	NEED_TURN, /* can only go on when everything was consumed */
};

/* the value of file_from while there is no file part */
#define STREAM_FILE_NEVER UINT64_MAX

/* the end of a span, and of the job in which its slave has died */
#define STREAM_RESERVE (2 * sizeof(struct record))

/* payload of one record at most */
#define STREAM_PAYLOAD_MAX ((size_t)32 << 10)

/* bytes of the stream that a record with so much payload takes */
static inline uint64_t
stream_size_with(size_t nbytes)
{
	return sizeof(struct record) + (nbytes + 15) / 16 * 16;
}

static inline uint32_t
stream_payload_of(const struct record *record)
{
	return record->kind == RECORD_DONE ? 0 : record->nbytes;
}

/* bytes of its payload that are not for who reads it */
static inline uint32_t
stream_passed_over(const struct record *record)
{
	return record->kind == RECORD_PARTIAL ? record->status * 16u : 0;
}

/* bytes of the stream that this record takes */
static inline uint64_t
stream_record_size(const struct record *record)
{
	return stream_size_with(stream_payload_of(record));
}

/* the kind of the record that a span's bytes become */
static inline enum record_kind
stream_span_kind(const struct board *board)
{
	return board->header->jobs.are_lines ? RECORD_LINES : RECORD_OUT;
}

/* The slave's end; its fields are private to stream_writer.c. */
struct stream_writer {
	const struct board *board;
	struct area *area;
	unsigned char *ring;  /* mapped twice in a row */
	unsigned char *draft; /* where a record for the file is built */
	uint64_t tail;
	uint64_t part_from; /* of the part that is being written */
	bool in_file;
	bool is_discarding; /* there will be no room any more */
	int file_fd;	    /* or -1 */
};

/* The master's end. */
struct stream_reader {
	const struct board *board;
	struct area *area;
	unsigned char *ring;
	unsigned char *draft;
	size_t ring_size;
	enum record_kind span_kind; /* of the bytes of a span */
	uint64_t position;
	uint64_t part_from;
	bool in_file;
	int file_fd;	  /* or -1; the master's, until stream_reader_release */
	uint64_t punched; /* the file's blocks before this are given back */
	struct record record; /* the one at position, if is_loaded */
	bool is_loaded;
	uint32_t consumed;  /* bytes of its payload, from those that are passed
			     * over on */
	uint64_t last_done; /* last job of the last RECORD_DONE consumed */
	int error;	    /* 0, or -errno: the file could not be read */
};

/* Before the first fork. */
void stream_init(struct area *area);

/* Slave: continue the stream of rank where it ends. Returns 0 or -errno. */
int stream_writer_init(struct stream_writer *writer, const struct board *board,
		       unsigned rank);
void stream_writer_release(struct stream_writer *writer);

/*
 * Slave: a place for up to *room bytes of payload (at least 1, at most
 * STREAM_PAYLOAD_MAX) of job's next record; sleeps until there is one. Valid
 * until the next call with this writer. When the run is stopped and the
 * reader takes nothing there may be no room any more: what is then appended,
 * and the job's end, is dropped.
 */
unsigned char *stream_place(struct stream_writer *writer, size_t *room);

/* Slave: append a record with the first nbytes > 0 at the place. */
void stream_append(struct stream_writer *writer, enum record_kind kind,
		   uint64_t job, size_t nbytes);

/* Slave: count jobs from `first` on are finished; their result is committed. */
void stream_finish(struct stream_writer *writer, uint64_t first, uint32_t count,
		   unsigned status);

/*
 * Slave: open a span whose first job is `first`, at what stream_place()
 * returned last. It may not be called again before the span is closed.
 */
void stream_span_open(struct stream_writer *writer, uint64_t first);

/* Slave: the next job of the span is finished; nbytes are the bytes at the
 * place by now. */
static inline void
stream_span_commit(const struct stream_writer *writer, uint64_t count,
		   size_t nbytes)
{
	/* release: the bytes are there before; read when we are dead */
	atomic_store_explicit(&writer->area->span, count << 32 | nbytes,
			      memory_order_release);
}

/* Slave: where what nbytes bytes of the open span come to may be written, at
 * most *room bytes of it; NULL when there is no place for that. */
unsigned char *stream_span_behind(const struct stream_writer *writer,
				  size_t nbytes, size_t *room);

/* Slave: its count jobs with their nbytes become records. Unless npartial is 0,
 * so many bytes at stream_span_behind() are what they come to (I8). */
void stream_span_close(struct stream_writer *writer, uint64_t first,
		       uint32_t count, size_t nbytes, size_t npartial);

/* Slave: wait until the master has read everything, or no more is read. */
void stream_drain(const struct stream_writer *writer);

/* what a slave may have to tell */
enum stream_news {
	NEWS_PIECE,   /* output of a job that goes on */
	NEWS_END,     /* a job ended that has printed nothing */
	NEWS_RESULT,  /* a job ended, with a result */
	NEWS_FAILURE, /* a job failed */
};

/*
 * Slave: tell the master of what was appended, if it can do something about it:
 * the job has the turn (its result is what the output waits for); or there is
 * output, and in order none that waits is known yet, so that the turn is; or
 * much has gathered. Jobs that print nothing pass in silence.
 */
void stream_tell(const struct stream_writer *writer, uint64_t job,
		 enum stream_news news);

/* Slave: bytes of the stream that wait for the master */
uint64_t stream_backlog(const struct stream_writer *writer);

void stream_reader_init(struct stream_reader *reader, const struct board *board,
			unsigned rank);
void stream_reader_release(struct stream_reader *reader);

/*
 * Master: the next record, of a finished job only or, with is_turn, of the
 * running one too. NULL when there is none, or error is set. The record is a
 * copy and stays valid until stream_consume() has taken all of it.
 */
const struct record *stream_peek(struct stream_reader *reader, bool is_turn);

/* Master: the job of the next record, finished or not; 0 when there is none */
uint64_t stream_next_job(struct stream_reader *reader);

/* Master: the payload that is left of the peeked record, up to a point that is
 * convenient. *nbytes is 0 when none is left. Returns 0 or -errno (of reading
 * the file). */
int stream_payload(struct stream_reader *reader, const unsigned char **bytes,
		   size_t *nbytes);

/* Master: nbytes of the payload are taken; when none is left, so is the
 * record, and its room is the slave's again. */
void stream_consume(struct stream_reader *reader, size_t nbytes);

/* Master: whether the next record is in the file */
bool stream_is_in_file(struct stream_reader *reader);

/* Master: bytes of the stream that are not consumed, finished or not */
uint64_t stream_unread(const struct stream_reader *reader);

/* Master: whether the slave sleeps for want of something. To be called behind a
 * full fence (F2, pairs F1 in wait_for) after the last stream_consume(). */
enum stream_need stream_need(const struct stream_reader *reader);

/* Master: wake the slave: it finds room, or its turn has come. */
void stream_reply(struct stream_reader *reader);

/* Master: let the slave go on in a file. Returns 0, or -errno when there can be
 * no file (the slave sleeps on). */
int stream_spill(struct stream_reader *reader);

/* Master, slave dead, after stream_recover(): finish count jobs for it. Returns
 * 0 or -errno (of writing to the file). */
int stream_finish_dead(struct stream_reader *reader, uint64_t first,
		       uint32_t count, unsigned status);

/* Master, slave dead: cut off what is not committed, and close its span. The
 * last job that is finished goes to *last_done, 0 if none is known. Returns 0
 * or -errno (of writing to the file). */
int stream_recover(struct stream_reader *reader, uint64_t *last_done);

#endif
