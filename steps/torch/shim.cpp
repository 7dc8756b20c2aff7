//go:build native

#include "shim.h"

#include <torch/torch.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

// bn and conv return layers with MXNet's options: epsilon 2e-5, running statistics that keep nine
// tenths at each step, and no biases in convolutions.
nn::BatchNorm2d bn(int64_t channels, double eps = 2e-5) {
  return nn::BatchNorm2d(nn::BatchNorm2dOptions(channels).eps(eps).momentum(0.1));
}

nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  auto options = nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false);
  return nn::Conv2d(options);
}

// is_bias reports whether a parameter of that name is added to what a layer computed.
bool is_bias(const std::string &name) {
  return name.size() > 5 && name.compare(name.size() - 5, 5, ".bias") == 0;
}

// A Network turns pictures into features, n rows of width numbers, and these into one number for
// each class.
struct Network : nn::Module {
  int64_t width = 0;
  nn::Linear fc{nullptr};

  virtual Tensor features(Tensor x) = 0;
  Tensor forward(Tensor x) { return fc(features(x)); }

  void finish(int64_t features, int classes) {
    width = features;
    fc = register_module("fc", nn::Linear(width, classes));
  }

  // init draws the weights by He's rule for the number of inputs. Its own generator makes them
  // depend on the seed alone, whatever else the process draws.
  void init(int64_t seed) {
    torch::NoGradGuard no_grad;
    auto generator = at::detail::createCPUGenerator(static_cast<uint64_t>(seed));
    for (auto &p : named_parameters()) {
      auto &w = p.value();
      if (w.dim() > 1) {
        auto in = static_cast<double>(w.numel() / w.size(0));
        w.normal_(0, std::sqrt(2 / in), generator);
      } else if (is_bias(p.key())) {
        w.zero_();
      }
    }
  }
};

// A Unit is a residual unit. A unit of the first kind normalises and rectifies before each
// convolution (He et al., 2016, "Identity Mappings in Deep Residual Networks"), as MXNet's do.
// Others do so after each, and once more after the sum (He et al., 2015, "Deep Residual Learning"),
// as torchvision's do, with its epsilon of 1e-5.
struct Unit : nn::Module {
  bool before;
  std::vector<nn::BatchNorm2d> norms;
  std::vector<nn::Conv2d> convs;
  nn::Conv2d shortcut{nullptr};
  nn::BatchNorm2d shortcut_bn{nullptr};

  Unit(int64_t in, int64_t out, int64_t stride, bool bottleneck, bool before, bool shortened)
      : before(before) {
    if (bottleneck) {
      add(in, out / 4, 1, 1);
      add(out / 4, out / 4, 3, stride);
      add(out / 4, out, 1, 1);
    } else {
      add(in, out, 3, stride);
      add(out, out, 3, 1);
    }
    if (!shortened && in == out && stride == 1) return;
    shortcut = register_module("shortcut", conv(in, out, 1, stride));
    if (!before) shortcut_bn = register_module("shortcut_bn", bn(out, 1e-5));
  }

  void add(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
    auto n = std::to_string(convs.size() + 1);
    norms.push_back(register_module("bn" + n, before ? bn(in) : bn(out, 1e-5)));
    convs.push_back(register_module("conv" + n, conv(in, out, kernel, stride)));
  }

  Tensor forward(const Tensor &input) { return before ? identity(input) : original(input); }

  Tensor identity(const Tensor &input) {
    auto x = torch::relu(norms[0](input));
    auto skip = shortcut ? shortcut(x) : input;
    x = convs[0](x);
    for (size_t i = 1; i < convs.size(); i++) x = convs[i](torch::relu(norms[i](x)));
    return x + skip;
  }

  Tensor original(const Tensor &input) {
    auto x = input;
    for (size_t i = 0; i < convs.size(); i++) {
      x = norms[i](convs[i](x));
      if (i + 1 < convs.size()) x = torch::relu(x);
    }
    return torch::relu(x + (shortcut ? shortcut_bn(shortcut(input)) : input));
  }
};

