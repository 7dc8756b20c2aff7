package lsp

import (
	"context"
	"fmt"
	"path/filepath"

	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// publish sends a document's diagnostics to the editor. An empty list removes those sent before.
func (s *server) publish(ctx context.Context, d *document) error {
	list := []protocol.Diagnostic{} // never nil: an editor expects a list
	for _, found := range s.diagnose(d) {
		list = append(list, d.diagnostic(found))
	}
	d.published = list
	return s.notifyDiagnostics(ctx, d.uri, list)
}

// notifyDiagnostics sends diagnostics as they are.
func (s *server) notifyDiagnostics(
	ctx context.Context, uri protocol.DocumentUri, list []protocol.Diagnostic,
) error {
	return s.rpc.Notify(ctx, string(protocol.ServerTextDocumentPublishDiagnostics),
		protocol.PublishDiagnosticsParams{URI: uri, Diagnostics: list})
}

// diagnose returns what is wrong with a document. Of a file that is not a spec, only the syntax is
// checked.
func (s *server) diagnose(d *document) specs.Diagnostics {
	if !d.isSpec() {
		_, found := specs.Format(d.text)
		return found.Named(filepath.ToSlash(d.path))
	}
	_, found := specs.Load(d.path, s.loadOptions(d))
	return found
}

// loadOptions returns how a document is loaded. A variable without a value is not a mistake of
// whoever writes the spec, so it is accepted.
func (s *server) loadOptions(d *document) specs.Options {
	return specs.Options{Source: d.text, Env: s.options.Env, Rules: s.options.Rules,
		AllowUnset: true}
}

// diagnostic returns a diagnostic in the editor's form. One about another file is shown at the top,
// with that file's name.
func (d *document) diagnostic(found specs.Diagnostic) protocol.Diagnostic {
	severity, source := protocol.DiagnosticSeverityError, "snellen"
	if found.Warning {
		severity = protocol.DiagnosticSeverityWarning
	}
	out := protocol.Diagnostic{Severity: &severity, Source: &source, Message: found.Text()}
	if found.At.File == filepath.ToSlash(d.path) {
		out.Range = d.editorSpan(found.Span())
		if edit := d.correction(found); edit != nil {
			out.Data = edit
		}
	} else {
		out.Message = fmt.Sprintf("%s:%d: %s", found.At.File, found.At.Line, out.Message)
	}
	return out
}
