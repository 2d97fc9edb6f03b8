#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/backup.h"
#include "act/backup_file.h"
#include "fixture.h"

#define MAX	((size_t)1 << 20)
#define WHEN	INT64_C(1893456000)	/* 2030-01-01 */

static struct secret	key = SECRET_EMPTY;

/* Two keys, one of them with its private half (of no use: nobody unwraps it here), and a file. */
static void
sample(struct backup *b, struct buf *out)
{
	struct share	 shares[3];
	struct keyline	*l;
	struct keypair	 pair;
	struct buf	 data = BUF_EMPTY;
	unsigned	 i;

	memset(b, 0, sizeof(*b));
	if (key.text == NULL) {
		CU_ASSERT_EQUAL_FATAL(secret_room(&key), 0);
		pseudo_random_bytes((unsigned char *)key.text, BACKUP_KEY);
		key.len = BACKUP_KEY;
	}
	b->made = WHEN;
	backup_name(b->name, WHEN);
	strcpy(b->wrap, "kwp");
	b->set = (struct share_set){ .kind = SHARE_KEY, .m = 2, .n = 3 };
	CU_ASSERT_EQUAL_FATAL(share_split(&b->set, shares, &key, share_random, NULL), 0);
	for (i = 0; i < 3; i++)
		share_clear(&shares[i]);
	CU_ASSERT_EQUAL(keylist_add_token(&b->list, "main", "1", "m", "1.0"), 0);
	b->keys = must(calloc(2, sizeof(*b->keys)));
	for (i = 0; i < 2; i++) {
		l = must(keylist_add(&b->list));
		l->token = 0;
		l->label = copy_of(i == 0 ? "one" : "two");
		l->id = must(calloc(1, 1));
		l->id[0] = (unsigned char)(i + 1);
		l->idlen = 1;
		keypair_make(&pair, ECDSAP256SHA256, 257, "x");
		CU_ASSERT_EQUAL(key_copy(&b->keys[i].key, &pair.key), 0);
		keypair_clear(&pair);
	}
	b->keys[0].wrapped = true;
	b->keys[0].private = ATTR_SIGN | ATTR_SENSITIVE | ATTR_DATED;
	b->keys[0].public = ATTR_VERIFY;
	buf_puts(&data, "0123456789abcdef0123456789abcdef");
	CU_ASSERT_EQUAL(tarball_add(&b->files, "keys/0001", &data), 0);
	buf_puts(&data, "a log\n");
	CU_ASSERT_EQUAL(tarball_add(&b->files, "files/log", &data), 0);
	CU_ASSERT_EQUAL_FATAL(backup_write(out, b, &key), 0);
}

