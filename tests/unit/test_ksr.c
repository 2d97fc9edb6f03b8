#include <errno.h>

#include <CUnit/Basic.h>

#include "model/ksr.h"
#include "sample.h"

struct change {
	const char	*from, *to;
};

static struct report	 rep = REPORT_EMPTY;

/* The verdict on a text; the report is left for a look until the next call. */
static enum verdict
parse(struct ksr **out, const char *text)
{
	struct buf	 in = borrow(text);

	report_free(&rep);
	rep = (struct report)REPORT_EMPTY;
	return ksr_parse(out, &in, "in.xml", &rep);
}

static struct ksr *
sample(void)
{
	struct ksr	*k = NULL;

	CU_ASSERT_EQUAL_FATAL(parse(&k, KSR_SAMPLE), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	return k;
}

static char *
written(const struct ksr *k)
{
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(ksr_write(&b, k), 0);
	return (char *)b.data;
}

static void
test_fields(void)
{
	struct ksr	*k = sample(), *bare;
	struct buf	 in = borrow(KSR_SAMPLE);
	unsigned char	 digest[DIGEST_SIZE];

	CU_ASSERT_STRING_EQUAL(k->input, "in.xml");
	CU_ASSERT_STRING_EQUAL(k->id, "doc-1");
	CU_ASSERT_EQUAL(k->serial, 7);
	CU_ASSERT_STRING_EQUAL(k->domain, ".");
	CU_ASSERT(k->name.len == 1 && k->name.wire[0] == 0);
	CU_ASSERT_EQUAL(digest_bytes(digest, in.data, in.len), 0);
	CU_ASSERT_EQUAL(memcmp(digest, k->digest, DIGEST_SIZE), 0);
	CU_ASSERT_EQUAL_FATAL(ksr_parse_undigested(&bare, &in, "in.xml", &rep), ACCEPT);
	memset(digest, 0, sizeof(digest));
	CU_ASSERT_EQUAL(memcmp(digest, bare->digest, DIGEST_SIZE), 0);
	CU_ASSERT_STRING_EQUAL(bare->id, k->id);
	ksr_free(bare);
	CU_ASSERT_EQUAL(k->zsk.line, 5);
	CU_ASSERT_EQUAL(k->zsk.publish_safety, 864000);
	CU_ASSERT_EQUAL(k->zsk.retire_safety, 950400);
	CU_ASSERT_EQUAL(k->zsk.max_signature_validity, 1814400);
	CU_ASSERT_EQUAL(k->zsk.min_signature_validity, 1728000);
	CU_ASSERT_EQUAL(k->zsk.max_validity_overlap, 1036800);
	CU_ASSERT_EQUAL(k->zsk.min_validity_overlap, 32400);
	CU_ASSERT_EQUAL_FATAL(k->zsk.nalgs, 2);
	CU_ASSERT_EQUAL(k->zsk.algs[0].algorithm, 8);
	CU_ASSERT_EQUAL(k->zsk.algs[0].family, FAMILY_RSA);
	CU_ASSERT_EQUAL(k->zsk.algs[0].bits, 512);
	CU_ASSERT_EQUAL(k->zsk.algs[0].exponent, 65537);
	CU_ASSERT_EQUAL(k->zsk.algs[0].line, 12);
	CU_ASSERT_EQUAL(k->zsk.algs[1].algorithm, 13);
	CU_ASSERT_EQUAL(k->zsk.algs[1].family, FAMILY_ECDSA);
	CU_ASSERT_EQUAL(k->zsk.algs[1].bits, 256);
	CU_ASSERT_EQUAL(k->zsk.algs[1].exponent, 0);
	ksr_free(k);
}

static void
test_bundle_fields(void)
{
	struct ksr	*k = sample();
	const struct bundle *b = k->bundles.v;

	CU_ASSERT_EQUAL_FATAL(k->bundles.n, 2);
	CU_ASSERT_STRING_EQUAL(b->id, "bundle-1");
	CU_ASSERT_EQUAL(b->inception, 1893456000);
	CU_ASSERT_EQUAL(b->expiration, 1895270400);
	CU_ASSERT_EQUAL(b->line, line_of(KSR_SAMPLE, "<RequestBundle"));
	CU_ASSERT_EQUAL_FATAL(b->nsigners, 2);
	CU_ASSERT_STRING_EQUAL(b->signers[0], "ksk-1");
	CU_ASSERT_STRING_EQUAL(b->signers[1], "ksk-2");
	CU_ASSERT_EQUAL_FATAL(b->nkeys, 2);
	CU_ASSERT_STRING_EQUAL(b->keys[0].identifier, "zsk-ec");
	CU_ASSERT_EQUAL(b->keys[0].tag, 17);
	CU_ASSERT_EQUAL(b->keys[0].ttl, 172800);
	CU_ASSERT_EQUAL(b->keys[0].flags, 256);
	CU_ASSERT_EQUAL(b->keys[0].protocol, 3);
	CU_ASSERT_EQUAL(b->keys[0].algorithm, 13);
	CU_ASSERT_EQUAL_FATAL(b->keys[0].len, 64);
	CU_ASSERT(b->keys[0].public[0] == 0 && b->keys[0].public[63] == 63);
	CU_ASSERT_EQUAL(b->keys[0].line, line_of(KSR_SAMPLE, "<Key "));
	CU_ASSERT_EQUAL(b->keys[1].len, 68);
	CU_ASSERT_EQUAL_FATAL(b->nsigs, 2);
	CU_ASSERT_STRING_EQUAL(b->sigs[0].identifier, "zsk-rsa");
	CU_ASSERT_STRING_EQUAL(b->sigs[0].signer, ".");
	CU_ASSERT_EQUAL(b->sigs[0].ttl, 172800);
	CU_ASSERT_EQUAL(b->sigs[0].original_ttl, 172801);
	CU_ASSERT_EQUAL(b->sigs[0].expiration, 1895270400);
	CU_ASSERT_EQUAL(b->sigs[0].inception, 1893456000);
	CU_ASSERT_EQUAL(b->sigs[0].tag, 64001);
	CU_ASSERT_EQUAL(b->sigs[0].algorithm, 8);
	CU_ASSERT_EQUAL(b->sigs[0].labels, 0);
	CU_ASSERT_EQUAL(b->sigs[0].line, line_of(KSR_SAMPLE, "<Signature "));
	CU_ASSERT_EQUAL_FATAL(b->sigs[0].len, 64);
	CU_ASSERT(b->sigs[0].data[0] == 192 && b->sigs[0].data[63] == 255);
	CU_ASSERT_STRING_EQUAL(b[1].id, "bundle-2");
	CU_ASSERT(b[1].nsigners == 0 && b[1].nkeys == 1 && b[1].nsigs == 1);
	ksr_free(k);
}

/* All of these mean the same as the sample. */
static void
test_same_meaning(void)
{
	static const struct change same[] = {
		{ "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "" },
		{ "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\n<!-- hello -->\n" },
		{ "<?xml", "\xef\xbb\xbf<?xml" },
		{ "encoding=\"UTF-8\"", "encoding = 'utf-8' standalone='yes'" },
		{ "encoding=\"UTF-8\"", "encoding='us-ascii'" },
		{ " encoding=\"UTF-8\"", "" },
		{ "id=\"doc-1\" domain=\".\" serial=\"7\"", "serial = '007'\n\tid='doc-1'\tdomain=\".\" " },
		{ "id=\"doc-1\"", "id=\"&#100;oc&#x2D;1\"" },
		{ "domain=\".\"", "domain=\"&#46;\"" },
		{ "<Request>", "<Request timestamp=\"2030-01-01T00:00:00\">" },
		{ "<Request>", "<Request timestamp=\"2030-01-01T00:00:00+00:00\" >" },
		{ "<Request>", "<Request ><!-- <Response> --><?target some data?>" },
		{ "P10D", "\n P10D\t" },
		{ "P10D", "P<!-- ten -->10D" },
		{ "P10D", "<![CDATA[P10]]>D" },
		{ "P10D", "P1&#48;D" },
		{ "P10D", "PT240H" },
		{ "P10D", "P9DT23H59M60S" },
		{ "<Inception>2030-01-01T00:00:00<", "<Inception>\n2030-01-01T00:00:00Z <" },
		{ "<Inception>2030-01-01T00:00:00<", "<Inception>2030-01-01T00:00:00+00:00<" },
		{ "<Signer keyIdentifier=\"ksk-1\"/>", "<Signer keyIdentifier='ksk-1'> <!-- --> </Signer>" },
		{ "keyTag=\"00017\"", "keyTag=\" 17\n\"" },
		{ "<TTL>172800", "<TTL>  000172800 " },
		{ "<TypeCovered>DNSKEY", "<TypeCovered> DNSKEY\n" },
		{ "<SignersName>.", "<SignersName> .\r\n" },
		{ "<PublicKey>AAEC", "<PublicKey>\n\tAA\r\nEC " },
		{ "<SignatureData>wMHC", "<SignatureData><![CDATA[w]]>MHC" },
		{ "</KSR>\n", "</KSR>\n<!-- the end --><?pi?>\n\n" },
		{ "</KSR>\n", "</KSR>" },
		{ "<KSR ", "<KSR xmlns:unused=\"urn:x\" " }
	};
	struct ksr	*k = sample(), *other;
	char		*want = written(k), *text, *got;
	size_t		 i;

	ksr_free(k);
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		other = NULL;
		text = replaced(KSR_SAMPLE, same[i].from, same[i].to);
		if (parse(&other, text) != ACCEPT || rep.count != 0) {
			CU_FAIL(same[i].to);
			report_print(&rep, same[i].to, stderr);
		} else {
			got = written(other);
			if (strcmp(got, want) != 0)
				CU_FAIL(same[i].to);
			free(got);
		}
		ksr_free(other);
		free(text);
	}
	free(want);
}

/* Legal, but not the sample: each must be read as what it says. */
static void
test_boundaries(void)
{
	static const struct change legal[] = {
		{ "serial=\"7\"", "serial=\"0\"" },
		{ "serial=\"7\"", "serial=\"18446744073709551615\"" },
		{ "domain=\".\"", "domain=\"example.com\"" },
		{ "domain=\".\"", "domain=\"a\\.b\\032c.\"" },
		{ "keyTag=\"00017\"", "keyTag=\"65535\"" },
		{ "<TTL>172800", "<TTL>0" },
		{ "<TTL>172800", "<TTL>2147483647" },
		{ "<Flags>256", "<Flags>65535" },
		{ "<Labels>0", "<Labels>127" },
		{ "P10D", "PT0S" },
		{ "algorithm=\"8\"", "algorithm=\"5\"" },
		{ "algorithm=\"13\"", "algorithm=\"12\"" },
		{ "algorithm=\"13\"", "algorithm=\"255\"" },
		{ "algorithm=\"13\">\n<ECDSA size=\"256\"", "algorithm=\"14\">\n<ECDSA size=\"384\"" },
		{ "algorithm=\"13\">\n<ECDSA size=\"256\"", "algorithm=\"15\">\n<EdDSA size=\"256\"" },
		{ "algorithm=\"13\">\n<ECDSA size=\"256\"", "algorithm=\"16\">\n<EdDSA size=\"456\"" },
		{ "exponent=\"65537\"", "exponent=\"18446744073709551615\"" },
		{ "<Inception>2030-01-01T00:00:00", "<Inception>1970-01-01T00:00:00" },
		{ "<Inception>2030-01-01T00:00:00", "<Inception>2028-02-29T00:00:00" },
		{ "<Algorithm>13</Algorithm>\n<PublicKey>" BYTES_0,
		    "<Algorithm>253</Algorithm>\n<PublicKey>AA==" },
		{ "<Algorithm>13</Algorithm>\n<PublicKey>" BYTES_0,
		    "<Algorithm>15</Algorithm>\n<PublicKey>AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" },
		{ "<SignatureData>" BYTES_192, "<SignatureData>AA==" },
		{ "keyIdentifier=\"zsk-ec\"", "keyIdentifier=\" \"" },
		{ "keyIdentifier=\"zsk-ec\"", "keyIdentifier=\"\xc3\xa4\xf0\x9f\x94\x91\"" }
	};
	struct ksr	*k;
	char		*text;
	size_t		 i;

	for (i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		k = NULL;
		text = replaced(KSR_SAMPLE, legal[i].from, legal[i].to);
		if (parse(&k, text) != ACCEPT || k == NULL)
			CU_FAIL(legal[i].to);
		ksr_free(k);
		free(text);
	}
}

/* Each is refused by one finding, of this rule and at the line of the change. */
static void
refuse_each(const struct change *bad, size_t n, const char *rule, int same_line)
{
	struct ksr	*k;
	char		*text;
	size_t		 i;

	for (i = 0; i < n; i++) {
		k = NULL;
		text = replaced(KSR_SAMPLE, bad[i].from, bad[i].to);
		if (parse(&k, text) != REFUSE || k != NULL || rep.count != 1 ||
		    strcmp(rep.findings[0].rule, rule) != 0 ||
		    strcmp(rep.findings[0].input, "in.xml") != 0 ||
		    (same_line && rep.findings[0].line != line_of(KSR_SAMPLE, bad[i].from))) {
			CU_FAIL(bad[i].to);
			fprintf(stderr, "%s (line %lu):\n", bad[i].to,
			    line_of(KSR_SAMPLE, bad[i].from));
			report_print(&rep, "", stderr);
		}
		free(text);
	}
}

static const struct change bad_values[] = {
	{ "id=\"doc-1\"", "id=\"\"" },
	{ "serial=\"7\"", "serial=\"\"" },
	{ "serial=\"7\"", "serial=\"-1\"" },
	{ "serial=\"7\"", "serial=\"+1\"" },
	{ "serial=\"7\"", "serial=\"1.0\"" },
	{ "serial=\"7\"", "serial=\"0x7\"" },
	{ "serial=\"7\"", "serial=\"1 2\"" },
	{ "serial=\"7\"", "serial=\"18446744073709551616\"" },
	{ "serial=\"7\"", "serial=\"99999999999999999999999\"" },
	{ "serial=\"7\"", "serial=\"\xd9\xa3\"" },
	{ "domain=\".\"", "domain=\"\"" },
	{ "domain=\".\"", "domain=\"..\"" },
	{ "domain=\".\"", "domain=\"a..b\"" },
	{ "domain=\".\"", "domain=\"a b\"" },
	{ "domain=\".\"", "domain=\"\xc3\xa4.\"" },
	{ "domain=\".\"", "domain=\"a123456789a123456789a123456789a123456789a123456789a12345678901234.\"" },
	{ "<Request>", "<Request timestamp=\"yesterday\">" },
	{ "<Request>", "<Request timestamp=\"2030-01-01T00:00:00+01:00\">" },
	{ "P10D", "" },
	{ "P10D", "P" },
	{ "P10D", "P1M" },
	{ "P10D", "P1Y" },
	{ "P10D", "P1W" },
	{ "P10D", "-P1D" },
	{ "P10D", "P10D P10D" },
	{ "P10D", "PT0.5S" },
	{ "P10D", "P00000000000000000000000000000000000000000000000000000000000000000010D" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>2030-01-01" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>2030-02-29T00:00:00" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>2030-01-01T00:00:00+02:00" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>2030-01-01T00:00:00-00:00" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>2030-01-01T24:00:00" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>2107-01-01T00:00:00" },
	{ "<Inception>2030-01-01T00:00:00", "<Inception>1893456000" },
	{ "algorithm=\"13\"", "algorithm=\"256\"" },
	{ "size=\"256\"", "size=\"\"" },
	{ "exponent=\"65537\"", "exponent=\"0\"" },
	{ "exponent=\"65537\"", "exponent=\"18446744073709551616\"" },
	{ "keyTag=\"00017\"", "keyTag=\"65536\"" },
	{ "keyTag=\"00017\"", "keyTag=\"\"" },
	{ "keyTag=\"00017\"", "keyTag=\"0x11\"" },
	{ "keyIdentifier=\"zsk-ec\"", "keyIdentifier=\"\"" },
	{ "keyIdentifier=\"ksk-1\"", "keyIdentifier=\"\"" },
	{ "<TTL>172800", "<TTL>2147483648" },
	{ "<TTL>172800", "<TTL>-1" },
	{ "<TTL>172800", "<TTL>" },
	{ "<TTL>172800", "<TTL>1 72800" },
	{ "<Flags>256", "<Flags>65536" },
	{ "<Protocol>3", "<Protocol>2" },
	{ "<Protocol>3", "<Protocol>4" },
	{ "<Algorithm>13", "<Algorithm>256" },
	{ "<TypeCovered>DNSKEY", "<TypeCovered>A" },
	{ "<TypeCovered>DNSKEY", "<TypeCovered>dnskey" },
	{ "<TypeCovered>DNSKEY", "<TypeCovered>" },
	{ "<TypeCovered>DNSKEY", "<TypeCovered>DNSKEY DNSKEY" },
	{ "<Labels>0", "<Labels>128" },
	{ "<OriginalTTL>172801", "<OriginalTTL>2147483648" },
	{ "<SignatureExpiration>2030", "<SignatureExpiration>2O30" },
	{ "<SignatureInception>2030", "<SignatureInception>230" },
	{ "<KeyTag>64001", "<KeyTag>65536" },
	{ "<SignersName>.", "<SignersName>" },
	{ "<SignersName>.", "<SignersName>a..b" },
	{ "<PublicKey>" BYTES_0, "<PublicKey>" },
	{ "<PublicKey>" BYTES_0, "<PublicKey>!!!" },
	{ "<PublicKey>AAEC", "<PublicKey>AAE" },
	{ "<SignatureData>" BYTES_192, "<SignatureData>" },
	{ "<SignatureData>w", "<SignatureData>*" }
};

static void
test_values(void)
{
	refuse_each(bad_values, sizeof(bad_values) / sizeof(bad_values[0]), "KSR-SCHEMA", 1);
}

static void
test_consistency(void)
{
	static const struct change bad[] = {
		{ "<SignatureAlgorithm algorithm=\"8\">", "<SignatureAlgorithm algorithm=\"13\">" },
		{ "<SignatureAlgorithm algorithm=\"8\">", "<SignatureAlgorithm algorithm=\"15\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"8\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"1\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"5\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"7\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"10\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"14\">" },
		{ "<SignatureAlgorithm algorithm=\"13\">", "<SignatureAlgorithm algorithm=\"16\">" },
		{ "<PublicKey>" BYTES_0, "<PublicKey>AAEC" BYTES_0 },
		{ "<PublicKey>" BYTES_0, "<PublicKey>AAEC" },
		{ "<PublicKey>" RSA_KEY, "<PublicKey>AAAA" },
		{ "<PublicKey>" RSA_KEY, "<PublicKey>AwEAAQ==" },
		{ "<PublicKey>" RSA_KEY, "<PublicKey>/wEAAQAA" },
		{ "<SignatureData>" BYTES_64, "<SignatureData>AAEC" BYTES_64 },
		{ "<SignatureData>" BYTES_64, "<SignatureData>AAEC" }
	};

	refuse_each(bad, sizeof(bad) / sizeof(bad[0]), "KSR-SCHEMA", 1);
}

static void
test_algorithm_lengths(void)
{
	static const struct change bad[] = {
		{ "<Algorithm>13</Algorithm>\n<P", "<Algorithm>14</Algorithm>\n<P" },
		{ "<Algorithm>13</Algorithm>\n<P", "<Algorithm>15</Algorithm>\n<P" },
		{ "<Algorithm>13</Algorithm>\n<P", "<Algorithm>16</Algorithm>\n<P" },
		{ "<Algorithm>13</Algorithm>\n<P", "<Algorithm>8</Algorithm>\n<P" },
		{ "<Algorithm>13</Algorithm>\n<P", "<Algorithm>7</Algorithm>\n<P" },
		{ "<Algorithm>13</Algorithm>\n<L", "<Algorithm>14</Algorithm>\n<L" },
		{ "<Algorithm>13</Algorithm>\n<L", "<Algorithm>16</Algorithm>\n<L" }
	};
	char		*zeros, *text, *change;
	struct ksr	*k = NULL;

	refuse_each(bad, sizeof(bad) / sizeof(bad[0]), "KSR-SCHEMA", 0);
	/* 512 bytes are the longest RSA signature; 513 are none. */
	CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&zeros, "%0684d", 0), -1);
	CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&change, "<SignatureData>%s", zeros), -1);
	text = replaced(KSR_SAMPLE, "<SignatureData>" BYTES_192, change);
	CU_ASSERT_EQUAL(parse(&k, text), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 1);
	free(text);
	change[strlen(change) - 1] = '=';
	text = replaced(KSR_SAMPLE, "<SignatureData>" BYTES_192, change);
	CU_ASSERT_EQUAL_FATAL(parse(&k, text), ACCEPT);
	CU_ASSERT_EQUAL(k->bundles.v[0].sigs[0].len, 512);
	ksr_free(k);
	free(text);
	free(change);
	free(zeros);
}

