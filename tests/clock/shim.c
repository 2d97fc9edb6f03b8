/*
 * shim: with LD_PRELOAD, a false wall clock for one program and what it starts: BIND's
 * programs lock up under libfaketime.
 *
 *	FALSE_CLOCK=SECONDS	it is that second, and stays so however long the program runs
 *	FALSE_CLOCK=+SECONDS	it is that second when the program starts, and time goes on
 *	FALSE_CLOCK=@FILE	FILE has 8 bytes, the seconds (int64_t of this machine) that are added
 *				to the true clock; they may be changed while programs run
 *
 * Seconds since 1970-01-01T00:00:00Z.  Without the variable the clock is the true one.  Other clocks than
 * that of the wall, and with them timers, run as ever.  Nothing here allocates or looks up a
 * symbol but at the first wait with a deadline, which is where such shims lock up.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BILLION	INT64_C(1000000000)
#define WALL	BILLION		/* a deadline with more seconds is one of the wall clock */

static enum { UNKNOWN, TRUE_CLOCK, STILL, RUNNING, AWAY } mode;
static int64_t	 start;		/* false, in nanoseconds */
static int64_t	 began;		/* true, when the program started */
static const volatile int64_t *away;	/* the file; NULL: it cannot be read, and the clock is true */

static int
true_clock(clockid_t id, struct timespec *ts)
{
	return (int)syscall(SYS_clock_gettime, id, ts);
}

static int64_t
nanoseconds(const struct timespec *ts)
{
	return ts->tv_sec * BILLION + ts->tv_nsec;
}

static struct timespec
timespec_of(int64_t ns)
{
	return (struct timespec){ ns / BILLION, ns % BILLION };
}

static int64_t
true_now(void)
{
	struct timespec	 ts;

	true_clock(CLOCK_REALTIME, &ts);
	return nanoseconds(&ts);
}

static void
follow(const char *path)
{
	int	 fd = open(path, O_RDONLY | O_CLOEXEC);
	void	*p = fd == -1 ? MAP_FAILED : mmap(NULL, sizeof(*away), PROT_READ, MAP_SHARED, fd, 0);

	if (fd != -1)
		close(fd);
	mode = p == MAP_FAILED ? TRUE_CLOCK : AWAY;
	if (mode == AWAY)
		away = p;
}

__attribute__((constructor)) static void
begin(void)
{
	const char	*s = getenv("FALSE_CLOCK");

	if (mode != UNKNOWN)
		return;
	began = true_now();
	if (s == NULL || *s == '\0') {
		mode = TRUE_CLOCK;
		return;
	}
	if (*s == '@') {
		follow(s + 1);
		return;
	}
	start = strtoll(s + (*s == '+'), NULL, 10) * BILLION;
	mode = *s == '+' ? RUNNING : STILL;
}

/* A clock that stands still goes on all the same, less and less, and never reaches the next second. */
static int64_t
false_now(void)
{
	int64_t	 elapsed;

	begin();
	if (mode == AWAY)
		return true_now() + *away * BILLION;
	elapsed = true_now() - began;
	if (mode == TRUE_CLOCK || elapsed < 0)
		return mode == TRUE_CLOCK ? true_now() : start;
	if (mode == RUNNING)
		return start + elapsed;
	return start + (int64_t)((double)(BILLION - 1) * (double)elapsed /
	    ((double)elapsed + 100.0 * (double)BILLION));
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)
		return true_clock(id, ts);
	*ts = timespec_of(false_now());
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t	 now = false_now();

	(void)tz;
	tv->tv_sec = now / BILLION;
	tv->tv_usec = now % BILLION / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	time_t	 now = false_now() / BILLION;

	if (out != NULL)
		*out = now;
	return now;
}

int
timespec_get(struct timespec *ts, int base)
{
	if (base != TIME_UTC)
		return 0;
	clock_gettime(CLOCK_REALTIME, ts);
	return base;
}

/* A deadline of the false clock, as one of the true clock. */
static struct timespec
deadline(const struct timespec *abstime)
{
	int64_t	 at = nanoseconds(abstime);

	if (abstime->tv_sec < WALL)
		return *abstime;
	return timespec_of(at - false_now() + true_now());
}

int
pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
    const struct timespec *restrict abstime)
{
	static int	(*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
	struct timespec	 ts;

	if (next == NULL) {
		*(void **)&next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
		if (next == NULL)
			*(void **)&next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	}
	if (next == NULL)
		return EINVAL;
	ts = deadline(abstime);
	return next(cond, mutex, &ts);
}
