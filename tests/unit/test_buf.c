#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/buf.h"

/* What the file system under test can do; the kernel is told to say so. */
enum ability { UNNAMED, RENAMES, LINKS };

static enum ability	ability;
static char		folder[] = "/tmp/test_buf.XXXXXX";

/* From now on this system call fails with "error" if argument "arg" has one of the bits. */
static int
deny(unsigned nr, unsigned arg, unsigned bits, unsigned error)
{
	unsigned	 where = (unsigned)(offsetof(struct seccomp_data, args) + 8 * arg);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, where),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0 ? 0 : -1;
}

static void
test_ability(void)
{
	int	 fd;

	if (ability != UNNAMED)
		CU_ASSERT_EQUAL_FATAL(deny(SYS_openat, 2, O_TMPFILE & ~O_DIRECTORY, EOPNOTSUPP), 0);
	if (ability == LINKS)
		CU_ASSERT_EQUAL_FATAL(deny(SYS_renameat2, 4, RENAME_NOREPLACE, EINVAL), 0);
	fd = open(folder, O_TMPFILE | O_WRONLY, 0600);
	CU_ASSERT_EQUAL(fd != -1, ability == UNNAMED);
	close(fd);
}

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

/* Names in a folder, not counting "." and "..". */
static int
entries(const char *path)
{
	DIR	*d = opendir(path);
	int	 n = 0;

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
fill(struct buf *b, size_t len)
{
	size_t	 i;
	int	 rc = 0;

	for (i = 0; i < len; i++) {
		unsigned char	 c = (unsigned char)(i * 7 + i / 256);

		rc |= buf_append(b, &c, 1);
	}
	CU_ASSERT_EQUAL_FATAL(rc, 0);
}

static void
test_append(void)
{
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	CU_ASSERT_EQUAL(buf_append(&b, NULL, 0), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.data);
	CU_ASSERT_EQUAL(b.len, 0);
	CU_ASSERT_EQUAL(b.data[0], '\0');
	CU_ASSERT_EQUAL(buf_puts(&b, "one"), 0);
	CU_ASSERT_EQUAL(buf_printf(&b, " %d%s", 2, ""), 0);
	CU_ASSERT_EQUAL(buf_append(&b, "\0x", 2), 0);
	CU_ASSERT_EQUAL(b.len, 7);
	CU_ASSERT_EQUAL(memcmp(b.data, "one 2\0x", 8), 0);
	errno = 0;
	CU_ASSERT_EQUAL(buf_append(&b, "x", SIZE_MAX - 3), -1);
	CU_ASSERT_EQUAL(errno, ENOMEM);
	CU_ASSERT_EQUAL(buf_append(&b, "x", SIZE_MAX - 7), -1);
	CU_ASSERT_EQUAL(b.len, 7);
	CU_ASSERT_EQUAL(memcmp(b.data, "one 2\0x", 8), 0);
	buf_free(&b);
	CU_ASSERT_PTR_NULL(b.data);
	fill(&b, 100000);
	for (i = 0; i < b.len; i++)
		if (b.data[i] != (unsigned char)(i * 7 + i / 256))
			break;
	CU_ASSERT_EQUAL(i, 100000);
	buf_wipe(&b);
	CU_ASSERT_PTR_NULL(b.data);
	CU_ASSERT_EQUAL(b.len, 0);
	buf_wipe(&b);
	buf_free(&b);
}

static void
test_load(void)
{
	struct buf	 b = BUF_EMPTY, in = BUF_EMPTY;

	fill(&b, 65536 + 1);
	CU_ASSERT_EQUAL_FATAL(buf_create(&b, "f", 0600), 0);
	CU_ASSERT_EQUAL(buf_load(&in, "f", b.len), 0);
	CU_ASSERT_EQUAL(in.len, b.len);
	CU_ASSERT_EQUAL(memcmp(in.data, b.data, b.len + 1), 0);
	CU_ASSERT_EQUAL(buf_load(&in, "f", SIZE_MAX), 0);
	CU_ASSERT_EQUAL(in.len, b.len);

	/* Refused, and what was there before stays. */
	CU_ASSERT_EQUAL(buf_load(&in, "f", b.len - 1), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	CU_ASSERT_EQUAL(buf_load(&in, "f", 0), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	CU_ASSERT_EQUAL(buf_load(&in, "missing", 10), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(buf_load(&in, "/", 10), -1);
	CU_ASSERT_EQUAL(errno, EISDIR);
	CU_ASSERT_EQUAL(in.len, b.len);

	CU_ASSERT_EQUAL(buf_load(&in, "/dev/null", 0), 0);
	CU_ASSERT_EQUAL(in.len, 0);
	CU_ASSERT_EQUAL(buf_load(&in, "/dev/zero", 1 << 20), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	unlink("f");
	buf_free(&in);
	buf_free(&b);
}

static void
nothing(int sig)
{
	(void)sig;
}

/* A slow writer, a small pipe, and signals: every byte arrives once. */
static void
check_pipe(int flags)
{
	struct buf	 b = BUF_EMPTY, in = BUF_EMPTY;
	struct sigaction sa = { .sa_handler = nothing };
	int		 fd[2], i, rc = -1;
	pid_t		 pid;

	fill(&b, 300000);
	sigaction(SIGUSR1, &sa, NULL);
	CU_ASSERT_EQUAL_FATAL(pipe2(fd, flags), 0);
	if ((pid = fork()) == 0) {
		close(fd[0]);
		for (i = 0; i < 20; i++) {
			usleep(1000);
			kill(getppid(), SIGUSR1);
		}
		_exit(buf_write(&b, fd[1]) == 0 ? 0 : 1);
	}
	close(fd[1]);
	rc = buf_read(&in, fd[0], b.len);
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT_EQUAL(in.len, b.len);
	CU_ASSERT_EQUAL(memcmp(in.data, b.data, b.len), 0);
	CU_ASSERT_EQUAL(waitpid(pid, &rc, 0), pid);
	CU_ASSERT_EQUAL(rc, 0);
	close(fd[0]);
	buf_free(&in);
	buf_free(&b);
}

static void
test_pipe(void)
{
	check_pipe(0);
	check_pipe(O_NONBLOCK);
}

/* Nobody reads; and a disk that is full. */
static void
test_write_error(void)
{
	struct buf	 b = BUF_EMPTY;
	int		 fd[2];

	fill(&b, 1000);
	CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
	close(fd[0]);
	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_EQUAL(buf_write(&b, fd[1]), -1);
	CU_ASSERT_EQUAL(errno, EPIPE);
	signal(SIGPIPE, SIG_DFL);
	close(fd[1]);
	fd[0] = open("/dev/full", O_WRONLY);
	CU_ASSERT_EQUAL(buf_write(&b, fd[0]), -1);
	CU_ASSERT_EQUAL(errno, ENOSPC);
	close(fd[0]);
	buf_free(&b);
}

static mode_t
mode_of(const char *path)
{
	struct stat	 st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
check_create(const char *path)
{
	struct buf	 b = BUF_EMPTY, in = BUF_EMPTY;
	mode_t		 old = umask(022);

	buf_puts(&b, "first");
	CU_ASSERT_EQUAL(buf_create(&b, path, 0600), 0);
	CU_ASSERT_EQUAL(mode_of(path), 0600);
	buf_puts(&b, " and second");
	CU_ASSERT_EQUAL(buf_create(&b, path, 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(buf_load(&in, path, 100), 0);
	CU_ASSERT_STRING_EQUAL((char *)in.data, "first");
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(buf_create(&b, path, 0666), 0);
	CU_ASSERT_EQUAL(mode_of(path), 0644);
	CU_ASSERT_EQUAL(unlink(path), 0);
	umask(old);
	buf_free(&in);
	buf_free(&b);
}

static void
test_create(void)
{
	struct buf	 b = BUF_EMPTY;
	char		 name[256], path[600];

	buf_puts(&b, "x");
	check_create("plain");
	mkdir("sub", 0700);
	check_create("sub/inner");
	snprintf(path, sizeof(path), "%s/sub/absolute", folder);
	check_create(path);
	memset(name, 'n', 255);		/* NAME_MAX: no room for a suffix */
	name[255] = '\0';
	check_create(name);

	CU_ASSERT_EQUAL(symlink("sub/target", "link"), 0);
	CU_ASSERT_EQUAL(buf_create(&b, "link", 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	unlink("link");
	CU_ASSERT_EQUAL(buf_create(&b, "sub", 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(buf_create(&b, "sub/", 0600), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_EQUAL(buf_create(&b, "", 0600), -1);
	CU_ASSERT_EQUAL(buf_create(&b, "none/x", 0600), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(entries("sub"), 0);
	rmdir("sub");
	CU_ASSERT_EQUAL(entries("."), 0);
	buf_free(&b);
}

/* A limit on the file's size stands in for a disk that is full. */
static void
test_create_limit(void)
{
	struct buf	 b = BUF_EMPTY;
	struct rlimit	 old, low;

	fill(&b, 100000);
	getrlimit(RLIMIT_FSIZE, &old);
	low = old;
	low.rlim_cur = 50000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &low);
	CU_ASSERT_EQUAL(buf_create(&b, "big", 0600), -1);
	CU_ASSERT_EQUAL(errno, EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	CU_ASSERT_EQUAL(entries("."), 0);
	buf_free(&b);
}

/* A signal while the file is being written leaves no file, or all of it. */
static void
test_create_killed(void)
{
	struct itimerval when = { { 0, 0 }, { 0, 0 } };
	struct buf	 b = BUF_EMPTY;
	struct stat	 st;
	pid_t		 pid;
	int		 i, status, part = 0, left = 0, whole = 0;

	fill(&b, 1 << 20);
	for (i = 0; i < 60; i++) {
		if ((pid = fork()) == 0) {
			when.it_value.tv_usec = 1 + i * 50;
			setitimer(ITIMER_REAL, &when, NULL);
			buf_create(&b, "killed", 0600);
			pause();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (stat("killed", &st) == 0) {
			whole += st.st_size == 1 << 20;
			part += st.st_size != 1 << 20;
		}
		unlink("killed");
		left += entries(".");
	}
	CU_ASSERT_EQUAL(part, 0);
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_TRUE(ability != UNNAMED || whole < 60);
	buf_free(&b);
}

/* A file system that is full.  Needs the right to mount one. */
static void
test_create_full(void)
{
	struct buf	 small = BUF_EMPTY, big = BUF_EMPTY;

	mkdir("full", 0700);
	if (mount("none", "full", "tmpfs", 0, "size=64k") == -1) {
		printf("(no right to mount: skipped) ");
		rmdir("full");
		return;
	}
	fill(&small, 1000);
	fill(&big, 100000);
	CU_ASSERT_EQUAL(buf_create(&big, "full/big", 0600), -1);
	CU_ASSERT_EQUAL(errno, ENOSPC);
	CU_ASSERT_EQUAL(entries("full"), 0);
	CU_ASSERT_EQUAL(buf_create(&small, "full/small", 0600), 0);
	CU_ASSERT_EQUAL(entries("full"), 1);
	CU_ASSERT_EQUAL(umount("full"), 0);
	rmdir("full");
	buf_free(&small);
	buf_free(&big);
}

/*
 * The last one, because the kernel goes on saying that no file exists: even when
 * the name appears after the first look at it, it is not overwritten.
 */
static void
test_create_race(void)
{
	CU_ASSERT_EQUAL_FATAL(deny(SYS_newfstatat, 3, AT_SYMLINK_NOFOLLOW, ENOENT), 0);
	check_create("raced");
	CU_ASSERT_EQUAL(entries("."), 0);
}

static int
run_suite(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("buf", setup, teardown)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_ability);
	CU_ADD_TEST(s, test_append);
	CU_ADD_TEST(s, test_load);
	CU_ADD_TEST(s, test_pipe);
	CU_ADD_TEST(s, test_write_error);
	CU_ADD_TEST(s, test_create);
	CU_ADD_TEST(s, test_create_limit);
	CU_ADD_TEST(s, test_create_killed);
	CU_ADD_TEST(s, test_create_full);
	CU_ADD_TEST(s, test_create_race);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

/* Once for each way in which buf_create works, in a process of its own. */
int
main(void)
{
	int	 status, rc = 0;
	pid_t	 pid;

	for (ability = UNNAMED; ability <= LINKS; ability++) {
		printf("ability %d\n", (int)ability);
		fflush(stdout);
		if ((pid = fork()) == 0)
			exit(run_suite());
		if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0)
			rc = 1;
	}
	return rc;
}