struct Shape {
  std::vector<int64_t> units, filters; // of each stage
  int64_t stem;                        // channels
  bool bottleneck, large;
};

// shape returns the network of MXNet's symbol "resnet" with so many layers. Networks for small
// input have three stages of basic units. MXNet has none with 8 layers: ours has one unit a stage,
// of twice the width.
Shape shape(int layers) {
  switch (layers) {
  case 18: return {{2, 2, 2, 2}, {64, 128, 256, 512}, 64, false, true};
  case 34: return {{3, 4, 6, 3}, {64, 128, 256, 512}, 64, false, true};
  case 50: return {{3, 4, 6, 3}, {256, 512, 1024, 2048}, 64, true, true};
  case 101: return {{3, 4, 23, 3}, {256, 512, 1024, 2048}, 64, true, true};
  case 152: return {{3, 8, 36, 3}, {256, 512, 1024, 2048}, 64, true, true};
  }
  if (layers < 8 || (layers - 2) % 6 != 0)
    throw std::invalid_argument("no network has " + std::to_string(layers) + " layers");
  int64_t n = (layers - 2) / 6, width = n == 1 ? 32 : 16;
  return {{n, n, n}, {width, 2 * width, 4 * width}, 16, false, false};
}

// The kinds of residual networks.
enum class Kind {
  ours,     // MXNet's units
  original, // torchvision's
  mxnet,    // MXNet's as trained on ImageNet: it also normalises the input, and the first unit of
            // every stage has a convolution on its shortcut
};

// A Residual is a residual network. A large one begins with a convolution of 7x7 and a pooling,
// which shrink the input to a quarter. A small one, made for 28 pixels, begins with a convolution of
// 3x3, which halves inputs over 32 pixels, and pools only inputs over 64.
struct Residual : Network {
  nn::Conv2d stem{nullptr};
  nn::BatchNorm2d data_bn{nullptr}, stem_bn{nullptr}, last_bn{nullptr};
  std::vector<std::shared_ptr<Unit>> units;

  // The side is the longer one of the input, in pixels.
  Residual(Kind kind, int layers, int side, int classes) {
    auto s = shape(layers);
    if (kind != Kind::ours && !s.large)
      throw std::invalid_argument("no pretrained network has " + std::to_string(layers) +
                                  " layers");
    int64_t channels = s.stem;
    bool before = kind != Kind::original;
    if (kind == Kind::mxnet) data_bn = register_module("data_bn", bn(3));
    auto first = s.large ? conv(3, channels, 7, 2) : conv(3, channels, 3, side > 32 ? 2 : 1);
    stem = register_module("stem", first);
    if (s.large || side > 64)
      stem_bn = register_module("stem_bn", before ? bn(channels) : bn(channels, 1e-5));
    for (size_t stage = 0; stage < s.units.size(); stage++) {
      for (int64_t i = 0; i < s.units[stage]; i++) {
        int64_t stride = i == 0 && stage > 0 ? 2 : 1;
        bool shortened = kind == Kind::mxnet && i == 0;
        auto unit = std::make_shared<Unit>(channels, s.filters[stage], stride, s.bottleneck,
                                           before, shortened);
        auto name = "stage" + std::to_string(stage + 1) + "_unit" + std::to_string(i + 1);
        units.push_back(register_module(name, unit));
        channels = s.filters[stage];
      }
    }
    if (before) last_bn = register_module("bn", bn(channels));
    finish(channels, classes);
  }

  Tensor features(Tensor x) override {
    if (data_bn) x = data_bn(x);
    x = stem(x);
    if (stem_bn) x = torch::max_pool2d(torch::relu(stem_bn(x)), 3, 2, 1);
    for (auto &unit : units) x = unit->forward(x);
    if (last_bn) x = torch::relu(last_bn(x));
    return x.mean({2, 3});
  }
};

// A Fire squeezes to few channels and expands them by two convolutions side by side.
struct Fire : nn::Module {
  nn::Conv2d squeeze{nullptr}, expand1{nullptr}, expand3{nullptr};

