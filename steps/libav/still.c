//go:build native

// One decoder, one packet and one picture. No demuxer takes part: the caller knows the format, so
// that a file cannot choose its decoder, and has read the file, so that none is opened here.

#include "still.h"

#include "graph.h"

#include <libavcodec/avcodec.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

struct snellen_still {
	AVFrame *frame;
	int failed;
	int starved; // the decoder had no memory for the picture
	char text[512]; // of the error, if failed
};

const char *snellen_still_failed(const snellen_still *s) { return s->failed ? s->text : NULL; }

// fail records what went wrong, and returns 0. The error is a code of libav's, or 0 if what says it
// all.
static int fail(snellen_still *s, const char *what, int error) {
	s->failed = 1;
	if (error == 0) {
		snprintf(s->text, sizeof s->text, "%s", what);
		return 0;
	}
	char why[AV_ERROR_MAX_STRING_SIZE];
	av_strerror(error, why, sizeof why);
	snprintf(s->text, sizeof s->text, "%s: %s", what, why);
	return 0;
}

// complaints counts the errors that a decoder logs in this thread. Some decoders return a picture
// that lacks rows, and only log it.
static _Thread_local int complaints;

// complains reports whether a codec's logged errors mean damage. Those of JPEG are about segments
// that do not matter as well.
static int complains(enum AVCodecID id) { return id == AV_CODEC_ID_PNG || id == AV_CODEC_ID_TIFF; }

static void count_complaint(void *of, int level, const char *format, va_list args) {
	complaints += level <= AV_LOG_ERROR;
}

// release records that nothing refers to the caller's bytes any more.
static void release(void *released, uint8_t *data) { *(int *)released = 1; }

// open_decoder opens a decoder that stops at the first damage.
static int open_decoder(const AVCodec *codec, int64_t max_pixels, int *starved,
                        AVCodecContext **c) {
	*c = avcodec_alloc_context3(codec);
	if (*c == NULL) {
		return AVERROR(ENOMEM);
	}
	snellen_watch_memory(*c, starved);
	(*c)->thread_count = 1; // the engine runs steps side by side instead
	(*c)->max_pixels = max_pixels;
	(*c)->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
	if (codec->id != AV_CODEC_ID_TIFF) { // which would refuse tags that it does not know
		(*c)->err_recognition |= AV_EF_EXPLODE;
	}
	return avcodec_open2(*c, codec, NULL);
}

// decode decodes a packet's picture. A decoder may hold it back until the end of its input.
static int decode(AVCodecContext *c, AVPacket *p, AVFrame *f) {
	int error = avcodec_send_packet(c, p);
	if (error < 0) {
		return error;
	}
	error = avcodec_receive_frame(c, f);
	if (error == AVERROR(EAGAIN) && (error = avcodec_send_packet(c, NULL)) >= 0) {
		error = avcodec_receive_frame(c, f);
	}
	return error;
}

// decode_bytes decodes the picture in data.
static int decode_bytes(snellen_still *s, const AVCodec *codec, uint8_t *data, size_t size,
                        int64_t max_pixels) {
	AVCodecContext *c = NULL;
	AVPacket *p = av_packet_alloc();
	int released = 0;
	int error = open_decoder(codec, max_pixels, &s->starved, &c);
	if (p == NULL) {
		error = AVERROR(ENOMEM);
	}
	if (error >= 0) {
		// A packet without a buffer would be copied.
		p->buf = av_buffer_create(data, size, release, &released, AV_BUFFER_FLAG_READONLY);
		if (p->buf == NULL) {
			error = AVERROR(ENOMEM);
		}
	}
	if (error >= 0) {
		p->data = data;
		p->size = (int)size;
		p->flags = AV_PKT_FLAG_KEY;
		complaints = 0;
		error = decode(c, p, s->frame);
	} else {
		released = 1;
	}
	av_packet_free(&p);
	avcodec_free_context(&c);
	if (error >= 0 && !released) { // the frame is made of the caller's bytes
		error = av_frame_make_writable(s->frame);
	}
	return error;
}

