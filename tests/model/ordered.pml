/*
 * Ordered sections: sections_will_claim(), _claimed(), _ordered_begin() and
 * _ordered_end() in src/segment/ordered.c, and _job_ended() and _slave_died()
 * in sections.c.
 *
 * Slaves claim jobs in the order of their numbers and run a worker for each,
 * which enters its ordered section or not. One worker may die, inside or while it
 * waits, or one slave with its job: the master finds out, and a successor goes
 * on. Sections are entered one at a time, in the order of the
 * jobs, and nobody waits for ever: the end state is that of all processes.
 */
/* verify: -m100000 */
/* verify: -m100000 ; -DSLAVES=3 -DJOBS=2 ; -DSAFETY -O2 */
/* The claim is announced only after it was made. */
/* refute: -m100000 ; -DCLAIM_FIRST */
/* Who waits counts itself after it has looked. */
/* refute: -m100000 ; -DCOUNT_LATE */
/* A slave that found no job keeps the bound with which it tried. */
/* refute: -m100000 ; -DNEVER_IDLE */
/* The master leaves what a dead slave has pending. */
/* refute: -m100000 ; -DFORGET_DEAD */

#ifndef SLAVES
#define SLAVES 2
#endif
#ifndef JOBS
#define JOBS 3
#endif
#define NEVER 255

byte next;	     /* jobs claimed so far */
byte pending[SLAVES]; /* numbers from 1 */
byte turn_event, turn_waiting;
bool may_die = true; /* one slave or worker, once */
bool is_dead[SLAVES], is_found[SLAVES];

/* what must hold */
byte inside, last;

inline wake_turns()
{
	atomic {
		if
		:: turn_waiting > 0 -> turn_event++
		:: else
		fi
	}
}

/* one look after the other */
inline is_turn(me, job, answer)
{
	i = 0;
	answer = true;
	do
	:: i < SLAVES -> atomic {
		if
		:: i != me && pending[i] < job -> answer = false
		:: else
		fi;
		i++
	   }
	:: else -> break
	od;
	i = 0
}

/* the worker of one job; what it does when it is killed is nothing */
inline work(me, job)
{
	if
	:: true /* it never enters */
	:: true ->
		is_free = false;
#ifndef COUNT_LATE
		turn_waiting++;
#endif
		do
		:: seen = turn_event;
			is_turn(me, job, is_free);
			if
			:: is_free -> break
			:: else ->
#ifdef COUNT_LATE
				turn_waiting++;
#endif
				/* futex_wait: or it is killed there */
				if
				:: turn_event != seen
				:: atomic { may_die -> may_die = false } -> break
				fi
			fi
		od;
		/* a worker that was killed asleep leaves the count too high */
		if
		:: is_free ->
			atomic {
				turn_waiting--;
				/* nobody has seen it: for fewer states */
				if
				:: turn_waiting == 0 -> turn_event = 0
				:: else
				fi
			}
			atomic {
				assert(inside == 0 && last < job);
				inside++;
				last = job
			};
			inside--;
			if
			:: atomic { may_die -> may_die = false }
			:: pending[me] = NEVER; wake_turns()
			fi
		:: else
		fi
	fi
}

proctype slave(byte me)
{
	byte i, job, seen, bound;
	bool is_free;

again:
	do
	:: true ->
		/* sections_will_claim() */
		bound = next + 1;
#ifndef CLAIM_FIRST
		pending[me] = bound;
		wake_turns();
#endif
		/* claim_next(), which is what claim.pml is about */
		atomic {
			if
			:: next < JOBS -> next++; job = next
			:: else -> job = 0
			fi
		}
		if
		:: job == 0 ->
#ifndef NEVER_IDLE
			pending[me] = NEVER;
			wake_turns();
#endif
			break
		:: else
		fi;
		pending[me] = job;
		wake_turns();
		/* the slave dies while its job runs, and takes it along */
		if
		:: atomic { may_die -> may_die = false; is_dead[me] = true };
			is_found[me];
			is_found[me] = false;
			/* without a job there is no successor */
			if
			:: next < JOBS -> goto again
			:: else -> break
			fi
		:: true
		fi;
		work(me, job);
		/* sections_job_ended() */
		pending[me] = NEVER;
		wake_turns()
	od
}

/* sections_slave_died(), for a job that had begun; the successor is let go */
proctype master()
{
	byte i;

	/* there is one death at most */
end:	do
	:: is_dead[0] || is_dead[SLAVES - 1] || is_dead[SLAVES / 2] ->
		i = (is_dead[0] -> 0 : (is_dead[SLAVES / 2] -> SLAVES / 2 :
			SLAVES - 1));
		is_dead[i] = false;
#ifndef FORGET_DEAD
		pending[i] = NEVER;
		wake_turns();
#endif
		is_found[i] = true;
		i = 0
	od
}

init
{
	byte n;

	atomic {
		do
		:: n < SLAVES -> pending[n] = NEVER; n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < SLAVES -> run slave(n); n++
		:: else -> break
		od;
		run master()
	}
}