  Fire(int64_t in, int64_t few, int64_t each) {
    squeeze = register_module("squeeze", nn::Conv2d(nn::Conv2dOptions(in, few, 1)));
    expand1 = register_module("expand1", nn::Conv2d(nn::Conv2dOptions(few, each, 1)));
    expand3 = register_module("expand3", nn::Conv2d(nn::Conv2dOptions(few, each, 3).padding(1)));
  }

  Tensor forward(Tensor x) {
    x = torch::relu(squeeze(x));
    return torch::relu(torch::cat({expand1(x), expand3(x)}, 1));
  }
};

// A Squeeze is SqueezeNet 1.1 (Iandola et al., 2016) with a linear layer on the mean of its last
// feature maps in place of its classifier.
struct Squeeze : Network {
  nn::Conv2d conv1{nullptr};
  std::vector<std::shared_ptr<Fire>> fires;

  explicit Squeeze(int classes) {
    conv1 = register_module("conv1", nn::Conv2d(nn::Conv2dOptions(3, 64, 3).stride(2)));
    int64_t in = 64;
    for (int64_t few : {16, 16, 32, 32, 48, 48, 64, 64}) {
      auto name = "fire" + std::to_string(fires.size() + 2);
      fires.push_back(register_module(name, std::make_shared<Fire>(in, few, 4 * few)));
      in = 8 * few;
    }
    finish(in, classes);
  }

  Tensor features(Tensor x) override {
    x = torch::relu(conv1(x));
    for (size_t i = 0; i < fires.size(); i++) {
      if (i == 0 || i == 2 || i == 4) x = torch::max_pool2d(x, 3, 2, 0, 1, true);
      x = fires[i]->forward(x);
    }
    return x.mean({2, 3});
  }
};

// A Head is a linear layer on features that something else computed.
struct Head : Network {
  Head(int features, int classes) { finish(features, classes); }

  Tensor features(Tensor) override {
    throw std::logic_error("a head takes features, not pictures");
  }
};

std::shared_ptr<Network> network(const snellen_config &c) {
  const std::string name = c.network;
  int side = std::max(c.height, c.width);
  if (name == "") return std::make_shared<Residual>(Kind::ours, c.num_layers, side, c.classes);
  if (name == "resnet-v1")
    return std::make_shared<Residual>(Kind::original, c.num_layers, side, c.classes);
  if (name == "resnet-v2")
    return std::make_shared<Residual>(Kind::mxnet, c.num_layers, side, c.classes);
  if (name == "squeezenet1.1") return std::make_shared<Squeeze>(c.classes);
  if (name == "head") return std::make_shared<Head>(c.features, c.classes);
  throw std::invalid_argument("no network is called " + name);
}

// aten returns the instructions that libtorch's own operations use, like "avx2".
std::string aten() {
  const std::string before = "CPU capability usage: ", config = at::show_config();
  auto from = config.find(before);
  if (from == std::string::npos) return "unknown";
  from += before.size();
  auto word = config.substr(from, config.find('\n', from) - from);
  auto lower = [](unsigned char c) { return std::tolower(c); };
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return word;
}

// onednn returns the instructions that oneDNN's convolutions use, or "none" if this libtorch
// exports no oneDNN. libtorch does not ship oneDNN's headers, so the function is looked up by name,
// and the cases are the values of its dnnl_cpu_isa_t.
std::string onednn() {
  auto effective = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "dnnl_get_effective_cpu_isa"));
  if (!effective) return "none";
  switch (int isa = effective()) {
  case 0x1: return "sse41";
  case 0x3: return "avx";
  case 0x7: return "avx2";
  case 0x407: return "avx2_vnni";
  case 0x27: return "avx512_core";
  case 0x67: return "avx512_core_vnni";
  case 0xe7: return "avx512_core_bf16";
  case 0x3e7: return "avx512_core_bf16_amx";
  default: return "isa" + std::to_string(isa);
  }
}

