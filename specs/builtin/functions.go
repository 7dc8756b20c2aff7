// Package builtin has the functions that expressions of a spec may call. A spec is untrusted:
// functions read regular files only, of a bounded size, and no function can produce more than a
// spec could need.
package builtin

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"snellen/specs/names"
)

// MaxSize bounds a spec, what file returns, and any value of a spec, in bytes.
const MaxSize = 1 << 20

// maxWalked bounds the number of entries that fileset visits.
const maxWalked = 20_000

// Standard are the functions that do not read files, by name.
var Standard = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "chomp": stdlib.ChompFunc,
	"chunklist": stdlib.ChunklistFunc,
	"coalesce":  stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
	"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
	"contains": contains, "csvdecode": stdlib.CSVDecodeFunc,
	"distinct": distinct, "element": stdlib.ElementFunc,
	"flatten": stdlib.FlattenFunc, "floor": stdlib.FloorFunc, "format": stdlib.FormatFunc,
	"formatlist": stdlib.FormatListFunc,
	"indent":     stdlib.IndentFunc, "int": stdlib.IntFunc, "join": stdlib.JoinFunc,
	"jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,
	"keys": stdlib.KeysFunc, "length": stdlib.LengthFunc, "log": stdlib.LogFunc,
	"lookup": stdlib.LookupFunc, "lower": stdlib.LowerFunc,
	"max": stdlib.MaxFunc, "merge": stdlib.MergeFunc, "min": stdlib.MinFunc,
	"parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc,
	"range": stdlib.RangeFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc,
	"regexreplace": stdlib.RegexReplaceFunc,
	"replace":      stdlib.ReplaceFunc, "reverse": stdlib.ReverseListFunc,
	"setintersection": stdlib.SetIntersectionFunc, "setproduct": stdlib.SetProductFunc,
	"setsubtract":            stdlib.SetSubtractFunc,
	"setsymmetricdifference": stdlib.SetSymmetricDifferenceFunc,
	"setunion":               stdlib.SetUnionFunc,
	"signum":                 stdlib.SignumFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
	"split": stdlib.SplitFunc, "strlen": stdlib.StrlenFunc,
	"strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc,
	"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc,
	"trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
	"upper": stdlib.UpperFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
	"tobool": stdlib.MakeToFunc(cty.Bool), "tonumber": stdlib.MakeToFunc(cty.Number),
	"tostring": stdlib.MakeToFunc(cty.String),
	"tolist":   stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
	"tomap":    stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"toset":    stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
}

// Functions returns the standard functions, and those that read files. What they do is paid for.
func Functions(files *Finder, m *Meter) map[string]function.Function {
	all := make(map[string]function.Function, len(Standard)+3)
	for name, f := range Standard {
		all[name] = m.function(name, f)
	}
	all["fileset"] = filesetFunction(files)
	all["folders"] = foldersFunction(files)
	all["file"] = fileFunction(files)
	return all
}

// The descriptions of the functions that read files, as the reference and editors show them.
const (
	FilesetDoc = "returns the files below a folder whose relative path matches a pattern: `*` " +
		"and `?` match within a name, `**` matches any folders, and `{jpg,png}` any of these " +
		"endings. Written as the whole value of `videos`, `pictures`, `validation`, `stills` or " +
		"`files`, as the `for_each` of a `pictures` block without `files`, or joined there by " +
		"`concat`, it stands for the paths of its files; everywhere else for their names, " +
		"relative to the folder."
	FoldersDoc = "returns the names of the folders in a folder."
	FileDoc    = "returns a file's text."
)

// filesetFunction is fileset(folder, pattern).
func filesetFunction(files *Finder) function.Function {
	return function.New(&function.Spec{
		Description: FilesetDoc,
		Params: []function.Parameter{{Name: "folder", Type: cty.String},
			{Name: "pattern", Type: cty.String}},
		Type: function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			found, err := fileset(files.Find(args[0].AsString()), args[1].AsString())
			if err != nil {
				return cty.UnknownVal(cty.Set(cty.String)), function.NewArgError(0, err)
			}
			return stringSet(found), nil
		},
	})
}

