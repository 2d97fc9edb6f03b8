#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/base64.h"
#include "fixture.h"
#include "model/anchor.h"
#include "model/skr.h"

#define HEX_17	"49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5"
#define HEX_20	"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
#define DS_17	"19036 8 2 " HEX_17
#define DS_20	"20326 8 2 " HEX_20
#define SHA1	"19036 8 1 B256BD09DC8DD59F0E0F0D8541B8328DD986DF6E"

static struct anchors	anchors;
static struct report	rep;
static struct keypair	ksk;
static struct dname	root;
static char		*ksk64;		/* its public key in base64 */
static char		ksk_hex[DIGEST_HEX];

/* Exactly these bytes, so that a read beyond them is seen. */
static enum verdict
parse_bytes(const void *data, size_t len)
{
	struct buf	 b = BUF_EMPTY;
	enum verdict	 v;

	anchors_clear(&anchors);
	report_free(&rep);
	if (buf_append(&b, data, len) == -1)
		exit(1);
	v = anchors_parse(&anchors, &b, "file", &rep);
	buf_free(&b);
	CU_ASSERT_EQUAL(v, report_verdict(&rep));
	CU_ASSERT_NOT_EQUAL(v, REFUSE);
	CU_ASSERT_EQUAL(anchors.n > 0, v == ACCEPT);
	return v;
}

static enum verdict
parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* A fault, and this said of it, in this line. */
static bool
faults(const char *text, unsigned long line, const char *why)
{
	enum verdict	 v = parse(text);
	bool		 good = v == FAULT && report_has(&rep, FAULTY, NULL, why) &&
	    rep.findings[0].line == line;

	if (!good) {
		printf("[%.40s: %d ", text, v);
		report_print(&rep, "now", stdout);
	}
	return good;
}

static bool
is_one(uint16_t tag, const char *owner)
{
	struct dname	 name;

	return anchors.n == 1 && anchors.v[0].tag == tag && anchors.v[0].algorithm == 8 &&
	    dname_parse(&name, owner) == 0 && dname_equal(&name, &anchors.v[0].owner) &&
	    !anchors.v[0].tagless && anchors.v[0].valid_from == INT64_MIN &&
	    anchors.v[0].valid_until == INT64_MAX;
}

static void
test_ds(void)
{
	static const char *const good[] = {
		". IN DS " DS_20, ". DS " DS_20, ". 172800 DS " DS_20 "\n", ". 0 IN DS " DS_20,
		". IN 2147483647 DS " DS_20, ".\tIN\tDS\t20326\t8\t2\t" HEX_20 "\r\n",
		". in ds 20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d084 58e880409bbc6834 57104237c7f8ec8d",
		". DS " DS_20 ";comment", "; a\n\n \t\r\n. DS " DS_20 " ; a ( b\n;",
		"\xef\xbb\xbf. DS " DS_20, "\xef\xbb\xbf; a\n. DS " DS_20,
	};
	unsigned char	 digest[DIGEST_SIZE];
	size_t		 i;

	CU_ASSERT_EQUAL(digest_from_hex(digest, HEX_20), 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(parse(good[i]), ACCEPT);
		CU_ASSERT_TRUE(is_one(20326, "."));
		CU_ASSERT_EQUAL(memcmp(anchors.v[0].digest, digest, sizeof(digest)), 0);
		CU_ASSERT_EQUAL(rep.count, 0);
	}
	CU_ASSERT_STRING_EQUAL(anchors.v[0].name, "file:2");
	CU_ASSERT_EQUAL(parse("Example.COM. IN DS " DS_17), ACCEPT);
	CU_ASSERT_TRUE(is_one(19036, "example.com"));
	CU_ASSERT_STRING_EQUAL(anchors.v[0].name, "file:1");
}