static void
test_structure(void)
{
	static const struct change bad[] = {
		{ "<KSR ", "<KSR version=\"1\" " },
		{ " id=\"doc-1\"", "" },
		{ " serial=\"7\"", "" },
		{ " domain=\".\"", "" },
		{ "<KSR ", "<KSR xmlns=\"urn:x\" " },
		{ "<KSR ", "<KSR xmlns:a=\"urn:x\" a:b=\"\" " },
		{ "<KSR ", "<KSR xml:lang=\"en\" " },
		{ "<KSR ", "<KSR a='' b='' c='' d='' e='' f='' " },
		{ "<Request>", "<Request id=\"x\">" },
		{ "<Request>", "<Request>text" },
		{ "<Request>", "<Request><![CDATA[x]]>" },
		{ "<Request>", "<Request>&#65;" },
		{ "<Request>", "<Request><Unknown/>" },
		{ "<RequestPolicy>", "<RequestPolicy><KSK/>" },
		{ "<PublishSafety>P10D</PublishSafety>\n", "" },
		{ "<PublishSafety>", "<PublishSafety><PublishSafety/>" },
		{ "<PublishSafety>", "<PublishSafety unit=\"days\">" },
		{ "<RetireSafety>P11D</RetireSafety>\n",
		    "<RetireSafety>P11D</RetireSafety><RetireSafety>P11D</RetireSafety>\n" },
		{ "<ECDSA size=\"256\"/>", "" },
		{ "<ECDSA size=\"256\"/>", "<ECDSA/>" },
		{ "<ECDSA size=\"256\"/>", "<ECDSA size=\"256\" exponent=\"3\"/>" },
		{ "<ECDSA size=\"256\"/>", "<ECDSA size=\"256\"/><ECDSA size=\"256\"/>" },
		{ "<ECDSA size=\"256\"/>", "<ECDSA size=\"256\">256</ECDSA>" },
		{ "<ECDSA size=\"256\"/>", "<DSA size=\"256\"/>" },
		{ "<ECDSA size=\"256\"/>", "<EDDSA size=\"256\"/>" },
		{ "<RequestBundle id=\"bundle-1\">", "<RequestBundle>" },
		{ "<RequestBundle id=\"bundle-1\">", "<RequestBundle id=\"bundle-1\" timestamp=\"x\">" },
		{ "<Expiration>2030-01-22T00:00:00Z</Expiration>\n", "" },
		{ "<Signer keyIdentifier=\"ksk-1\"/>", "<Signer/>" },
		{ "<Signer keyIdentifier=\"ksk-1\"/>", "<Signer keyIdentifier=\"ksk-1\">x</Signer>" },
		{ "<Flags>256</Flags>\n<Protocol>3</Protocol>", "<Protocol>3</Protocol>\n<Flags>256</Flags>" },
		{ "<Protocol>3</Protocol>\n", "" },
		{ KEY("zsk-ec", "00017", "256", "13", BYTES_0) SIGNATURE("zsk-ec", "00017", "13", BYTES_64),
		    SIGNATURE("zsk-ec", "00017", "13", BYTES_64) },
		{ KEY("zsk-ec", "00017", "256", "13", BYTES_0) SIGNATURE("zsk-ec", "00017", "13", BYTES_64),
		    SIGNATURE("zsk-ec", "00017", "13", BYTES_64) KEY("zsk-ec", "00017", "256", "13", BYTES_0) },
		{ KEY("zsk-ec", "00017", "256", "13", BYTES_0) SIGNATURE("zsk-ec", "00017", "13", BYTES_64),
		    KEY("zsk-ec", "00017", "256", "13", BYTES_0) },
		{ "<SignersName>.</SignersName>\n", "" },
		{ "</Request>\n", "</Request><Request/>\n" },
		{ "</Request>\n", "</Request>x\n" },
		{ "<TTL>", "<ttl xmlns=''/><TTL>" }
	};
	struct ksr	*k = NULL;

	refuse_each(bad, sizeof(bad) / sizeof(bad[0]), "KSR-SCHEMA", 0);
	CU_ASSERT_EQUAL(parse(&k, "<ksr/>"), REFUSE);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].rule, "KSR-SCHEMA");
	CU_ASSERT_EQUAL(parse(&k, "<KSR id='' serial='' domain=''/>"), REFUSE);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].rule, "KSR-SCHEMA");
}

