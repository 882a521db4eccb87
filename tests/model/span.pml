/*
 * Spans: a slave that takes many jobs of one batch and commits the result of
 * each with one store, src/engine/take.c over stream_writer.c; and what the
 * master does when it was killed between any two stores: stream_recover(),
 * stream_finish_dead() (stream_reader.c), results_recover() (results.c),
 * batch_leave_rest() (batch.c), take_inherited().
 *
 * One rank: what it leaves is for its successor. Batches of PER jobs; a job
 * emits up to OUTPUT bytes, succeeds or fails. Where room is short the job is
 * split, or the span renewed; a job that was split or that has failed is part
 * of no span. With -DRANGE all jobs of a batch are one call. A record's header
 * is one byte long, too, and says what it is. The ring is what would be overrun,
 * so it has bytes and not records; FILE says that a full one may be left for a
 * file (the rules of that are what stream.pml is about), FULL_DISK that the file
 * may take no more. With -DFOLD the bytes of a span may be folded when it is
 * closed: what they come to, one byte here, stands behind them in their record.
 *
 * Orders: each store that is a release, or that comes before one, is a step of
 * its own. Fields that are stored relaxed one after the other have the value
 * JUNK first: in whatever order they come, none may be looked at in between.
 * Stores beyond tail are in one step with the tail that follows, but for the
 * bytes of an open span, at which recovery looks.
 *
 * Promised: each job begins at most once; the result of each is released
 * exactly once, with every byte; who was killed in a job has failed in that job
 * and no other, and only if its result was not committed; nobody is stuck.
 */
/* verify: -m100000 */
/* verify: -m100000 ; -DRANGE -DDEATHS=2 -DJOBS=4 */
/* verify: -m100000 ; -DRING=5 -DOUTPUT=3 */
/* verify: -m100000 ; -DFILE=24 -DJOBS=2 */
/* verify: -m100000 ; -DFILE=24 -DFULL_DISK -DJOBS=2 -DDEATHS=2 */
/* verify: -m100000 ; -DFOLD */
/* verify: -m100000 ; -DFOLD -DRING=6 -DOUTPUT=3 */
/* verify: -m100000 ; -DFOLD -DFILE=24 -DJOBS=2 -DDEATHS=2 */
/* verify: -m100000 ; -DFOLD -DFILE=24 -DFULL_DISK -DJOBS=2 */
/* What a span comes to is stored over its bytes, and not behind them. */
/* refute: -m100000 ; -DFOLD -DFOLD_OVER */
/* refute: -m100000 ; -DFOLD -DFOLD_OVER -DFILE=24 -DFULL_DISK -DJOBS=2 */
/* The commit of a job comes after the next one is named. */
/* refute: -m100000 ; -DCOMMIT_LATE */
/* A job is named when it has begun. */
/* refute: -m100000 ; -DAT_LATE */
/* The span that was closed keeps its count. */
/* refute: -m100000 ; -DKEEP_COUNT */
/* span_first is stored while the old span has its count. */
/* refute: -m100000 ; -DFIRST_EARLY */
/* The count goes before done says that its records are there. */
/* refute: -m100000 ; -DCLOSE_EARLY */
/* A span that is closed already is closed once more by recovery. */
/* refute: -m100000 ; -DNO_FIRST */
/* An open span is forgotten by recovery. */
/* refute: -m100000 ; -DFORGET_SPAN */
/* Its bytes are given out twice when the master had begun to take them. */
/* refute: -m100000 ; -DOUT_TWICE */
/* A record that was only looked at is believed after it was cut off. */
/* refute: -m100000 ; -DKEEP_LOADED */
/* There is room for one end behind a span, and not for two. */
/* refute: -m100000 ; -DRESERVE=1 -DRING=5 -DOUTPUT=3 */
/* The NUL stands behind a text before end says where. */
/* refute: -m100000 ; -DNUL_FIRST */
/* Who waits for a batch still counts as one that has begun its job. */
/* refute: -m100000 ; -DWAITING_LATE */
/* A batch is freed before phase says that it was taken away. */
/* refute: -m100000 ; -DFREE_FIRST */
/* A batch ends without closing its span. */
/* refute: -m100000 ; -DCLOSE_LATE */
/* How many jobs begin is said when they have begun. */
/* refute: -m100000 ; -DRANGE -DAT_ONCE_LATE */
/* The stream is back in the ring before the bytes of its span are. */
/* refute: -m100000 ; -DFILE=24 -DFULL_DISK -DJOBS=2 -DRING_EARLY */

