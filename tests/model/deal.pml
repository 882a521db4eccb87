/*
 * Dealing (--schedule static): batch k is for rank k % deal alone. claim.c with
 * deal, take_batch_now() (take.c), and what the master does when slaves die or
 * can not be started (pool.c).
 *
 * A small ring of slots. The input comes in pieces, as in claim.pml: a batch
 * that nobody takes is a deadlock. A slave can be killed at any step; if it had
 * begun its batch that is what it takes along. The kernel may refuse some slaves,
 * at the start or later, and the limit of how many there are is lowered then, as
 * it is when a slave is told to retire.
 *
 * Promised: each batch is begun exactly once; each rank begins batches in
 * growing order, whatever happens (stream.h, I2); nobody is stuck, and all end
 * when the input has ended.
 *
 * SECTIONS: each job has an ordered section, see sections.h; it is entered in the
 * order of the batches. Not promised with a slave that dies and can not be replaced
 * as long as others run: they may be what waits for its jobs.
 *
 * What wakes the master is not modelled here but in claim.pml and bell.pml; it
 * asks again after a refusal by itself.
 */
/* verify: -m100000 */
/* verify: -m100000 ; -DREFUSALS=2 -DDEATHS=0 */
/* verify: -m100000 ; -DRETIRE -DREFUSALS=0 -DDEATHS=0 */
/* verify: -m100000 ; -DPATIENT */
/* verify: -m100000 ; -DEARLY_END -DDEATHS=0 */
/* verify: -m100000 ; -DSECTIONS -DDEATHS=0 */
/* verify: -m100000 ; -DSECTIONS -DREFUSALS=0 */
/* Dealing is given up whenever a slave can not be started. */
/* refute: -m100000 ; -DGIVE_UP */
/* Who finds nothing stays when fewer slaves are there than ranks. */
/* refute: -m100000 ; -DSTAY -DDEATHS=0 -DRETIRE -DREFUSALS=0 */
/* Who sleeps is not told that it is to leave. */
/* refute: -m100000 ; -DNO_WAKE -DDEATHS=0 -DRETIRE -DREFUSALS=0 */
/* Who ends after the end of the input is taken to have had all. */
/* refute: -m100000 ; -DALL_ITS -DDEATHS=0 -DEARLY_END */
/* One is woken for each batch, whoever that is. */
/* refute: -m100000 ; -DWAKE_ONE -DDEATHS=0 -DREFUSALS=0 -DPATIENT */
/* The hint is not moved over batches that were taken out of order. */
/* refute: -m100000 ; -DNO_PASSING -DDEATHS=0 -DREFUSALS=0 */
/* Batches are taken before all slaves are there: sections wait for one that
 * never will be. */
/* refute: -m100000 ; -DSECTIONS -DNOT_HELD -DDEATHS=0 */
/* Without dealing, something is kept for a slave that is not there. */
/* refute: -m100000 ; -DSECTIONS -DKEEP_PENDING -DDEATHS=0 */
/* Nothing is kept for a slave that has died, and has a successor. */
/* refute: -m100000 ; -DSECTIONS -DFORGET_DEAD -DREFUSALS=0 */

#ifndef SLAVES
#define SLAVES 2
#endif
#ifndef BATCHES
#define BATCHES 3
#endif
#ifndef BURST
#define BURST 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef REFUSALS
#define REFUSALS 1
#endif
#define SLOTS SLAVES /* an odd number of rounds is as good as CLAIM_SLOTS */
#define NONE 255

/* claim.c: word_of() */
#define EMPTY(k) ((k) * 8)
#define READY(k) ((k) * 8 + 1)
#define TAKEN(k, r) ((k) * 8 + 2 + (r))

/* struct claim_ring */
byte word[SLOTS], next, published, event, waiting, deal = SLAVES;
bool closed;
#define ON 0
#define HELD 1
#define SHORT 2
#ifdef NOT_HELD
byte dealing = ON;
#else
byte dealing = HELD;
#endif
bool asleep[SLAVES];

/* processes */
#define GONE 0
#define ALIVE 1
#define FINISHED 2
#define KILLED 3
byte life[SLAVES];
bool start[SLAVES], kill[SLAVES], has_finished[SLAVES], retire[SLAVES];
bool is_waiting[SLAVES]; /* PHASE_WAITING, PHASE_STARTING */
byte alive, limit = SLAVES;