// blas names the library of matrix products: whatever the system installs as libblas, which another
// package may replace. For OpenBLAS, the name says which processor's code it chose.
std::string blas() {
  Dl_info at;
  auto product = dlsym(RTLD_DEFAULT, "sgemm_");
  if (!product || !dladdr(product, &at) || !at.dli_fname) return "no blas";
  std::unique_ptr<char, decltype(&std::free)> real(realpath(at.dli_fname, nullptr), &std::free);
  std::string path = real ? real.get() : at.dli_fname;
  auto config = reinterpret_cast<char *(*)()>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  auto core = reinterpret_cast<char *(*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (path.find("openblas") == std::string::npos || !config || !core)
    return path.substr(path.rfind('/') + 1);
  std::string words = config(); // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  auto space = words.find(' ', words.find(' ') + 1);
  return words.substr(0, space) + " " + core();
}

// fail sets the error to the first line of what. libtorch's further lines are a trace of its own
// code.
int fail(char **error, const char *what) {
  std::string text(what);
  *error = strdup(text.substr(0, text.find('\n')).c_str());
  return 1;
}

// guarded runs f and turns an exception into an error: none may reach Go.
template <typename F> int guarded(char **error, F f) {
  try {
    f();
    return 0;
  } catch (const std::exception &e) {
    return fail(error, e.what());
  } catch (...) {
    return fail(error, "libtorch failed");
  }
}

} // namespace

// The last layer on its own is computed here: libtorch leaves products of small matrices to the
// system's BLAS, which on Debian is a reference without vector instructions, and derives gradients
// for each step anew. Lanes are added in one order with any instructions, so that the sums are the
// same everywhere.
typedef float Lanes __attribute__((vector_size(32)));
constexpr int64_t lanes = sizeof(Lanes) / sizeof(float);

#if defined(__x86_64__)
#define SNELLEN_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define SNELLEN_VECTORS
#endif

// head_logits sets n rows of k numbers from n rows of d features. Four classes at a time keep the
// processor busy while sums wait for one another, and the next row is fetched meanwhile, since rows
// lie anywhere.
SNELLEN_VECTORS void head_logits(const float *const *rows, int64_t n, int64_t d,
                                 const float *weight, const float *bias, int64_t k, float *out) {
  constexpr int64_t together = 4;
  for (int64_t i = 0; i < n; i++) {
    const float *a = rows[i], *next = rows[std::min(i + 1, n - 1)];
    for (int64_t c = 0; c < k; c += together) {
      const float *w[together];
#pragma GCC unroll 4
      for (int64_t m = 0; m < together; m++) w[m] = weight + std::min(c + m, k - 1) * d;
      Lanes sum[together] = {}, more[together] = {};
      int64_t j = 0;
      for (; j + 2 * lanes <= d; j += 2 * lanes) {
        Lanes p, q, r, s;
        if (c == 0) __builtin_prefetch(next + j);
        std::memcpy(&p, a + j, sizeof p);
        std::memcpy(&r, a + j + lanes, sizeof r);
#pragma GCC unroll 4
        for (int64_t m = 0; m < together; m++) {
          std::memcpy(&q, w[m] + j, sizeof q);
          std::memcpy(&s, w[m] + j + lanes, sizeof s);
          sum[m] += p * q;
          more[m] += r * s;
        }
      }
      for (int64_t m = 0; m < together && c + m < k; m++) {
        Lanes both = sum[m] + more[m];
        float total = bias[c + m];
        for (int64_t l = 0; l < lanes; l++) total += both[l];
        for (int64_t t = j; t < d; t++) total += a[t] * w[m][t];
        out[i * k + c + m] = total;
      }
    }
  }
}