#ifndef JOBS
#define JOBS 3
#endif
#define PER 2 /* jobs of a batch */
#ifndef OUTPUT
#define OUTPUT 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef RING
#define RING 6
#endif
#ifndef RESERVE
#define RESERVE 2
#endif
#define DRAFT 3 /* bytes of payload at most: STREAM_PAYLOAD_MAX */
#define NEVER 255
#define JUNK 254
#define NONE 255

/* a record's header; payload is the number of the job */
#define OUT 1
#define DONE 2	 /* RECORD_DONE, status 0 */
#define FAILED 3 /* likewise, with a status */
#define header(kind, job, n) ((kind) * 64 + (job) * 8 + (n))
#define kind_of(h) ((h) / 64)
#define job_of(h) ((h) / 8 % 8)
#define count_of(h) ((h) % 8)
#define FOLDED 0 /* of bytes and what they come to, which is taken instead */
#define partial_of(n) (100 + (n))
#define size_of(h) \
	(kind_of(h) == OUT -> 1 + count_of(h) : \
	 (kind_of(h) == FOLDED -> 2 + count_of(h) : 1))
#define is_header(h) (job_of(h) > 0)

/* struct area: the stream */
byte tail, done, head, ring_from, file_from = NEVER;
byte ring[RING], draft[DRAFT + 1];
#ifdef FILE
byte file[FILE];
#endif
/* the batch; the text has a NUL behind job k */
#define STARTING 0
#define WAITING 1
#define CLAIMED 2
#define BEGUN 3
byte phase, job, ncount, at, at_once, end;
bool nul[JOBS + 1];
/* the span: span is one word */
byte span_first, span_count, span_bytes;

/* the ring of batches, which is what claim.pml is about */
byte next_batch, taken = NONE;
#define first_of(batch) ((batch) * PER + 1)
#define count_in(batch) \
	(((batch) + 1) * PER <= JOBS -> PER : JOBS - (batch) * PER)

#define ALIVE 1
#define KILLED 2
byte life;
bool kill, start, is_over;

/* what is promised */
bool begun[JOBS + 1], committed[JOBS + 1];
byte emitted[JOBS + 1], got[JOBS + 1];
byte released; /* jobs whose results are, all of them up to this one */
byte turn;     /* the job that has the turn */

/* struct stream_writer, struct taker */
byte w_tail, w_from;
bool w_in_file;
byte number, last, all, room, used, finished, first, count, rest, whole;
bool is_split;

/* ---- stream_writer.c ---- */

#define w_used (w_tail - (head > w_from -> head : w_from))
#define kept (w_used + 1 + RESERVE)
#define ring_at(i) ring[(w_tail - w_from + (i)) % RING]

/* enter_ring() */
inline enter_ring()
{
	w_in_file = false;
	if
	:: w_tail == w_from ->
		w_from = ring_from;
		file_from = NEVER
	:: else ->
		w_from = w_tail;
		ring_from = w_tail
	fi
}

/* stream_place(): the payload goes to byte 1 and on of ring_at, or of draft */
inline place()
{
	do
	:: w_in_file && w_tail == head -> atomic { enter_ring() }
	:: w_in_file && w_tail != head -> room = DRAFT; break
	:: atomic {
		!w_in_file && kept < RING ->
		room = (RING - kept < DRAFT -> RING - kept : DRAFT)
	   };
	   break
#ifdef FILE
	/* the master says so when the order is what holds up the stream */
	:: atomic {
		!w_in_file && kept >= RING ->
		w_in_file = true;
		w_from = w_tail;
		file_from = w_tail
	   }
#endif
	od
}

inline set_place(at, value)
{
	if
	:: w_in_file -> draft[at] = value
	:: else -> ring_at(at) = value
	fi
}