/* With "more" keys beside the one of bundle 2: 79 bytes each as a record of the root. */
static enum verdict
with_more_keys(unsigned more)
{
	static const char place[] = "<Expiration>2030-02-01T00:00:00</Expiration>\n";
	struct buf	 keys = BUF_EMPTY;
	struct ksr	*k = NULL;
	enum verdict	 v;
	char		*text;

	CU_ASSERT_EQUAL_FATAL(buf_puts(&keys, place), 0);
	while (more-- > 0)
		CU_ASSERT_EQUAL_FATAL(buf_puts(&keys, KEY("more", "17", "256", "13", BYTES_0)), 0);
	text = replaced(KSR_SAMPLE, place, (const char *)keys.data);
	v = parse(&k, text);
	ksr_free(k);
	free(text);
	buf_free(&keys);
	return v;
}

/* 828 keys and a signature of 94 bytes are 65506; no DNS message has more than 65535. */
static void
test_bundle_size(void)
{
	CU_ASSERT_EQUAL(with_more_keys(827), ACCEPT);
	CU_ASSERT_EQUAL(with_more_keys(828), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 1);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].rule, "KSR-SCHEMA");
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text,
	    "RequestBundle: 829 keys and 1 signatures fit no DNS message");
}

static void
test_xml(void)
{
	static const struct change bad[] = {
		{ "<KSR ", "<!DOCTYPE KSR><KSR " },
		{ "<KSR ", "<!DOCTYPE KSR [<!ENTITY a \"b\">]><KSR " },
		{ "<KSR ", "<!DOCTYPE KSR SYSTEM \"/etc/passwd\"><KSR " },
		{ "doc-1", "&unknown;" },
		{ "P10D", "&unknown;" },
		{ "P10D", "&#0;" },
		{ "P10D", "&#8;" },
		{ "P10D", "\b" },
		{ "P10D", "\xff" },
		{ "P10D", "\xc0\x80" },
		{ "P10D", "<b" },
		{ "P10D", "]]>" },
		{ "id=\"doc-1\"", "id=\"doc-1\" id=\"doc-1\"" },
		{ "id=\"doc-1\"", "id=doc-1" },
		{ "id=\"doc-1\"", "id=\"doc-1" },
		{ "id=\"doc-1\"", "id=\"<\"" },
		{ "<Request>", "<undeclared:Request>" },
		{ "</Request>", "</Response>" },
		{ "</KSR>", "</KSR><KSR/>" },
		{ "</KSR>", "</KSR>x" },
		{ "</KSR>", "" },
		{ "UTF-8", "ISO-8859-1" },
		{ "UTF-8", "UTF-16" },
		{ "UTF-8", "EBCDIC-CP-US" },
		{ "UTF-8", "UTF-7" },
		{ "encoding=\"UTF-8\"", "encoding" },
		{ "version=\"1.0\"", "version=\"1.1\"" },
		{ "<?xml", " <?xml" },
		{ "<?xml", "x<?xml" }
	};

	refuse_each(bad, sizeof(bad) / sizeof(bad[0]), "KSR-XML", 0);
}

