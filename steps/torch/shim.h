// The C face of libtorch, as far as Snellen needs it: one residual network, trained and asked. Every function that can
// fail returns nonzero (or NULL) and sets *error to a text that the caller frees. Nothing here is global but what libtorch has.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct snellen_net snellen_net;

typedef struct {
  int num_layers;
  int height, width; // of the input, pixels
  int classes;
  int64_t seed;       // of the initial weights
  const char *device; // "cpu" or "cuda"
  float mean[3], std[3];
} snellen_config;

typedef struct {
  int adam; // else SGD
  double momentum, weight_decay, beta_1, beta_2, eps;
} snellen_optimizer;

const char *snellen_version(void);
const char *snellen_code(void); // what computes: "avx2/avx512_core, OpenBLAS 0.3.21 SkylakeX"
int snellen_cuda(void);

// snellen_start is called once, before any network. It lets malloc keep what a batch frees for the next batch, which asks
// for the same: by its defaults it gives large blocks back to the system each time, and a quarter of a training's time on
// the processor goes into fresh pages.
void snellen_start(void);
void snellen_threads(int n);

snellen_net *snellen_new(const snellen_config *config, char **error);
void snellen_free(snellen_net *net);

// The network's tensors, parameters and running statistics, by index.
int snellen_tensors(snellen_net *net);
const char *snellen_tensor_name(snellen_net *net, int i);
int snellen_tensor_shape(snellen_net *net, int i, int64_t shape[4]); // gives the number of dimensions
int snellen_tensor_get(snellen_net *net, int i, float *out, char **error);
int snellen_tensor_set(snellen_net *net, int i, const float *in, char **error);

int snellen_optimize(snellen_net *net, const snellen_optimizer *options, char **error);

// One step of training on n pictures, 8-bit RGB row by row: gives the sum of their losses and how many were right.
int snellen_train(snellen_net *net, const uint8_t *rgb, const int64_t *labels, int n, double learning_rate, double *loss,
                  int64_t *right, char **error);

// Gives n times classes probabilities.
int snellen_classify(snellen_net *net, const uint8_t *rgb, int n, float *probabilities, char **error);

#ifdef __cplusplus
}
#endif
