#ifndef SNELLEN_GRAPH_H
#define SNELLEN_GRAPH_H

#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>

// A snellen_graph is a filter graph with one open end on each side. Its fields are NULL until it is
// configured.
typedef struct {
	AVFilterGraph *graph;
	AVFilterContext *source, *sink;
} snellen_graph;

// snellen_graph_configure builds a graph of a chain in ffmpeg's syntax, for frames like this one.
// It returns an error of libav's, or a number that is not negative. Either way the caller frees
// g->graph.
int snellen_graph_configure(snellen_graph *g, const AVFrame *f, AVRational time_base,
                            const char *filters);

// snellen_watch_memory has a decoder set *starved when there is no memory for a frame. Some
// decoders return another error for it, such as the one for damage. It is called before the decoder
// is opened, and starved must live as long as the decoder.
void snellen_watch_memory(AVCodecContext *c, int *starved);

#endif
