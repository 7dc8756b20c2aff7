//go:build native

// A decoder and the filter graph behind it. As ffmpeg -xerror does, it stops at the first error and
// at the first damaged frame, so that a dataset never holds half a picture. The pictures must equal
// the program's, byte for byte: options that look arbitrary are those of ffmpeg.

#include "shim.h"

#include "graph.h"

#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>

struct snellen_reader {
	AVFormatContext *format;
	AVCodecContext *codec;
	snellen_graph chain;      // its graph is NULL until the first frame, whose format it needs
	AVFrame *frame, *picture; // before and after the graph
	AVPacket *packet;
	char *filters;
	int stream;
	int decoded_all; // the decoder has no more frames
	int starved;     // it had no memory for one
	int failed;
	char text[512]; // of the error, if failed
};

const char *snellen_libav_version(void) { return av_version_info(); }

const char *snellen_failed(const snellen_reader *r) { return r->failed ? r->text : NULL; }

// fail records what went wrong. The error is a code of libav's, or 0 if what says it all.
static int fail(snellen_reader *r, const char *what, int error) {
	r->failed = 1;
	if (r->starved) {
		error = AVERROR(ENOMEM);
	}
	if (error == 0) {
		snprintf(r->text, sizeof r->text, "%s", what);
		return SNELLEN_FAILED;
	}
	char why[AV_ERROR_MAX_STRING_SIZE];
	av_strerror(error, why, sizeof why);
	snprintf(r->text, sizeof r->text, "%s: %s", what, why);
	return SNELLEN_FAILED;
}

// find_streams reads what the streams are. It may decode a frame of each, of max_pixels at most.
static int find_streams(AVFormatContext *format, int64_t max_pixels) {
	unsigned n = format->nb_streams; // more may be found on the way
	AVDictionary **options = av_calloc(n + 1, sizeof *options);
	if (options == NULL) {
		return AVERROR(ENOMEM);
	}
	for (unsigned i = 0; i < n; i++) {
		av_dict_set_int(&options[i], "max_pixels", max_pixels, 0);
	}
	int error = avformat_find_stream_info(format, options);
	for (unsigned i = 0; i < n; i++) {
		av_dict_free(&options[i]);
	}
	av_free(options);
	return error;
}

// open_format opens the file and finds the stream. The lists keep a hostile playlist from reading
// other files or hosts.
static int open_format(snellen_reader *r, const char *url, const char *protocols,
                       const char *formats, int64_t max_pixels) {
	AVDictionary *options = NULL;
	av_dict_set(&options, "protocol_whitelist", protocols, 0);
	av_dict_set(&options, "format_whitelist", formats, 0);
	av_dict_set(&options, "scan_all_pmts", "1", 0); // as ffmpeg does, to number streams alike
	int error = avformat_open_input(&r->format, url, NULL, &options);
	av_dict_free(&options);
	if (error < 0) {
		return fail(r, "open the video", error);
	}
	if ((error = find_streams(r->format, max_pixels)) < 0) {
		return fail(r, "read the streams of the video", error);
	}
	if (r->stream < 0 || r->stream >= (int)r->format->nb_streams ||
	    r->format->streams[r->stream]->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) {
		return fail(r, "the file does not have that video stream", 0);
	}
	for (unsigned i = 0; i < r->format->nb_streams; i++) {
		if ((int)i != r->stream) {
			r->format->streams[i]->discard = AVDISCARD_ALL;
		}
	}
	return SNELLEN_OK;
}

// open_codec opens the stream's decoder.
static int open_codec(snellen_reader *r, int64_t max_pixels) {
	AVStream *s = r->format->streams[r->stream];
	const AVCodec *codec = avcodec_find_decoder(s->codecpar->codec_id);
	if (codec == NULL) {
		return fail(r, "ffmpeg has no decoder for the video", 0);
	}
	r->codec = avcodec_alloc_context3(codec);
	if (r->codec == NULL) {
		return fail(r, "open the decoder", AVERROR(ENOMEM));
	}
	int error = avcodec_parameters_to_context(r->codec, s->codecpar);
	if (error >= 0) {
		r->codec->pkt_timebase = s->time_base;
		r->codec->max_pixels = max_pixels;
		snellen_watch_memory(r->codec, &r->starved);
		r->codec->thread_count = 1; // the engine runs steps side by side instead
		error = avcodec_open2(r->codec, codec, NULL);
	}
	return error < 0 ? fail(r, "open the decoder", error) : SNELLEN_OK;
}