/* what is promised */
byte nbegun;
bool begun[BATCHES];
byte pending[SLAVES]; /* 0 at first: run.c */
byte sections;	      /* batches whose section is over, with SECTIONS */
byte had[SLAVES]; /* 1 + the last batch that the rank has begun */

/* the input, as in claim.pml */
#define arrived \
	(nbegun < BURST -> BURST : (nbegun < BATCHES -> nbegun + 1 : BATCHES))
#ifdef PATIENT
#define eof (nbegun == BATCHES)
#else
#define eof (arrived == BATCHES)
#endif

/* claim_taken_by() */
inline taken_by(r, k)
{
	k = 0;
	do
	:: k == SLOTS -> k = NONE; break
	:: k < SLOTS && word[k] % 8 == 2 + r -> k = word[k] / 8; break
	:: else -> k++
	od
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

/* find_next() with deal: k is READY, or NONE */
inline find_dealt(r, k, from)
{
	from = next;
	k = from + (r + SLAVES - from % SLAVES) % SLAVES;
	do
	:: k >= from + SLOTS -> k = NONE; break
	:: k < from + SLOTS && word[k % SLOTS] <= EMPTY(k) -> k = NONE; break
	:: k < from + SLOTS && word[k % SLOTS] == READY(k) -> break
	:: else -> k = k + SLAVES
	od;
	from = 0
}

/* pass_taken() */
inline pass_taken(k)
{
#ifndef NO_PASSING
	do
	:: k = next;
		if
		:: word[k % SLOTS] <= READY(k) -> break
		:: else -> next_pass(k)
		fi
	od
#else
	skip
#endif
}

#if SLAVES == 2
#define is_turn(r, k) (pending[1 - r] > k)
#endif

proctype slave(byte r)
{
	byte k, w, seen, from;
	bool was_closed, was_held;

end_unborn:
	do
	:: atomic { start[r] -> start[r] = false };
	   {
		atomic { taken_by(r, k) }
		if
		:: k != NONE -> goto batch
		:: else -> goto again
		fi;
batch:
		/* phase, claim_free(): claim.pml has their order */
		atomic {
			assert(!begun[k] && k + 1 > had[r]);
			begun[k] = true;
			had[r] = k + 1;
			nbegun++;
			is_waiting[r] = false;
			word[k % SLOTS] = EMPTY(k + SLOTS)
		}
#ifdef SECTIONS
		/* a job that dies here takes its section along */
		pending[r] = k;
		is_turn(r, k);
		atomic { assert(sections <= k); sections = k + 1 }
#endif
		is_waiting[r] = true;
#ifdef EARLY_END
		/* a worker that takes its jobs itself, and ends */
		if
		:: true -> goto finished
		:: true
		fi;
#endif
again:
		/* take_batch_now() */
		was_closed = closed;
#ifndef HELD_LATE
		was_held = dealing == HELD;
#endif
		if
		:: retire[r] -> goto finished
		:: else
		fi;
#ifdef SECTIONS
		/* claim_lowest_job(), sections_will_claim() */
		w = published;
		if
		:: deal != 0 -> atomic { find_dealt(r, k, from) }
		:: else -> k = (word[next % SLOTS] > EMPTY(next) -> next : NONE)
		fi;
		pending[r] = (k == NONE -> w : k);
#endif
search:
		/* claim_next() */
		if
		:: dealing == HELD -> k = NONE
		:: dealing != HELD && deal != 0 ->
			pass_taken(k);
			atomic { find_dealt(r, k, from) }
		:: dealing != HELD && deal == 0 ->
			atomic { k = next; w = word[k % SLOTS] }
			if
			:: w <= EMPTY(k) -> k = NONE
			:: w > EMPTY(k) && w != READY(k) ->
				next_pass(k);
				goto search
			:: w == READY(k)
			fi
		fi;
		if
		:: k != NONE ->
			d_step {
				if
				:: word[k % SLOTS] == READY(k) ->
					word[k % SLOTS] = TAKEN(k, r)
				:: else -> k = NONE
				fi
			}
			if
			:: k == NONE -> goto search
			:: else
			fi;
			w = k;
			if
			:: deal != 0 -> pass_taken(k)
			:: else -> next_pass(k)
			fi;
			k = w;
			goto batch
		:: else
		fi;
#ifdef HELD_LATE
		was_held = dealing == HELD;
#endif
		if
		:: was_held || (!was_closed && deal != 0) ->
#ifndef STAY
			if
			:: dealing == SHORT -> goto finished
			:: else
			fi
#endif
			skip
		:: !was_held && was_closed -> goto finished
		:: !was_held && !was_closed && deal == 0
		fi;
		/* claim_sleep() */
		d_step { seen = event; waiting++ };
		if
		:: deal != 0 -> atomic { find_dealt(r, k, from) }
		:: else -> atomic {
			k = next;
			if
			:: word[k % SLOTS] <= EMPTY(k) -> k = NONE
			:: else
			fi
		   }
		fi;
		if
#ifdef STAY
		:: !retire[r] && (dealing == HELD || (k == NONE && !closed)) ->
#else
		:: !retire[r] && (dealing == HELD ||
		   (dealing == ON && k == NONE && !closed)) ->
#endif
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
#ifdef SECTIONS
			/* take_idle(); not who leaves */
			if
			:: was_closed && dealing != SHORT -> pending[r] = NONE
			:: else
			fi;
#endif
			life[r] = FINISHED; kill[r] = false;
			k = 0; w = 0; seen = 0; was_closed = false;
			was_held = false
		}
	   } unless {
		atomic {
			kill[r] -> kill[r] = false; asleep[r] = false;
			life[r] = KILLED; k = 0; w = 0; seen = 0; from = 0;
			was_closed = false; was_held = false
		}
	   }
	od
}

