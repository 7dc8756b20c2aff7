package specs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// This file has the functions that expressions may call. A spec is untrusted: functions read
// regular files only, of a bounded size, and no function can produce more than a spec could need.

// maxWalked bounds the number of entries that fileset visits.
const maxWalked = 20_000

// standardFunctions are the functions that do not read files.
var standardFunctions = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "chomp": stdlib.ChompFunc,
	"chunklist": stdlib.ChunklistFunc,
	"coalesce":  stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
	"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
	"contains": stdlib.ContainsFunc, "csvdecode": stdlib.CSVDecodeFunc,
	"distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
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

// functions returns the standard functions, and those that read files below dir.
func functions(dir string) map[string]function.Function {
	all := make(map[string]function.Function, len(standardFunctions)+2)
	for name, f := range standardFunctions {
		all[name] = limited(name, f)
	}
	all["fileset"] = filesetFunction(dir)
	all["file"] = fileFunction(dir)
	return all
}

// limited wraps the few functions whose result could fill the memory. The results of all others are
// no larger than their arguments.
func limited(name string, f function.Function) function.Function {
	size := map[string]func([]cty.Value) int{"replace": replaceSize, "regexreplace": replaceSize,
		"indent": formatSize, "format": formatSize, "formatlist": formatSize,
		"setproduct": productSize}[name]
	if size == nil {
		return f
	}
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if size(args) > maxSource {
				return cty.NilType, fmt.Errorf("the result of %s would be larger than %d bytes",
					name, maxSource)
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// replaceSize is the most bytes that replacing every match can produce.
func replaceSize(args []cty.Value) int {
	lengths := [3]int{}
	for i, a := range args {
		if i < 3 && a.Type() == cty.String && a.IsKnown() && !a.IsNull() {
			lengths[i] = len(a.AsString())
		}
	}
	return lengths[0] + (lengths[0]+1)*lengths[2]
}

// formatSize is the most spaces that a number or a format can produce.
func formatSize(args []cty.Value) int {
	size := 0
	for _, a := range args {
		switch {
		case !a.IsKnown() || a.IsNull():
		case a.Type() == cty.Number:
			n, _ := a.AsBigFloat().Int64()
			size = max(size, int(min(n, maxSource+1)))
		case a.Type() == cty.String && longNumber.matches(a.AsString()):
			size = maxSource + 1
		}
	}
	return size
}

// longNumber matches a width of five digits or more in a format.
var longNumber = newForm(`%[^%a-zA-Z]*[0-9]{5}`)

// productSize is the number of elements of a product of sets.
func productSize(args []cty.Value) int {
	size := 1
	for _, a := range args {
		if a.IsKnown() && !a.IsNull() && a.CanIterateElements() {
			size = min(size*a.LengthInt(), maxSource+1)
		}
	}
	return size * len(args)
}

// The descriptions of the functions that read files, as the reference and editors show them.
const (
	filesetDoc = "returns the files below a folder whose relative path matches a pattern: `*` " +
		"and `?` match within a name, `**` matches any folders."
	fileDoc = "returns a file's text."
)

// filesetFunction is fileset(folder, pattern).
func filesetFunction(dir string) function.Function {
	return function.New(&function.Spec{
		Description: filesetDoc,
		Params: []function.Parameter{{Name: "folder", Type: cty.String},
			{Name: "pattern", Type: cty.String}},
		Type: function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			found, err := fileset(resolvePath(dir, args[0].AsString()), args[1].AsString())
			if err != nil {
				return cty.UnknownVal(cty.Set(cty.String)), function.NewArgError(0, err)
			}
			if len(found) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			var values []cty.Value
			for _, f := range found {
				values = append(values, cty.StringVal(f))
			}
			return cty.SetVal(values), nil
		},
	})
}

// fileset returns the files below root that match the pattern, in lexical order and relative to
// root. Only regular files count.
func fileset(root, pattern string) ([]string, error) {
	if _, err := path.Match(strings.ReplaceAll(pattern, "**", "*"), ""); err != nil ||
		pattern == "" || strings.Contains(pattern, "..") || path.IsAbs(pattern) {
		return nil, fmt.Errorf("the pattern %q is not valid: write it like \"*.mp4\" or "+
			"\"**/*.mp4\"", pattern)
	}
	fi, err := os.Stat(root)
	if err != nil || !fi.IsDir() {
		return nil, fmt.Errorf("there is no folder %s", root)
	}
	want := strings.Split(pattern, "/")
	var found []string
	looked := 0
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		if looked++; looked > maxWalked {
			return fmt.Errorf("%s contains more than %d files", root, maxWalked)
		}
		if err != nil || name == "." {
			return err
		}
		parts := strings.Split(name, "/")
		if e.IsDir() {
			if len(parts) >= len(want) && !strings.Contains(pattern, "**") {
				return fs.SkipDir
			}
			return nil
		}
		if matchPath(want, parts) && isRegular(filepath.Join(root, name)) {
			found = append(found, name)
		}
		return nil
	})
	return found, err
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

// isRegular reports whether path is a regular file, following symbolic links.
func isRegular(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

// fileFunction is file(path).
func fileFunction(dir string) function.Function {
	return function.New(&function.Spec{
		Description: fileDoc,
		Params:      []function.Parameter{{Name: "path", Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			data, err := readLimited(resolvePath(dir, args[0].AsString()))
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

// readLimited reads a regular file of at most maxSource bytes.
func readLimited(path string) ([]byte, error) { return readUpTo(path, maxSource) }

// readUpTo reads a regular file of at most the given number of bytes. Its errors are complete
// messages for the user.
func readUpTo(path string, limit int) ([]byte, error) {
	switch fi, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s does not exist", path)
	case err != nil:
		return nil, readError(path, err)
	case fi.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	case !fi.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, readError(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, readError(path, err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return data, nil
}

// readError returns a file's error without the name of the system call.
func readError(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s cannot be read: %w", path, err)
}

// resolvePath returns a path of a spec as seen from the caller's folder.
func resolvePath(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}
