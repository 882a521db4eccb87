/*
 * Ordered sections in loops: sections_loop_begins(), _loop_at(), _loop_wait() and
 * _worker_gone() in src/segment/ordered.c, and take_units() and take_static() in
 * src/client/loops.c.
 *
 * Workers share the pieces of one loop after the other, without waiting between
 * them. A piece is taken in order, or dealt (DEALT) by rank. It has a section or
 * leaves it out. One worker may die, between two steps, in its section or while
 * it waits; the master finds out, and nobody comes in its place. Sections of a
 * loop are entered one at a time, in the order of the pieces, and nobody waits
 * for ever: the end state is that of all processes.
 */
/* verify: -m100000 */
/* verify: -m100000 ; -DDEALT */
/* verify: -m100000 ; -DWORKERS=3 -DLOOPS=1 */
/* verify: -m100000 ; -DWORKERS=3 -DPIECES=3 -DLOOPS=1 -DDEALT */
/* The place is announced only after it was taken. */
/* refute: -m100000 ; -DTAKE_FIRST */
/* Dealt pieces of those that have not come to the loop are not waited for. */
/* refute: -m100000 ; -DDEALT -DLOOP_ONLY */
/* A worker that has left a loop keeps its place in it. */
/* refute: -m100000 ; -DKEEP_PLACE -DMAY_DIE=false */
/* Who waits counts itself after it has looked. */
/* refute: -m100000 ; -DCOUNT_LATE -DMAY_DIE=false */
/* The master leaves the place of a worker that is gone. */
/* refute: -m100000 ; -DFORGET_GONE */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef PIECES
#define PIECES 2
#endif
#ifndef LOOPS
#define LOOPS 2
#endif
#ifndef MAY_DIE
#define MAY_DIE true
#endif
#define END PIECES /* behind the last piece */
#define PLACE(loop, piece) ((loop) * (PIECES + 1) + (piece))
#define NEVER 255

/* the places that others hold us up from */
#if defined(DEALT) && !defined(LOOP_ONLY)
#define LOWEST 0
#else
#define LOWEST PLACE(loop, 0)
#endif

byte word_loop, word_taken;
byte at[WORKERS]; /* places; 0: no loop yet */
byte turn_event, turn_waiting;
bool may_die = MAY_DIE; /* one worker, once */
byte dead = NEVER;

/* what must hold; the sections of different loops may overlap */
byte inside[LOOPS + 1], next_piece[LOOPS + 1];

inline wake_turns()
{
	atomic {
		if
		:: turn_waiting > 0 -> turn_event++
		:: else
		fi
	}
}

inline announce(piece)
{
	at[me] = PLACE(loop, piece);
	wake_turns()
}

/* one look after the other */
inline is_turn(answer)
{
	i = 0;
	answer = true;
	do
	:: i < WORKERS -> atomic {
		if
		:: i != me && at[i] >= LOWEST && at[i] < PLACE(loop, from) ->
			answer = false
		:: else
		fi;
		i++
	   }
	:: else -> break
	od;
	i = 0
}

inline die()
{
	atomic { may_die -> may_die = false; dead = me };
	goto gone
}

inline section()
{
	is_free = false;
#ifndef COUNT_LATE
	turn_waiting++;
#endif
	do
	:: seen = turn_event;
		is_turn(is_free);
		if
		:: is_free -> break
		:: else ->
#ifdef COUNT_LATE
			turn_waiting++;
#endif
			/* futex_wait; who is killed there leaves the count too
			 * high */
			if
			:: turn_event != seen
			:: die()
			fi
		fi
	od;
	turn_waiting--;
	assert(inside[loop] == 0 && next_piece[loop] <= from);
	inside[loop]++;
	next_piece[loop] = from + 1;
	inside[loop]--;
	if
	:: die()
	:: announce(next)
	fi
}

/* from: the piece that is ours, or END */
inline take()
{
#ifdef DEALT
	if
	:: from == NEVER -> from = me
	:: else -> from = next
	fi;
	next = from + WORKERS;
	if
	:: from < PIECES -> announce(from)
	:: else -> from = END
	fi
#else
	do
	:: atomic { seen_loop = word_loop; seen_taken = word_taken };
		if
		:: seen_loop > loop -> from = END; break
		:: seen_loop == loop -> from = seen_taken
		:: else -> from = 0
		fi;
		if
		:: from == PIECES -> from = END; break
		:: else
		fi;
#ifndef TAKE_FIRST
		announce(from);
#endif
		atomic {
			if
			:: word_loop == seen_loop && word_taken == seen_taken ->
				word_loop = loop;
				word_taken = from + 1;
				next = from + 1;
				break
			:: else
			fi
		}
	od;
#ifdef TAKE_FIRST
	if
	:: from < PIECES -> announce(from)
	:: else
	fi
#endif
#endif
}

proctype worker(byte me)
{
	byte i, loop = 1, from, next, seen, seen_loop, seen_taken;
	bool is_free;

	do
	:: loop <= LOOPS ->
		at[me] = PLACE(loop - 1, END);
		from = NEVER;
		do
		:: take();
			if
			:: from == END -> break
			:: from < PIECES ->
				if
				:: section()
				:: true /* it leaves it out */
				:: die()
				fi
			fi
		od;
#ifndef KEEP_PLACE
		announce(END);
#endif
		loop++
	:: else -> break
	od;
gone:
	skip
}

/* sections_worker_gone() */
proctype master()
{
end:	do
	:: dead != NEVER ->
#ifndef FORGET_GONE
		at[dead] = NEVER;
		wake_turns();
#endif
		dead = NEVER
	od
}

init
{
	byte n;

	atomic {
		do
		:: n < WORKERS -> run worker(n); n++
		:: else -> break
		od;
		run master()
	}
}
