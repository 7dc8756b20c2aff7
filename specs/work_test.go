package specs

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/specs/builtin"
)

// What a spec of 64 KB may cost. Both are counted, so that the tests' machine may be busy.
const (
	mostText      = 64 << 10 // bytes
	mostAllocated = 1 << 30  // bytes in all, most of them garbage: far less at once
	mostValues    = 16 << 20 // allocations
)

// FuzzWork checks that loading a spec of 64 KB costs a bounded number of allocations and of bytes,
// whatever the spec computes. The specs are written by an author, who is led by the input.
func FuzzWork(f *testing.F) {
	for i := range 40 {
		seed := make([]byte, 200)
		for j := range seed {
			seed[j] = byte((i + 1) * (j*j + 3*i + 7))
		}
		f.Add(seed)
	}
	dir := folder(f, "A.mp4", "B.mp4", "shelf.mp4")
	path := filepath.Join(dir, "spec.hcl")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		a := &author{in: in}
		costs(t, path, a.spec())
	})
}

// costs loads a spec and checks what that costs.
func costs(t *testing.T, path, src string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	study, found := Load(path, Options{Source: []byte(src)})
	var w strings.Builder
	err := found.Write(&w, 60, false)
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if err != nil || (study == nil) != found.HasErrors() {
		t.Fatalf("%v, study %v, diagnostics %v", err, study, found)
	}
	inside(t, src, found)
	allocated, values := after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	if allocated > mostAllocated || values > mostValues || fuzzing && took > 10*time.Second {
		t.Errorf("%d bytes, %d MiB and %d allocations, %v, %d diagnostics, the first %.300v",
			len(src), allocated>>20, values, took, len(found), found)
		t.Logf("%.3000s", src)
	}
}

// An author writes specs that ask for much. The input says what it writes.
type author struct {
	in     []byte
	text   strings.Builder
	named  int      // locals
	inside []string // names of the loops around
}

// next returns a number below n of the input.
func (a *author) next(n int) int {
	if len(a.in) == 0 {
		return 0
	}
	b := int(a.in[0])
	a.in = a.in[1:]
	return b % n
}

// many returns a count, which is often large.
func (a *author) many() int { return []int{1, 2, 10, 100, 1000, 5000}[a.next(6)] }

func (a *author) full() bool { return a.text.Len() > mostText*3/4 }

func (a *author) write(format string, args ...any) { fmt.Fprintf(&a.text, format, args...) }

// spec returns a spec of at most mostText bytes.
func (a *author) spec() string {
	a.text.WriteString(minimal)
	for len(a.in) > 0 && !a.full() {
		a.statement()
	}
	return a.text.String()[:min(a.text.Len(), mostText)]
}

// repeat writes something several times.
func (a *author) repeat(write func(i int)) {
	n := a.many()
	begin := a.in
	for i := range n {
		if i > 0 && a.full() {
			return
		}
		a.in = begin // the same each time, so that it takes no more of the input
		write(i)
	}
}

// locals is a block of one local, which later expressions may use.
func (a *author) locals() {
	a.write("locals {\nl%d = ", a.named)
	a.expression(4)
	a.write("\n}\n")
	a.named++
}

func (a *author) statement() {
	switch a.next(16) {
	case 0, 1, 2, 3, 4, 5:
		a.locals()
	case 6:
		a.repeat(func(int) { a.locals() })
	case 7:
		a.repeat(func(i int) {
			a.write("variable \"v%d\" {\ndefault = ", i)
			a.expression(3)
			a.write("\ntype = %s\nsensitive = ", a.one("any", "string", "number", "list(number)",
				"map(string)", "object({a=number})"))
			a.expression(2)
			a.write("\n}\n")
		})
	case 8:
		a.repeat(func(int) {
			a.write("labels {\nfor_each = ")
			a.expression(2)
			a.write("\nvideos = ")
			a.each(3)
			a.write("\nname = ")
			a.each(2)
			a.write("\n}\n")
		})
	case 9:
		a.repeat(func(int) {
			a.write("resolutions {\nfor_each = ")
			a.expression(2)
			a.write("\nwidth = ")
			a.each(2)
			a.write("\nheight = ")
			a.each(2)
			a.write("\n}\n")
		})
	case 10:
		a.repeat(func(i int) {
			a.write("evaluation \"e%d\" {\nvideo = \"shelf.mp4\"\nareas {\nfor_each = ", i)
			a.expression(3)
			a.write("\nrect = ")
			a.each(3)
			a.write("\nexpect = ")
			a.each(2)
			a.write("\n}\ngrid {\ncolumns = ")
			a.expression(2)
			a.write("\nrows = ")
			a.expression(2)
			a.write("\norigin = [0, 0]\nsize = [2, 2]\nexpect = ")
			a.expression(2)
			a.write("\n}\n}\n")
		})
	case 11:
		a.repeat(func(i int) {
			a.write("gate \"g%d\" {\ncondition = ", i)
			a.expression(4)
			a.write("\n}\n")
		})
	case 12:
		a.write("hyperparameters {\nepochs = ")
		a.expression(3)
		a.write("\nlearning_rate = ")
		a.expression(3)
		a.write("\n}\n")
	case 13:
		a.repeat(func(i int) { a.write("unknown%d = local.l%dx\n", i, i) })
	case 14:
		a.repeat(func(i int) {
			a.write("locals {\nm%d = local.%s\n}\n", i, a.one("lx", "m1", "l0.a.b", "l0[9]"))
		})
	case 15:
		a.repeat(func(i int) {
			a.write("label \"%s%d\" {}\n", strings.Repeat("é", a.next(200)), i)
		})
	}
}

