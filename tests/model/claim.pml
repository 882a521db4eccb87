/*
 * The ring of batches, src/engine/claim.c, with the slave's loop around it
 * (slave.c) and what the master does about deaths (pool.c).
 *
 * A ring of two slots, two ranks, a few batches; a slave can be killed between
 * any two steps. The input gives some records at once, then, as a pipe from an
 * interactive program does, the next only when every earlier job has begun: a
 * batch that nobody takes is a deadlock, which Spin calls an invalid end state.
 * The first job ends only when the second has begun: with two ranks there is a
 * slave for each of them.
 *
 * Promised: each batch is begun exactly once, whole; nobody is stuck.
 *
 * What rings the bell is not modelled here but in bell.pml: the master wakes
 * when there is input that fits, when a child ended, and when it was rung.
 * Spin's memory is sequentially consistent. A step that comes too early, as
 * without its fence, is what the variants to be refuted are about.
 */
/* verify: -m10000 ; -DPATIENT */
/* verify: -m10000 ; -DDEATHS=0 -DPIECES -DBATCHES=4 -DBURST=3 */
/* The sleeper looks at the slots before it reads event and counts itself. */
/* refute: -m10000 ; -DBROKEN_FENCE -DDEATHS=0 -DPATIENT */
/* A batch is taken by counting up next, and its slot names no owner. */
/* refute: -m10000 ; -DNO_OWNER */
/* A wake-up that a slave took into its grave is not passed on. */
/* refute: -m10000 ; -DNO_PASSING_ON -DPATIENT */
/* Who has taken a batch still counts as one who will, and does not say so. */
/* refute: -m10000 ; -DNO_ASKING -DDEATHS=0 -DPIECES */

#define SLOTS 2
#define SLAVES 2
#ifndef BATCHES
#define BATCHES 3
#endif
#ifndef BURST
#define BURST 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

/* claim.c: word_of() */
#define EMPTY(k) ((k) * 4)
#define READY(k) ((k) * 4 + 1)
#define TAKEN(k, r) ((k) * 4 + 2 + (r))
#define NONE 255

/* struct claim_ring */
byte word[SLOTS];
byte place[SLOTS]; /* the slot's fields, and the text they refer to */
byte next, published, event, waiting;
bool closed;
bool asleep[SLAVES]; /* in futex_wait(&ring->event) */

/* struct area: enum slave_phase, job and text */
#define STARTING 0
#define WAITING 1
#define CLAIMED 2
#define BEGUN 3
byte phase[SLAVES], job[SLAVES], text[SLAVES];

/* processes */
#define GONE 0
#define ALIVE 1
#define FINISHED 2 /* a zombie: exited */
#define KILLED 3   /* likewise: by a signal */
byte life[SLAVES];
bool kill[SLAVES], start[SLAVES];

/* the master, and its input */
bool has_job[SLAVES];
bool asking, rung;

/* what is promised */
byte nbegun;
bool begun[BATCHES];

/* the input: BURST records at once, then one when all before it have begun;
 * its end with the last record or, when it is patient, after that has begun */
#define arrived \
	(nbegun < BURST -> BURST : (nbegun < BATCHES -> nbegun + 1 : BATCHES))
#ifdef PATIENT
#define eof (nbegun == BATCHES)
#else
#define eof (arrived == BATCHES)
#endif

#define untaken (published - next) /* claim_untaken() */

/* pool.c: count_claimers() */
#define is_claimer(r) (life[r] != GONE && phase[r] <= WAITING)
#define claimers (is_claimer(0) + is_claimer(1))
#define alive ((life[0] != GONE) + (life[1] != GONE))

/* claim_taken_by() */
#define owns(r, s) (word[s] % 4 == 2 + (r))
inline taken_by(r, k)
{
	d_step {
		k = NONE;
		if
		:: owns(r, 0) -> k = word[0] / 4
		:: else ->
			if
			:: owns(r, 1) -> k = word[1] / 4
			:: else
			fi
		fi
	}
}

