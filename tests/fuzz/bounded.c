/*
 * bounded FILE COMMAND...: run the command with our own input and output, and end as it
 * did; FILE gets its wall time in ms and its peak resident memory in KiB.  A command that
 * runs for longer than a minute is killed: exit 124.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX	60

static volatile sig_atomic_t	 late;
static volatile pid_t		 child;

static void
on_alarm(int sig)
{
	(void)sig;
	late = 1;
	if (child > 0)
		kill(child, SIGKILL);
}

static double
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

int
main(int argc, char *argv[])
{
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct rusage	 ru;
	double		 start = now_ms();
	FILE		*fp;
	int		 status;

	if (argc < 3 || sigaction(SIGALRM, &act, NULL) == -1 || (child = fork()) == -1) {
		fputs("usage: bounded FILE COMMAND...\n", stderr);
		return 125;
	}
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	alarm(SECONDS_MAX);
	if (wait4(child, &status, 0, &ru) != child || (fp = fopen(argv[1], "w")) == NULL)
		return 125;
	fprintf(fp, "%.0f %ld\n", now_ms() - start, ru.ru_maxrss);
	if (fclose(fp) != 0)
		return 125;
	if (late)
		return 124;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