// each is an expression that may use an element of a for_each.
func (a *author) each(depth int) {
	a.inside = append(a.inside, "each.key", "each.value")
	a.expression(depth)
	a.inside = a.inside[:len(a.inside)-2]
}

func (a *author) one(of ...string) string { return of[a.next(len(of))] }

// expression writes an expression that nests at most so deep.
func (a *author) expression(depth int) {
	if depth == 0 || a.full() {
		a.leaf()
		return
	}
	within := func(begin, end string) {
		a.write("%s", begin)
		a.expression(depth - 1)
		a.write("%s", end)
	}
	list := func(begin, between, end string) {
		a.write("%s", begin)
		a.repeat(func(i int) {
			if i > 0 {
				a.write("%s", between)
			}
			a.expression(depth - 1)
		})
		a.write("%s", end)
	}
	switch a.next(20) {
	case 0, 1:
		a.leaf()
	case 2:
		list("[", ", ", "]")
	case 3:
		list("(", a.one(" + ", " * ", " == ", " && ", " % "), ")")
	case 4:
		list("\"${", "}${", "}\"")
	case 5, 6, 7, 8:
		name := fmt.Sprintf("x%d", len(a.inside))
		within("[for "+name+" in ", " : ")
		a.inside = append(a.inside, name)
		a.expression(depth - 1)
		if a.next(3) == 0 {
			within(" if ", "")
		}
		a.inside = a.inside[:len(a.inside)-1]
		a.write("]")
	case 9:
		within("{ for k, y in ", " : k => y... }")
	case 10, 11, 12, 13, 14:
		list(a.one(functionNames...)+"(", ", ", a.one(")", "...)"))
	case 15:
		within("(", " ? ")
		within("", " : ")
		within("", ")")
	case 16:
		within("", a.one("[0]", "[*].a", ".*.a", "[*][\"a\"]", ".a", "[*]"))
	case 17:
		within("{ a = ", ", \"b\" = 2 }")
	case 18:
		within("", "[")
		within("", "]")
	case 19:
		within(a.one("-", "!", "("), a.one("", "", ")"))
	}
}

// functionNames are the names of the functions that read no file.
var functionNames = slices.Sorted(maps.Keys(builtin.Standard))

func (a *author) leaf() {
	switch a.next(14) {
	case 0, 1, 2:
		if a.named > 0 {
			a.write("local.l%d", a.next(a.named))
			return
		}
		a.write("1")
	case 3, 4, 5:
		if n := len(a.inside); n > 0 {
			a.write("%s", a.inside[a.next(n)])
			return
		}
		a.write("range(1000)")
	case 6:
		a.write("%s", a.one("0", "1", "-1", "1000", "2.5", "1e300", "1e999", "9999999999999999"))
	case 7:
		a.write("%q", strings.Repeat(a.one("x", "9", "é", " ", "%9999d", "a,", "[", "(x?){900}"),
			a.many()))
	case 8:
		a.write("%s", a.one("range(1000)", "range(1024)", "true", "null", "{}", "[]"))
	case 9:
		a.write("%s", a.one("var.v0", "var.v1", "var.none", "none", "each.value"))
	case 10:
		a.write("<<E\n%s\nE\n", strings.Repeat("text ${1}\n", a.many()/10))
	case 11:
		a.write(`format("%%9999d", 1)`)
	case 12:
		a.write(`replace(format("%%9999d", 1), " ", %s)`,
			a.one(`"9"`, `"9999999999"`, `"x,"`, `"[1],"`, `"e9"`, `"1e600000000,"`))
	case 13:
		a.write("%s", a.one(`"1e600000000"`, `jsondecode("1e600000000")`, `tonumber("1e99999999")`,
			`parseint("9", 36)`, `pow(10, 300)`, `"inf"`))
	}
}