/* A document without its end is no document, wherever it ends. */
static void
test_truncated(void)
{
	struct ksr	*k = NULL;
	struct buf	 in = BUF_EMPTY;
	size_t		 wrong = 0;

	CU_ASSERT_EQUAL_FATAL(buf_puts(&in, KSR_SAMPLE), 0);
	for (in.len = strlen(KSR_SAMPLE) - 2; in.len < strlen(KSR_SAMPLE); in.len--) {
		in.data[in.len] = '\0';
		report_free(&rep);
		rep = (struct report)REPORT_EMPTY;
		wrong += ksr_parse(&k, &in, "in.xml", &rep) != REFUSE || rep.count != 1 ||
		    strcmp(rep.findings[0].rule, "KSR-XML") != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_PTR_NULL(k);
	buf_free(&in);
}

/* All values that are wrong are listed, up to a limit. */
static void
test_all_findings(void)
{
	char		*one = replaced(KSR_SAMPLE, "P10D", "P10M");
	char		*two = replaced(one, "<Flags>256", "<Flags>-256");
	struct buf	 many = BUF_EMPTY;
	struct ksr	*k = NULL;
	const char	*end = strstr(KSR_SAMPLE, "</Request>");
	int		 i;

	CU_ASSERT_EQUAL(parse(&k, two), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 2);
	free(one);
	free(two);
	CU_ASSERT_EQUAL(buf_append(&many, KSR_SAMPLE, strlen(KSR_SAMPLE) - strlen(end)), 0);
	for (i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(buf_printf(&many, "<RequestBundle id=\"\"><Inception/><Expiration/>"
		    KEY("k", "x", "256", "13", BYTES_0) SIGNATURE("k", "17", "13", BYTES_64)
		    "</RequestBundle>"), 0);
	CU_ASSERT_EQUAL(buf_puts(&many, end), 0);
	CU_ASSERT_EQUAL(parse(&k, (const char *)many.data), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 101);
	CU_ASSERT_PTR_NULL(k);
	buf_free(&many);
}

static void
test_wrong_kind(void)
{
	struct ksr	*k = NULL;

	CU_ASSERT_EQUAL(parse(&k, SKR_SAMPLE), REFUSE);
	CU_ASSERT_EQUAL_FATAL(rep.count, 1);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].rule, "KSR-SCHEMA");
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text, "this is an SKR: a Response, not a Request");
	CU_ASSERT_PTR_NULL(k);
}

