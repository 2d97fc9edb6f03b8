#include <sched.h>
#include <signal.h>
#include <stdbool.h>

#include <CUnit/Basic.h>

#include "base/thread.h"

#define MAX	8

struct seen {
	int	 cpu[MAX];
	bool	 blocked;
	int	 n;
};

static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;

static void *
look(void *arg)
{
	struct seen	*s = arg;
	sigset_t	 mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	pthread_mutex_lock(&lock);
	s->cpu[s->n++] = sched_getcpu();
	s->blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void
test_one(void)
{
	struct seen	 s = { .n = 0 };
	cpu_set_t	 all, then;
	sigset_t	 mask;
	pthread_t	 t;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(all), &all), 0);
	CU_ASSERT_EQUAL_FATAL(thread_beside(&t, 1, look, &s), 0);
	pthread_join(t, NULL);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_TRUE(s.blocked);
	/* This thread is as it was. */
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	CU_ASSERT_EQUAL(sigismember(&mask, SIGINT), 0);
	CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof(then), &then), 0);
	CU_ASSERT_TRUE(CPU_EQUAL(&all, &then));
}

static void *
where(void *arg)
{
	sched_getaffinity(0, sizeof(cpu_set_t), arg);
	return NULL;
}

/* With one processor it goes as well, and it goes nowhere else. */
static void
test_one_processor(void)
{
	cpu_set_t	 all, one, seen;
	pthread_t	 t;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	CU_ASSERT_EQUAL_FATAL(sched_setaffinity(0, sizeof(one), &one), 0);
	for (i = 1; i <= 3; i++) {
		CPU_ZERO(&seen);
		CU_ASSERT_EQUAL_FATAL(thread_beside(&t, i, where, &seen), 0);
		pthread_join(t, NULL);
		CU_ASSERT_TRUE(CPU_EQUAL(&one, &seen));
	}
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void
test_many(void)
{
	struct seen	 s = { .n = 0 };
	pthread_t	 t[MAX];
	size_t		 n, i;

	CU_ASSERT_EQUAL(threads_beside(t, MAX, 0, look, &s), 0);
	CU_ASSERT_EQUAL(threads_beside(t, MAX, 1, look, &s), 0);
	CU_ASSERT_EQUAL(threads_beside(t, 1, 100, look, &s), 0);
	n = threads_beside(t, MAX, 100, look, &s);
	CU_ASSERT_TRUE(n < MAX);
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	CU_ASSERT_EQUAL((size_t)s.n, n);
}

int
main(void)
{
	CU_pSuite	 s;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("thread", NULL, NULL)) == NULL ||
	    CU_add_test(s, "one thread", test_one) == NULL ||
	    CU_add_test(s, "one processor", test_one_processor) == NULL ||
	    CU_add_test(s, "many threads", test_many) == NULL)
		return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() > 0;
}