/* where the bytes of the record that goes to the ring instead will stand */
#define back_from (w_tail == w_from -> ring_from : w_tail)
#define back_at(i) ring[(w_tail - back_from + (i)) % RING]

/* stream_append(), publish_tail(): the payload is there */
inline append(h)
{
#ifdef FILE
	if
	:: !w_in_file -> d_step {
		ring_at(0) = h;
		w_tail = w_tail + size_of(h);
		tail = w_tail
	   }
	:: w_in_file -> d_step {
		draft[0] = h;
		i = 0;
		do
		:: i < size_of(h) ->
			file[w_tail - w_from + i] = draft[i];
			i++
		:: else -> break
		od;
		i = 0;
		w_tail = w_tail + size_of(h);
		tail = w_tail
	   }
#ifdef FULL_DISK
	:: w_in_file ->
		/* append_to_file(): wait for the turn, go on in the ring */
		w_tail == head;
		d_step { draft[0] = h }
#ifdef RING_EARLY
		atomic { enter_ring() };
#endif
		d_step {
			i = 0;
			do
			:: i < size_of(h) ->
#ifdef RING_EARLY
				ring_at(i) = draft[i];
#else
				back_at(i) = draft[i];
#endif
				i++
			:: else -> break
			od;
			i = 0
		};
#ifndef RING_EARLY
		atomic { enter_ring() };
#endif
		d_step {
			w_tail = w_tail + size_of(h);
			tail = w_tail
		}
#endif
	fi
#else
	d_step {
		ring_at(0) = h;
		w_tail = w_tail + size_of(h);
		tail = w_tail
	}
#endif
}

/* stream_finish(); R3 is the commit of a job that is no part of a span */
inline finish(kind, j, n)
{
	append(header(kind, j, n));
	d_step {
		done = w_tail;
		i = 0;
		do
		:: i < n -> committed[j + i] = true; i++
		:: else -> break
		od;
		i = 0
	}
}

/* ---- take.c ---- */

inline open_span(j)
{
	place();
	atomic { first = j; count = 0; used = 0; finished = 0 }
#ifndef FIRST_EARLY
	span_first = j
#endif
}

/* stream_span_commit(): one store */
inline commit()
{
	d_step {
		span_count = count;
		span_bytes = used;
		i = 0;
		do
		:: i < all -> committed[number + i] = true; i++
		:: else -> break
		od;
		i = 0
	}
}

/* stream_span_close() */
inline close_span()
{
	/* kept aside; its bytes are all the number of the job at hand */
	rest = used - finished;
	if
	:: count > 0 ->
#ifdef CLOSE_EARLY
		d_step { span_count = 0; span_bytes = 0 }
#endif
		if
#ifdef FOLD
		:: finished > 0 && finished < room ->
#ifdef FOLD_OVER
			set_place(1, partial_of(finished));
#endif
			set_place(1 + finished, partial_of(finished));
			append(header(FOLDED, first, finished))
#endif
		:: finished > 0 -> append(header(OUT, first, finished))
		:: else
		fi;
		append(header(DONE, first, count));
		done = w_tail;
#ifdef FIRST_EARLY
		span_first = number + all;
#endif
#if !defined(CLOSE_EARLY) && !defined(KEEP_COUNT)
		d_step { span_count = 0; span_bytes = 0 }
#endif
	:: else
	fi
}

/* put n bytes of the job at hand at the place, behind those that are there */
inline store(n)
{
	d_step {
		i = 0;
		do
		:: i < n && w_in_file -> draft[1 + used] = number; used++; i++
		:: i < n && !w_in_file -> ring_at(1 + used) = number; used++; i++
		:: else -> break
		od;
		i = 0
	}
}

inline renew_span()
{
	close_span();
	open_span(number);
	do
	:: rest > room ->
		whole = room;
		store(whole);
		append(header(OUT, number, whole));
		rest = rest - whole;
		is_split = true;
		open_span(number)
	:: else -> break
	od;
	store(rest);
	d_step { rest = 0; whole = 0 }
}