/* What the least of the known readers takes, and no more. */
static void
test_write_form(void)
{
	struct ksr	*k = sample();
	char		*text = written(k);

	CU_ASSERT_EQUAL(strncmp(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<KSR id=\"doc-1\" domain=\".\" serial=\"7\">\n  <Request>\n    <RequestPolicy>\n      <ZSK>\n"
	    "        <PublishSafety>P10D</PublishSafety>\n", 160), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "          <RSA size=\"512\" exponent=\"65537\"/>\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "          <ECDSA size=\"256\"/>\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<MinValidityOverlap>PT9H</MinValidityOverlap>\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<Inception>2030-01-01T00:00:00+00:00</Inception>\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<Signer keyIdentifier=\"ksk-2\"/>\n"));
	CU_ASSERT_PTR_NULL(strchr(text, '\''));
	CU_ASSERT_PTR_NULL(strchr(text, '\r'));
	CU_ASSERT_PTR_NULL(strchr(text, '\t'));
	CU_ASSERT_PTR_NULL(strstr(text, "<!--"));
	CU_ASSERT_PTR_NULL(strstr(text, " ="));
	CU_ASSERT_PTR_NULL(strstr(text, "= "));
	CU_ASSERT_STRING_EQUAL(strstr(text, "</Request>"), "</Request>\n</KSR>\n");
	/* Algorithm 8 before 13, tag 17 before 64001; the tag of a key is its own. */
	CU_ASSERT(strstr(text, "<Key keyIdentifier=\"zsk-rsa\"") < strstr(text, "<Key keyIdentifier=\"zsk-ec\""));
	CU_ASSERT(strstr(text, "<KeyTag>17<") < strstr(text, "<KeyTag>64001<"));
	CU_ASSERT_PTR_NULL(strstr(text, "keyTag=\"17\""));
	free(text);
	ksr_free(k);
}