static void
test_bad_ds(void)
{
	static const char *const bad[] = {
		"nonsense", "DS " DS_20, "IN DS " DS_20, ". DS", ". DS 20326", ". DS 20326 8 2",
		". DS -1 8 2 " HEX_20, ". DS 65536 8 2 " HEX_20, ". DS 20326 256 2 " HEX_20,
		". DS 20326 8 258 " HEX_20, ". DS 20326 8 SHA256 " HEX_20,
		". DS " DS_20 "0", ". DS 20326 8 2 " HEX_20 " x", ". DS 20326 8 2 zz",
		". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8",
		". DS 20326 8 2 ( " HEX_20 " )", ". DS " DS_20 HEX_20 HEX_20 HEX_20 HEX_20,
		". CH DS " DS_20, ". IN IN DS " DS_20, ". 1 2 DS " DS_20, ". -1 DS " DS_20,
		". 2147483648 DS " DS_20, ". 1d DS " DS_20, ". CDS " DS_20, ". NS a.b.",
		"a..b DS " DS_20, "$TTL 3600", "\xff\xfe.", ". DS " DS_20 "\r. DS " DS_17,
	};
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_TRUE(faults(bad[i], 1, "not a record DS or DNSKEY"));
	CU_ASSERT_TRUE(faults(". DS " DS_20 "00", 1, "with 33 bytes"));
	CU_ASSERT_TRUE(faults(". DS 20326 8 2 E06D", 1, "with 2 bytes"));
	CU_ASSERT_TRUE(faults(" IN DS " DS_20, 1, "the owner is missing"));
	CU_ASSERT_TRUE(faults("\n\t172800 IN DS " DS_20, 2, "the owner is missing"));
	/* All bad lines are named, and a good one does not count then. */
	CU_ASSERT_TRUE(faults("x\n. DS " DS_20 "\ny\n", 1, "not a record"));
	CU_ASSERT_EQUAL_FATAL(rep.count, 2);
	CU_ASSERT_EQUAL(rep.findings[1].line, 3);
}

static void
test_digest_types(void)
{
	CU_ASSERT_EQUAL(parse(". DS " SHA1 "\n. DS " DS_17 "\n. DS 19036 8 4 "
	    HEX_17 "00112233445566778899AABBCCDDEEFF\n"), ACCEPT);
	CU_ASSERT_EQUAL(anchors.n, 1);
	CU_ASSERT_EQUAL(report_count(&rep, WARNING), 2);
	CU_ASSERT_TRUE(report_has(&rep, WARNING, NULL, "digest type 1 is passed over"));
	CU_ASSERT_TRUE(report_has(&rep, WARNING, NULL, "digest type 4 is passed over"));
	CU_ASSERT_EQUAL(parse(". DS " SHA1), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "no trust anchor (SHA-256)"));
}

static void
test_files(void)
{
	static char	 big[20000];

	CU_ASSERT_TRUE(faults("", 0, "empty"));
	CU_ASSERT_TRUE(faults("; nothing\n\n", 0, "no trust anchor"));
	CU_ASSERT_TRUE(faults("\xef\xbb\xbf", 0, "no trust anchor"));
	CU_ASSERT_EQUAL(parse_bytes(". DS " DS_20 "\0\n", sizeof(". DS " DS_20 "\0\n") - 1), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "a NUL byte"));
	CU_ASSERT_EQUAL(parse_bytes("\0", 1), FAULT);
	snprintf(big, sizeof(big), ". DS %s ;", DS_20);
	memset(big + strlen(big), 'x', 8191 - strlen(big));
	CU_ASSERT_EQUAL(strlen(big), 8191);
	CU_ASSERT_EQUAL(parse(big), ACCEPT);
	big[8191] = 'x';
	CU_ASSERT_TRUE(faults(big, 1, "a line of more than 8191 bytes"));
	memset(big, ' ', 19999);
	CU_ASSERT_TRUE(faults(big, 1, "a line of more than 8191 bytes"));
	CU_ASSERT_EQUAL(parse(". DS " DS_17 "\n. DS " DS_20 "\n. DS " DS_17), ACCEPT);
	CU_ASSERT_EQUAL(anchors.n, 3);
	CU_ASSERT_STRING_EQUAL(anchors.v[2].name, "file:3");
}

