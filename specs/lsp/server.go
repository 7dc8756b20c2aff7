// Package lsp is a language server for specs. An editor that speaks the Language Server Protocol
// 3.16 starts it and gets diagnostics with fixes, completion, documentation of what is under the
// cursor, definitions, references, renaming, the outline, and formatting.
//
// The flow: Serve talks to one editor. Each open file is a document, which is parsed again after
// every change. For completion, hover and the outline, a document becomes an analysis, the form
// that the hcl-lang library works on. The language itself comes from specs.Language, so an editor
// shows what the reference says. An index finds the names of a document, which the library does not
// know: where each is declared, and where it is used.
package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// Options control how specs are loaded, and how the server introduces itself.
type Options struct {
	Version string
	Env     []string                           // as of os.Environ
	Rules   func(*specs.Study) []specs.Problem // as in specs.Options

	// DescribeVideo returns what is known of a video file, as Markdown, by the time that ctx ends;
	// "" for nothing. stream names one of its streams; nil chooses one. A nil function describes
	// none.
	DescribeVideo func(ctx context.Context, path string, stream *int) string
}

// ErrDisconnected is returned by Serve when the editor closes the connection without a shutdown.
var ErrDisconnected = errors.New("the editor closed the connection without a shutdown")

// Serve talks to an editor until it sends exit, until in ends, or until ctx is done. It returns nil
// only after an orderly shutdown. An editor may keep in open after exit, so a pending read of in
// may outlive the call.
func Serve(ctx context.Context, in io.Reader, out io.WriteCloser, o Options) error {
	exited := make(chan struct{})
	s := &server{options: o, documents: map[string]*document{},
		exited: sync.OnceFunc(func() { close(exited) })}
	s.rpc = jrpc2.NewServer(s.methods(), &jrpc2.ServerOptions{
		AllowPush: true, DisableBuiltin: true,
		Concurrency: 1, // so that the fields below need no lock
	})
	s.rpc.Start(channel.LSP(in, out))
	ended := make(chan jrpc2.ServerStatus, 1)
	go func() { ended <- s.rpc.WaitStatus() }()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-exited:
		if !s.shutDown {
			return ErrDisconnected
		}
		return nil
	case status := <-ended:
		if status.Err != nil && !status.Closed {
			return fmt.Errorf("talk to the editor: %w", status.Err)
		}
		return ErrDisconnected
	}
}

// A server is the conversation with one editor. Only one handler runs at a time.
type server struct {
	rpc         *jrpc2.Server
	options     Options
	initialized bool   // initialize was answered
	shutDown    bool   // shutdown was answered
	exited      func() // called when the editor sends exit
	snippets    bool   // the editor supports snippets in completions
	documents   map[string]*document
}

// methods returns the handlers of all methods that the server supports. All but initialize and exit
// are guarded.
func (s *server) methods() handler.Map {
	all := handler.Map{
		string(protocol.MethodShutdown): handler.New(s.shutdown),
		string(protocol.MethodInitialized): handler.New(
			func(context.Context) error { return nil }),
		string(protocol.MethodTextDocumentDidOpen):    handler.New(s.didOpen),
		string(protocol.MethodTextDocumentDidChange):  handler.New(s.didChange),
		string(protocol.MethodTextDocumentDidSave):    handler.New(s.didSave),
		string(protocol.MethodTextDocumentDidClose):   handler.New(s.didClose),
		string(protocol.MethodTextDocumentCompletion): handler.New(s.completion),
		string(protocol.MethodTextDocumentHover):      handler.New(s.hover),
		string(protocol.MethodTextDocumentDefinition): handler.New(s.definition),
		string(protocol.MethodTextDocumentFormatting): handler.New(s.formatting),

		string(protocol.MethodTextDocumentReferences):     handler.New(s.references),
		string(protocol.MethodTextDocumentPrepareRename):  handler.New(s.prepareRename),
		string(protocol.MethodTextDocumentRename):         handler.New(s.rename),
		string(protocol.MethodTextDocumentDocumentSymbol): handler.New(s.symbols),
		string(protocol.MethodTextDocumentCodeAction):     handler.New(s.codeActions),
	}
	for name, h := range all {
		all[name] = s.guard(h)
	}
	all[string(protocol.MethodInitialize)] = handler.New(s.initialize)
	all[string(protocol.MethodExit)] = handler.New(s.exit)
	return all
}

// The protocol's own error codes.
const (
	notInitialized = jrpc2.Code(-32002)
	invalidRequest = jrpc2.Code(-32600)
)

// guard makes a handler answer with an error before initialize and after shutdown. It also recovers
// panics: the libraries that read HCL for editors panic on some half-typed text, and the next
// keystroke may complete it.
func (s *server) guard(h jrpc2.Handler) jrpc2.Handler {
	return func(ctx context.Context, r *jrpc2.Request) (result any, err error) {
		switch {
		case !s.initialized:
			return nil, jrpc2.Errorf(notInitialized, "initialize comes first")
		case s.shutDown:
			return nil, jrpc2.Errorf(invalidRequest, "the server was shut down")
		}
		defer func() {
			if p := recover(); p != nil {
				result, err = nil, jrpc2.Errorf(jrpc2.InternalError, "%s failed: %v", r.Method(), p)
			}
		}()
		return h(ctx, r)
	}
}

// initialize records what the editor supports and answers with what the server does. It asks for
// whole texts on change, not for edits.
func (s *server) initialize(
	_ context.Context, p *protocol.InitializeParams,
) (protocol.InitializeResult, error) {
	s.initialized = true
	full, yes := protocol.TextDocumentSyncKindFull, true
	can := protocol.ServerCapabilities{
		TextDocumentSync: protocol.TextDocumentSyncOptions{OpenClose: &yes, Change: &full,
			Save: true},
		CompletionProvider: &protocol.CompletionOptions{
			TriggerCharacters: []string{".", `"`, "=", "/"}},
		HoverProvider:              true,
		DefinitionProvider:         true,
		ReferencesProvider:         true,
		RenameProvider:             protocol.RenameOptions{PrepareProvider: &yes},
		DocumentFormattingProvider: true,
	}
	if text := p.Capabilities.TextDocument; text != nil {
		s.snippets = text.Completion != nil && text.Completion.CompletionItem != nil &&
			isTrue(text.Completion.CompletionItem.SnippetSupport)
		can.DocumentSymbolProvider = text.DocumentSymbol != nil &&
			isTrue(text.DocumentSymbol.HierarchicalDocumentSymbolSupport)
		if text.CodeAction != nil && text.CodeAction.CodeActionLiteralSupport != nil {
			can.CodeActionProvider = protocol.CodeActionOptions{
				CodeActionKinds: []protocol.CodeActionKind{protocol.CodeActionKindQuickFix}}
		}
	}
	return protocol.InitializeResult{
		Capabilities: can,
		ServerInfo: &protocol.InitializeResultServerInfo{Name: "snellen",
			Version: &s.options.Version},
	}, nil
}

// isTrue reports whether a capability is given.
func isTrue(capability *bool) bool { return capability != nil && *capability }

// shutdown answers with null. The editor will send exit next.
func (s *server) shutdown(context.Context) (*struct{}, error) {
	s.shutDown = true
	return nil, nil
}

// exit ends Serve. The editor sends it after shutdown.
func (s *server) exit(context.Context) error {
	s.exited()
	return nil
}