// head_gradient adds to gradient, k rows of d numbers, what n rows of d features give with the n
// rows of k factors. What four rows give is added, one after the other, before it is stored.
SNELLEN_VECTORS void head_gradient(const float *const *rows, int64_t n, int64_t d,
                                   const float *factors, int64_t k, float *gradient) {
  constexpr int64_t together = 4;
  for (int64_t c = 0; c < k; c++) {
    float *to = gradient + c * d;
    int64_t i = 0;
    for (; i + together <= n; i += together) {
      const float *const *from = rows + i;
      float f[together];
#pragma GCC unroll 4
      for (int64_t m = 0; m < together; m++) f[m] = factors[(i + m) * k + c];
      int64_t j = 0;
      for (; j + lanes <= d; j += lanes) {
        Lanes a, b;
        std::memcpy(&b, to + j, sizeof b);
#pragma GCC unroll 4
        for (int64_t m = 0; m < together; m++) {
          std::memcpy(&a, from[m] + j, sizeof a);
          b += a * f[m];
        }
        std::memcpy(to + j, &b, sizeof b);
      }
      for (; j < d; j++)
        for (int64_t m = 0; m < together; m++) to[j] += from[m][j] * f[m];
    }
    for (; i < n; i++) {
      const float *from = rows[i];
      float f = factors[i * k + c];
      int64_t j = 0;
      for (; j + lanes <= d; j += lanes) {
        Lanes a, b;
        std::memcpy(&a, from + j, sizeof a);
        std::memcpy(&b, to + j, sizeof b);
        b += a * f;
        std::memcpy(to + j, &b, sizeof b);
      }
      for (; j < d; j++) to[j] += from[j] * f;
    }
  }
}

// head_update takes a step of stochastic gradient descent with momentum, as libtorch's SGD, whose
// call takes longer than all else.
SNELLEN_VECTORS void head_update(float *x, const float *g, float *v, int64_t count, float rate,
                                 float momentum, float decay) {
  int64_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    Lanes at, by, speed;
    std::memcpy(&at, x + j, sizeof at);
    std::memcpy(&by, g + j, sizeof by);
    std::memcpy(&speed, v + j, sizeof speed);
    speed = momentum * speed + (by + decay * at);
    at -= rate * speed;
    std::memcpy(v + j, &speed, sizeof speed);
    std::memcpy(x + j, &at, sizeof at);
  }
  for (; j < count; j++) {
    v[j] = momentum * v[j] + (g[j] + decay * x[j]);
    x[j] -= rate * v[j];
  }
}

// softmax replaces a row of k numbers by probabilities.
void softmax(float *row, int64_t k) {
  auto largest = std::max_element(row, row + k);
  double top = *largest, sum = 0;
  for (int64_t c = 0; c < k; c++) sum += std::exp(row[c] - top);
  for (int64_t c = 0; c < k; c++) row[c] = static_cast<float>(std::exp(row[c] - top) / sum);
}

// forward_batch is the number of pictures that go through a network at once, except in training.
// Smaller batches are filled up: libtorch's convolutions take up to ten times as long for a picture
// in a batch of one, and other sizes add in other orders.
constexpr int forward_batch = 16;

// quick_batch is what a network's last batch is filled up to a multiple of, if it is quick.
constexpr int quick_batch = 2;

struct snellen_net {
  snellen_config config;
  torch::Device device{torch::kCPU};
  std::shared_ptr<Network> net;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  std::vector<double> rates;                           // factor of each parameter group
  std::vector<Tensor> trained;                         // what the optimizer changes
  double clip = 0;                                     // the largest norm of gradients; 0: any
  double momentum = 0, decay = 0;                      // of SGD
  std::vector<float> velocity;                         // of the last layer on its own
  Tensor weights;                                      // of the classes, for the loss
  std::vector<std::pair<std::string, Tensor>> tensors; // sorted by name
  Tensor mean, std;                                    // 1x3x1x1, of 8-bit values
  bool quick = false;                                  // see snellen_quicken

  // input returns the network's input for n pictures, normalised. Their bytes already are in
  // channels-last order, which libtorch computes fastest.
  Tensor input(const uint8_t *rgb, int n) {
    auto t = torch::from_blob(const_cast<uint8_t *>(rgb), {n, config.height, config.width, 3},
                              torch::kUInt8);
    if (config.bgr) t = t.flip(3);
    return t.to(device).permute({0, 3, 1, 2}).to(torch::kFloat32).sub_(mean).div_(std);
  }

