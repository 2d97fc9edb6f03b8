#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/interrupt.h"
#include "fixture.h"

/* In a process of its own: is this signal remembered?  1: yes; 0: no; -1: it ended the process. */
static int
remembered(int sig, bool ignored)
{
	int	 status = 0;
	pid_t	 pid = fork();

	if (pid == 0) {
		signal(sig, ignored ? SIG_IGN : SIG_DFL);
		interrupt_catch();
		if (interrupt_came())
			_exit(2);
		raise(sig);
		_exit(interrupt_came() ? 1 : 0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void
test_interrupt(void)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t		 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CU_ASSERT_EQUAL(remembered(all[i], false), 1);
		CU_ASSERT_EQUAL(remembered(all[i], true), 0);
	}
	CU_ASSERT_EQUAL(remembered(SIGALRM, false), -1);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_interrupt) };

	return run_tests("interrupt", tests, sizeof(tests) / sizeof(tests[0]));
}
