#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "judge/history.h"

#define HEX	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LINE	"2030-01-01T00:00:00Z id " HEX " " HEX "\n"

static const unsigned char	one[DIGEST_SIZE] = { 1 }, two[DIGEST_SIZE] = { 2 };

static enum verdict
append(const char *path, int64_t now, const char *id, const unsigned char *ksr)
{
	struct report	 r = REPORT_EMPTY;
	enum verdict	 v = history_append(path, &(struct history_line){
		now, id, ksr, two, NULL, 0, NULL }, &r);

	CU_ASSERT_EQUAL(report_verdict(&r), v);
	report_free(&r);
	return v;
}

static struct history *
load(const char *path)
{
	struct report	 r = REPORT_EMPTY;
	struct history	*h = history_load(path, &r);

	CU_ASSERT_EQUAL(report_verdict(&r), h == NULL ? FAULT : ACCEPT);
	report_free(&r);
	return h;
}

/* What the file has, good until the next call. */
static const char *
text_of(const char *path)
{
	static struct buf b;

	buf_free(&b);
	CU_ASSERT_EQUAL_FATAL(buf_load(&b, path, 1 << 20), 0);
	return b.data == NULL ? "" : (const char *)b.data;
}

static void
test_empty(void)
{
	struct history	*h = must(load(work_file("history", "", 0)));

	CU_ASSERT_EQUAL(history_find(h, "id", one), PAST_NONE);
	CU_ASSERT_EQUAL(history_last(h), INT64_MIN);
	history_free(h);
	history_free(NULL);
}

static void
test_append(void)
{
	const char	*path = work_file("history", "", 0);
	struct history	*h;

	CU_ASSERT_EQUAL(append(path, START, "a", one), ACCEPT);
	CU_ASSERT_EQUAL(append(path, START + 9, "b", one), ACCEPT);
	CU_ASSERT_EQUAL(append(path, START + 5, "b", one), ACCEPT);
	CU_ASSERT_EQUAL(strncmp(text_of(path), "2030-01-01T00:00:00Z a 0100000000", 33), 0);
	h = must(load(path));
	CU_ASSERT_EQUAL(history_find(h, "a", one), PAST_SAME);
	CU_ASSERT_EQUAL(history_find(h, "a", two), PAST_OTHER);
	CU_ASSERT_EQUAL(history_find(h, "b", one), PAST_SAME);
	CU_ASSERT_EQUAL(history_find(h, "c", one), PAST_NONE);
	CU_ASSERT_EQUAL(history_find(h, "", one), PAST_NONE);
	CU_ASSERT_EQUAL(history_find(h, "A", one), PAST_NONE);
	CU_ASSERT_EQUAL(history_last(h), START + 9);	/* the latest, not the last line's */
	history_free(h);
	/* One of the answers was to another request: that is what is told, in any order. */
	CU_ASSERT_EQUAL(append(path, START, "a", two), ACCEPT);
	h = must(load(path));
	CU_ASSERT_EQUAL(history_find(h, "a", one), PAST_OTHER);
	CU_ASSERT_EQUAL(history_find(h, "a", two), PAST_OTHER);
	history_free(h);
}

/* Who was revoked, in an answer that counts. */
static void
test_revoked(void)
{
	static const unsigned char keys[3][DIGEST_SIZE] = { { 7 }, { 8 }, { 9 } };
	const char	*path = work_file("history", "", 0);
	struct history_line line = { START, "a", one, two, keys, 2, NULL };
	struct report	 r = REPORT_EMPTY;
	struct history	*h;

	CU_ASSERT_EQUAL(history_append(path, &line, &r), ACCEPT);
	CU_ASSERT_EQUAL(append(path, START, "b", one), ACCEPT);
	h = must(load(path));
	CU_ASSERT_EQUAL(history_find(h, "a", one), PAST_SAME);
	CU_ASSERT_TRUE(history_revoked(h, keys[0], "c", NULL, NULL));
	CU_ASSERT_TRUE(history_revoked(h, keys[1], "c", "b", one));
	CU_ASSERT_FALSE(history_revoked(h, keys[2], "c", NULL, NULL));
	CU_ASSERT_FALSE(history_revoked(h, one, "c", NULL, NULL));	/* a digest of something else */
	CU_ASSERT_FALSE(history_revoked(h, keys[0], "a", NULL, NULL));	/* an alternative to this one */
	CU_ASSERT_TRUE(history_revoked(h, keys[0], "c", "a", two));	/* which was published ... */
	CU_ASSERT_FALSE(history_revoked(h, keys[0], "c", "a", one));	/* ... and another one was */
	history_free(h);
	line.nrevoked = HISTORY_REVOKED + 1;
	CU_ASSERT_EQUAL(history_append(path, &line, &r), FAULT);
	report_free(&r);
}

