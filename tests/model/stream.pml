/*
 * The results of one slave, src/engine/stream*.c: a ring, a file when the
 * ring is full of results whose turn has not come, and back to the ring; the
 * writer can be killed between any two steps, is recovered and replaced.
 *
 * A record is one position long. The place a record stands in is named by its
 * position in its part, as in the code, so that a reader which is wrong about
 * the part reads something else. Jobs 1...JOBS have up to OUTPUT records and a
 * RECORD_DONE each. The turn comes to a job at any time after its predecessor
 * is released: other slaves' jobs come in between.
 *
 * Promised: records come in order, whole and unmixed, each job ends exactly
 * once; an uncommitted job is seen only with the turn; nobody is stuck.
 */
/* verify: -m10000 */
/* verify: -m10000 ; -DNO_FILE */
/* verify: -m10000 ; -DFULL_DISK */
/* file_from is kept when the file part is empty. */
/* refute: -m10000 ; -DKEEP_FILE_FROM */
/* A job is begun when not even the reserve is left. */
/* refute: -m10000 ; -DNO_PLACE */
/* Recovery drops a file part that begins where the stream is cut. */
/* refute: -m10000 ; -DDROP_EMPTY_FILE */
/* The writer rings, and says after that what it needs. */
/* refute: -m10000 ; -DNEED_LATE -DDEATHS=0 */
/* file_from is stored after the tail that passes it. */
/* refute: -m10000 ; -DTAIL_FIRST -DDEATHS=0 */
/* What lies beyond done is not cut off after a death. */
/* refute: -m10000 ; -DNO_CUT */

#define RING 3	 /* records; one of them is the reserve for RECORD_DONE */
#define FILE 12
#ifndef JOBS
#define JOBS 2
#endif
#ifndef OUTPUT
#define OUTPUT 3
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#define NEVER 255

/* a record: its job and which one of the job's it is, 0 for RECORD_DONE */
#define record_of(j, i) ((j) * 8 + (i))
#define job_of(record) ((record) / 8)
#define number_of(record) ((record) % 8)

/* struct area */
byte tail, done_at, ring_from, file_from = NEVER, head;
bool need, need_turn, spill_go, is_begun;
byte reply, area_job = 1;
byte ring[RING], file[FILE];

bool is_asleep; /* in futex_wait(&area->reply) */
bool bell;	/* the master has something to look at */
byte turn;	/* the job that has the turn */

#define GONE 0
#define ALIVE 1
#define KILLED 2
byte life;
bool kill, start, is_over;

byte committed; /* the last job that its slave finished: for the assertion */

/* struct stream_writer */
byte w_tail, w_from;
bool w_in_file;

#define used (w_tail - (head > w_from -> head : w_from))
#define has_room (used + 2 <= RING)
#define is_drained (w_tail == head)

/* can_go_on() */
#define can_go_on(is_turn) \
	((is_turn) -> is_drained : (w_in_file || has_room))

/* enter_ring() */
inline enter_ring()
{
	w_in_file = false;
	if
#ifndef KEEP_FILE_FROM
	:: w_tail == w_from ->
		w_from = ring_from;
		file_from = NEVER
	:: w_tail != w_from ->
#else
	:: true ->
#endif
		w_from = w_tail;
		ring_from = w_tail
	fi
}

/* wait_for() */
inline wait_for(is_turn)
{
	do
	:: can_go_on(is_turn) -> break
	:: else ->
		seen = reply;
#ifndef NEED_LATE
		d_step { need = true; need_turn = is_turn }
#endif
		if
		:: can_go_on(is_turn)
		:: else ->
			bell = true;
#ifdef NEED_LATE
			d_step { need = true; need_turn = is_turn }
#endif
			d_step {
				if
				:: reply == seen -> is_asleep = true
				:: else
				fi
			}
			!is_asleep
		fi;
		seen = 0;
		d_step { go = spill_go; spill_go = false }
		if
		:: go && !w_in_file ->
			/* enter_file() */
			d_step { go = false; w_in_file = true; w_from = w_tail }
#ifndef TAIL_FIRST
			file_from = w_tail;
#endif
			break
		:: else -> go = false
		fi
	od;
	need = false
}

/* publish_tail() */
inline publish_tail()
{
	w_tail++;
	tail = w_tail
#ifdef TAIL_FIRST
	;
	if
	:: w_in_file -> file_from = w_from
	:: else
	fi
#endif
}

/* stream_append(), stream_finish(): a record at the place */
inline put(record)
{
	if
	:: w_in_file ->
		if
		:: true -> file[w_tail - w_from] = record
#ifdef FULL_DISK
		:: true ->
			/* append_to_file(): spill_write() fails */
			wait_for(true);
			enter_ring();
			ring[(w_tail - w_from) % RING] = record
#endif
		fi
	:: else -> ring[(w_tail - w_from) % RING] = record
	fi;
	publish_tail()
}

/* stream_place(): in the file it goes on, is_held_back() is left out */
inline place()
{
	do
	:: w_in_file && is_drained -> enter_ring()
	:: !(w_in_file && is_drained) && (w_in_file || has_room) -> break
	:: !w_in_file && !has_room -> wait_for(false)
	od
}

