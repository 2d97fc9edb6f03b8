#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/secret.h"

static char	folder[] = "/tmp/test_secret.XXXXXX";

static int
setup(void)
{
	return mkdtemp(folder) == NULL || chdir(folder) == -1;
}

static int
teardown(void)
{
	return chdir("/") == -1 || rmdir(folder) == -1;
}

static void
put(const char *path, const char *text, size_t len, mode_t mode)
{
	int	 fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	CU_ASSERT_EQUAL_FATAL(write(fd, text, len), (ssize_t)len);
	CU_ASSERT_EQUAL_FATAL(fchmod(fd, mode), 0);
	close(fd);
}

static void
test_set(void)
{
	struct secret	 s = SECRET_EMPTY;
	char		 big[SECRET_MAX + 1];

	memset(big, 'x', sizeof(big));
	CU_ASSERT_EQUAL(secret_set(&s, "1234567", 4), 0);
	CU_ASSERT_STRING_EQUAL(s.text, "1234");
	CU_ASSERT_EQUAL(s.len, 4);
	errno = 0;
	CU_ASSERT_EQUAL(secret_set(&s, "", 0), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(secret_set(&s, "a\0b", 3), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(secret_set(&s, big, SECRET_MAX + 1), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_STRING_EQUAL(s.text, "1234");
	CU_ASSERT_EQUAL(secret_set(&s, s.text + 1, 2), 0);	/* a part of itself */
	CU_ASSERT_STRING_EQUAL(s.text, "23");
	CU_ASSERT_EQUAL(secret_set(&s, big, SECRET_MAX), 0);
	CU_ASSERT_EQUAL(strlen(s.text), SECRET_MAX);
	secret_free(&s);
	CU_ASSERT_PTR_NULL(s.text);
	CU_ASSERT_EQUAL(s.len, 0);
	secret_free(&s);
}

/* One line, and not a byte more: the next secret may follow. */
static void
test_read(void)
{
	struct secret	 s = SECRET_EMPTY;
	char		 big[SECRET_MAX + 2];
	int		 p[2];

	memset(big, 'x', sizeof(big));
	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	CU_ASSERT_EQUAL(write(p[1], "first\nsecond\r\n\n", 15), 15);
	CU_ASSERT_EQUAL(write(p[1], big, SECRET_MAX), SECRET_MAX);
	CU_ASSERT_EQUAL(write(p[1], "\na\0b\n", 5), 5);
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), 0);
	CU_ASSERT_STRING_EQUAL(s.text, "first");
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), 0);
	CU_ASSERT_STRING_EQUAL(s.text, "second");
	CU_ASSERT_EQUAL(s.len, 6);
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_STRING_EQUAL(s.text, "second");
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), 0);
	CU_ASSERT_EQUAL(s.len, SECRET_MAX);
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	close(p[1]);
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), 0);	/* no line end */
	CU_ASSERT_STRING_EQUAL(s.text, "b");
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	close(p[0]);
	CU_ASSERT_EQUAL(secret_read(&s, p[0]), -1);
	CU_ASSERT_EQUAL(errno, EBADF);
	put("big", big, SECRET_MAX + 1, 0600);
	CU_ASSERT_EQUAL(secret_load(&s, "big"), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	unlink("big");
	secret_free(&s);
}

static void
test_load(void)
{
	static const mode_t	 bad[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0444 };
	struct secret		 s = SECRET_EMPTY;
	size_t			 i;

	put("pin", "1234\nmore\n", 10, 0600);
	CU_ASSERT_EQUAL(secret_load(&s, "pin"), 0);
	CU_ASSERT_STRING_EQUAL(s.text, "1234");
	chmod("pin", 0400);
	CU_ASSERT_EQUAL(secret_load(&s, "pin"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		chmod("pin", bad[i]);
		errno = 0;
		CU_ASSERT_EQUAL(secret_load(&s, "pin"), -1);
		CU_ASSERT_EQUAL(errno, EPERM);
	}
	if (geteuid() == 0) {
		chmod("pin", 0600);
		CU_ASSERT_EQUAL(chown("pin", 12345, (gid_t)-1), 0);
		CU_ASSERT_EQUAL(secret_load(&s, "pin"), -1);
		CU_ASSERT_EQUAL(errno, EPERM);
	}
	CU_ASSERT_EQUAL(secret_load(&s, "none"), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(secret_load(&s, "."), -1);
	CU_ASSERT_EQUAL(errno, EPERM);
	CU_ASSERT_EQUAL(mkfifo("fifo", 0600), 0);
	CU_ASSERT_EQUAL(secret_load(&s, "fifo"), -1);	/* and does not wait */
	CU_ASSERT_EQUAL(errno, EPERM);
	CU_ASSERT_STRING_EQUAL(s.text, "1234");
	unlink("fifo");
	unlink("pin");
	secret_free(&s);
}

/* The flags of the mapping that holds p, from /proc/self/smaps. */
static void
flags_of(const void *p, char *out, size_t size)
{
	char		 line[512];
	unsigned long	 from, to;
	int		 here = 0;
	FILE		*fp = fopen("/proc/self/smaps", "r");

	*out = '\0';
	if (fp == NULL)
		return;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (unsigned long)p >= from && (unsigned long)p < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(out, size, "%s", line);
	}
	fclose(fp);
}

static void
test_locked(void)
{
	struct secret	 s = SECRET_EMPTY;
	char		 flags[512];

	CU_ASSERT_EQUAL_FATAL(secret_room(&s), 0);
	CU_ASSERT_EQUAL(s.len, 0);
	flags_of(s.text, flags, sizeof(flags));
#ifndef __SANITIZE_ADDRESS__	/* which makes mlock do nothing */
	CU_ASSERT_PTR_NOT_NULL(strstr(flags, " lo"));	/* locked */
#endif
	CU_ASSERT_PTR_NOT_NULL(strstr(flags, " dd"));	/* not dumped */
	memset(s.text, 'x', SECRET_MAX);
	s.len = SECRET_MAX;
	secret_free(&s);
}

static void
test_wipe(void)
{
	char	 bytes[] = "secret";

	secret_wipe(bytes, 4);
	CU_ASSERT_EQUAL(memcmp(bytes, "\0\0\0\0et", 7), 0);
}

static void
test_harden(void)
{
	struct rlimit	 core;
	pid_t		 pid;
	int		 status = -1;

	if ((pid = fork()) == 0) {
		secret_harden();
		getrlimit(RLIMIT_CORE, &core);
		_exit(core.rlim_cur == 0 && core.rlim_max == 0 &&
		    prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("secret", setup, teardown)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_set);
	CU_ADD_TEST(s, test_read);
	CU_ADD_TEST(s, test_load);
	CU_ADD_TEST(s, test_locked);
	CU_ADD_TEST(s, test_wipe);
	CU_ADD_TEST(s, test_harden);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