/* Further files add to what there is, or leave it as it was. */
static void
test_unchanged(void)
{
	static const char *const bad[] = {
		". DS " DS_20 "\nx\n", "x\n. DS " DS_20, "<TrustAnchor/>", "", (". DS " SHA1),
	};
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(parse(". DS " DS_17), ACCEPT);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b.len = 0;
		CU_ASSERT_EQUAL(buf_puts(&b, bad[i]), 0);
		CU_ASSERT_EQUAL(anchors_parse(&anchors, &b, "more", &rep), FAULT);
		CU_ASSERT_TRUE(is_one(19036, "."));
	}
	b.len = 0;
	CU_ASSERT_EQUAL(buf_puts(&b, ". DS " DS_20), 0);
	report_free(&rep);
	CU_ASSERT_EQUAL(anchors_parse(&anchors, &b, "more", &rep), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(anchors.n, 2);
	CU_ASSERT_EQUAL(anchors.v[1].tag, 20326);
	CU_ASSERT_STRING_EQUAL(anchors.v[1].name, "more:1");
	buf_free(&b);
}

static const char *
dnskey_line(unsigned flags, unsigned protocol, unsigned algorithm, const char *base64)
{
	static char	 out[1024];

	snprintf(out, sizeof(out), ". 172800 IN DNSKEY %u %u %u %s", flags, protocol, algorithm,
	    base64);
	return out;
}

static void
test_dnskey(void)
{
	CU_ASSERT_EQUAL(parse(dnskey_line(257, 3, 8, ksk64)), ACCEPT);
	CU_ASSERT_TRUE(is_one(ksk.key.tag, "."));
	CU_ASSERT_PTR_EQUAL(anchors_find(&anchors, &ksk.key, &root), &anchors.v[0]);
	CU_ASSERT_TRUE(faults(dnskey_line(256, 3, 8, ksk64), 1, "flags 256 is no trust anchor"));
	CU_ASSERT_TRUE(faults(dnskey_line(385, 3, 8, ksk64), 1, "flags 385 is no trust anchor"));
	CU_ASSERT_TRUE(faults(dnskey_line(1, 3, 8, ksk64), 1, "flags 1 is no trust anchor"));
	CU_ASSERT_TRUE(faults(dnskey_line(257, 2, 8, ksk64), 1, "not a public key"));
	CU_ASSERT_TRUE(faults(dnskey_line(257, 3, 13, ksk64), 1, "not a public key of algorithm 13"));
	CU_ASSERT_TRUE(faults(dnskey_line(257, 3, 8, "AwEAAQ=="), 1, "not a public key"));
	CU_ASSERT_TRUE(faults(dnskey_line(65793, 3, 8, ksk64), 1, "not a record"));
	CU_ASSERT_TRUE(faults(dnskey_line(257, 3, 8, "!"), 1, "not a record"));
	CU_ASSERT_TRUE(faults(dnskey_line(257, 3, 8, ""), 1, "not a record"));
}

#define XML_BEGIN \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<TrustAnchor id=\"a\" source=\"http://example.com/\">\n<Zone>.</Zone>\n"
#define DIGEST_BEGIN \
	"<KeyDigest id=\"Klajeyz\" validFrom=\"2017-02-02T00:00:00+00:00\">\n"
#define TAG_20	"<KeyTag>20326</KeyTag>\n<Algorithm>8</Algorithm>\n"
#define BODY_20	TAG_20 "<DigestType>2</DigestType>\n<Digest>" HEX_20 "</Digest>\n"
#define XML_END	"</KeyDigest>\n</TrustAnchor>\n"
#define XML_20	XML_BEGIN DIGEST_BEGIN BODY_20 XML_END