static void
test_round(void)
{
	struct backup	 b = BACKUP_EMPTY, back = BACKUP_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	unsigned char	 d[DIGEST_SIZE];

	sample(&b, &out);
	CU_ASSERT_EQUAL(backup_read(&back, &out, MAX, "x", &rep), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_STRING_EQUAL(back.name, "key-backup-2030-01-01");
	CU_ASSERT_EQUAL(back.made, WHEN);
	CU_ASSERT_STRING_EQUAL(back.wrap, "kwp");
	CU_ASSERT_EQUAL(back.set.m, 2);
	CU_ASSERT_EQUAL(back.list.n, 2);
	CU_ASSERT_STRING_EQUAL(back.list.keys[1].label, "two");
	CU_ASSERT_TRUE(back.keys[0].wrapped);
	CU_ASSERT_FALSE(back.keys[1].wrapped);
	CU_ASSERT_EQUAL(back.keys[0].private, ATTR_SIGN | ATTR_SENSITIVE | ATTR_DATED);
	CU_ASSERT_TRUE(key_same_public(&back.keys[0].key, &b.keys[0].key));
	CU_ASSERT_PTR_NOT_NULL(tarball_find(&back.files, "files/log"));
	CU_ASSERT_EQUAL(digest_bytes(d, out.data, out.len), 0);
	CU_ASSERT_EQUAL(memcmp(d, back.digest, DIGEST_SIZE), 0);
	CU_ASSERT_EQUAL(backup_authentic(&back, &key), 1);
	key.text[5] ^= 1;
	CU_ASSERT_EQUAL(backup_authentic(&back, &key), 0);
	key.text[5] ^= 1;
	back.hmac[31] ^= 1;
	CU_ASSERT_EQUAL(backup_authentic(&back, &key), 0);
	backup_clear(&back);
	backup_clear(&b);
	buf_free(&out);
	report_free(&rep);
}

/* Change the text of one file inside (or put another name in its place), and pack it again. */
static void
change(struct buf *out, const char *file, const char *from, const char *to, const char *rename)
{
	struct tarball	 t = TARBALL_EMPTY, u = TARBALL_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;
	char		*at;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(tarball_read(&t, out, MAX, "x", &rep), ACCEPT);
	u.mtime = t.mtime;
	for (i = 0; i < t.n; i++) {
		if (strcmp(t.v[i].name, file) != 0 || from == NULL) {
			const char	*name = strcmp(t.v[i].name, file) != 0 ? t.v[i].name : rename;

			if (name != NULL)
				CU_ASSERT_EQUAL(tarball_add(&u, name, &t.v[i].data), 0);
			continue;
		}
		at = must(strstr((char *)t.v[i].data.data, from));
		CU_ASSERT_EQUAL(buf_append(&b, t.v[i].data.data,
		    (size_t)(at - (char *)t.v[i].data.data)), 0);
		CU_ASSERT_EQUAL(buf_puts(&b, to), 0);
		CU_ASSERT_EQUAL(buf_puts(&b, at + strlen(from)), 0);
		CU_ASSERT_EQUAL(tarball_add(&u, file, &b), 0);
	}
	buf_free(out);
	CU_ASSERT_EQUAL_FATAL(tarball_write(out, &u), 0);
	tarball_clear(&t);
	tarball_clear(&u);
	report_free(&rep);
}

#define TOP	"key-backup-2030-01-01/"

static void
test_changed(void)
{
	static const struct {
		const char	*file, *from, *to, *rename, *what;
	} cases[] = {
		{ TOP "files/log", "a log", "a lag", NULL, "files/log has another digest" },
		{ TOP "files/log", "a log", "a log ", NULL, "files/log has another digest" },
		{ TOP "keys/0001", "0123", "0124", NULL, "keys/0001 has another digest" },
		{ TOP "keylist", "one", "une", NULL, "keylist has another digest" },
		{ TOP "files/log", NULL, NULL, NULL, "files/log is in the manifest, and not there" },
		{ TOP "files/log", NULL, NULL, TOP "files/lag", "files/log is in the manifest" },
		{ TOP "keys/0001", NULL, NULL, "other/keys/0001", "other/keys/0001 is not in the folder" },
		{ TOP "manifest", NULL, NULL, NULL, "it has no manifest" },
		{ TOP "manifest", "ksrkit backup 1", "ksrkit backup 2", NULL, "of no form that is known" },
		{ TOP "manifest", "name key-backup-2030-01-01", "name key-backup-2030-01-02", NULL,
		    "folder, name and time are those of different backups" },
		{ TOP "manifest", "made 2030-01-01T", "made 2030-01-02T", NULL,
		    "folder, name and time are those of different backups" },
		{ TOP "manifest", "T00:00:00Z", "T00:00:01Z", NULL, "another time" },
		{ TOP "manifest", "wrap kwp", "wrap xyz", NULL, "the head of its manifest" },
		{ TOP "manifest", "2 needed", "9 needed", NULL, "'shares N, M needed'" },
		{ TOP "manifest", "opens key", "opens pin", NULL, "its shares are those of a PIN" },
		{ TOP "manifest", "files 3", "files 2", NULL, "2 files in the manifest, 3 in" },
		{ TOP "manifest", "keys 2", "keys 3", NULL, "3 keys in the manifest, 2 in the list" },
		{ TOP "manifest", "key 1 wrapped", "key 1 public", NULL, "its wrapped half" },
		{ TOP "manifest", "key 2 public", "key 2 wrapped", NULL, "key 2: its wrapped half is missing" },
		{ TOP "manifest", "key 1 ", "key 7 ", NULL, "not as it was written" },
		{ TOP "manifest", "sign,sensitive", "sensitive,sign", NULL, "not as it was written" },
		{ TOP "manifest", "sign,sensitive", "sign,wonderful", NULL, "line of key 1 is not sound" },
		{ TOP "manifest", " 13 ", " 14 ", NULL, "line of key 1 is not sound" },
		{ TOP "manifest", "hmac ", "hmac  ", NULL, "does not end with its hmac line" },
		{ TOP "manifest", "\nhmac ", "\n\nhmac ", NULL, "not as it was written" },
	};
	struct backup	 b = BACKUP_EMPTY, back = BACKUP_EMPTY;
	struct buf	 out = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report	 rep = REPORT_EMPTY;

		sample(&b, &out);
		change(&out, cases[i].file, cases[i].from, cases[i].to, cases[i].rename);
		CU_ASSERT_EQUAL(backup_read(&back, &out, MAX, "x", &rep), REFUSE);
		if (rep.count == 0 || strstr(rep.findings[0].text, cases[i].what) == NULL) {
			printf("(case %zu: %s, not %s) ", i, rep.count == 0 ? "nothing" :
			    rep.findings[0].text, cases[i].what);
			CU_FAIL("another message");
		}
		report_free(&rep);
		backup_clear(&back);
		backup_clear(&b);
		buf_free(&out);
	}
}

