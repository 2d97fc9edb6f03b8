#include <signal.h>
#include <stddef.h>

#include "base/interrupt.h"

static volatile sig_atomic_t came;

static void
remember(int sig)
{
	(void)sig;
	came = 1;
}

void
interrupt_catch(void)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction act = { .sa_handler = remember }, old;
	size_t		 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sigaction(all[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(all[i], &act, NULL);
}

bool
interrupt_came(void)
{
	return came != 0;
}