  // each calls f with the network's input for every batch of pictures and with the place of the
  // batch's first. The last batch is filled up, to a multiple of quick_batch where that will do.
  template <typename F> void each(const uint8_t *rgb, int n, F f) {
    torch::NoGradGuard no_grad;
    size_t size = size_t(3) * config.height * config.width;
    for (int at = 0; at < n; at += forward_batch) {
      int count = std::min(forward_batch, n - at);
      if (count == forward_batch) {
        f(at, count, input(rgb + at * size, forward_batch));
        continue;
      }
      int whole = quick ? (count + quick_batch - 1) / quick_batch * quick_batch : forward_batch;
      std::vector<uint8_t> filled(whole * size);
      std::memcpy(filled.data(), rgb + at * size, count * size);
      f(at, count, input(filled.data(), whole));
    }
  }

  // train takes a step by what the network answered.
  void train(const Tensor &logits, const int64_t *labels, int n, double rate, double *loss,
             int64_t *right) {
    auto expected = torch::from_blob(const_cast<int64_t *>(labels), {n}, torch::kInt64).to(device);
    optimizer->zero_grad();
    auto mean = torch::cross_entropy_loss(logits, expected, weights);
    mean.backward();
    if (clip > 0) torch::nn::utils::clip_grad_norm_(trained, clip);
    step(rate);
    *loss = mean.item<double>() * n;
    *right = logits.detach().argmax(1).eq(expected).sum().item<int64_t>();
  }

  // classify sets n rows of probabilities from n rows of features.
  void classify(const float *features, int64_t n, float *out) {
    std::vector<const float *> rows(n);
    for (int64_t i = 0; i < n; i++) rows[i] = features + i * net->width;
    classify(rows.data(), n, out);
  }

  void classify(const float *const *rows, int64_t n, float *out) {
    auto weight = net->fc->weight.detach().cpu().contiguous();
    auto bias = net->fc->bias.detach().cpu();
    int64_t k = config.classes;
    head_logits(rows, n, net->width, weight.data_ptr<float>(), bias.data_ptr<float>(), k, out);
    for (int64_t i = 0; i < n; i++) softmax(out + i * k, k);
  }

  // train_head takes a step of the last layer on the rows of features that order names, and adds to
  // loss and right. The loss is libtorch's cross entropy.
  void train_head(const float *features, const int64_t *labels, const int64_t *order, int n,
                  double rate, double *loss, int64_t *right) {
    int64_t d = net->width, k = config.classes;
    auto w = weights.defined() ? weights.cpu() : torch::ones({k});
    const float *of_class = w.data_ptr<float>();
    std::vector<const float *> rows(n);
    for (int i = 0; i < n; i++) rows[i] = features + order[i] * d;
    double all = 0, lost = 0;
    for (int i = 0; i < n; i++) all += of_class[labels[order[i]]];
    std::vector<float> factors(n * k);
    classify(rows.data(), n, factors.data());
    for (int i = 0; i < n; i++) {
      float *row = factors.data() + i * k;
      int64_t label = labels[order[i]];
      *right += std::max_element(row, row + k) - row == label;
      lost -= of_class[label] * std::log(std::max<double>(row[label], 1e-38));
      row[label] -= 1;
      for (int64_t c = 0; c < k; c++) row[c] *= of_class[label] / all;
    }
    std::vector<float> gradient((d + 1) * k); // of the weights, then of the biases
    head_gradient(rows.data(), n, d, factors.data(), k, gradient.data());
    for (int i = 0; i < n; i++)
      for (int64_t c = 0; c < k; c++) gradient[d * k + c] += factors[i * k + c];
    auto &weight = net->fc->weight, &bias = net->fc->bias;
    if (velocity.empty() || !device.is_cpu()) {
      auto g = torch::from_blob(gradient.data(), {(d + 1) * k}, torch::kFloat32);
      weight.mutable_grad() = g.slice(0, 0, d * k).reshape({k, d}).clone().to(device);
      bias.mutable_grad() = g.slice(0, d * k).clone().to(device);
      step(rate);
    } else {
      float of_head = rate * rates.back();
      head_update(weight.data_ptr<float>(), gradient.data(), velocity.data(), d * k, of_head,
                  momentum, decay);
      head_update(bias.data_ptr<float>(), gradient.data() + d * k, velocity.data() + d * k, k,
                  of_head, momentum, 0);
    }
    *loss += lost / all * n;
  }

