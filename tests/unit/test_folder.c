#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/folder.h"
#include "fixture.h"

static struct buf	 one = BUF_EMPTY, two = BUF_EMPTY;

/* A path in the work folder, good until the second call after. */
static const char *
in(const char *name)
{
	static char	 ring[2][512];
	static unsigned	 next;
	char		*out = ring[next++ % 2];

	snprintf(out, sizeof(ring[0]), "%s/%s", work_folder(), name);
	return out;
}

/* How many things there are in a folder, hidden ones too; -1: there is no such folder. */
static int
things(const char *path)
{
	DIR		*d = opendir(path);
	struct dirent	*e;
	int		 n = 0;

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static bool
holds(const char *path, const struct buf *want)
{
	struct buf	 b = BUF_EMPTY;
	bool		 same;

	if (buf_load(&b, path, 100000) == -1)
		return false;
	same = b.len == want->len && memcmp(b.data, want->data, b.len) == 0;
	buf_free(&b);
	return same;
}

static void
test_create(void)
{
	const struct folder_file files[] = { { "a", &one }, { "b", &two } };
	struct stat	 st;
	int		 before = things(work_folder());

	umask(022);
	CU_ASSERT_EQUAL(folder_create(in("new"), files, 2, 0640), 0);
	CU_ASSERT_EQUAL(things(in("new")), 2);
	CU_ASSERT_TRUE(holds(in("new/a"), &one));
	CU_ASSERT_TRUE(holds(in("new/b"), &two));
	CU_ASSERT_EQUAL_FATAL(stat(in("new/a"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
	CU_ASSERT_EQUAL_FATAL(stat(in("new"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0755);
	CU_ASSERT_EQUAL(folder_create(in("slash///"), files, 2, 0600), 0);
	CU_ASSERT_EQUAL(things(in("slash")), 2);
	CU_ASSERT_EQUAL(folder_create(in("empty"), files, 0, 0600), 0);
	CU_ASSERT_EQUAL(things(in("empty")), 0);
	CU_ASSERT_EQUAL(things(work_folder()), before + 3);
	CU_ASSERT_EQUAL_FATAL(chdir(work_folder()), 0);
	CU_ASSERT_EQUAL(folder_create("here", files, 1, 0600), 0);
	CU_ASSERT_TRUE(holds(in("here/a"), &one));
}

/* Whatever fails, nothing is left of it, and nothing else is touched. */
static void
test_refused(void)
{
	const struct folder_file files[] = { { "a", &one }, { "b", &two } };
	const struct folder_file same[] = { { "a", &one }, { "a", &two } };
	const struct folder_file odd[] = { { "a", &one }, { "no/b", &two } };
	int		 before = things(work_folder());

	CU_ASSERT_EQUAL(folder_create(in("new"), files, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(things(in("new")), 2);
	CU_ASSERT_EQUAL(folder_create(in("empty"), files, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(things(in("empty")), 0);
	CU_ASSERT_EQUAL(folder_create(in("no/new"), files, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(folder_create("", files, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(folder_create("/", files, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(folder_create(in("twice"), same, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(folder_create(in("odd"), odd, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL_FATAL(symlink("nowhere", in("link")), 0);
	CU_ASSERT_EQUAL(folder_create(in("link"), files, 2, 0600), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(unlink(in("link")), 0);
	CU_ASSERT_EQUAL(things(work_folder()), before);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_create), TEST(test_refused) };
	int	 rv;

	if (buf_puts(&one, "one\n") == -1 || buf_puts(&two, "two\n") == -1)
		return 1;
	rv = run_tests("folder", tests, sizeof(tests) / sizeof(tests[0]));
	buf_free(&one);
	buf_free(&two);
	return rv;
}