/* The older form, RFC 7958, with its validUntil. */
static void
test_xml(void)
{
	CU_ASSERT_EQUAL(parse(XML_BEGIN
	    "<KeyDigest id=\"Kjqmt7v\" validFrom=\"2010-07-15T00:00:00+00:00\" "
	    "validUntil=\"2019-01-11T00:00:00+00:00\">\n"
	    "<KeyTag>19036</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>\n"
	    "<Digest>" HEX_17 "</Digest>\n</KeyDigest>\n" DIGEST_BEGIN BODY_20 XML_END), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_EQUAL_FATAL(anchors.n, 2);
	CU_ASSERT_EQUAL(anchors.v[0].tag, 19036);
	CU_ASSERT_EQUAL(anchors.v[0].valid_from, 1279152000);
	CU_ASSERT_EQUAL(anchors.v[0].valid_until, 1547164800);
	CU_ASSERT_STRING_EQUAL(anchors.v[0].name, "file: Kjqmt7v");
	CU_ASSERT_EQUAL(anchors.v[1].tag, 20326);
	CU_ASSERT_EQUAL(anchors.v[1].algorithm, 8);
	CU_ASSERT_EQUAL(anchors.v[1].valid_from, 1485993600);
	CU_ASSERT_EQUAL(anchors.v[1].valid_until, INT64_MAX);
	CU_ASSERT_TRUE(dname_equal(&anchors.v[1].owner, &root));
}

/* White space and case in the digest, comments, a mark, white space before all of it. */
static void
test_xml_forms(void)
{
	static const char *const good[] = {
		XML_20, "\xef\xbb\xbf" XML_20,
		"\n <TrustAnchor id='a' source='b'><Zone> . </Zone>" DIGEST_BEGIN TAG_20
		"<DigestType> 2 </DigestType><!-- c --><Digest>\n e06d44b80b8f1d39a95c0b0d7c65d084"
		"\r\n\t58e880409bbc683457104237c7f8ec8d </Digest>" XML_END,
		"<TrustAnchor><Zone>.</Zone>" DIGEST_BEGIN "<Digest>" HEX_20 "</Digest>"
		"<DigestType>2</DigestType>" TAG_20 XML_END,
	};
	unsigned char	 digest[DIGEST_SIZE];
	size_t		 i;

	CU_ASSERT_EQUAL(digest_from_hex(digest, HEX_20), 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(parse(good[i]), ACCEPT);
		CU_ASSERT_EQUAL_FATAL(anchors.n, 1);
		CU_ASSERT_EQUAL(anchors.v[0].tag, 20326);
		CU_ASSERT_EQUAL(memcmp(anchors.v[0].digest, digest, sizeof(digest)), 0);
	}
}

/* A KeyDigest of our own key, with these elements behind its Digest. */
static const char *
with_public(const char *digest, unsigned tag, const char *more)
{
	static char	 out[4096];

	snprintf(out, sizeof(out), XML_BEGIN DIGEST_BEGIN "<KeyTag>%u</KeyTag><Algorithm>8</Algorithm>"
	    "<DigestType>2</DigestType><Digest>%s</Digest>%s" XML_END, tag, digest, more);
	return out;
}

static const char *
public_flags(const char *base64, const char *flags, bool flags_first)
{
	static char	 out[2048];

	if (flags_first)
		snprintf(out, sizeof(out), "<Flags>%s</Flags><PublicKey>%s</PublicKey>", flags,
		    base64);
	else
		snprintf(out, sizeof(out), "<PublicKey>%s</PublicKey><Flags>%s</Flags>", base64,
		    flags);
	return out;
}

/* RFC 9718: PublicKey and Flags, in both orders, held against the digest. */
static void
test_public(void)
{
	uint16_t	 tag = ksk.key.tag;
	char		 spaced[1024];
	const char	*both = public_flags(ksk64, "257", false);

	CU_ASSERT_EQUAL(parse(with_public(ksk_hex, tag, both)), ACCEPT);
	CU_ASSERT_PTR_NOT_NULL(anchors_find(&anchors, &ksk.key, &root));
	CU_ASSERT_EQUAL(parse(with_public(ksk_hex, tag, public_flags(ksk64, "257", true))), ACCEPT);
	snprintf(spaced, sizeof(spaced), "\n  %.40s\n  %s\n", ksk64, ksk64 + 40);
	CU_ASSERT_EQUAL(parse(with_public(ksk_hex, tag, public_flags(spaced, " 257 ", true))),
	    ACCEPT);
	both = public_flags(ksk64, "257", false);
	CU_ASSERT_TRUE(faults(with_public(HEX_20, tag, both), 5, "of different keys"));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag ^ 1U, both), 5, "of different keys"));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag, public_flags(ksk64, "256", false)), 5,
	    "flags 256"));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag, public_flags(ksk64, "385", false)), 5,
	    "flags 385"));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag, public_flags("!!!!", "257", false)), 5, ""));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag, public_flags("", "257", false)), 5, ""));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag, "<Flags>257</Flags>"), 4, "RFC 9718"));
	CU_ASSERT_TRUE(faults(with_public(ksk_hex, tag, "<PublicKey>AAAA</PublicKey>"), 4,
	    "RFC 9718"));
}