  // step has the optimizer use the gradients.
  void step(double rate) {
    auto &groups = optimizer->param_groups();
    for (size_t i = 0; i < groups.size(); i++) groups[i].options().set_lr(rate * rates[i]);
    optimizer->step();
  }
};

void copy_rows(const Tensor &t, int count, float *out) {
  auto rows = t.slice(0, 0, count).cpu().contiguous();
  std::memcpy(out, rows.data_ptr<float>(), rows.nbytes());
}

extern "C" {

const char *snellen_version(void) { return TORCH_VERSION; }

const char *snellen_code(void) {
  static const std::string found = aten() + "/" + onednn() + ", " + blas();
  return found.c_str();
}

int snellen_cuda(void) { return torch::cuda::is_available(); }

void snellen_start(void) {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_MMAP_MAX, 0);
#endif
}

void snellen_threads(int n) {
  if (at::get_num_threads() != n) at::set_num_threads(n); // this drops oneDNN's prepared code
}

snellen_net *snellen_new(const snellen_config *config, char **error) {
  std::unique_ptr<snellen_net> n;
  int failed = guarded(error, [&] {
    at::globalContext().setDeterministicAlgorithms(true, false);
    at::globalContext().setBenchmarkCuDNN(false);
    n = std::make_unique<snellen_net>();
    n->config = *config;
    n->device = torch::Device(config->device);
    n->net = network(*config);
    n->config.device = n->config.network = nullptr; // the texts are the caller's
    n->net->init(config->seed);
    n->net->to(n->device);
    n->net->eval();
    for (auto &p : n->net->parameters())
      if (p.dim() == 4) p.set_data(p.contiguous(at::MemoryFormat::ChannelsLast));
    auto channels = [&](const float *x) {
      return torch::tensor({x[0], x[1], x[2]})
          .mul(255 / config->range)
          .reshape({1, 3, 1, 1})
          .to(n->device);
    };
    n->mean = channels(config->mean);
    n->std = channels(config->std);
    for (auto &p : n->net->named_parameters()) n->tensors.emplace_back(p.key(), p.value());
    for (auto &b : n->net->named_buffers())
      if (b.value().is_floating_point()) n->tensors.emplace_back(b.key(), b.value());
    auto by_name = [](auto &a, auto &b) { return a.first < b.first; };
    std::sort(n->tensors.begin(), n->tensors.end(), by_name);
  });
  return failed ? nullptr : n.release();
}

void snellen_free(snellen_net *net) { delete net; }

int snellen_tensors(snellen_net *net) { return static_cast<int>(net->tensors.size()); }

const char *snellen_tensor_name(snellen_net *net, int i) { return net->tensors[i].first.c_str(); }

int snellen_tensor_shape(snellen_net *net, int i, int64_t out[4]) {
  auto sizes = net->tensors[i].second.sizes();
  std::copy(sizes.begin(), sizes.end(), out);
  return static_cast<int>(sizes.size());
}

int snellen_tensor_get(snellen_net *net, int i, float *out, char **error) {
  return guarded(error, [&] {
    auto t = net->tensors[i].second.detach().cpu().contiguous(at::MemoryFormat::Contiguous);
    std::memcpy(out, t.data_ptr<float>(), t.nbytes());
  });
}

int snellen_tensor_set(snellen_net *net, int i, const float *in, char **error) {
  return guarded(error, [&] {
    torch::NoGradGuard no_grad;
    auto &t = net->tensors[i].second;
    t.copy_(torch::from_blob(const_cast<float *>(in), t.sizes(), torch::kFloat32));
  });
}

