/*
 * replay FILE-OR-FOLDER...: every file, and every file below a folder, once through the
 * fuzz target that this program is linked with.  Prints how many, and which was slowest.
 * Exit 1, with the file named, when the target crashes, breaks an invariant, leaks, or
 * takes longer than a minute; also when there is no file, or one that cannot be read.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define BYTES_MAX	((size_t)64 << 20)
#define SECONDS_MAX	60

struct progress {			/* shared with the process that does it */
	size_t		 files;
	double		 slowest;	/* ms */
	char		 slowest_file[PATH_MAX];
	char		 file[PATH_MAX];
};

static double
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int
replay(struct progress *p, const char *path)
{
	struct buf	 in = BUF_EMPTY;
	double		 ms;

	if (buf_load(&in, path, BYTES_MAX) == -1) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return -1;
	}
	snprintf(p->file, sizeof(p->file), "%s", path);
	alarm(SECONDS_MAX);
	ms = now_ms();
	(void)LLVMFuzzerTestOneInput(in.data, in.len);
	ms = now_ms() - ms;
	buf_free(&in);
	p->files++;
	if (ms >= p->slowest) {
		p->slowest = ms;
		memcpy(p->slowest_file, p->file, sizeof(p->file));
	}
	return 0;
}

static int
replay_all(struct progress *p, char **paths)
{
	FTSENT		*e;
	FTS		*fts;
	int		 rv = 0;

	if ((fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL)) == NULL)
		return -1;
	while ((e = fts_read(fts)) != NULL)
		switch (e->fts_info) {
		case FTS_F:
			rv |= replay(p, e->fts_path);
			break;
		case FTS_D:
		case FTS_DP:
			break;
		default:
			fprintf(stderr, "replay: %s: %s\n", e->fts_path, strerror(e->fts_errno));
			rv = -1;
		}
	fts_close(fts);
	return rv;
}

/* What the process left behind when it ended. */
static int
judge(const struct progress *p, int status)
{
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "replay: %s: %s\n", p->file, strsignal(WTERMSIG(status)));
		return 1;
	}
	if (WEXITSTATUS(status) != 0) {
		if (p->file[0] != '\0')
			fprintf(stderr, "replay: failed, the last file was %s\n", p->file);
		return 1;
	}
	if (p->files == 0) {
		fputs("replay: no file\n", stderr);
		return 1;
	}
	printf("%zu inputs, the slowest took %.1f ms (%s)\n", p->files, p->slowest,
	    p->slowest_file);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct progress	*p;
	pid_t		 pid;
	int		 status;

	(void)argc;
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || (pid = fork()) == -1) {
		perror("replay");
		return 1;
	}
	if (pid == 0)
		return argv[1] != NULL && replay_all(p, argv + 1) == -1 ? 1 : 0;
	if (waitpid(pid, &status, 0) != pid) {
		perror("replay");
		return 1;
	}
	return judge(p, status);
}
