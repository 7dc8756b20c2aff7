#ifndef SNELLEN_LIBAV_H
#define SNELLEN_LIBAV_H

#include <stddef.h>
#include <stdint.h>

// A reader decodes one stream of a file and filters its frames. It may be used by one thread at a
// time; several readers are independent of each other.
typedef struct snellen_reader snellen_reader;

// The results of a call. After SNELLEN_FAILED, snellen_failed returns what happened.
enum { SNELLEN_OK = 0, SNELLEN_END = 1, SNELLEN_FAILED = 2 };

// snellen_libav_version returns the version of the ffmpeg that the libraries belong to. The text is
// static.
const char *snellen_libav_version(void);

// snellen_open opens a file. The stream is an index as ffmpeg counts them, the filters are a filter
// graph in ffmpeg's syntax, and protocols and formats are comma-separated lists of what is allowed.
// A frame of more than max_pixels, as stored, is an error. No argument is kept. It returns NULL only if memory is short. Otherwise the caller must close the
// reader, and snellen_failed says whether the file could be opened.
snellen_reader *snellen_open(const char *url, int stream, const char *filters,
                             const char *protocols, const char *formats, int64_t max_pixels);

// snellen_failed returns the error that the reader stopped with, or NULL. The text is the reader's.
const char *snellen_failed(const snellen_reader *r);

// snellen_next copies the next filtered picture to pixels, row by row without padding. It fails if
// a frame is damaged, or if the picture does not have size bytes. A reader that failed stays
// failed.
int snellen_next(snellen_reader *r, uint8_t *pixels, size_t size);

// snellen_close frees a reader, or does nothing for NULL.
void snellen_close(snellen_reader *r);

#endif