inline split()
{
	if
	:: used > 0 ->
		append(header(OUT, number, used));
		is_split = true;
		open_span(number)
	:: else
	fi
}

/* put(), a byte of the job at hand */
inline emit()
{
	do
	:: used < room -> break
	:: used >= room && count > 0 -> renew_span()
	:: used >= room && count == 0 -> split()
	od;
	atomic {
		set_place(1 + used, number);
		used++;
		emitted[number]++
	}
}

inline finish_alone(kind)
{
	split();
	finish(kind, number, all);
	is_split = false;
	open_span(number + all)
}

/* batch_keep(), phase, claim_free() */
inline keep(b)
{
	d_step { job = JUNK; at = JUNK; ncount = JUNK; at_once = JUNK };
	d_step {
		job = first_of(b);
		at = first_of(b);
		ncount = count_in(b);
		at_once = 1;
		end = first_of(b) + count_in(b) - 1
	};
#ifdef WAITING_LATE
	phase = WAITING;
#endif
#ifdef FREE_FIRST
	taken = NONE;
#endif
	phase = CLAIMED;
	taken = NONE
}

/* the worker, for one job, or for all of a range */
inline call_worker()
{
	d_step {
		i = 0;
		do
		:: i < all ->
			assert(!begun[number + i] && number + i > released);
			begun[number + i] = true;
			i++
		:: else -> break
		od;
		i = 0
	};
	do
	:: emitted[number] < OUTPUT -> emit()
	:: true -> break
	od
}

proctype slave()
{
	byte i;

end_unborn:
	do
	:: atomic { start -> start = false };
	   {
		/* stream_writer_init(), take_inherited() */
		d_step {
			w_tail = tail;
			w_in_file = file_from != NEVER && file_from > ring_from;
			w_from = (w_in_file -> file_from : ring_from)
		}
		if
		:: phase == CLAIMED && taken == NONE
		:: phase == CLAIMED && taken != NONE ->
			assert(job == first_of(taken));
			taken = NONE
		:: phase != CLAIMED && taken != NONE -> keep(taken)
		:: phase != CLAIMED && taken == NONE -> goto claim
		fi;
batch:
		/* take_begin() */
		atomic {
			all = 1; is_split = false;
			number = job - 1; last = number + ncount
		};
		open_span(number + 1);
		at_once = 1;
		phase = BEGUN;
#ifdef RANGE
#ifndef AT_ONCE_LATE
		at_once = last - number;
#endif
#endif
		do
		:: number + all > last -> break
		:: else ->
			/* take_next() */
#ifdef NUL_FIRST
			nul[number + all] = true;
#endif
			end = number + all;
#ifndef AT_LATE
			at = number + all;
#endif
			d_step {
				number = number + all;
#ifdef RANGE
				all = last - number + 1
#endif
			};
			nul[number] = true;
#ifdef COMMIT_LATE
			if
			:: count > 0 -> d_step {
				span_count = count;
				span_bytes = finished
			   }
			:: else
			fi;
#endif
			call_worker();
#ifdef AT_LATE
			at = number;
#endif
#ifdef AT_ONCE_LATE
			at_once = all;
#endif
			nul[number] = false;
			if
			:: is_split -> finish_alone(DONE)
			:: !is_split ->
				d_step { count = count + all; finished = used };
#ifndef COMMIT_LATE
				commit()
#else
				d_step {
					committed[number] = true;
					if
					:: number == last ->
						span_count = count;
						span_bytes = finished
					:: else
					fi
				}
#endif
			:: true ->
				/* take_fail() */
				if
				:: count > 0 -> renew_span()
				:: else
				fi;
				split();
				finish_alone(FAILED)
			fi
		od;
#ifdef CLOSE_LATE
		goto claim;
#endif
		/* take_end() */
		close_span();
claim:
#ifndef WAITING_LATE
		phase = WAITING;
#endif
		if
		:: next_batch * PER < JOBS -> d_step {
			taken = next_batch;
			next_batch++
		   }
		:: else -> goto finished_all
		fi;
		keep(next_batch - 1);
		goto batch;
finished_all:
		is_over = true
	   } unless {
		atomic {
			kill -> kill = false; life = KILLED;
			i = 0; number = 0; last = 0; all = 0; room = 0;
			used = 0; finished = 0; first = 0; count = 0; rest = 0;
			whole = 0; is_split = false;
			w_tail = 0; w_from = 0; w_in_file = false
		}
	   }
	od
}