#define IN_DIGEST(body)	XML_BEGIN DIGEST_BEGIN body XML_END
#define IN_ANCHOR(body)	"<TrustAnchor>" body "</TrustAnchor>"
#define WHOLE	DIGEST_BEGIN BODY_20 "</KeyDigest>"

static void
test_bad_xml(void)
{
	static const char *const bad[] = {
		"<", "<TrustAnchor>", "<TrustAnchor/>", "<KSR/>", "<TrustAnchor><Zone>.</Zone>",
		IN_ANCHOR(WHOLE), IN_ANCHOR("<Zone>.</Zone>"), IN_ANCHOR("<Zone/>" WHOLE),
		IN_ANCHOR("<Zone>a..b</Zone>" WHOLE), IN_ANCHOR("<Zone>.</Zone><Zone>.</Zone>" WHOLE),
		IN_ANCHOR("<Zone>.</Zone><Other/>" WHOLE), IN_ANCHOR("<Zone>.</Zone>" WHOLE) "x",
		XML_20 XML_20, "<!DOCTYPE TrustAnchor>" IN_ANCHOR("<Zone>.</Zone>" WHOLE),
		IN_DIGEST(""), IN_DIGEST(TAG_20), IN_DIGEST(BODY_20 "<Other/>"),
		IN_DIGEST(BODY_20 "<KeyTag>20326</KeyTag>"), IN_DIGEST(BODY_20 BODY_20),
		IN_DIGEST(TAG_20 "<DigestType>2</DigestType><Digest>E06D</Digest>"),
		IN_DIGEST(TAG_20 "<DigestType>2</DigestType><Digest>" HEX_20 "00</Digest>"),
		IN_DIGEST(TAG_20 "<DigestType>2</DigestType><Digest/>"),
		IN_DIGEST(TAG_20 "<DigestType>x</DigestType><Digest>" HEX_20 "</Digest>"),
		IN_DIGEST(TAG_20 "<DigestType>258</DigestType><Digest>" HEX_20 "</Digest>"),
		XML_BEGIN "<KeyDigest id=\"a\">" BODY_20 XML_END,
		XML_BEGIN "<KeyDigest id=\"a\" validFrom=\"2017\">" BODY_20 XML_END,
		XML_BEGIN "<KeyDigest validFrom=\"2017-02-02T00:00:00+01:00\">" BODY_20 XML_END,
		XML_BEGIN "<KeyDigest validFrom=\"2017-02-02T00:00:00Z\" validUntil=\"\">" BODY_20
		XML_END, "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" XML_20,
	};
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]) != FAULT)
			printf("[%.80s] ", bad[i]);
		CU_ASSERT_EQUAL(parse(bad[i]), FAULT);
	}
	CU_ASSERT_TRUE(faults("<!DOCTYPE a>" XML_20, 1, ""));
	/* Cut short at every byte but the line end behind it. */
	for (i = 0; i < sizeof(XML_20) - 2; i++)
		CU_ASSERT_EQUAL(parse_bytes(XML_20, i), FAULT);
	CU_ASSERT_EQUAL(parse_bytes(XML_20, i), ACCEPT);
}

static void
test_xml_types(void)
{
	const char	*sha1 = "<KeyDigest id=\"Kold\" validFrom=\"2010-07-15T00:00:00Z\">"
	    "<KeyTag>19036</KeyTag><Algorithm>8</Algorithm><DigestType>1</DigestType>"
	    "<Digest>B256BD09DC8DD59F0E0F0D8541B8328DD986DF6E</Digest></KeyDigest>\n";
	char		 text[2048];

	snprintf(text, sizeof(text), "%s%s%s%s%s", XML_BEGIN, sha1, DIGEST_BEGIN, BODY_20, XML_END);
	CU_ASSERT_EQUAL(parse(text), ACCEPT);
	CU_ASSERT_EQUAL(anchors.n, 1);
	CU_ASSERT_TRUE(report_has(&rep, WARNING, NULL, "type 1 is passed over"));
	snprintf(text, sizeof(text), "%s%s</TrustAnchor>", XML_BEGIN, sha1);
	CU_ASSERT_EQUAL(parse(text), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "no trust anchor (SHA-256)"));
}

