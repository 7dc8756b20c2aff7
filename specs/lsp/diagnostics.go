package lsp

import (
	"context"
	"fmt"
	"path/filepath"

	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// publish tells the editor what is wrong with a document.
func (s *server) publish(ctx context.Context, d *document) error {
	list := []protocol.Diagnostic{} // an empty list takes back what was told before
	for _, found := range s.diagnose(d) {
		list = append(list, d.diagnostic(found))
	}
	return s.notifyDiagnostics(ctx, d.uri, list)
}

func (s *server) notifyDiagnostics(ctx context.Context, uri protocol.DocumentUri, list []protocol.Diagnostic) error {
	return s.rpc.Notify(ctx, string(protocol.ServerTextDocumentPublishDiagnostics), protocol.PublishDiagnosticsParams{URI: uri, Diagnostics: list})
}

// diagnose finds what is wrong. Of a file that is no spec it is what keeps it from being read.
func (s *server) diagnose(d *document) specs.Diagnostics {
	if !d.isSpec() {
		_, found := specs.Format(d.text)
		return found.Named(filepath.ToSlash(d.path))
	}
	_, found := specs.Load(d.path, s.loadOptions(d))
	return found
}

// loading is how a document is loaded. Variables without a value are no mistake of the person who writes a spec.
func (s *server) loadOptions(d *document) specs.Options {
	return specs.Options{Source: d.text, Env: s.options.Env, Rules: s.options.Rules, Open: true}
}

// diagnostic puts one in the editor's form. What is wrong in another file is told at the top.
func (d *document) diagnostic(found specs.Diagnostic) protocol.Diagnostic {
	severity, source := protocol.DiagnosticSeverityError, "snellen"
	if found.Warning {
		severity = protocol.DiagnosticSeverityWarning
	}
	out := protocol.Diagnostic{Severity: &severity, Source: &source, Message: found.Text()}
	if found.At.File == filepath.ToSlash(d.path) {
		out.Range = d.editorSpan(found.Span())
	} else {
		out.Message = fmt.Sprintf("%s:%d: %s", found.At.File, found.At.Line, out.Message)
	}
	return out
}