snellen_reader *snellen_open(const char *url, int stream, const char *filters,
                             const char *protocols, const char *formats, int64_t max_pixels) {
	av_log_set_level(AV_LOG_QUIET); // errors are returned
	snellen_reader *r = av_mallocz(sizeof *r);
	if (r == NULL) {
		return NULL;
	}
	r->stream = stream;
	r->filters = av_strdup(filters);
	r->frame = av_frame_alloc();
	r->picture = av_frame_alloc();
	r->packet = av_packet_alloc();
	if (r->filters == NULL || r->frame == NULL || r->picture == NULL || r->packet == NULL) {
		fail(r, "open the video", AVERROR(ENOMEM));
		return r;
	}
	if (open_format(r, url, protocols, formats, max_pixels) == SNELLEN_OK) {
		open_codec(r, max_pixels);
	}
	return r;
}

// send_frame passes a decoded frame to the graph, and releases it.
static int send_frame(snellen_reader *r) {
	AVFrame *f = r->frame;
	if (f->decode_error_flags || (f->flags & AV_FRAME_FLAG_CORRUPT)) {
		return fail(r, "a frame is damaged", 0);
	}
	int error = 0;
	if (r->chain.graph == NULL) {
		AVRational time_base = r->format->streams[r->stream]->time_base;
		error = snellen_graph_configure(&r->chain, f, time_base, r->filters);
	}
	if (error >= 0) {
		f->pts = f->best_effort_timestamp;
		error = av_buffersrc_add_frame(r->chain.source, f);
	}
	av_frame_unref(f);
	return error < 0 ? fail(r, "filter a frame", error) : SNELLEN_OK;
}

// send_packet passes the stream's next packet to the decoder, or the end of the stream.
static int send_packet(snellen_reader *r) {
	for (;;) {
		int error = av_read_frame(r->format, r->packet);
		if (error == AVERROR_EOF) {
			error = avcodec_send_packet(r->codec, NULL);
			return error < 0 ? fail(r, "decode the end of the video", error) : SNELLEN_OK;
		}
		if (error < 0) {
			return fail(r, "read the video", error);
		}
		if (r->packet->stream_index != r->stream) {
			av_packet_unref(r->packet);
			continue;
		}
		if (r->packet->flags & AV_PKT_FLAG_CORRUPT) {
			av_packet_unref(r->packet);
			return fail(r, "a packet of the video is damaged", 0);
		}
		error = avcodec_send_packet(r->codec, r->packet);
		av_packet_unref(r->packet);
		return error < 0 ? fail(r, "decode a frame", error) : SNELLEN_OK;
	}
}

// decode passes one more frame to the graph, or the end of the stream.
static int decode(snellen_reader *r) {
	for (;;) {
		int error = avcodec_receive_frame(r->codec, r->frame);
		if (error >= 0) {
			return send_frame(r);
		}
		if (error == AVERROR_EOF) {
			r->decoded_all = 1;
			if (r->chain.graph == NULL) {
				return SNELLEN_END;
			}
			error = av_buffersrc_add_frame(r->chain.source, NULL);
			return error < 0 ? fail(r, "filter the last frame", error) : SNELLEN_OK;
		}
		if (error != AVERROR(EAGAIN)) {
			return fail(r, "decode a frame", error);
		}
		int state = send_packet(r);
		if (state != SNELLEN_OK) {
			return state;
		}
	}
}

// copy_picture copies the picture's bytes to pixels, if there are size of them.
static int copy_picture(snellen_reader *r, uint8_t *pixels, size_t size) {
	const AVFrame *p = r->picture;
	int bytes = av_image_get_buffer_size(p->format, p->width, p->height, 1);
	if (bytes < 0 || (size_t)bytes != size) {
		return fail(r, "a picture does not have the expected size", 0);
	}
	const uint8_t *const *data = (const uint8_t *const *)p->data;
	int error = av_image_copy_to_buffer(pixels, bytes, data, p->linesize, p->format, p->width,
	                                    p->height, 1);
	return error < 0 ? fail(r, "copy a picture", error) : SNELLEN_OK;
}

int snellen_next(snellen_reader *r, uint8_t *pixels, size_t size) {
	while (!r->failed) {
		int error = AVERROR(EAGAIN);
		if (r->chain.graph != NULL) {
			error = av_buffersink_get_frame(r->chain.sink, r->picture);
		}
		if (error >= 0) {
			int state = copy_picture(r, pixels, size);
			av_frame_unref(r->picture);
			return state;
		}
		if (error == AVERROR_EOF || (error == AVERROR(EAGAIN) && r->decoded_all)) {
			return SNELLEN_END;
		}
		if (error != AVERROR(EAGAIN)) {
			return fail(r, "filter a frame", error);
		}
		int state = decode(r);
		if (state != SNELLEN_OK) {
			return state;
		}
	}
	return SNELLEN_FAILED;
}

void snellen_close(snellen_reader *r) {
	if (r == NULL) {
		return;
	}
	avfilter_graph_free(&r->chain.graph);
	avcodec_free_context(&r->codec);
	avformat_close_input(&r->format);
	av_frame_free(&r->frame);
	av_frame_free(&r->picture);
	av_packet_free(&r->packet);
	av_free(r->filters);
	av_free(r);
}