/* One anchor of our key, then what it finds. */
static struct anchor
own_anchor(void)
{
	static char	 name[] = "own";
	struct anchor	 a = {
		.owner = root, .tag = ksk.key.tag, .algorithm = RSASHA256, .name = name,
		.valid_from = INT64_MIN, .valid_until = INT64_MAX,
	};

	CU_ASSERT_EQUAL(digest_from_hex(a.digest, ksk_hex), 0);
	return a;
}

static bool
finds(const struct anchor *a, const struct key *key, const struct dname *owner)
{
	const struct anchor *found;
	bool		 same;

	anchors_clear(&anchors);
	CU_ASSERT_EQUAL_FATAL(anchors_add(&anchors, a), 0);
	found = anchors_find(&anchors, key, owner);
	same = found == NULL || found == &anchors.v[0];
	CU_ASSERT_TRUE(same);
	return found != NULL;
}

static void
test_find(void)
{
	struct anchor	 a = own_anchor();
	struct key	 key = ksk.key, old = revoked_key(&ksk.key);
	struct dname	 com;

	CU_ASSERT_EQUAL(dname_parse(&com, "com"), 0);
	CU_ASSERT_TRUE(finds(&a, &key, &root));
	CU_ASSERT_TRUE(finds(&a, &old, &root));		/* as it was published before */
	CU_ASSERT_FALSE(finds(&a, &key, &com));
	key.tag++;					/* as stated: not looked at */
	CU_ASSERT_TRUE(finds(&a, &key, &root));
	key.flags = 256;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	key = ksk.key;
	key.algorithm = RSASHA512;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	key.algorithm = RSASHA256;
	key.len--;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	key.len++;
	a.tag ^= 1;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	a.tagless = true;				/* ds_sha256 of a policy */
	CU_ASSERT_TRUE(finds(&a, &key, &root));
	CU_ASSERT_TRUE(finds(&a, &old, &root));
	CU_ASSERT_FALSE(finds(&a, &key, &com));
	a = own_anchor();
	a.algorithm = RSASHA512;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	a = own_anchor();
	a.owner = com;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	a = own_anchor();
	a.digest[31] ^= 1;
	CU_ASSERT_FALSE(finds(&a, &key, &root));
	/* Made of the revoked form: names no key. */
	a = own_anchor();
	a.tag = old.tag;
	CU_ASSERT_EQUAL(key_ds(a.digest, &old, &root), 0);
	CU_ASSERT_FALSE(finds(&a, &old, &root));
	anchors_clear(&anchors);
	CU_ASSERT_PTR_NULL(anchors_find(&anchors, &key, &root));
	CU_ASSERT_PTR_NULL(anchors.v);
}

/* All anchors of a key, one after the other; not those of another tag, zone or algorithm. */
static void
test_find_next(void)
{
	struct anchor	 a = own_anchor(), other = own_anchor();
	struct key	 old = revoked_key(&ksk.key);
	const struct anchor *found;
	size_t		 i;

	other.tag ^= 1;
	for (i = 0; i < 6; i++)
		CU_ASSERT_EQUAL_FATAL(anchors_add(&anchors, i % 2 == 0 ? &other : &a), 0);
	found = anchors_find(&anchors, &ksk.key, &root);
	for (i = 1; i < 6; i += 2) {
		CU_ASSERT_PTR_EQUAL_FATAL(found, &anchors.v[i]);
		found = anchors_find_next(&anchors, found, i == 1 ? &old : &ksk.key, &root);
	}
	CU_ASSERT_PTR_NULL(found);
	anchors.v[4].tagless = true;
	found = anchors_find_next(&anchors, &anchors.v[3], &ksk.key, &root);
	CU_ASSERT_PTR_EQUAL(found, &anchors.v[4]);
	anchors_clear(&anchors);
	a.valid_from = 5;
	a.valid_until = 7;
	for (i = 4; i < 9; i++)
		CU_ASSERT_EQUAL(anchor_in_force(&a, (int64_t)i), i == 5 || i == 6);
}