/* ---- the master ---- */

/* struct stream_reader */
byte position, part_from, loaded, consumed, last_done;
bool in_file;

/* find_part() */
inline find_part(p, part, in)
{
	if
	:: (in -> ring_from : file_from) == p -> in = !in; part = p
	:: else
	fi
}

#ifdef FILE
#define byte_at(p, part, in) \
	(in -> file[(p) - (part)] : ring[((p) - (part)) % RING])
inline set_byte_at(p, part, in, value)
{
	if
	:: in -> file[(p) - (part)] = value
	:: else -> ring[((p) - (part)) % RING] = value
	fi
}
#else
#define set_byte_at(p, part, in, value) ring[((p) - (part)) % RING] = value
#define byte_at(p, part, in) ring[((p) - (part)) % RING]
#endif

/* RECORD_DONE: what came of its jobs, and that it is all */
inline check_done(h)
{
	assert(job_of(h) == released + 1);
	n = 0;
	do
	:: n < count_of(h) ->
		assert(begun[released + 1]);
		assert(got[released + 1] == emitted[released + 1] ||
		       (kind_of(h) == FAILED && !committed[released + 1]));
		assert(got[released + 1] <= emitted[released + 1]);
		released++;
		/* for fewer states */
		begun[released] = false;
		committed[released] = false;
		emitted[released] = 0;
		got[released] = 0;
		n++
	:: else -> break
	od;
	n = 0
}

/* stream_consume(), the record is taken whole; its bytes mean nothing now */
inline consume()
{
	n = 0;
	do
	:: n < size_of(loaded) ->
		set_byte_at(position + n, part_from, in_file, 0);
		n++
	:: else -> break
	od;
	n = 0;
	position = position + size_of(loaded);
	head = position;
	loaded = 0;
	consumed = 0
}

/* release_job(): a record, or a byte of it, for the sink may be full */
inline release()
{
	if
	:: loaded == 0 -> d_step {
		find_part(position, part_from, in_file);
		loaded = byte_at(position, part_from, in_file);
		assert(is_header(loaded));
		assert(job_of(loaded) == released + 1)
	   }
	:: loaded != 0 && kind_of(loaded) >= DONE -> d_step {
		check_done(loaded);
		last_done = released;
		consume();
		turn = 0
	   }
	:: loaded != 0 && kind_of(loaded) == FOLDED && consumed == 0 -> d_step {
		assert(byte_at(position + 1 + count_of(loaded), part_from,
			       in_file) == partial_of(count_of(loaded)));
		/* it stands for the bytes before it */
		at_end = 0;
		do
		:: at_end < count_of(loaded) ->
			n = byte_at(position + 1 + at_end, part_from, in_file);
			assert(n > released && n <= JOBS);
			got[n]++;
			at_end++
		:: else -> break
		od;
		at_end = 0;
		n = 0;
		consumed = 1
	   }
	:: loaded != 0 && kind_of(loaded) == FOLDED && consumed == 1 ->
		d_step { consume() }
	:: loaded != 0 && kind_of(loaded) == OUT -> d_step {
		n = byte_at(position + 1 + consumed, part_from, in_file);
		/* the bytes are their jobs', and come in their order */
		assert(n > released && n <= JOBS);
		got[n]++;
		assert(n == JOBS || got[n + 1] == 0);
		n = 0;
		consumed++;
		if
		:: consumed == count_of(loaded) -> consume()
		:: else
		fi
	   }
	fi
}

