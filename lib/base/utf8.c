/* Code points of UTF-8.  See utf8.h. */
#include "base/utf8.h"

bool
utf8_take(struct span *rest, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)*span_take_n(rest, 1).s, c;
	uint32_t point;
	int length, i;

	*ret = lead;
	if (lead < 0x80)
		return true;
	length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (lead < 0xc2 || lead > 0xf4 || rest->n < (size_t)length - 1)
		return false;
	point = lead & (0x7fU >> length);
	for (i = 1; i < length; i++) {
		c = (unsigned char)*rest->s;
		if ((c & 0xc0) != 0x80)
			return false;
		span_take_n(rest, 1);
		point = point << 6 | (c & 0x3f);
	}
	*ret = point;
	return point >= least[length] && point <= 0x10ffff &&
	    (point < 0xd800 || point > 0xdfff);
}

bool
utf8_is_hidden(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },       /* control characters */
		{ 0x7f, 0xa0 },       /* the same, no-break space */
		{ 0xad, 0xad },       /* soft hyphen */
		{ 0x061c, 0x061c },   /* Arabic letter mark */
		{ 0x115f, 0x1160 },   /* Hangul fillers */
		{ 0x1680, 0x1680 },   /* Ogham space */
		{ 0x180e, 0x180e },   /* Mongolian vowel separator */
		{ 0x2000, 0x200f },   /* spaces, zero width, directions */
		{ 0x2028, 0x202f },   /* line ends, directions, a space */
		{ 0x205f, 0x206f },   /* a space, word joiner, directions */
		{ 0x3000, 0x3000 },   /* ideographic space */
		{ 0x3164, 0x3164 },   /* Hangul filler */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xffa0, 0xffa0 },   /* Hangul filler */
		{ 0xfff9, 0xfffb },   /* annotations */
		{ 0xe0000, 0xe0fff }, /* tags */
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}
