package lsp

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl-lang/decoder"
	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/schema"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"snellen/specs"
)

// An analysis is a document in the form that the library for completion and hover needs.
type analysis struct {
	*document
	body     *hclsyntax.Body
	labels   []specs.Label // as far as they can be known
	langPath lang.Path
	context  *decoder.PathContext
	decoder  *decoder.Decoder
}

// errNotSpec is returned for documents that are not specs, or cannot be parsed at all.
var errNotSpec = errors.New("this cannot be read as a spec")

// analyze prepares a document for the library. It loads the spec's labels and collects all names
// that expressions may refer to. The result is kept until the document, or a file that is open,
// changes.
func (s *server) analyze(d *document) (*analysis, error) {
	if d == nil || !d.isSpec() || d.file == nil {
		return nil, errNotSpec
	}
	if d.analysis != nil {
		return d.analysis, nil
	}
	r := &analysis{document: d, body: d.file.Body.(*hclsyntax.Body),
		langPath: lang.Path{Path: filepath.Dir(d.path), LanguageID: "snellen"}}
	r.labels = specs.Labels(d.path, s.loadOptions(d))
	r.context = &decoder.PathContext{
		Schema: rootSchema(r.declared()), Files: map[string]*hcl.File{d.path: d.file},
		Functions: signatures(specs.Functions(filepath.Dir(d.path))),
	}
	r.decoder = decoder.NewDecoder(r)
	r.decoder.SetContext(decoder.NewDecoderContext())
	path, err := r.decoder.Path(r.langPath)
	if err != nil {
		return nil, err
	}
	r.context.ReferenceTargets = r.referenceTargets()
	if r.context.ReferenceOrigins, err = path.CollectReferenceOrigins(); err != nil {
		return nil, err
	}
	d.analysis = r
	return r, nil
}

// declared returns the names that the spec declares, by kind. Labels may be computed.
func (r *analysis) declared() map[string][]string {
	all := map[string][]string{}
	for _, u := range r.names().uses {
		if u.declares && u.kind != "label" && !slices.Contains(all[u.kind], u.text) {
			all[u.kind] = append(all[u.kind], u.text)
		}
	}
	for _, l := range r.labels {
		all["label"] = append(all["label"], l.Name)
	}
	return all
}

// Paths returns the only path that the decoder knows: a spec refers to no other spec.
func (r *analysis) Paths(context.Context) []lang.Path { return []lang.Path{r.langPath} }

// PathContext returns the context of that path.
func (r *analysis) PathContext(lang.Path) (*decoder.PathContext, error) { return r.context, nil }

// signatures returns functions in the library's form.
func signatures(all map[string]function.Function) map[string]schema.FunctionSignature {
	out := make(map[string]schema.FunctionSignature, len(all))
	for name, f := range all {
		var of []cty.Type
		for _, p := range f.Params() {
			of = append(of, p.Type)
		}
		result, err := f.ReturnType(of)
		if err != nil {
			result = cty.DynamicPseudoType
		}
		out[name] = schema.FunctionSignature{Description: f.Description(), ReturnType: result,
			Params: f.Params(), VarParam: f.VarParam()}
	}
	return out
}
