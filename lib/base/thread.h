/*
 * thread: threads beside the one that starts them.  The signal handlers of a tool run in its first
 * thread only: these have all signals blocked.  Each begins on another processor: a
 * scheduler may leave it where it was started for longer than the whole work takes.  Later it may go anywhere.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

typedef void	*thread_fn(void *arg);

/* One thread, on the nth processor after this one, counted from 1.  0, or -1; to be joined. */
int	 thread_beside(pthread_t *, size_t nth, thread_fn *, void *arg);

/*
 * For n pieces of work, which this thread takes part in: so many more threads that there is one for each piece
 * and each processor, and at most max in all.  How many there are, in out[0..max-1); each to be joined.
 */
size_t	 threads_beside(pthread_t *out, size_t max, size_t n, thread_fn *, void *arg);

#endif
