#ifndef SNELLEN_LIBAV_H
#define SNELLEN_LIBAV_H

#include <stddef.h>
#include <stdint.h>

// A reader decodes one stream of a file and filters its frames.
typedef struct snellen_reader snellen_reader;

// What a call ended with; the reader's text says what happened where it is SNELLEN_FAILED.
enum { SNELLEN_OK = 0, SNELLEN_END = 1, SNELLEN_FAILED = 2 };

// snellen_libav_version is the version of the ffmpeg that the libraries are of.
const char *snellen_libav_version(void);

// snellen_open opens a file. It returns NULL only where there is no memory; otherwise snellen_failed
// says whether it worked.
snellen_reader *snellen_open(const char *url, int stream, const char *filters, const char *protocols, const char *formats);

// snellen_failed is what went wrong, or NULL.
const char *snellen_failed(const snellen_reader *r);

// snellen_next copies the next filtered picture into size bytes at pixels, row by row. It fails where
// a frame is damaged, and where a picture has another size.
int snellen_next(snellen_reader *r, uint8_t *pixels, size_t size);

void snellen_close(snellen_reader *r);

#endif
