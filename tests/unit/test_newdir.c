/* A folder that is there as a whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/newdir.h"
#include "fixture.h"

static size_t
entries(const char *folder)
{
	DIR		*dir = must(opendir(folder));
	size_t		 n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

static const struct buf hello = { (unsigned char *)"hello", 5, 0 };

static void
test_settle(void)
{
	struct newdir	 d = NEWDIR_EMPTY;
	struct stat	 st;

	CU_ASSERT_EQUAL_FATAL(chdir(work_folder()), 0);
	CU_ASSERT_EQUAL_FATAL(newdir_begin(&d, "set"), 0);
	CU_ASSERT_EQUAL(newdir_put(&d, "one", &hello, 0644), 0);
	errno = 0;
	CU_ASSERT_EQUAL(newdir_put(&d, "one", &hello, 0644), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(newdir_put(&d, "two", &hello, 0600), 0);
	CU_ASSERT_EQUAL(stat("set", &st), -1);
	CU_ASSERT_EQUAL(entries("."), 1);
	CU_ASSERT_EQUAL(newdir_settle(&d), 0);
	newdir_free(&d);
	CU_ASSERT_EQUAL(entries("."), 1);
	CU_ASSERT_EQUAL(entries("set"), 2);
	CU_ASSERT_EQUAL(stat("set/two", &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(st.st_size, 5);
}

static void
test_discard(void)
{
	struct newdir	 d = NEWDIR_EMPTY;

	CU_ASSERT_EQUAL_FATAL(newdir_begin(&d, "other/"), 0);
	CU_ASSERT_EQUAL(newdir_put(&d, "one", &hello, 0644), 0);
	newdir_free(&d);
	CU_ASSERT_EQUAL(entries("."), 1);
	newdir_free(&d);
}

static void
refused(const char *path, int error)
{
	struct newdir	 d = NEWDIR_EMPTY;

	errno = 0;
	CU_ASSERT_EQUAL(newdir_begin(&d, path), -1);
	CU_ASSERT_EQUAL(errno, error);
	CU_ASSERT_PTR_NULL(d.path);
	newdir_free(&d);
}

static void
test_refused(void)
{
	struct newdir	 d = NEWDIR_EMPTY;

	refused("set", EEXIST);
	refused("set//", EEXIST);
	refused("set/one", EEXIST);
	refused("nowhere/set", ENOENT);
	refused("set/one/in", ENOTDIR);
	refused("", ENOENT);
	CU_ASSERT_EQUAL_FATAL(symlink("nowhere", "link"), 0);
	refused("link", EEXIST);
	CU_ASSERT_EQUAL_FATAL(newdir_begin(&d, "late"), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir("late", 0700), 0);
	errno = 0;
	CU_ASSERT_EQUAL(newdir_settle(&d), -1);
	CU_ASSERT_EQUAL(errno, EEXIST);
	newdir_free(&d);
	CU_ASSERT_EQUAL(entries("."), 3);
	CU_ASSERT_EQUAL(entries("late"), 0);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_settle),
		TEST(test_discard),
		TEST(test_refused),
	};

	return run_tests("newdir", tests, sizeof(tests) / sizeof(tests[0]));
}