/* Of two who have judged by the same history, one is recorded. */
static void
test_known(void)
{
	const char	*path = work_file("history", LINE, sizeof(LINE) - 1);
	struct history	*h = must(load(path));
	struct history_line line = { START, "a", one, two, NULL, 0, h };
	struct report	 r = REPORT_EMPTY;

	CU_ASSERT_EQUAL(history_append(path, &line, &r), ACCEPT);
	CU_ASSERT_EQUAL(r.count, 0);
	line.id = "b";
	CU_ASSERT_EQUAL(history_append(path, &line, &r), FAULT);
	CU_ASSERT_TRUE(report_has(&r, FAULTY, NULL, "another answer has been recorded since"));
	history_free(h);
	h = must(load(path));
	CU_ASSERT_EQUAL(history_find(h, "a", one), PAST_SAME);
	CU_ASSERT_EQUAL(history_find(h, "b", one), PAST_NONE);
	line.known = h;
	CU_ASSERT_EQUAL(history_append(path, &line, &r), ACCEPT);
	report_free(&r);
	work_file("history", LINE "x\n", sizeof(LINE) + 1);
	CU_ASSERT_EQUAL(history_append(path, &line, &r), FAULT);
	CU_ASSERT_STRING_EQUAL(text_of(path), LINE "x\n");
	work_file("history", "", 0);
	report_free(&r);
	CU_ASSERT_EQUAL(history_append(path, &line, &r), FAULT);
	CU_ASSERT_STRING_EQUAL(text_of(path), "");
	report_free(&r);
	history_free(h);
}

