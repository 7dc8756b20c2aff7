package pretrained

import _ "embed"

var (
	//go:embed squeezenet/LICENSE.squeezenet
	squeezeNetLicence string
	//go:embed squeezenet/LICENSE.ndf
	packageLicence string
)

// BuiltinLicences returns the licences of the built-in network's weights, as text. They must go
// with every copy of these weights, and with every model that began with them. The weights
// themselves are linked into the worker alone.
func BuiltinLicences() string {
	const rule = "\n----------------------------------------------------------------------\n\n"
	return "The weights of SqueezeNet 1.1, which are part of this model or from which it was\n" +
		"trained, have two licences: that of their authors, and that of the package in which\n" +
		"they are distributed.\n" + rule +
		"SqueezeNet (https://github.com/forresti/SqueezeNet)\n\n" + squeezeNetLicence + rule +
		"ndf (https://github.com/primozgodec/ndf)\n\n" + packageLicence
}
