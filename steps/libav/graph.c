//go:build native

#include "graph.h"

#include <libavfilter/buffersrc.h>
#include <libavutil/mem.h>

// create_source adds the graph's input, for frames like this one.
static int create_source(snellen_graph *g, const AVFrame *f, AVRational time_base) {
	AVBufferSrcParameters *p = av_buffersrc_parameters_alloc();
	if (p == NULL) {
		return AVERROR(ENOMEM);
	}
	g->source = avfilter_graph_alloc_filter(g->graph, avfilter_get_by_name("buffer"), "in");
	int error = g->source == NULL ? AVERROR(ENOMEM) : 0;
	if (error >= 0) {
		p->format = f->format;
		p->width = f->width;
		p->height = f->height;
		p->time_base = time_base;
		p->sample_aspect_ratio = f->sample_aspect_ratio;
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100)
		p->color_space = f->colorspace;
		p->color_range = f->color_range;
#endif
		error = av_buffersrc_parameters_set(g->source, p);
	}
	av_free(p);
	return error < 0 ? error : avfilter_init_str(g->source, NULL);
}

// The names in and out are those of the open ends of the filters' text, so the source is the "in"
// of the graph's outputs.
int snellen_graph_configure(snellen_graph *g, const AVFrame *f, AVRational time_base,
                            const char *filters) {
	AVFilterInOut *in = avfilter_inout_alloc(), *out = avfilter_inout_alloc();
	int error = AVERROR(ENOMEM);
	g->graph = avfilter_graph_alloc();
	if (g->graph == NULL || in == NULL || out == NULL) {
		goto end;
	}
	g->graph->nb_threads = 1;
	if ((error = create_source(g, f, time_base)) < 0) {
		goto end;
	}
	const AVFilter *sink = avfilter_get_by_name("buffersink");
	error = avfilter_graph_create_filter(&g->sink, sink, "out", NULL, NULL, g->graph);
	if (error < 0) {
		goto end;
	}
	*out = (AVFilterInOut){.name = av_strdup("in"), .filter_ctx = g->source};
	*in = (AVFilterInOut){.name = av_strdup("out"), .filter_ctx = g->sink};
	error = avfilter_graph_parse_ptr(g->graph, filters, &in, &out, NULL);
	if (error < 0) {
		goto end;
	}
	error = avfilter_graph_config(g->graph, NULL);
end:
	avfilter_inout_free(&in);
	avfilter_inout_free(&out);
	return error;
}

static int get_buffer(AVCodecContext *c, AVFrame *f, int flags) {
	int error = avcodec_default_get_buffer2(c, f, flags);
	if (error == AVERROR(ENOMEM)) {
		*(int *)c->opaque = 1;
	}
	return error;
}

void snellen_watch_memory(AVCodecContext *c, int *starved) {
	c->opaque = starved;
	c->get_buffer2 = get_buffer;
}
