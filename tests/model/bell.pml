/*
 * The bell that wakes the master: board_ring_bell(), board_bell_arm() and
 * board_bell_disarm() in src/engine/board.c, with those who use it: the low
 * water mark (claim.c, source.c), stream_tell() (stream_writer.c) and the master's
 * loop (run.c).
 *
 * Slaves take batches out of a ring of slots, free them in any order and
 * finish the jobs, any of which may have output. In order, the turn is told
 * while output waits for it; a job rings if it has the turn, or if it has output
 * and no turn is told. All slots can be full while the input has more. Nothing
 * else wakes the master before its work is done, so a bell that is lost is a
 * deadlock.
 *
 * In order, three batches are enough: two fill the slots, the third has to wait
 * for the first to be freed, and there is a turn before, between and behind.
 */
/* verify: -m10000 */
/* verify: -m10000 ; -DORDERED -DBATCHES=3 */
/* The master looks for news, and arms the bell after that. */
/* refute: -m10000 ; -DLOOK_FIRST */
/* A low water mark that stays above the first batch that is not freed: slots
 * come back in order only, and the last that is missing may be one that does
 * not ring. */
/* refute: -m10000 ; -DLOW_WATER_HALF */
/* stream_tell() looks at turn before its tail is there. */
/* refute: -m10000 ; -DORDERED -DBATCHES=3 -DTURN_FIRST */
/* The master tells a turn and does not look again before it sleeps. */
/* refute: -m10000 ; -DORDERED -DBATCHES=3 -DTELL_LAST */

#define SLOTS 2
#define SLAVES 2
#ifndef BATCHES
#define BATCHES 4
#endif
#define NEVER 255

/* struct board_header */
bool bell;	       /* 1: the master sleeps */
byte low_water = NEVER;
byte turn;	       /* the job, counted from 1, that output waits for, or 0 */
bool bell_fd;	       /* the eventfd: it is readable */

/* the ring of batches; claiming is what claim.pml is about */
byte published, taken;
bool freed[BATCHES];
bool finished[BATCHES];
bool has_output[BATCHES];

byte last_output; /* the last job that has some, or 0 */

/* the master's */
byte reclaimed, released;
bool is_closed;

/* board_ring_bell(); F3 is in that each step is done when the next begins */
inline ring_bell()
{
	if
	:: bell ->
		d_step {
			if
			:: bell -> bell = false; bell_fd = true
			:: else
			fi
		}
	:: else
	fi
}

/* claim_free(); F9 */
inline free_batch(k)
{
	freed[k] = true;
	if
	:: low_water <= k ->
		d_step {
			if
			:: low_water != NEVER ->
				low_water = NEVER;
				bell_fd = true
			:: else
			fi
		}
	:: else
	fi
}

proctype slave()
{
	byte k;
	byte told;

	do
	:: atomic { taken < published -> k = taken; taken++ };
		free_batch(k);
#ifdef TURN_FIRST
		told = turn;
#endif
		/* stream_finish(), then stream_tell(); F8 */
		finished[k] = true;
#ifndef TURN_FIRST
		told = turn;
#endif
#ifdef ORDERED
		if
		:: told == k + 1 || (told == 0 && has_output[k]) -> ring_bell()
		:: else
		fi
#endif
	:: taken == published && is_closed -> break
	od
}

#define has_room (published < reclaimed + SLOTS)

/* one round of everything: reclaim(), scan(), results */
inline step()
{
	is_progress = false;
	do
	:: d_step {
		reclaimed < published && freed[reclaimed] -> reclaimed++
	   }
	:: else -> break
	od;
	do
	:: d_step {
		published < BATCHES && has_room ->
		published++;
		is_progress = true
	   }
	:: else -> break
	od;
	is_closed = published == BATCHES;
	do
#ifdef ORDERED
	:: atomic {
		released < BATCHES && finished[released] -> released++;
		is_progress = true
	   }
#endif
	:: else -> break
	od;
#ifdef ORDERED
	/* has_unreleased(), one stream after the other; tell_turn() */
	waiting = false;
	k = released;
	do
	:: k < BATCHES ->
		waiting = waiting || (finished[k] && has_output[k]);
		k++
	:: else -> break
	od;
	if
	:: turn != (waiting -> released + 1 : 0) ->
		turn = (waiting -> released + 1 : 0);
#ifndef TELL_LAST
		is_progress = true
#endif
	:: else
	fi
#endif
}

/* source_ask_for_bell(), when there is no room: reclaimed < published */
#define half ((published + reclaimed) / 2)
inline ask_for_bell()
{
	if
	:: is_closed -> low_water = NEVER
	:: !is_closed ->
		low_water = half;
#ifndef LOW_WATER_HALF
		/* F9: who frees half rings, or it is seen to be free */
		if
		:: freed[half] -> low_water = reclaimed
		:: else
		fi
#endif
	fi
}

#ifdef ORDERED
/* jobs without output need not ring: the slaves' exits tell the master */
#define is_over (is_closed && released >= last_output)
#else
#define is_over is_closed
#endif

/* run.c: loop() and wait_for_news() */
proctype master()
{
	bool is_progress, waiting;
	byte k;

	do
	:: is_over -> break
	:: else ->
#ifdef LOOK_FIRST
		step();
		ask_for_bell();
		bell = true;
#else
		ask_for_bell();
		/* board_bell_arm(); F4 */
		bell = true;
		step();
#endif
		/* sleep_until_news() */
		if
		:: is_progress || is_over
		:: else -> bell_fd
		fi;
		/* board_bell_disarm() */
		bell = false;
		bell_fd = false;
		step()
	od
}

init
{
	byte k;

	atomic {
#ifdef ORDERED
		do
		:: k < BATCHES ->
			if
			:: has_output[k] = true; last_output = k + 1
			:: skip
			fi;
			k++
		:: else -> break
		od;
#endif
		run master();
		run slave();
		run slave()
	}
}