/* Another file than the manifest lists is not passed over. */
static void
test_extra(void)
{
	struct backup	 b = BACKUP_EMPTY, back = BACKUP_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct tarball	 t = TARBALL_EMPTY;
	struct buf	 out = BUF_EMPTY, data = BUF_EMPTY;

	sample(&b, &out);
	CU_ASSERT_EQUAL_FATAL(tarball_read(&t, &out, MAX, "x", &rep), ACCEPT);
	buf_puts(&data, "more");
	CU_ASSERT_EQUAL(tarball_add(&t, TOP "files/more", &data), 0);
	buf_free(&out);
	CU_ASSERT_EQUAL(tarball_write(&out, &t), 0);
	CU_ASSERT_EQUAL(backup_read(&back, &out, MAX, "x", &rep), REFUSE);
	CU_ASSERT_PTR_NOT_NULL(strstr(rep.findings[0].text, "3 files in the manifest, 4 in the archive"));
	tarball_clear(&t);
	backup_clear(&b);
	buf_free(&out);
	report_free(&rep);
}

/* What is authenticated: each bit of the manifest. */
static void
test_hmac(void)
{
	struct backup	 b = BACKUP_EMPTY;
	struct buf	 out = BUF_EMPTY;
	size_t		 i, wrong = 0;

	sample(&b, &out);
	CU_ASSERT_EQUAL(backup_authentic(&b, &key), 1);
	for (i = 0; i < b.manifest.len; i++) {
		b.manifest.data[i] ^= 1;
		wrong += backup_authentic(&b, &key) != 0;
		b.manifest.data[i] ^= 1;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	backup_clear(&b);
	buf_free(&out);
}

static void
test_attributes(void)
{
	struct buf	 b = BUF_EMPTY;
	unsigned	 bits, back;

	for (bits = 0; bits < 65536; bits += 7) {
		CU_ASSERT_EQUAL_FATAL(backup_attributes_print(&b, bits), 0);
		back = 4711;
		CU_ASSERT_EQUAL(backup_attributes_parse(&back, (char *)b.data), 0);
		CU_ASSERT_EQUAL(back, bits);
		buf_free(&b);
	}
	CU_ASSERT_EQUAL(backup_attributes_parse(&back, ""), -1);
	CU_ASSERT_EQUAL(backup_attributes_parse(&back, "sign,"), -1);
	CU_ASSERT_EQUAL(backup_attributes_parse(&back, "sig"), -1);
}

/* As files: found, with the sum, and compared. */
static void
test_files(void)
{
	struct backup	 b = BACKUP_EMPTY, back = BACKUP_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY, sum = BUF_EMPTY, bytes = BUF_EMPTY;
	unsigned char	 d[DIGEST_SIZE];
	char		*where = NULL, hex[DIGEST_HEX];

	sample(&b, &out);
	CU_ASSERT_EQUAL(digest_bytes(d, out.data, out.len), 0);
	CU_ASSERT_EQUAL(backup_sum(&sum, d, "key-backup-2030-01-01.tar.gz"), 0);
	CU_ASSERT_EQUAL(backup_load(&back, &bytes, &where, work_folder(), MAX, &rep), REFUSE);
	CU_ASSERT_PTR_NULL(where);
	work_file("key-backup-2030-01-01.tar.gz", out.data, out.len);
	CU_ASSERT_EQUAL(backup_load(&back, &bytes, &where, work_folder(), MAX, &rep), REFUSE);
	free(where);
	where = NULL;
	buf_free(&bytes);
	backup_clear(&back);
	work_file("key-backup-2030-01-01.tar.gz.sha256sum", sum.data, sum.len);
	report_free(&rep);
	rep = (struct report)REPORT_EMPTY;
	CU_ASSERT_EQUAL(backup_load(&back, &bytes, &where, work_folder(), MAX, &rep), ACCEPT);
	CU_ASSERT_EQUAL(backup_confirm(&back, where, digest_hex(hex, d), &rep), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	hex[0] = hex[0] == '0' ? '1' : '0';
	CU_ASSERT_EQUAL(backup_confirm(&back, where, hex, &rep), REFUSE);
	CU_ASSERT_EQUAL(backup_same(&out, "a", &bytes, "b/a", &rep), ACCEPT);
	CU_ASSERT_EQUAL(backup_same(&out, "a", &bytes, "b", &rep), REFUSE);
	bytes.data[20] ^= 1;
	CU_ASSERT_EQUAL(backup_same(&out, "a", &bytes, "b/a", &rep), REFUSE);
	CU_ASSERT_PTR_NOT_NULL(strstr(rep.findings[rep.count - 1].text, "at byte 21 "));
	free(where);
	buf_free(&bytes);
	buf_free(&sum);
	buf_free(&out);
	backup_clear(&back);
	backup_clear(&b);
	report_free(&rep);
	secret_free(&key);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_round), TEST(test_changed), TEST(test_extra), TEST(test_hmac),
		TEST(test_attributes), TEST(test_files),
	};

	return run_tests("backup", tests, sizeof(tests) / sizeof(tests[0]));
}