/* claim_free(); asking stands for low_water, see bell.pml */
inline free_batch(k)
{
	word[(k) % SLOTS] = EMPTY((k) + SLOTS);
	atomic {
		if
		:: asking -> asking = false; rung = true
		:: else
		fi
	}
}

/* slave.c: keep_text() */
inline keep_text(r, k)
{
	/* phase is last: a death in between is a death before */
	d_step {
		text[r] = place[(k) % SLOTS];
		job[r] = k + 1;
		phase[r] = CLAIMED
	}
	free_batch(k)
}

/* next_pass() */
inline next_pass(k)
{
	d_step {
		if
		:: next == k -> next++
		:: else
		fi
	}
}

proctype slave(byte r)
{
	byte k, w, seen;
	bool was_closed;

end_unborn:
	do
	:: atomic { start[r] -> start[r] = false };
	   {
		/* inherit() */
		taken_by(r, k);
		if
		:: k == NONE && phase[r] != CLAIMED -> goto claim
		:: k == NONE && phase[r] == CLAIMED
		:: k != NONE && phase[r] == CLAIMED ->
			assert(job[r] == k + 1);
			free_batch(k)
		:: k != NONE && phase[r] != CLAIMED -> keep_text(r, k)
		fi;
work:
		/* exec.c sets the phase, then the job begins */
		atomic {
			k = job[r] - 1;
			assert(text[r] == k);
			assert(!begun[k]);
			phase[r] = BEGUN;
			begun[k] = true;
			nbegun++
		}
		(k != 0 || nbegun >= 2);
claim:
		/* claim_job() */
		atomic { phase[r] = WAITING; k = 0; w = 0; seen = 0 }
again:
		was_closed = closed;
next_batch:
		/* claim_next() */
#ifdef NO_OWNER
		d_step {
			k = next;
			w = word[k % SLOTS];
			if
			:: w == READY(k) -> next++
			:: else
			fi
		}
		if
		:: w == READY(k) -> keep_text(r, k); goto work
		:: else
		fi;
#else
		k = next;
		w = word[k % SLOTS];
		if
		:: w <= EMPTY(k)
		:: w > EMPTY(k) && w != READY(k) ->
			next_pass(k);
			goto next_batch
		:: w == READY(k) ->
			d_step {
				if
				:: word[k % SLOTS] == w ->
					word[k % SLOTS] = TAKEN(k, r);
				:: else -> w = NONE
				fi
			}
			if
			:: w == NONE -> goto next_batch
			:: else
			fi;
			next_pass(k);
			keep_text(r, k);
			goto work
		fi;
#endif
		if
		:: was_closed -> goto finished
		:: else
		fi;
		/* claim_sleep(): counting before looking is not what the
		 * promise rests on, for event would tell. Both before it is. */
#ifdef BROKEN_FENCE
		d_step { k = next; w = word[k % SLOTS] }
		seen = event;
		waiting++;
#else
		d_step { seen = event; waiting++ }
		d_step { k = next; w = word[k % SLOTS] }
#endif
		if
		:: w <= EMPTY(k) && !closed ->
			d_step {
				if
				:: event == seen -> asleep[r] = true
				:: else
				fi
			}
			!asleep[r]
		:: else
		fi;
		d_step { waiting--; k = 0; w = 0; seen = 0 }
		goto again;
finished:
		atomic {
			life[r] = FINISHED; kill[r] = false;
			k = 0; w = 0; seen = 0; was_closed = false
		}
	   } unless {
		/* the kernel takes it off the futex; waiting stays too high */
		atomic {
			kill[r] -> kill[r] = false; asleep[r] = false;
			life[r] = KILLED; k = 0; w = 0; seen = 0;
			was_closed = false
		}
	   }
	od
}

/* futex_wake(): which sleepers it finds is not ours to choose */
inline wake_one()
{
	if
	:: asleep[0] -> asleep[0] = false
	:: asleep[1] -> asleep[1] = false
	:: !asleep[0] && !asleep[1]
	fi
}