/* The same request, the same bytes; and the request itself is left as it is. */
static void
test_write_order(void)
{
	struct ksr	*k = sample(), *again = NULL;
	struct bundle	*b = &k->bundles.v[0];
	struct key	 key = b->keys[0];
	struct sig	 sig = b->sigs[0];
	char		*first = written(k), *second;

	CU_ASSERT_STRING_EQUAL(b->keys[0].identifier, "zsk-ec");
	CU_ASSERT_STRING_EQUAL(b->sigs[0].identifier, "zsk-rsa");
	b->keys[0] = b->keys[1];
	b->keys[1] = key;
	b->sigs[0] = b->sigs[1];
	b->sigs[1] = sig;
	second = written(k);
	CU_ASSERT_STRING_EQUAL(first, second);
	free(second);
	CU_ASSERT_EQUAL_FATAL(parse(&again, first), ACCEPT);
	second = written(again);
	CU_ASSERT_STRING_EQUAL(first, second);
	free(second);
	free(first);
	ksr_free(again);
	ksr_free(k);
}

static void
test_write_escapes(void)
{
	static const char odd[] = "<a & 'b' \"c\">\t\r\n ]]> &amp; \xc3\xa4";
	struct ksr	*k = sample(), *again = NULL;
	struct buf	 b = BUF_EMPTY;
	char		*text, *id = k->id;
	char		 control[] = "a\x01" "b", latin[] = "\xe4", none[] = "\xef\xbf\xbf";
	char		*bad[] = { control, latin, none, NULL };
	size_t		 i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(k->id = strdup(odd));
	text = written(k);
	CU_ASSERT_EQUAL_FATAL(parse(&again, text), ACCEPT);
	CU_ASSERT_STRING_EQUAL(again->id, odd);
	ksr_free(again);
	free(text);
	free(k->id);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		k->id = bad[i];
		errno = 0;
		CU_ASSERT_EQUAL(ksr_write(&b, k), -1);
		CU_ASSERT_EQUAL(errno, EINVAL);
	}
	k->id = id;
	buf_free(&b);
	ksr_free(k);
}