proctype slave()
{
	byte i, seen;
	bool go;

end_unborn:
	do
	:: atomic { start -> start = false };
	   {
		/* stream_writer_init() */
		atomic {
			w_tail = tail;
			w_in_file = file_from != NEVER && file_from > ring_from;
			w_from = (w_in_file -> file_from : ring_from)
		}
		do
		:: area_job > JOBS -> break
		:: else ->
#ifndef NO_PLACE
			/* a job may end, or die, without any output: there is
			 * to be room for its RECORD_DONE before it begins */
			place();
#endif
			is_begun = true;
			i = 1;
			do
			:: i <= OUTPUT ->
				place();
				put(record_of(area_job, i));
				i++;
				/* stream_tell() */
				if
				:: turn == area_job -> bell = true
				:: else
				fi
			:: true -> break
			od;
			put(record_of(area_job, 0));
			/* the commit point */
			d_step { done_at = w_tail; committed = area_job }
			bell = true;
			d_step { is_begun = false; area_job++; i = 0 }
		od;
		atomic { is_over = true; bell = true }
	   } unless {
		atomic {
			kill -> kill = false; is_asleep = false; life = KILLED;
			i = 0; seen = 0; go = false; bell = true
		}
	   }
	od
}

/* ---- the master ---- */

/* struct stream_reader; what was consumed */
byte position, part_from, last_number, finished;
bool in_file;

#define limit (is_turn -> tail : done_at)

/* find_part() */
inline find_part(at, part, in)
{
	d_step {
		if
		:: (in -> ring_from : file_from) == at -> in = !in; part = at
		:: else
		fi
	}
}

/* load_record() */
#define record_at(at, part, in) \
	(in -> file[(at) - (part)] : ring[((at) - (part)) % RING])

/* stream_peek(), stream_consume(): all that may be released */
inline release()
{
	do
	:: is_turn = turn != 0 && turn == finished + 1;
		if
		:: position >= limit -> break
		:: else
		fi;
		find_part(position, part_from, in_file);
		atomic {
			record = record_at(position, part_from, in_file);
			assert(job_of(record) == finished + 1);
			assert(is_turn || number_of(record) == 0 ||
			       job_of(record) <= committed);
			if
			:: number_of(record) != 0 ->
				assert(number_of(record) == last_number + 1);
				last_number++
			:: else ->
				last_number = 0;
				finished++;
				turn = 0
			fi;
			record = 0;
			position++
		}
		head = position
	od
}

/* stream_reply() */
inline wake()
{
	need = false;
	d_step { reply = (reply + 1) % 8; is_asleep = false }
}

/* answer() */
inline answer()
{
	if
	:: need && (tail == position || (!need_turn && tail - position < 2)) ->
		wake()
	:: need && !(tail == position || (!need_turn && tail - position < 2)) ->
		if
		:: !need_turn && position < tail ->
			find_part(position, part_from, in_file)
		:: else
		fi;
		if
		:: !need_turn && in_file -> wake()
#ifndef NO_FILE
		:: !need_turn && !in_file -> spill_go = true; wake()
#else
		:: !need_turn && !in_file
#endif
		:: need_turn
		fi
	:: !need
	fi
}

/* stream_recover(), stream_finish_dead(), and a slave in the place of the
 * dead one */
inline recover()
{
	d_step {
		is_asleep = false;
		/* what is committed but not yet consumed */
		end = (position < done_at -> done_at : position);
#ifdef NO_CUT
		end = tail;
#endif
		/* a change of part beyond the end did not happen; one at the
		 * end did, for the ring may have no room left */
		if
#ifdef DROP_EMPTY_FILE
		:: file_from != NEVER && file_from >= end -> file_from = NEVER
#else
		:: file_from != NEVER && file_from > end -> file_from = NEVER
#endif
		:: else
		fi;
		tail = end;
		done_at = end;
		need = false;
		spill_go = false;
		/* the last job finished: seen in the stream */
		scan = position;
		ahead = finished;
		a_part = part_from;
		a_in = in_file;
		do
		:: scan < end ->
			if
			:: (a_in -> ring_from : file_from) == scan ->
				a_in = !a_in;
				a_part = scan
			:: else
			fi;
			record = record_at(scan, a_part, a_in);
			if
			:: number_of(record) == 0 -> ahead = job_of(record)
			:: else
			fi;
			scan++
		:: else -> break
		od;
		if
		:: is_begun && ahead != area_job ->
			if
			:: file_from != NEVER && file_from > ring_from ->
				file[tail - file_from] = record_of(area_job, 0)
			:: else ->
				ring[(tail - ring_from) % RING] =
					record_of(area_job, 0)
			fi;
			tail++;
			done_at++
		:: else
		fi;
		if
		:: is_begun -> is_begun = false; area_job++
		:: else
		fi;
		record = 0;
		end = 0; scan = 0; ahead = 0; a_part = 0; a_in = false;
		life = ALIVE;
		start = true
	}
}

proctype master()
{
	byte record, end, scan, ahead, a_part;
	bool is_turn, a_in;

	do
	:: is_over && finished == JOBS -> break
	:: life == KILLED -> recover()
	:: bell ->
		bell = false;
		release();
		answer()
	/* all that comes before in the order is released */
	:: turn == 0 && finished < JOBS ->
		atomic { turn = finished + 1; bell = true }
	od;
	assert(head == tail && done_at == tail)
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