// foldersFunction is folders(folder).
func foldersFunction(files *Finder) function.Function {
	return function.New(&function.Spec{
		Description: FoldersDoc,
		Params:      []function.Parameter{{Name: "folder", Type: cty.String}},
		Type:        function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			root := files.Find(args[0].AsString())
			entries, err := os.ReadDir(root)
			if err != nil {
				err = fmt.Errorf("there is no folder %s", root)
				return cty.UnknownVal(cty.Set(cty.String)), function.NewArgError(0, err)
			}
			var found []string
			for _, e := range entries {
				fi, err := os.Stat(filepath.Join(root, e.Name()))
				if err == nil && fi.IsDir() && !strings.HasPrefix(e.Name(), ".") {
					found = append(found, e.Name())
				}
			}
			return stringSet(found), nil
		},
	})
}

// stringSet returns strings as a set.
func stringSet(list []string) cty.Value {
	if len(list) == 0 {
		return cty.SetValEmpty(cty.String)
	}
	var values []cty.Value
	for _, one := range list {
		values = append(values, cty.StringVal(one))
	}
	return cty.SetVal(values)
}

// WithFilesetPaths returns an expression in which a call of fileset is replaced by the paths of its
// files, where it is the value or passed on whole: by concat, sort and the like, in a list or a map,
// or in a condition. A fileset whose names are changed on the way, as by a for expression, is left.
func WithFilesetPaths(
	expr hclsyntax.Expression, context *hcl.EvalContext,
) hclsyntax.Expression {
	all := func(list []hclsyntax.Expression) []hclsyntax.Expression {
		list = slices.Clone(list)
		for i := range list {
			list[i] = WithFilesetPaths(list[i], context)
		}
		return list
	}
	switch e := expr.(type) {
	case *hclsyntax.FunctionCallExpr:
		if e.Name == "fileset" {
			return filesetPaths(e, context)
		}
		if slices.Contains(wholeFunctions, e.Name) {
			call := *e
			call.Args = all(e.Args)
			return &call
		}
	case *hclsyntax.TupleConsExpr:
		list := *e
		list.Exprs = all(e.Exprs)
		return &list
	case *hclsyntax.ObjectConsExpr:
		object := *e
		object.Items = slices.Clone(e.Items)
		for i := range object.Items {
			object.Items[i].ValueExpr = WithFilesetPaths(e.Items[i].ValueExpr, context)
		}
		return &object
	case *hclsyntax.ParenthesesExpr:
		return WithFilesetPaths(e.Expression, context)
	case *hclsyntax.ConditionalExpr:
		choice := *e
		choice.TrueResult = WithFilesetPaths(e.TrueResult, context)
		choice.FalseResult = WithFilesetPaths(e.FalseResult, context)
		return &choice
	}
	return expr
}

// wholeFunctions are those that return the strings that they are given.
var wholeFunctions = []string{"coalescelist", "compact", "concat", "distinct", "flatten",
	"reverse", "setintersection", "setsubtract", "setunion", "slice", "sort", "tolist", "toset"}

// filesetPaths returns the paths of a fileset's files, or the call itself if it has a mistake.
func filesetPaths(
	call *hclsyntax.FunctionCallExpr, context *hcl.EvalContext,
) hclsyntax.Expression {
	names, diags := call.Value(context)
	if diags.HasErrors() || !names.IsWhollyKnown() {
		return call
	}
	folder, diags := call.Args[0].Value(context)
	if diags.HasErrors() {
		return call
	}
	folder, _ = folder.Unmark()
	names, _ = names.UnmarkDeep()
	paths := cty.ListValEmpty(cty.String) // of a set, concat would make an error
	if names.LengthInt() > 0 {
		var list []cty.Value
		for it := names.ElementIterator(); it.Next(); {
			_, name := it.Element()
			list = append(list, cty.StringVal(path.Join(folder.AsString(), name.AsString())))
		}
		paths = cty.ListVal(list)
	}
	return &hclsyntax.LiteralValueExpr{Val: paths, SrcRange: call.Range()}
}

