package regular_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed are the files that open paths by other means than this package, and why.
var allowed = map[string]string{
	"engine/regular/regular.go":        "it is this package",
	"engine/draft/sweep.go":            "it opens folders, and looks at what it opened",
	"engine/store/disk_unix.go":        "it opens a folder",
	"engine/store/fileid_windows.go":   "it reads nothing",
	"steps/sagemaker/ledger/ledger.go": "it opens a folder",
	"specs/lsp/paths.go":               "it opens a folder",
	"steps/picture/header.go":          "it looks at what it opened, and says so in its own words",
	"steps/vision/camera.go":           "a camera may be a named pipe",
}

// TestFilesAreOpenedHere: a path that is read or written anew may be anything, so whoever opens one
// does it by this package, or creates it with O_EXCL.
func TestFilesAreOpenedHere(t *testing.T) {
	root := filepath.Join("..", "..")
	used := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		for _, at := range opens(t, path) {
			if used[name] = true; allowed[name] == "" {
				t.Errorf("%s: open it with engine/regular", at)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range allowed {
		if !used[name] {
			t.Errorf("%s opens nothing any more", name)
		}
	}
}

// opens returns where a file of Go calls package os to open a path that may be there already.
func opens(t *testing.T, path string) (places []token.Position) {
	t.Helper()
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "os" &&
			slices.Contains([]string{"Open", "OpenFile", "ReadFile"}, f.Sel.Name) &&
			!mentions(call, "O_EXCL") {
			places = append(places, files.Position(call.Pos()))
		}
		return true
	})
	return places
}

// mentions reports whether a call's arguments name something.
func mentions(call *ast.CallExpr, name string) (found bool) {
	ast.Inspect(call, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return true
	})
	return found
}