/* claim_wake(): all of them with deal */
inline claim_wake(count)
{
	event++;
	atomic {
		if
#ifdef WAKE_ONE
		:: waiting != 0 && count == 1 ->
#else
		:: waiting != 0 && count == 1 && deal == 0 ->
#endif
			if
			:: asleep[0] -> asleep[0] = false
			:: asleep[1] -> asleep[1] = false
			:: else
			fi
		:: else ->
			if
			:: waiting != 0 ->
				n = 0;
				do
				:: n < SLAVES -> asleep[n] = false; n++
				:: else -> break
				od
			:: else
			fi
		fi;
		n = 0
	}
}

/* source_step() */
inline source_step()
{
	count = 0;
	do
	:: published < arrived &&
	   word[published % SLOTS] == EMPTY(published) ->
		d_step {
			word[published % SLOTS] = READY(published);
			published++;
			count++
		}
	:: else -> break
	od;
	if
	:: count > 0 -> claim_wake(count)
	:: else
	fi;
	count = 0;
	if
	:: !closed && eof && published == arrived ->
		closed = true;
		claim_wake(SLAVES)
	:: else
	fi
}

/* lower_limit(), retire(): claim_deal_short() */
inline deal_short()
{
	if
#ifdef GIVE_UP
	:: deal != 0 -> deal = 0; dealing = ON
#else
	:: deal != 0 && dealing == HELD ->
		deal = 0;
		dealing = ON;
#ifndef KEEP_PENDING
		atomic {
			n = 0;
			do
			:: n < SLAVES && life[n] == GONE ->
				pending[n] = NONE; n++
			:: n < SLAVES && life[n] != GONE -> n++
			:: else -> break
			od;
			n = 0
		}
#endif
	:: deal != 0 && dealing != HELD -> dealing = SHORT
#endif
	:: else
	fi;
#ifndef NO_WAKE
	claim_wake(SLAVES)
#endif
}

/* slave_ended() */
inline reap(r)
{
	died = false;
	atomic {
		if
		:: life[r] == FINISHED || life[r] == KILLED ->
			died = life[r] == KILLED;
			if
			:: deal != 0 -> find_dealt(r, k, n)
			:: else -> k = (published == next -> NONE : 0)
			fi;
#ifdef ALL_ITS
			if
			:: deal != 0 -> k = NONE
			:: else
			fi;
#endif
			has_finished[r] = life[r] == FINISHED && closed &&
				k == NONE && !retire[r];
#ifdef FORGET_DEAD
			if
			:: died -> pending[r] = NONE
			:: else
			fi;
#endif
			life[r] = GONE;
			retire[r] = false;
			alive--
		:: else
		fi;
		k = 0
	}
	if
	:: died -> claim_wake(1)
	:: else
	fi;
	died = false
}

