#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/thread.h"

/* The nth of the processors in all that follows this thread's, round and round; false: there is no other. */
static bool
choose(cpu_set_t *one, const cpu_set_t *all, size_t nth)
{
	const int	 here = sched_getcpu();
	size_t		 cpu = (size_t)here;

	if (here < 0 || here >= CPU_SETSIZE || CPU_COUNT(all) < 2)
		return false;
	while (nth > 0) {
		cpu = (cpu + 1) % CPU_SETSIZE;
		if (CPU_ISSET(cpu, all))
			nth--;
	}
	CPU_ZERO(one);
	CPU_SET(cpu, one);
	return true;
}

static int
create(pthread_t *out, const cpu_set_t *one, thread_fn *fn, void *arg)
{
	pthread_attr_t	 attr;
	int		 rv = -1;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	if (pthread_attr_setaffinity_np(&attr, sizeof(*one), one) == 0 &&
	    pthread_create(out, &attr, fn, arg) == 0)
		rv = 0;
	pthread_attr_destroy(&attr);
	return rv;
}

int
thread_beside(pthread_t *out, size_t nth, thread_fn *fn, void *arg)
{
	cpu_set_t	 all, one;
	sigset_t	 every, old;
	int		 rv = -1;

	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &old);
	if (sched_getaffinity(0, sizeof(all), &all) == 0 && choose(&one, &all, nth) &&
	    create(out, &one, fn, arg) == 0) {
		pthread_setaffinity_np(*out, sizeof(all), &all);
		rv = 0;
	} else if (pthread_create(out, NULL, fn, arg) == 0)
		rv = 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rv;
}

size_t
threads_beside(pthread_t *out, size_t max, size_t n, thread_fn *fn, void *arg)
{
	long	 cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t	 most = n, started = 0;

	if (cpus > 0 && most > (size_t)cpus)
		most = (size_t)cpus;
	if (most > max)
		most = max;
	while (started + 1 < most && thread_beside(&out[started], started + 1, fn, arg) == 0)
		started++;
	return started;
}
