package lsp

import (
	"context"

	"github.com/hashicorp/hcl-lang/decoder"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// symbols returns the outline of a document: its blocks, and their blocks and attributes.
func (s *server) symbols(
	_ context.Context, p *protocol.DocumentSymbolParams,
) ([]protocol.DocumentSymbol, error) {
	r, err := s.analyze(s.documents[p.TextDocument.URI])
	if err != nil {
		return nil, nil
	}
	path, err := r.decoder.Path(r.langPath)
	if err != nil {
		return nil, err
	}
	found, err := path.SymbolsInFile(r.path)
	if err != nil {
		return nil, err
	}
	return r.outline(found), nil
}

// outline returns symbols in the editor's form. Elements of lists are left out. What is selected is
// the symbol's first line, which names it.
func (r *analysis) outline(found []decoder.Symbol) []protocol.DocumentSymbol {
	list := []protocol.DocumentSymbol{}
	for _, one := range found {
		symbol := protocol.DocumentSymbol{Name: one.Name(), Range: r.editorRange(one.Range()),
			Children: r.outline(one.NestedSymbols())}
		switch one := one.(type) {
		case *decoder.BlockSymbol:
			symbol.Kind = protocol.SymbolKindClass
			if one.Type == "variable" {
				symbol.Kind = protocol.SymbolKindVariable
			}
		case *decoder.AttributeSymbol:
			symbol.Kind, symbol.Children = protocol.SymbolKindProperty, nil
		default:
			continue
		}
		from, to := one.Range().Start.Byte, one.Range().End.Byte
		symbol.SelectionRange = r.editorSpan(from, min(to, r.lineEnd(from)))
		list = append(list, symbol)
	}
	return list
}