int snellen_width(snellen_net *net) { return static_cast<int>(net->net->width); }

// As in MXNet, weights and the scales of normalisations decay; biases and shifts do not. The
// learning rate of 1 is replaced at every step.
int snellen_optimize(snellen_net *net, const snellen_optimizer *o, char **error) {
  return guarded(error, [&] {
    using torch::optim::AdamOptions, torch::optim::OptimizerParamGroup, torch::optim::SGDOptions;
    std::vector<OptimizerParamGroup> groups;
    net->rates.clear();
    net->trained.clear();
    net->clip = o->clip;
    net->momentum = o->momentum;
    net->decay = o->weight_decay;
    net->velocity.assign(o->adam ? 0 : (net->net->width + 1) * net->config.classes, 0);
    if (o->class_weights)
      net->weights = torch::tensor(at::ArrayRef<float>(o->class_weights, net->config.classes))
                         .to(net->device);
    // group adds the head's parameters or all others; biases, which do not decay, or all others.
    auto group = [&](bool head, bool bias) {
      std::vector<Tensor> list;
      for (auto &p : net->net->named_parameters()) {
        bool is_head = p.key().compare(0, 3, "fc.") == 0;
        if (is_bias(p.key()) == bias && is_head == head) list.push_back(p.value());
      }
      if (list.empty()) return;
      net->trained.insert(net->trained.end(), list.begin(), list.end());
      net->rates.push_back(head ? o->head_rate : 1);
      if (o->adam) {
        auto options = AdamOptions(1).betas({o->beta_1, o->beta_2}).eps(o->eps);
        groups.emplace_back(list, std::make_unique<AdamOptions>(options));
        return;
      }
      double decay = bias ? 0 : o->weight_decay;
      auto options = SGDOptions(1).momentum(o->momentum).weight_decay(decay);
      groups.emplace_back(list, std::make_unique<SGDOptions>(options));
    };
    for (bool head : {false, true})
      for (bool bias : {false, true}) group(head, bias);
    if (o->adam)
      net->optimizer = std::make_unique<torch::optim::Adam>(groups, AdamOptions(1));
    else
      net->optimizer = std::make_unique<torch::optim::SGD>(groups, SGDOptions(1));
  });
}

int snellen_train(snellen_net *net, const uint8_t *rgb, const int64_t *labels, int n,
                  double learning_rate, double *loss, int64_t *right, char **error) {
  return guarded(error, [&] {
    net->net->train();
    auto logits = net->net->forward(net->input(rgb, n));
    net->net->eval(); // as all else expects
    net->train(logits, labels, n, learning_rate, loss, right);
  });
}

int snellen_train_head(snellen_net *net, const float *features, const int64_t *labels,
                       const int64_t *order, int64_t n, int batch, double learning_rate,
                       double *loss, int64_t *right, char **error) {
  return guarded(error, [&] {
    *loss = 0, *right = 0;
    for (int64_t at = 0; at < n; at += batch)
      net->train_head(features, labels, order + at, std::min<int64_t>(batch, n - at),
                      learning_rate, loss, right);
  });
}

int snellen_features(snellen_net *net, const uint8_t *rgb, int n, float *features, char **error) {
  return guarded(error, [&] {
    net->each(rgb, n, [&](int at, int count, const Tensor &input) {
      copy_rows(net->net->features(input), count, features + at * net->net->width);
    });
  });
}

void snellen_quicken(snellen_net *net) { net->quick = true; }

int snellen_classify(snellen_net *net, const uint8_t *rgb, int n, float *probabilities,
                     char **error) {
  return guarded(error, [&] {
    net->each(rgb, n, [&](int at, int count, const Tensor &input) {
      auto p = torch::softmax(net->net->forward(input), 1);
      copy_rows(p, count, probabilities + at * net->config.classes);
    });
  });
}

int snellen_classify_features(snellen_net *net, const float *features, int n,
                              float *probabilities, char **error) {
  return guarded(error, [&] {
    net->classify(features, n, probabilities);
  });
}

} // extern "C"
