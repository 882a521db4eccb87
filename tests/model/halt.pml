/*
 * A run that is halted: halt_add() and halt_know_total() in src/engine/halt.c
 * with board_count_ends() (board.c), the slaves' loop (take.c, slave.c), the
 * child that is about to become a job (worker/exec.c) and check_halt()
 * (run_end.c).
 *
 * Slaves take jobs; some fail, some would never end. When as many have failed as
 * were to, which the master may learn at any time, the run is stopped: no slave
 * takes more than the job it was about to take. With NOW jobs that run are sent
 * a signal, so that all slaves end.
 */
/* verify: -m10000 */
/* verify: -m10000 ; -DNOW */
/* verify: -m10000 ; -DNOW -DSLAVES=3 -DJOBS=4 */
/* The master looks at what was counted, and then says what the limit is. */
/* refute: -m10000 ; -DLOOK_FIRST */
/* A slave looks at the limit, and then counts. */
/* refute: -m10000 ; -DLIMIT_FIRST -DJOBS=2 */
/* The run is stopped by whoever sees the limit, first or not. */
/* refute: -m10000 ; -DNO_FIRST */
/* Jobs are sent the signal before the run is stopped. */
/* refute: -m10000 ; -DNOW -DSIGNAL_FIRST */
/* A job that is about to begin looks whether it may, and then says so. */
/* refute: -m10000 ; -DNOW -DSTOP_FIRST */

#ifndef SLAVES
#define SLAVES 2
#endif
#ifndef JOBS
#define JOBS 5
#endif
#define LIMIT 2
#define UNKNOWN 255

/* struct halt_count */
byte counted, limit = UNKNOWN;
bool is_reached;

byte stop; /* 1: STOP_CLAIMS, 2: STOP_RUNNING */
byte next; /* the ring of batches */
bool group[SLAVES], is_signalled[SLAVES];
bool bell;

/* what is to be shown */
byte failed, firsts, late, ended;

inline reach()
{
	d_step {
		if
#ifndef NO_FIRST
		:: is_reached
#endif
		:: else -> is_reached = true; firsts++
		fi;
		if
		:: stop == 0 -> stop = 1
		:: else
		fi;
		bell = true
	}
}

proctype slave(byte me)
{
	byte mine, seen;

	do
	:: stop > 0 -> break
	:: else ->
		atomic {
			if
			:: next == JOBS -> goto over
			:: else -> next++; late = late + (stop > 0 -> 1 : 0)
			fi
		}
#ifdef STOP_FIRST
		if
		:: stop == 2 -> goto over
		:: else
		fi;
		group[me] = true;
#else
		group[me] = true; /* F7 */
		if
		:: stop == 2 -> group[me] = false; goto over
		:: else
		fi;
#endif
#ifdef NOW
		/* it fails, or would never end; of one slave all fail */
		if
		:: skip
		:: me > 0 -> is_signalled[me]
		fi;
#endif
		group[me] = false;
		if
		:: stop == 2 -> goto over /* STATUS_HALTED */
		:: else
		fi;
		failed++;
#ifdef LIMIT_FIRST
		seen = limit;
#endif
		d_step { counted++; mine = counted } /* H2 */
#ifndef LIMIT_FIRST
		seen = limit;
#endif
		if
		:: mine >= seen -> reach()
		:: else
		fi
	od;
over:
	ended++
}

proctype master()
{
	byte i;
#ifdef LOOK_FIRST
	byte seen = counted;

	limit = LIMIT;
#else
	limit = LIMIT; /* H1 */
	byte seen = counted;
#endif
	if
	:: seen >= LIMIT -> reach()
	:: else
	fi;
	bell || ended == SLAVES;
#ifdef NOW
	if
	:: is_reached ->
#ifndef SIGNAL_FIRST
		stop = 2;
#endif
		for (i : 0 .. SLAVES - 1) {
			if
			:: group[i] -> is_signalled[i] = true
			:: else
			fi
		}
#ifdef SIGNAL_FIRST
		stop = 2
#endif
	:: else
	fi;
#endif
	ended == SLAVES;
	assert(failed < LIMIT || is_reached);
	assert(firsts <= 1);
	assert(late <= SLAVES)
}

init {
	byte i;

	atomic {
		run master();
		for (i : 0 .. SLAVES - 1) {
			run slave(i)
		}
	}
}
