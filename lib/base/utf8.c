#include "base/utf8.h"

uint32_t
utf8_next(const unsigned char **p)
{
	static const uint32_t	 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char	*s = *p;
	uint32_t		 c = *s++;
	unsigned		 n, i;

	*p = s;
	if (c < 0x80)
		return c;
	n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc0 && c < 0xe0 ? 2 : 0;
	if (n == 0)
		return UTF8_BAD;
	c &= 0x7fU >> n;
	for (i = 1; i < n; i++, s++) {
		if ((*s & 0xc0) != 0x80)
			return UTF8_BAD;
		c = c << 6 | (*s & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UTF8_BAD;
	*p = s;
	return c;
}
