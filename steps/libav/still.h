#ifndef SNELLEN_STILL_H
#define SNELLEN_STILL_H

#include <stddef.h>
#include <stdint.h>

// A still is one decoded picture, which filters read as often as they are run. It may be used by
// one thread at a time.
typedef struct snellen_still snellen_still;

// What a decoder says of a picture. The names are static texts of libav's, or NULL.
typedef struct {
	int width, height; // pixels
	const char *pix_fmt, *color_range, *color_space, *color_primaries, *color_transfer;
	int indirect; // the format has transparency, a palette, or several pixels in a byte
} snellen_still_info;

// snellen_still_decode decodes the first picture of a file with the codec of that name. data has
// the whole file, and 64 bytes of zero beyond size; it is not kept. max_pixels bounds the
// picture. It returns NULL only if memory is short. Otherwise the caller must close the still, and
// snellen_still_failed says whether all of the picture could be decoded.
snellen_still *snellen_still_decode(const char *codec, uint8_t *data, size_t size,
                                    int64_t max_pixels);

// snellen_still_failed returns the error of the last call, or NULL. The text is the still's.
const char *snellen_still_failed(const snellen_still *s);

// snellen_still_describe describes the decoded picture.
snellen_still_info snellen_still_describe(const snellen_still *s);

// snellen_still_filter replaces the picture by what a chain of filters makes of it. It returns
// whether that was possible.
int snellen_still_filter(snellen_still *s, const char *filters);

// snellen_still_flatten puts the picture, which must be "rgba", onto white, and makes it "rgb0". It
// returns whether that was possible.
int snellen_still_flatten(snellen_still *s);

// snellen_still_picture copies what a chain of filters makes of the picture to pixels, row by row
// without padding. It returns whether that was possible, and fails if it does not have size bytes.
int snellen_still_picture(snellen_still *s, const char *filters, uint8_t *pixels, size_t size);

// snellen_still_close frees a still, or does nothing for NULL.
void snellen_still_close(snellen_still *s);

// snellen_libav_has_filter reports whether libavfilter was built with a filter.
int snellen_libav_has_filter(const char *name);

#endif