/* claim_wake() */
inline claim_wake(n)
{
	event++;
	atomic {
		if
		:: waiting != 0 && (n) == 1 -> wake_one()
		:: waiting != 0 && (n) > 1 ->
			asleep[0] = false; asleep[1] = false
		:: else
		fi
	}
}

/* source_step(): claim_publish(), claim_wake(), claim_close() */
inline source_step()
{
	n = 0;
	do
	:: published < arrived &&
	   word[published % SLOTS] == EMPTY(published) ->
		d_step {
			place[published % SLOTS] = published;
			word[published % SLOTS] = READY(published)
		}
		d_step { published++; n++ }
#ifdef PIECES
	:: n > 0 -> break
#endif
	:: else -> break
	od;
	if
	:: n > 0 -> claim_wake(n)
	:: else
	fi;
	if
	:: !closed && eof && published == arrived ->
		closed = true;
		claim_wake(SLAVES)
	:: else
	fi;
	n = 0
}

/* pool_reap(), slave_ended(), recover() of one rank */
inline reap(r)
{
	atomic {
		if
		:: life[r] == FINISHED ->
			life[r] = GONE;
			has_job[r] = phase[r] == CLAIMED
		:: life[r] == KILLED ->
			life[r] = GONE;
			if
			:: phase[r] == BEGUN -> phase[r] = STARTING
			:: else
			fi;
			taken_by(r, n);
			has_job[r] = phase[r] == CLAIMED || n != NONE;
			n = 1
		:: else -> n = 0
		fi
	}
#ifndef NO_PASSING_ON
	if
	:: n == 1 -> claim_wake(1)
	:: else
	fi;
#endif
	n = 0
}

#define is_free(r) (life[r] == GONE)

/* start() */
inline start_slave(r)
{
	if
	:: !has_job[r] -> phase[r] = STARTING
	:: else
	fi;
	has_job[r] = false;
	life[r] = ALIVE;
	start[r] = true
}

/* pool_start_needed(), next_rank() */
inline start_needed()
{
	d_step {
	do
	:: is_free(1) && has_job[1] -> start_slave(1)
	:: is_free(0) && has_job[0] && !(is_free(1) && has_job[1]) ->
		start_slave(0)
	:: else ->
		if
		:: (is_free(0) || is_free(1)) && untaken > claimers ->
			if
			:: is_free(0) -> start_slave(0)
			:: else -> start_slave(1)
			fi
		:: else -> break
		fi
	od
	}
}

#define is_zombie(r) (life[r] == FINISHED || life[r] == KILLED)
#define is_news \
	(rung || is_zombie(0) || is_zombie(1) || \
	 (published < arrived && \
	  word[published % SLOTS] == EMPTY(published)) || \
	 (!closed && eof && published == arrived))

/* run.c: is_over() */
#define is_over \
	(alive == 0 && closed && untaken == 0 && !has_job[0] && !has_job[1])

/* run.c: step() */
inline step()
{
	if
	:: is_zombie(0) || is_zombie(1) -> reap(0); reap(1)
	:: else
	fi;
	source_step();
#ifndef NO_ASKING
	/* before the look: who takes something away is to ring when batches
	 * are left and there could be one more slave */
	asking = untaken > 0 && alive < SLAVES;
#endif
	start_needed()
}

/* run.c: loop(); a step that moves nothing comes before each sleep */
proctype master()
{
	byte n;

	do
	:: is_over -> break
	:: else ->
		(is_news || is_over);
		rung = false;
		step()
	od;
	assert(nbegun == BATCHES)
}

/* ranks are alike but for which is started first */
proctype killer()
{
	byte n;

	do
	:: n < DEATHS && life[0] == ALIVE ->
		d_step { kill[0] = true; n++ }
	:: true -> break
	od
}

init
{
	atomic {
		word[1] = EMPTY(1);
		run master();
		run slave(0);
		run slave(1);
#if DEATHS > 0
		run killer()
#endif
	}
}