/* append_dead(): its payload is where the slave left it */
inline append_dead(h)
{
	if
	:: file_from != NEVER && file_from > ring_from ->
#ifdef FILE
		draft[0] = h;
		n = 0;
		do
		:: n < size_of(h) ->
			file[tail - file_from + n] = draft[n];
			n++
		:: else -> break
		od;
		n = 0
#endif
	:: else ->
		/* I1: not over what the master has not read */
		assert(tail + size_of(h) -
		       (head > ring_from -> head : ring_from) <= RING);
		ring[(tail - ring_from) % RING] = h
	fi;
	tail = tail + size_of(h);
	done = tail
}

/* recover(): stream_recover(), results_recover(), batch_leave_rest() */
inline recover()
{
	d_step {
		/* what is finished and not consumed yet */
		at_end = position;
		known = last_done;
		a_part = part_from;
		a_in = in_file;
		do
		:: at_end < done ->
			find_part(at_end, a_part, a_in);
			n = byte_at(at_end, a_part, a_in);
			assert(is_header(n));
			if
			:: kind_of(n) >= DONE ->
				known = job_of(n) + count_of(n) - 1
			:: else
			fi;
			at_end = at_end + size_of(n)
		:: else -> break
		od;
		n = 0;
		at_end = position;
		if
		:: loaded != 0 && consumed > 0 ->
			at_end = position + size_of(loaded)
#ifndef KEEP_LOADED
		:: else -> loaded = 0
#else
		:: else
#endif
		fi;
		has_out = at_end > done;
		if
		:: at_end < done -> at_end = done
		:: else
		fi;
		if
		:: file_from != NEVER && file_from > at_end -> file_from = NEVER
		:: else
		fi;
		tail = at_end;
		done = at_end;

		/* close_dead_span() */
#ifdef OUT_TWICE
		has_out = false;
#endif
		if
#ifdef FORGET_SPAN
		:: span_count > JOBS ->
#else
#ifdef NO_FIRST
		:: span_count > 0 ->
#else
		:: span_count > 0 && span_first > known ->
#endif
#endif
			if
			:: span_bytes > 0 && !has_out ->
				append_dead(header(OUT, span_first, span_bytes))
			:: else
			fi;
			append_dead(header(DONE, span_first, span_count));
			known = span_first + span_count - 1
		:: else
		fi;
		span_count = 0;
		span_bytes = 0;

		/* the job in which it died */
		if
		:: phase == BEGUN && at > known ->
			n = 0;
			do
			:: n < at_once -> assert(!committed[at + n]); n++
			:: else -> break
			od;
			n = 0;
			known = at + at_once - 1;
			/* it counts as begun, even if it was about to */
			do
			:: n < at_once -> begun[at + n] = true; n++
			:: else -> break
			od;
			n = 0;
			append_dead(header(FAILED, at, at_once))
		:: else
		fi;

		/* what it had not begun */
		if
		:: phase == BEGUN ->
			phase = STARTING;
			n = at + at_once;
			if
			:: n != job + ncount ->
				nul[end] = false;
				ncount = ncount - (n - job);
				job = n;
				at = n;
				end = job + ncount - 1;
				phase = CLAIMED;
				do
				:: n < job + ncount ->
					assert(!nul[n] && !begun[n]);
					n++
				:: else -> break
				od
			:: else
			fi;
			n = 0
		:: else
		fi;
		/* pool.c: start() */
		if
		:: phase != CLAIMED -> phase = STARTING
		:: else
		fi;
		at_end = 0; known = 0; a_part = 0; a_in = false; has_out = false;
		life = ALIVE;
		start = true
	}
}

proctype master()
{
	byte n, at_end, known, a_part;
	bool a_in, has_out;

	do
	:: is_over && released == JOBS -> break
	:: life == KILLED -> recover()
	/* A1: the job that has the turn is read up to tail */
	:: life != KILLED &&
	   position < (turn == released + 1 -> tail : done) -> release()
	/* all that comes before in the order is released */
	:: turn == 0 && released < JOBS -> turn = released + 1
	od;
	assert(head == tail && done == tail)
}

proctype killer()
{
	byte n;

	do
	:: n < DEATHS && life == ALIVE -> d_step { kill = true; n++ }
	:: true -> break
	od
}

init
{
	atomic {
		life = ALIVE;
		start = true;
		run master();
		run slave();
#if DEATHS > 0
		run killer()
#endif
	}
}
