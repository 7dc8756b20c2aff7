// The C interface to libtorch: networks that train, classify, and turn pictures into features.
//
// Every function that can fail returns nonzero, or NULL, and sets *error to a text that the caller
// frees. The only global state is libtorch's own. All functions must be called on one thread,
// because libtorch keeps a team of threads for every thread that calls it. While that thread
// computes features or classifies, others with one thread an operation may do so as well. Pictures
// are 8-bit RGB, row by row, one after the other, in the network's height and width.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A network and its optimizer.
typedef struct snellen_net snellen_net;

typedef struct {
  const char *network; // see the Go package
  int num_layers;      // of a residual network
  int features;        // of a head
  int height, width;   // of the input, pixels
  int classes;
  int64_t seed;          // draws the initial weights
  const char *device;    // "cpu" or "cuda"
  int bgr;               // nonzero: the network wants blue first
  float range;           // a channel runs from 0 to range before mean and std
  float mean[3], std[3]; // in the order of the channels
} snellen_config;

typedef struct {
  int adam; // nonzero: Adam, which ignores weight_decay; zero: SGD
  double momentum, weight_decay, beta_1, beta_2, eps;
  double head_rate;           // factor of the learning rate for the last layer
  double clip;                // gradients are scaled to this norm if theirs is larger; 0: never
  const float *class_weights; // in the loss; NULL: all alike
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

// snellen_width returns the number of features.
int snellen_width(snellen_net *net);

// snellen_optimize sets the optimizer, with fresh state. What it points to is copied.
int snellen_optimize(snellen_net *net, const snellen_optimizer *options, char **error);

// snellen_train takes one optimizer step on n pictures. It sets *loss to the sum of their losses,
// and *right to how many the network classified rightly before the step.
int snellen_train(snellen_net *net, const uint8_t *rgb, const int64_t *labels, int n,
                  double learning_rate, double *loss, int64_t *right, char **error);

// snellen_train_head is like snellen_train for the last layer alone: it takes a step for each batch
// of the n rows of features that order names, and sums the losses of all.
int snellen_train_head(snellen_net *net, const float *features, const int64_t *labels,
                       const int64_t *order, int64_t n, int batch, double learning_rate,
                       double *loss, int64_t *right, char **error);

// snellen_features sets n rows of features, as many as snellen_width says.
int snellen_features(snellen_net *net, const uint8_t *rgb, int n, float *features, char **error);

// snellen_quicken has a network fill up no last batch to its full size. Few pictures take less time
// then, and what is computed of one depends, in its last digits, on how many others there are.
void snellen_quicken(snellen_net *net);

// snellen_classify sets n rows of classes probabilities. So does snellen_classify_features, of n
// rows of features.
int snellen_classify(snellen_net *net, const uint8_t *rgb, int n, float *probabilities,
                     char **error);
int snellen_classify_features(snellen_net *net, const float *features, int n,
                              float *probabilities, char **error);

#ifdef __cplusplus
}
#endif