/* Published requests, where they are at hand: read, and written as they mean. */
static void
test_real(void)
{
	static const char *const names[] = {
		"ksr-root-2010-q1-0.xml", "ksr-root-2016-q3-0.xml", "ksr-root-2017-q2-0.xml"
	};
	const char	*data = getenv("KSR_DATA");
	struct buf	 in;
	struct ksr	*k, *again;
	char		*path, *first, *second;
	size_t		 i;

	if (data == NULL) {
		printf("skipped: KSR_DATA is not set; ");
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		k = again = NULL;
		in = (struct buf)BUF_EMPTY;
		CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&path, "%s/root/%s", data, names[i]), -1);
		CU_ASSERT_EQUAL_FATAL(buf_load(&in, path, KSR_MAX_BYTES), 0);
		CU_ASSERT_EQUAL_FATAL(parse(&k, (const char *)in.data), ACCEPT);
		CU_ASSERT_EQUAL(k->serial, 1);
		CU_ASSERT_EQUAL(k->bundles.n, 9);
		first = written(k);
		CU_ASSERT_EQUAL_FATAL(parse(&again, first), ACCEPT);
		second = written(again);
		CU_ASSERT_STRING_EQUAL(first, second);
		free(first);
		free(second);
		free(path);
		ksr_free(again);
		ksr_free(k);
		buf_free(&in);
	}
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("ksr", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_fields);
	CU_ADD_TEST(s, test_bundle_fields);
	CU_ADD_TEST(s, test_same_meaning);
	CU_ADD_TEST(s, test_boundaries);
	CU_ADD_TEST(s, test_values);
	CU_ADD_TEST(s, test_consistency);
	CU_ADD_TEST(s, test_algorithm_lengths);
	CU_ADD_TEST(s, test_structure);
	CU_ADD_TEST(s, test_bundle_size);
	CU_ADD_TEST(s, test_xml);
	CU_ADD_TEST(s, test_truncated);
	CU_ADD_TEST(s, test_all_findings);
	CU_ADD_TEST(s, test_wrong_kind);
	CU_ADD_TEST(s, test_write_form);
	CU_ADD_TEST(s, test_write_order);
	CU_ADD_TEST(s, test_write_escapes);
	CU_ADD_TEST(s, test_real);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	report_free(&rep);
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}
