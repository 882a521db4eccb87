/*
 * The barrier: sections_barrier(), its breaking by sections_job_ended(),
 * _slave_died() and _set_short(), in src/segment/sections.c.
 *
 * Each of np slaves runs a worker that passes barriers; one worker may die at
 * any step of it, and its slave then breaks the barrier. When a slave has no
 * more jobs, the master says that too few are left. Nobody waits for ever, and
 * nobody is told that all have come before they have.
 */
/* verify: -m100000 */
/* verify: -m100000 ; -DNP=3 -DROUNDS=1 ; -DSAFETY -DCOLLAPSE */
/* The master says that too few are left and wakes nobody. */
/* refute: -m100000 ; -DNO_BREAK */
/* Who comes when too few are left does not look. */
/* refute: -m100000 ; -DSHORT_FIRST */
/* A break leaves the count of those it has sent away. */
/* refute: -m100000 ; -DKEEP_COUNT */

#ifndef NP
#define NP 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

/* the word, as fields: each use of two of them is one atomic step */
byte generation, count;
bool broken;
byte event;
byte arrived[NP]; /* generation + 1 */
bool is_short;
bool may_die = true;
byte gone;	  /* slaves without a job */

/* what must hold: who came to a generation and was not broken off */
byte came[16];

inline break_barrier()
{
	atomic {
		if
		:: count > 0 ->
			generation++;
			broken = true;
#ifndef KEEP_COUNT
			count = 0;
#endif
			event++
		:: else
		fi
	}
}

/* the worker is killed here, or not */
#define MAY_DIE \
	if \
	:: atomic { may_die -> may_die = false; is_dead = true; goto dead } \
	:: true \
	fi

/* the slave: its worker in sections_barrier(), and sections_job_ended() after
 * it */
proctype slave(byte me)
{
	byte round, mine, seen, inside;
	bool is_dead, is_last;

	do
	:: round == ROUNDS -> break
	:: else ->
		mine = generation;
		MAY_DIE;
		arrived[me] = mine + 1;
		MAY_DIE;
		atomic {
			mine = generation;
			count++;
			came[mine]++;
			is_last = count == NP
		}
		MAY_DIE;
		arrived[me] = mine + 1;
		MAY_DIE;
		if
		:: is_last -> atomic {
			/* the exchange, unless it was broken meanwhile */
			if
			:: generation == mine ->
				assert(came[mine] == NP);
				generation++;
				broken = false;
				count = 0;
				event++
			:: else
			fi
		   }
		:: else ->
			do
			:: seen = event;
				atomic {
					if
					:: generation != mine ->
						assert(broken ||
						    generation != mine + 1 ||
						    came[mine] == NP);
						break
					:: else
					fi
				}
#ifndef SHORT_FIRST
				if
				:: is_short -> break_barrier()
				:: else ->
#endif
					/* futex_wait, or killed in it */
					if
					:: event != seen
					:: atomic {
						may_die -> may_die = false;
						is_dead = true;
						goto dead
					   }
					fi
#ifndef SHORT_FIRST
				fi
#endif
			od
		fi;
		MAY_DIE;
		arrived[me] = 0;
		round++
	od;
dead:
	/* leave_barrier() */
	inside = arrived[me];
	arrived[me] = 0;
	if
	:: inside == generation + 1 -> break_barrier()
	:: else
	fi;
	gone++
}

/* sections_set_short() */
proctype master()
{
	gone > 0;
	is_short = true;
#ifndef NO_BREAK
	break_barrier()
#endif
}

init
{
	byte n;

	atomic {
		do
		:: n < NP -> run slave(n); n++
		:: else -> break
		od;
		run master()
	}
}