// fileset returns the files below root that match the pattern, in lexical order and relative to
// root. Only regular files count.
func fileset(root, pattern string) ([]string, error) {
	if _, err := path.Match(strings.ReplaceAll(pattern, "**", "*"), ""); err != nil ||
		pattern == "" || strings.Contains(pattern, "..") || path.IsAbs(pattern) {
		return nil, fmt.Errorf("the pattern %q is not valid: write it like \"*.mp4\" or "+
			"\"**/*.mp4\"", pattern)
	}
	alternatives, err := expandBraces(pattern)
	if err != nil {
		return nil, err
	}
	fi, err := os.Stat(root)
	if err != nil || !fi.IsDir() {
		return nil, fmt.Errorf("there is no folder %s", root)
	}
	var found []string
	looked := 0
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		if looked++; looked > maxWalked {
			return fmt.Errorf("%s contains more than %d files", root, maxWalked)
		}
		if err != nil || name == "." {
			return err
		}
		parts := strings.Split(names.Normal(name), "/") // a pattern is in this form
		if e.IsDir() {
			if len(parts) > strings.Count(pattern, "/") && !strings.Contains(pattern, "**") {
				return fs.SkipDir
			}
			return nil
		}
		matches := func(want []string) bool { return matchPath(want, parts) }
		if slices.ContainsFunc(alternatives, matches) && IsRegular(filepath.Join(root, name)) {
			found = append(found, name)
		}
		return nil
	})
	return found, err
}

// maxAlternatives bounds the patterns that one pattern with braces stands for.
const maxAlternatives = 100

// expandBraces returns the patterns that a pattern stands for, each split at its slashes: one for
// each of the words in a pair of braces. Braces hold no slash and no other braces.
func expandBraces(pattern string) ([][]string, error) {
	patterns := []string{""}
	for rest := pattern; rest != ""; {
		before, after, braces := strings.Cut(rest, "{")
		words, next, closed := strings.Cut(after, "}")
		if braces && (!closed || strings.ContainsAny(words, "{/")) ||
			strings.Contains(before, "}") {
			return nil, fmt.Errorf("the pattern %q is not valid: write braces like \"*.{jpg,png}\"",
				pattern)
		}
		var longer []string
		for _, p := range patterns {
			for word := range strings.SplitSeq(words, ",") {
				longer = append(longer, p+before+word)
			}
		}
		if patterns, rest = longer, next; len(patterns) > maxAlternatives {
			return nil, fmt.Errorf("the pattern %q stands for more than %d", pattern,
				maxAlternatives)
		}
	}
	var split [][]string
	for _, p := range patterns {
		split = append(split, strings.Split(p, "/"))
	}
	return split, nil
}

// matchPath reports whether the parts of a path match the parts of a pattern.
func matchPath(want, parts []string) bool {
	switch {
	case len(want) == 0:
		return len(parts) == 0
	case want[0] == "**":
		return matchPath(want[1:], parts) || len(parts) > 0 && matchPath(want, parts[1:])
	case len(parts) == 0:
		return false
	}
	ok, _ := path.Match(want[0], parts[0])
	return ok && matchPath(want[1:], parts[1:])
}

// fileFunction is file(path).
func fileFunction(files *Finder) function.Function {
	return function.New(&function.Spec{
		Description: FileDoc,
		Params:      []function.Parameter{{Name: "path", Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			data, err := ReadFile(files.Find(args[0].AsString()), MaxSize)
			if err == nil && !utf8.Valid(data) {
				err = fmt.Errorf("%s is not UTF-8 text", args[0].AsString())
			}
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			return cty.StringVal(string(data)), nil
		},
	})
}
