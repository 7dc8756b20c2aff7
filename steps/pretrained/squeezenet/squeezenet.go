// Package squeezenet holds the weights of SqueezeNet 1.1, trained on ImageNet, without its
// classifier. README.md says where they come from. For its size it is linked into the worker alone.
package squeezenet

import _ "embed"

// File is safetensors with the names of package torch's network "squeezenet1.1".
// pretrained.Builtin describes it.
//
//go:embed squeezenet1_1.safetensors
var File []byte
