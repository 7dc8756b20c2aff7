// Package lsp is a language server for specs: an editor that speaks the Language Server Protocol 3.16 starts it and gets
// diagnostics, completion, the documentation of what is under the cursor, definitions, and formatting.
//
// The flow: Serve answers one editor; each open file is a document, which is read anew at every change; the language comes
// from specs.Language, so an editor shows what the reference says.
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

// Options are what specs are loaded with, and what the server says of itself.
type Options struct {
	Version string
	Env     []string                           // as of os.Environ
	Rules   func(*specs.Study) []specs.Problem // see specs.Options
}

// ErrLost is the error of an editor that went without saying goodbye.
var ErrDisconnected = errors.New("the editor closed the connection without a shutdown")

// Serve answers an editor until it says exit, in ends, or ctx does. An editor that said exit may keep in open, so a read of
// it may outlive the call.
func Serve(ctx context.Context, in io.Reader, out io.WriteCloser, o Options) error {
	left := make(chan struct{})
	s := &server{options: o, documents: map[string]*document{}, exited: sync.OnceFunc(func() { close(left) })}
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
	case <-left:
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

// A server is the conversation with one editor. One handler runs at a time.
type server struct {
	rpc         *jrpc2.Server
	options     Options
	initialized bool   // initialize was answered
	shutDown    bool   // shutdown was answered
	exited      func() // exit was said
	snippets    bool   // the editor can place the cursor in what it inserts
	documents   map[string]*document
}

func (s *server) methods() handler.Map {
	all := handler.Map{
		string(protocol.MethodShutdown):               handler.New(s.shutdown),
		string(protocol.MethodInitialized):            handler.New(func(context.Context) error { return nil }),
		string(protocol.MethodTextDocumentDidOpen):    handler.New(s.didOpen),
		string(protocol.MethodTextDocumentDidChange):  handler.New(s.didChange),
		string(protocol.MethodTextDocumentDidSave):    handler.New(s.didSave),
		string(protocol.MethodTextDocumentDidClose):   handler.New(s.didClose),
		string(protocol.MethodTextDocumentCompletion): handler.New(s.completion),
		string(protocol.MethodTextDocumentHover):      handler.New(s.hover),
		string(protocol.MethodTextDocumentDefinition): handler.New(s.definition),
		string(protocol.MethodTextDocumentFormatting): handler.New(s.formatting),
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

// guarded answers with an error before initialize and after shutdown, and where the libraries that read HCL for editors
// panic at some half-typed text: the next key may make it whole.
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

func (s *server) initialize(_ context.Context, p *protocol.InitializeParams) (protocol.InitializeResult, error) {
	s.initialized = true
	if text := p.Capabilities.TextDocument; text != nil && text.Completion != nil && text.Completion.CompletionItem != nil {
		can := text.Completion.CompletionItem.SnippetSupport
		s.snippets = can != nil && *can
	}
	full, yes := protocol.TextDocumentSyncKindFull, true
	return protocol.InitializeResult{
		Capabilities: protocol.ServerCapabilities{
			TextDocumentSync:           protocol.TextDocumentSyncOptions{OpenClose: &yes, Change: &full, Save: true},
			CompletionProvider:         &protocol.CompletionOptions{TriggerCharacters: []string{".", `"`, "="}},
			HoverProvider:              true,
			DefinitionProvider:         true,
			DocumentFormattingProvider: true,
		},
		ServerInfo: &protocol.InitializeResultServerInfo{Name: "snellen", Version: &s.options.Version},
	}, nil
}

// shutdown answers with null: the editor is about to say exit.
func (s *server) shutdown(context.Context) (*struct{}, error) {
	s.shutDown = true
	return nil, nil
}

func (s *server) exit(context.Context) error {
	s.exited()
	return nil
}
