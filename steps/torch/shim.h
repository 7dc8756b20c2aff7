// The C interface to libtorch: residual networks that train and classify.
//
// Every function that can fail returns nonzero, or NULL, and sets *error to a text that the caller
// frees. The only global state is libtorch's own. All functions must be called on one thread,
// because libtorch keeps a team of threads for every thread that calls it. Pictures are 8-bit RGB,
// row by row, one after the other, in the network's height and width.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A network and its optimizer.
typedef struct snellen_net snellen_net;

typedef struct {
  int num_layers;
  int height, width; // of the input, pixels
  int classes;
  int64_t seed;          // draws the initial weights
  const char *device;    // "cpu" or "cuda"
  float mean[3], std[3]; // of red, green and blue, from 0 to 1
} snellen_config;

typedef struct {
  int adam; // nonzero: Adam, which ignores weight_decay; zero: SGD
  double momentum, weight_decay, beta_1, beta_2, eps;
} snellen_optimizer;

// snellen_version returns libtorch's version. The text is static, as is that of snellen_code.
const char *snellen_version(void);

// snellen_code names the code that computes: the instructions that libtorch and oneDNN use, and the
// BLAS, like "avx2/avx512_core, OpenBLAS 0.3.21 SkylakeX".
const char *snellen_code(void);

// snellen_cuda returns nonzero if libtorch can use a GPU.
int snellen_cuda(void);

// snellen_start must be called once, before any network. It makes malloc keep the memory that a
// batch frees, because the next batch asks for the same. By default malloc returns large blocks to
// the system each time, and a quarter of a training's processor time goes into fresh pages.
void snellen_start(void);

// snellen_threads sets the number of threads for each operation of the calling thread.
void snellen_threads(int n);

// snellen_new makes a network. The config is copied.
snellen_net *snellen_new(const snellen_config *config, char **error);
void snellen_free(snellen_net *net);

// The network's tensors, which are parameters and running statistics, by index in the order of
// their names. snellen_tensor_shape returns the number of dimensions, at most 4. The others copy
// 32-bit numbers in row-major order, as many as the shape says.
int snellen_tensors(snellen_net *net);
const char *snellen_tensor_name(snellen_net *net, int i);
int snellen_tensor_shape(snellen_net *net, int i, int64_t shape[4]);
int snellen_tensor_get(snellen_net *net, int i, float *out, char **error);
int snellen_tensor_set(snellen_net *net, int i, const float *in, char **error);

// snellen_optimize sets the optimizer, with fresh state.
int snellen_optimize(snellen_net *net, const snellen_optimizer *options, char **error);

// snellen_train takes one optimizer step on n pictures. It sets *loss to the sum of their losses,
// and *right to how many the network classified rightly before the step.
int snellen_train(snellen_net *net, const uint8_t *rgb, const int64_t *labels, int n,
                  double learning_rate, double *loss, int64_t *right, char **error);

// snellen_classify sets n rows of classes probabilities.
int snellen_classify(snellen_net *net, const uint8_t *rgb, int n, float *probabilities,
                     char **error);

#ifdef __cplusplus
}
#endif