/* Remembered or not, the answer is the same: of keys in any order, more of them than are kept. */
static void
test_find_again(void)
{
	struct anchors_latest latest = { .next = 0 };
	unsigned char	 public[3 * ANCHORS_LATEST][4];
	struct key	 keys[3 * ANCHORS_LATEST];
	unsigned	 i, j, wrong = 0, found = 0;

	for (i = 0; i < 3 * ANCHORS_LATEST; i++) {
		struct anchor	 a = own_anchor();

		memcpy(public[i], "key", 3);
		public[i][3] = (unsigned char)(i / 2);
		keys[i] = (struct key){ .flags = i % 2 == 0 ? DNSKEY_KSK : DNSKEY_REVOKED,
		    .protocol = DNSKEY_PROTOCOL, .algorithm = RSASHA256,
		    .public = public[i], .len = sizeof(public[i]) };
		a.tag = key_tag(&keys[i]);
		a.algorithm = RSASHA256;
		if (i % 4 == 0 && key_ds(a.digest, &keys[i], &root) == 0)
			CU_ASSERT_EQUAL(anchors_add(&anchors, &a), 0);
	}
	for (i = 0; i < 1000; i++) {
		const struct key *k = &keys[(i * i / 7 + i % 3) % (3 * ANCHORS_LATEST)];
		const struct anchor *a = anchors_find(&anchors, k, &root);

		for (j = 0; j < 2; j++)
			wrong += anchors_find_again(&latest, &anchors, k, &root) != a;
		found += a != NULL;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT(found > 100 && found < 900);
	anchors_clear(&anchors);
}

/* The anchors of the root zone find its KSKs. */
static void
test_root(void)
{
	const char	*path = data_file("root/skr-root-2017-q3-0-c_to_d.xml");
	struct buf	 in = BUF_EMPTY;
	struct skr	*skr = NULL;
	unsigned	 found = 0;
	size_t		 i;

	if (path == NULL)
		return;
	CU_ASSERT_EQUAL_FATAL(buf_load(&in, path, KSR_MAX_BYTES), 0);
	CU_ASSERT_EQUAL_FATAL(skr_parse(&skr, &in, path, &rep), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(parse(". DS " DS_17 "\n. DS " DS_20 "\n"), ACCEPT);
	for (i = 0; i < skr->bundles.v[8].nkeys; i++) {
		const struct key *k = &skr->bundles.v[8].keys[i];

		CU_ASSERT_EQUAL(anchors_find(&anchors, k, &root) != NULL, key_is_sep(k));
		found += anchors_find(&anchors, k, &root) != NULL;
	}
	CU_ASSERT_EQUAL(found, 2);
	skr_free(skr);
	buf_free(&in);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_ds), TEST(test_bad_ds), TEST(test_digest_types), TEST(test_files),
		TEST(test_unchanged), TEST(test_dnskey), TEST(test_xml), TEST(test_xml_forms),
		TEST(test_public), TEST(test_bad_xml), TEST(test_xml_types), TEST(test_find),
		TEST(test_find_next), TEST(test_find_again), TEST(test_root),
	};
	unsigned char	 digest[DIGEST_SIZE];
	struct buf	 text = BUF_EMPTY;
	int		 rv;

	keypair_make(&ksk, RSASHA256, DNSKEY_KSK, "ksk");
	if (dname_parse(&root, ".") == -1 || key_ds(digest, &ksk.key, &root) == -1 ||
	    base64_encode(&text, ksk.key.public, ksk.key.len) == -1)
		return 1;
	ksk64 = (char *)text.data;
	digest_hex(ksk_hex, digest);
	rv = run_tests("anchor", tests, sizeof(tests) / sizeof(tests[0]));
	anchors_clear(&anchors);
	report_free(&rep);
	keypair_clear(&ksk);
	buf_free(&text);
	return rv;
}