static void
test_ids(void)
{
	static const char *const ids[] = {
		"", "-", "%", "%2D", "%41", "A", " ", "a b", "a\tb", "a\nb", "#", "#x", "\r",
		"\xc3\xa9\xe2\x82\xac", "\x7f", "\x01", "\xff\xfe", "'\"\\<&>", "100% sure",
	};
	const size_t	 n = sizeof(ids) / sizeof(ids[0]);
	const char	*path = work_file("history", "", 0), *p;
	unsigned char	 digest[DIGEST_SIZE] = { 0 };
	struct history	*h;
	size_t		 i, lines = 0;

	for (i = 0; i < n; i++) {
		digest[0] = (unsigned char)i;
		CU_ASSERT_EQUAL(append(path, START, ids[i], digest), ACCEPT);
	}
	for (p = text_of(path); *p != '\0'; p++) {
		lines += *p == '\n';
		CU_ASSERT_TRUE(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	}
	CU_ASSERT_EQUAL(lines, n);
	h = must(load(path));
	for (i = 0; i < n; i++) {
		digest[0] = (unsigned char)i;
		CU_ASSERT_EQUAL(history_find(h, ids[i], digest), PAST_SAME);
	}
	history_free(h);
}

static void
test_bad_files(void)
{
	static const char *const bad[] = {
		"2030-01-01T00:00:00Z id " HEX "\n",
		LINE "2030-01-01T00:00:00Z id " HEX " " HEX " more\n",
		"2030-01-01 id " HEX " " HEX "\n",
		"2030-02-30T00:00:00Z id " HEX " " HEX "\n",
		"2030-01-01T00:00:00+01:00 id " HEX " " HEX "\n",
		"2030-01-01T00:00:00Z %zz " HEX " " HEX "\n",
		"2030-01-01T00:00:00Z %00 " HEX " " HEX "\n",
		"2030-01-01T00:00:00Z id " HEX "0 " HEX "\n",
		"2030-01-01T00:00:00Z id " HEX " x" HEX "\n",
		"2030-01-01T00:00:00Z id - " HEX "\n",
		LINE "2030-01-01T00:00:00Z id 0123",
	};
	struct report	 r = REPORT_EMPTY;
	struct history	*h;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_PTR_NULL(load(work_file("bad", bad[i], strlen(bad[i]))));
	CU_ASSERT_PTR_NULL(load(work_file("bad", LINE "\0", sizeof(LINE))));
	CU_ASSERT_PTR_NULL(load("/nonexistent/history"));
	CU_ASSERT_PTR_NULL(load(work_folder()));
	CU_ASSERT_PTR_NULL(history_load(work_file("bad", LINE "\n# x\n2030\n",
	    sizeof(LINE) + 9), &r));
	CU_ASSERT_EQUAL(r.findings[0].line, 4);
	report_free(&r);
	h = must(load(work_file("good", "# answers\n\n  \t\n" LINE, sizeof(LINE) + 14)));
	CU_ASSERT_EQUAL(history_last(h), START);
	history_free(h);
}

/* A last line that nobody ended is ended. */
static void
test_no_line_end(void)
{
	const char	*path = work_file("history", LINE, sizeof(LINE) - 2);
	struct history	*h;

	CU_ASSERT_EQUAL(append(path, START + 1, "next", one), ACCEPT);
	CU_ASSERT_EQUAL(strncmp(text_of(path), LINE "2030-01-01T00:00:01Z next 01",
	    sizeof(LINE) + 27), 0);
	h = must(load(path));
	CU_ASSERT_EQUAL(history_find(h, "next", one), PAST_SAME);
	CU_ASSERT_EQUAL(history_last(h), START + 1);
	history_free(h);
}

/* Only a file that is there: a name mistyped must not begin a history of its own. */
static void
test_cannot_append(void)
{
	char	 path[128];

	snprintf(path, sizeof(path), "%s/none", work_folder());
	CU_ASSERT_EQUAL(append(path, START, "a", one), FAULT);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT_EQUAL(append(work_folder(), START, "a", one), FAULT);
	CU_ASSERT_EQUAL(append("/dev/full", START, "a", one), FAULT);
}

/* A child that runs this. */
static pid_t
in_child(void (*run)(const char *path, int number), const char *path, int number)
{
	pid_t	 pid;

	fflush(NULL);
	if ((pid = fork()) != 0)
		return pid;
	run(path, number);
	_exit(0);
}

static int
status_of(pid_t pid)
{
	int	 status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

/* The file may grow by so many bytes only: as with a disk that is full. */
static void
append_to_full(const char *path, int room)
{
	struct stat	 st;
	struct rlimit	 limit;
	struct report	 r = REPORT_EMPTY;

	if (stat(path, &st) == -1 || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		_exit(3);
	limit.rlim_cur = limit.rlim_max = (rlim_t)(st.st_size + room);
	if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
		_exit(3);
	if (history_append(path, &(struct history_line){
		START, "a", one, two, NULL, 0, NULL }, &r) != FAULT ||
	    strstr(r.findings[0].text, strerror(EFBIG)) == NULL)
		_exit(4);
	report_free(&r);
	_exit(7);
}

static void
test_full(void)
{
	static const int rooms[] = { 0, 1, 10, 100, 152 };
	const char	*path;
	size_t		 i;

	for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		path = work_file("full", LINE, sizeof(LINE) - 1);
		CU_ASSERT_EQUAL(status_of(in_child(append_to_full, path, rooms[i])), 7);
		CU_ASSERT_STRING_EQUAL(text_of(path), LINE);
		path = work_file("full", LINE, sizeof(LINE) - 2);
		CU_ASSERT_EQUAL(status_of(in_child(append_to_full, path, rooms[i])), 7);
		CU_ASSERT_EQUAL(strlen(text_of(path)), sizeof(LINE) - 2);
	}
	CU_ASSERT_EQUAL(append(path, START, "a", one), ACCEPT);
	CU_ASSERT_EQUAL(strlen(text_of(path)), sizeof(LINE) - 1 + 153);
}

#define PROCESSES	8
#define EACH		25

static void
append_some(const char *path, int number)
{
	struct report	 r = REPORT_EMPTY;
	char		 id[32];
	int		 i;

	for (i = 0; i < EACH; i++) {
		snprintf(id, sizeof(id), "%d of %d", i, number);
		if (history_append(path, &(struct history_line){
			START + i, id, one, two, NULL, 0, NULL }, &r) != ACCEPT)
			_exit(1);
	}
	report_free(&r);
}

static void
test_concurrent(void)
{
	const char	*path = work_file("history", "", 0);
	struct history	*h;
	pid_t		 pids[PROCESSES];
	char		 id[32];
	int		 i, p, found = 0;

	for (p = 0; p < PROCESSES; p++)
		pids[p] = in_child(append_some, path, p);
	for (p = 0; p < PROCESSES; p++)
		CU_ASSERT_EQUAL(status_of(pids[p]), 0);
	h = must(load(path));
	for (p = 0; p < PROCESSES; p++)
		for (i = 0; i < EACH; i++) {
			snprintf(id, sizeof(id), "%d of %d", i, p);
			found += history_find(h, id, one) == PAST_SAME;
		}
	CU_ASSERT_EQUAL(found, PROCESSES * EACH);
	CU_ASSERT_EQUAL(history_last(h), START + EACH - 1);
	history_free(h);
}

/* Nothing is written while another holds the lock. */
static void
test_lock(void)
{
	const char	*path = work_file("history", LINE, sizeof(LINE) - 1);
	struct timespec	 moment = { 0, 50000000 };
	int		 fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t		 pid;

	CU_ASSERT_EQUAL_FATAL(flock(fd, LOCK_EX), 0);
	pid = in_child(append_some, path, 0);
	nanosleep(&moment, NULL);
	CU_ASSERT_STRING_EQUAL(text_of(path), LINE);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, WNOHANG), 0);
	CU_ASSERT_EQUAL(flock(fd, LOCK_UN), 0);
	CU_ASSERT_EQUAL(status_of(pid), 0);
	CU_ASSERT_TRUE(strlen(text_of(path)) > sizeof(LINE));
	close(fd);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_empty), TEST(test_append), TEST(test_known), TEST(test_ids), TEST(test_revoked), TEST(test_bad_files),
		TEST(test_no_line_end), TEST(test_cannot_append), TEST(test_full),
		TEST(test_concurrent), TEST(test_lock),
	};

	return run_tests("history", tests, sizeof(tests) / sizeof(tests[0]));
}