snellen_still *snellen_still_decode(const char *name, uint8_t *data, size_t size,
                                    int64_t max_pixels) {
	av_log_set_callback(count_complaint); // errors are returned
	snellen_still *s = av_mallocz(sizeof *s);
	if (s == NULL) {
		return NULL;
	}
	s->frame = av_frame_alloc();
	const AVCodec *codec = avcodec_find_decoder_by_name(name);
	if (s->frame == NULL || codec == NULL) {
		fail(s, "open the decoder", s->frame == NULL ? AVERROR(ENOMEM) : AVERROR_DECODER_NOT_FOUND);
		return s;
	}
	int error = decode_bytes(s, codec, data, size, max_pixels);
	AVFrame *f = s->frame;
	if (error >= 0 && (f->decode_error_flags || (f->flags & AV_FRAME_FLAG_CORRUPT) ||
	                   (complains(codec->id) && complaints > 0))) {
		error = AVERROR_INVALIDDATA;
	}
	if (error < 0 && s->starved) {
		error = AVERROR(ENOMEM);
	}
	if (error == AVERROR_PATCHWELCOME) {
		fail(s, "ffmpeg has no decoder for pictures of this kind", 0);
	} else if (error == AVERROR(ENOMEM)) {
		fail(s, "decode the picture", error);
	} else if (error < 0) { // each decoder has its own code for it
		fail(s, "the picture is damaged", 0);
	}
	f->pts = 0;
	f->sample_aspect_ratio = (AVRational){0, 1}; // a printer's density, not the shape of pixels
	return s;
}

snellen_still_info snellen_still_describe(const snellen_still *s) {
	const AVFrame *f = s->frame;
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
	uint64_t indirect = AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM;
	return (snellen_still_info){
		.width = f->width,
		.height = f->height,
		.pix_fmt = av_get_pix_fmt_name(f->format),
		.color_range = av_color_range_name(f->color_range),
		.color_space = av_color_space_name(f->colorspace),
		.color_primaries = av_color_primaries_name(f->color_primaries),
		.color_transfer = av_color_transfer_name(f->color_trc),
		.indirect = d != NULL && (d->flags & indirect) != 0,
	};
}

// run returns what a chain of filters makes of the picture, which the caller frees, or NULL.
static AVFrame *run(snellen_still *s, const char *filters) {
	snellen_graph g = {0};
	AVFrame *made = av_frame_alloc();
	int error = made == NULL ? AVERROR(ENOMEM) : 0;
	s->failed = 0;
	if (error >= 0) {
		error = snellen_graph_configure(&g, s->frame, (AVRational){1, 25}, filters);
	}
	if (error >= 0) {
		error = av_buffersrc_add_frame_flags(g.source, s->frame, AV_BUFFERSRC_FLAG_KEEP_REF);
	}
	if (error >= 0) {
		error = av_buffersink_get_frame(g.sink, made);
	}
	avfilter_graph_free(&g.graph);
	if (error < 0) {
		av_frame_free(&made);
		fail(s, "filter the picture", error);
	}
	return made;
}

int snellen_still_filter(snellen_still *s, const char *filters) {
	AVFrame *made = run(s, filters);
	if (made == NULL) {
		return 0;
	}
	av_frame_free(&s->frame);
	s->frame = made;
	return 1;
}

int snellen_still_flatten(snellen_still *s) {
	AVFrame *f = s->frame;
	if (f->format != AV_PIX_FMT_RGBA) {
		return fail(s, "flatten the picture: it is not rgba", 0);
	}
	int error = av_frame_make_writable(f);
	if (error < 0) {
		return fail(s, "flatten the picture", error);
	}
	for (int y = 0; y < f->height; y++) {
		uint8_t *p = f->data[0] + (ptrdiff_t)y * f->linesize[0];
		for (uint8_t *end = p + 4 * (ptrdiff_t)f->width; p < end; p += 4) {
			unsigned a = p[3], white = 255 * (255 - a) + 127;
			for (int i = 0; i < 3; i++) {
				p[i] = (p[i] * a + white) / 255;
			}
		}
	}
	f->format = AV_PIX_FMT_RGB0;
	return 1;
}

int snellen_still_picture(snellen_still *s, const char *filters, uint8_t *pixels, size_t size) {
	AVFrame *p = run(s, filters);
	if (p == NULL) {
		return 0;
	}
	int bytes = av_image_get_buffer_size(p->format, p->width, p->height, 1);
	int error = 0;
	if (bytes < 0 || (size_t)bytes != size) {
		fail(s, "a picture does not have the expected size", 0);
	} else {
		const uint8_t *const *data = (const uint8_t *const *)p->data;
		error = av_image_copy_to_buffer(pixels, bytes, data, p->linesize, p->format, p->width,
		                                p->height, 1);
		if (error < 0) {
			fail(s, "copy a picture", error);
		}
	}
	av_frame_free(&p);
	return !s->failed;
}

void snellen_still_close(snellen_still *s) {
	if (s != NULL) {
		av_frame_free(&s->frame);
		av_free(s);
	}
}

int snellen_libav_has_filter(const char *name) { return avfilter_get_by_name(name) != NULL; }
