/*
 * measure RUNS STDIN FD3 -- COMMAND... [-- COMMAND...]...
 *
 * Runs the commands in turn, RUNS times each, every one with STDIN as its standard
 * input, FD3 as descriptor 3 and its output thrown away.  Prints for each the median,
 * least and greatest wall time, the median of its cpu time and the peak resident memory, then how the first
 * compares with the second.  A command that fails ends it: exit 1.  Where the environment has CLEAN, the
 * file or folder of that name is removed before each run; where it has LIMIT_TIME or LIMIT_CPU, a ratio,
 * a line says whether the first command keeps to it.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMANDS	8
#define MAX_RUNS	10000

struct command {
	char	**argv;
	double	 *ms;		/* wall time of each run */
	double	 *cpu;		/* user and system time of each run, in ms */
	long	  peak;		/* KiB, the greatest of all runs */
};

static const char	*input, *third;

static double
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
become(char **argv)
{
	static const struct { int fd, flags; } places[] = {
		{ 0, O_RDONLY }, { 1, O_WRONLY }, { 3, O_RDONLY }
	};
	const char	*names[] = { input, "/dev/null", third };
	size_t		 i;
	int		 fd;

	for (i = 0; i < 3; i++) {
		if ((fd = open(names[i], places[i].flags)) == -1) {
			perror(names[i]);
			_exit(127);
		}
		if (fd != places[i].fd && (dup2(fd, places[i].fd) == -1 || close(fd) == -1))
			_exit(127);
	}
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static int
run(struct command *c, size_t n)
{
	struct rusage	 ru;
	double		 start;
	pid_t		 pid;
	int		 status;

	if (getenv("CLEAN") != NULL && system("rm -rf -- \"$CLEAN\"") != 0)
		return -1;
	start = now_ms();
	if ((pid = fork()) == 0)
		become(c->argv);
	if (pid == -1 || wait4(pid, &status, 0, &ru) != pid) {
		perror("measure");
		return -1;
	}
	c->ms[n] = now_ms() - start;
	c->cpu[n] = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e3;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "measure: %s failed\n", c->argv[0]);
		return -1;
	}
	if (ru.ru_maxrss > c->peak)
		c->peak = ru.ru_maxrss;
	return 0;
}

static int
by_value(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const double *v, size_t n)
{
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void
print_limit(const char *variable, const char *of, double ratio)
{
	const char	*limit = getenv(variable);

	if (limit != NULL)
		printf("  limit: %s times the %s, %s\n", limit, of,
		    ratio <= strtod(limit, NULL) ? "kept" : "MISSED");
}

static void
print_ratios(const struct command *a, const struct command *b, size_t runs)
{
	const double	 time = median(a->ms, runs) / median(b->ms, runs);
	const double	 cpu = median(a->cpu, runs) / median(b->cpu, runs);

	printf("  first to second: %.2f times the time, %.2f times the cpu, %+.1f MiB\n", time, cpu,
	    (double)(a->peak - b->peak) / 1024);
	print_limit("LIMIT_TIME", "time", time);
	print_limit("LIMIT_CPU", "cpu", cpu);
}

static void
print(struct command *commands, size_t n, size_t runs)
{
	const char	*name;
	size_t		 i;

	for (i = 0; i < n; i++) {
		struct command	*c = &commands[i];

		qsort(c->ms, runs, sizeof(*c->ms), by_value);
		qsort(c->cpu, runs, sizeof(*c->cpu), by_value);
		name = strrchr(c->argv[0], '/');
		printf("  %-10s median %7.1f ms  (%.1f to %.1f)  cpu %7.1f ms  peak %6.1f MiB\n",
		    name == NULL ? c->argv[0] : name + 1, median(c->ms, runs), c->ms[0],
		    c->ms[runs - 1], median(c->cpu, runs), (double)c->peak / 1024);
	}
	if (n >= 2)
		print_ratios(&commands[0], &commands[1], runs);
}

/* Cut the arguments at each "--"; the number of commands, 0 if they make no sense. */
static size_t
cut(char **argv, struct command *commands, size_t runs)
{
	size_t	 n = 0;

	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") != 0)
			continue;
		*argv = NULL;
		if (n == MAX_COMMANDS || argv[1] == NULL || strcmp(argv[1], "--") == 0)
			return 0;
		commands[n].argv = argv + 1;
		commands[n].ms = calloc(runs, sizeof(double));
		commands[n].cpu = calloc(runs, sizeof(double));
		if (commands[n].ms == NULL || commands[n].cpu == NULL)
			return 0;
		n++;
	}
	return n;
}

int
main(int argc, char *argv[])
{
	struct command	 commands[MAX_COMMANDS] = { { NULL, NULL, NULL, 0 } };
	size_t		 runs = argc > 4 ? strtoul(argv[1], NULL, 10) : 0, n = 0, i, j;

	if (runs > 0 && runs <= MAX_RUNS && strcmp(argv[4], "--") == 0)
		n = cut(argv + 4, commands, runs);
	if (n == 0) {
		fputs("usage: measure RUNS STDIN FD3 -- COMMAND... [-- COMMAND...]...\n",
		    stderr);
		return 2;
	}
	input = argv[2];
	third = argv[3];
	for (i = 0; i < runs; i++)
		for (j = 0; j < n; j++)
			if (run(&commands[j], i) == -1)
				return 1;
	print(commands, n, runs);
	for (j = 0; j < n; j++) {
		free(commands[j].ms);
		free(commands[j].cpu);
	}
	return 0;
}