/* next_rank(): rank, or NONE; has_job: it left a batch that it had taken */
inline next_rank()
{
	rank = NONE;
	has_job = false;
	first = NONE;
	r = 0;
	do
	:: r == SLAVES -> break
	:: r < SLAVES && life[r] != GONE -> r++
	:: else ->
		taken_by(r, k);
		if
		:: k != NONE -> rank = r; has_job = true; break
		:: else
		fi;
		if
#ifndef ANY_RANK
		:: dealing == SHORT ->
			find_dealt(r, k, n);
			if
			:: k < first -> first = k; rank = r
			:: else
			fi
#endif
		:: else ->
			if
			:: !has_finished[r] && rank == NONE -> rank = r
			:: else
			fi
		fi;
		r++
	od;
	/* is_wanted() */
	claimers = 0;
	r = 0;
	do
	:: r < SLAVES ->
		claimers = claimers + (life[r] != GONE && is_waiting[r]);
		r++
	:: else -> break
	od;
	if
	:: rank != NONE && !has_job &&
	   (deal != 0 -> published == 0 : published - next <= claimers) ->
		rank = NONE
	:: else
	fi;
	k = 0; n = 0; first = 0; r = 0; claimers = 0; has_job = false
}

/* pool_start_needed() */
inline start_needed()
{
	do
	:: alive >= limit -> break
	:: else ->
		atomic { next_rank() };
		if
		:: rank == NONE -> break
		:: rank != NONE -> atomic {
			life[rank] = ALIVE;
			start[rank] = true;
			is_waiting[rank] = true;
			alive++
		   }
		:: rank != NONE && nrefused < REFUSALS -> 
			nrefused++;
			limit = (alive > 0 -> alive : 1);
			deal_short();
			break
		fi
	od;
	atomic {
		rank = 0;
		do
		:: rank < SLAVES && (life[rank] != GONE || has_finished[rank]) ->
			rank++
		:: else -> break
		od;
		is_all = rank == SLAVES;
		rank = 0
	};
	if
	:: is_all && dealing == HELD ->
		dealing = ON;
		claim_wake(SLAVES)
	:: else
	fi;
	is_all = false
}

#define is_zombie(r) (life[r] == FINISHED || life[r] == KILLED)
#if SLAVES == 3
#define any_zombie (is_zombie(0) || is_zombie(1) || is_zombie(2))
#define any_owner(s) (word[s] % 8 >= 2)
#define any_taken (any_owner(0) || any_owner(1) || any_owner(2))
#else
#define any_zombie (is_zombie(0) || is_zombie(1))
#define any_owner(s) (word[s] % 8 >= 2)
#define any_taken (any_owner(0) || any_owner(1))
#endif

#define is_news \
	(any_zombie || \
	 (published < arrived && \
	  word[published % SLOTS] == EMPTY(published)) || \
	 (!closed && eof && published == arrived))

/* run.c: is_over() */
#define is_over \
	(alive == 0 && closed && published == next && !any_taken)

proctype master()
{
	byte n, k, r, count, rank, first, claimers, nrefused;
	bool died, has_job, is_all;

	do
	:: is_over -> break
	:: is_news ->
		count = 0;
		do
		:: count < SLAVES -> reap(count); count++
		:: else -> break
		od;
		count = 0;
		source_step();
		start_needed()
	/* what rings, or a timer, has it look again */
	:: !is_news && alive < limit && published > 0 && !is_over ->
		atomic { next_rank() };
		if
		:: rank != NONE -> rank = 0; start_needed()
		:: else -> rank = 0; (is_news || is_over)
		fi
#ifdef RETIRE
	/* none can begin its job: one slave less is one process more */
	:: alive == limit && limit > 1 && life[1] == ALIVE && dealing != HELD ->
		retire[1] = true;
		limit--;
		deal_short()
#endif
	od;
	assert(nbegun == BATCHES)
}

proctype killer()
{
	byte n;

	do
	:: n < DEATHS && life[n % SLAVES] == ALIVE ->
		d_step { kill[n % SLAVES] = true; n++ }
	:: true -> break
	od
}

init
{
	byte n;

	atomic {
		do
		:: n < SLOTS -> word[n] = EMPTY(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < SLAVES -> run slave(n); n++
		:: else -> break
		od;
		run master();
#if DEATHS > 0
		run killer()
#endif
	}
}
